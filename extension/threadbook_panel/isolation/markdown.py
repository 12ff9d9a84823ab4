"""Markdown of a kernel, as HTML: a page would run the HTML in it."""

from __future__ import annotations

import html

import mistune

LONGEST = 50_000
"""Most characters that are rendered; longer text is shown as it is."""

_PLUGINS = ["math", "strikethrough", "table", "task_lists", "url"]
_render = mistune.create_markdown(escape=False, plugins=_PLUGINS)


def as_html(source: str) -> str:
    """Return HTML of Markdown. It is as dangerous as the Markdown was."""
    if len(source) > LONGEST:
        return f"<pre>{html.escape(source)}</pre>"
    return str(_render(source))
