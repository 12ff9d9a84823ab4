"""Which inline styles are left: those that change how their own element looks, in its place."""

from __future__ import annotations

import re

PROPERTIES = frozenset(
    """
    align-content align-items align-self background background-color border border-bottom
    border-bottom-color border-bottom-style border-bottom-width border-collapse border-color
    border-left border-left-color border-left-style border-left-width border-radius border-right
    border-right-color border-right-style border-right-width border-spacing border-style border-top
    border-top-color border-top-style border-top-width border-width box-sizing caption-side clear
    color column-gap direction display empty-cells flex flex-basis flex-direction flex-flow
    flex-grow flex-shrink flex-wrap float font font-family font-size font-style font-variant
    font-weight gap grid-template-columns height justify-content justify-items line-height
    list-style-type margin margin-bottom margin-left margin-right margin-top max-height max-width
    min-height min-width opacity order overflow overflow-wrap overflow-x overflow-y padding
    padding-bottom padding-left padding-right padding-top row-gap tab-size table-layout text-align
    text-decoration text-overflow text-transform vertical-align visibility white-space width
    word-break word-wrap
    """.split()  # noqa: SIM905  words read better so
)
"""None places an element elsewhere, or over another one."""

_FUNCTIONS = frozenset(
    ("", "fit-content", "hsl", "hsla", "linear-gradient", "minmax", "repeat", "rgb", "rgba")
)
_LONGEST = 1000
_PLAIN = re.compile(r"""[\w\s#%.,+/()'"-]*""", re.ASCII)  # nothing that escapes, fetches or ends it
_FUNCTION = re.compile(r"([\w-]*)\s*\(", re.ASCII)
_NEGATIVE = re.compile(r"(?<![\w.)-])-\s*[\d.]", re.ASCII)


def is_harmless(value: str) -> bool:
    """Tell whether a value fetches nothing, and moves nothing out of its place."""
    return (
        len(value) <= _LONGEST
        and _PLAIN.fullmatch(value) is not None
        and _NEGATIVE.search(value) is None
        and all(name.lower() in _FUNCTIONS for name in _FUNCTION.findall(value))
    )


def clean_style(style: str) -> str:
    """Return of a `style` attribute the declarations that are harmless."""
    kept = []
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if value and name in PROPERTIES and is_harmless(value):
            kept.append(f"{name}:{value}")
    return ";".join(kept)
