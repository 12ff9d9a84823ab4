"""What docstrings say of parameters, in the two forms that are common: Google's and Sphinx's."""

from __future__ import annotations

import re
import textwrap

_SPHINX = re.compile(r"^:param(?:eter)?[ \t]([^:\n]+):(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_SECTION = re.compile(
    r"^(?:Args|Arguments|Parameters):[ \t]*\n((?:[ \t]+\S.*\n|[ \t]*\n)*)", re.MULTILINE
)
_ENTRY = re.compile(r"^\*{0,2}(\w+)(?:[ \t]*\([^\n]*?\))?:(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_LONGEST = 20_000


def first_paragraph(docstring: str) -> str:
    """Return the first paragraph, on one line."""
    return " ".join(re.split(r"\n\s*\n", docstring.strip(), maxsplit=1)[0].split())


def parameter_docs(docstring: str) -> dict[str, str]:
    """Return what is said of each parameter, each on one line; `docstring` is dedented."""
    docstring = f"{docstring[:_LONGEST]}\n"
    entries = [  # there may be a type before the name: `:param str url: …`
        (words[-1].lstrip("*"), text)
        for before, text in _SPHINX.findall(docstring)
        if (words := before.split())
    ]
    for section in _SECTION.findall(docstring):
        entries += _ENTRY.findall(textwrap.dedent(section))
    return {name: " ".join(text.split()) for name, text in entries}
