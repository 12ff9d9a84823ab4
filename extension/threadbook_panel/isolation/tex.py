r"""TeX, which pages typeset wherever they find it: of its macros those go that reach out of it.

MathJax itself, as JupyterLab has it, lets no `\href` be a link to a script, but only where no tab
or control character is in it; `\require` loads scripts, and `\data` sets attributes.
"""

from __future__ import annotations

import re

_REACHING_OUT = re.compile(r"\\(?=href|url|require|data|mmltoken|csname|texhtml)", re.IGNORECASE)


def isolated(text: str) -> str:
    """Return text in which such macros are none any more, but the same to read."""
    return _REACHING_OUT.sub(r"\\ ", text)
