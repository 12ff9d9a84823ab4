"""MIME bundles: what becomes of each type of an output before a page renders it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from threadbook_panel.isolation import html, markdown, tex
from threadbook_panel.isolation.allowed import MIME_SETTING, MODULE_SETTING, Allowed

TEXT, HTML, LATEX = "text/plain", "text/html", "text/latex"
MARKDOWN, SVG = "text/markdown", "image/svg+xml"
JSON, PDF = "application/json", "application/pdf"
WIDGET = "application/vnd.jupyter.widget-view+json"

_MIME = re.compile(r"\s*[\w!#$&^.+-]+/[\w!#$&^.+-]+\s*(;.*)?", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*", re.ASCII)


class Mime:
    """Makes harmless what looks like a MIME bundle; `is_refused` names models of widgets."""

    def __init__(self, allowed: Allowed, *, is_refused: Callable[[str], bool]) -> None:
        self._allowed = allowed
        self._is_refused = is_refused

    def isolated(self, value: Any) -> Any:
        """Return a JSON value with all bundles in it, at any depth, made harmless.

        What needs no change is returned as the same object.
        """
        if isinstance(value, list):
            items = [self.isolated(item) for item in value]
            return value if _are_same(items, value) else items
        if not isinstance(value, dict):
            return value
        if any(map(is_mime, value)):
            return self.bundle(value)
        changed = {name: self.isolated(item) for name, item in value.items()}
        data, metadata = value.get("data"), value.get("metadata")
        if isinstance(data, dict) and isinstance(metadata, dict):
            changed["metadata"] = self._metadata(metadata, changed["data"])
        return value if _are_same(changed.values(), value.values()) else changed

    def bundle(self, bundle: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a bundle in which nothing acts; what is left out is said in its text."""
        kept: dict[str, Any] = {}
        notes: list[str] = []
        for mime_type, value in bundle.items():
            if not is_mime(mime_type):
                kept[mime_type] = self.isolated(value)
            elif mime_type in self._allowed.mime_types:
                kept[mime_type] = value
            elif mime_type == WIDGET:
                self._widget(value, kept, notes)
            elif mime_type in (MARKDOWN, SVG):
                pass  # below, where there is no HTML
            elif (shown := _shown(mime_type, _joined(value))) is not None:
                kept[mime_type] = shown
            else:
                notes.append(f"{mime_type} is left out; {MIME_SETTING} lets it through")
        _as_html(bundle, kept)
        if notes or not kept:
            text = kept.get(TEXT, "")
            kept[TEXT] = "\n".join(filter(None, (text, *(f"[{note}]" for note in notes))))
        return bundle if kept == bundle else kept

    def _widget(self, value: Any, kept: dict[str, Any], notes: list[str]) -> None:
        if not isinstance(value, dict) or not isinstance(value.get("model_id"), str):
            notes.append(f"{WIDGET} is left out: it names no model")
        elif self._is_refused(value["model_id"]):
            notes.append(f"this widget is left out; {MODULE_SETTING} lets its module through")
        else:
            kept[WIDGET] = value

    def _metadata(self, metadata: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what metadata says of the types that are left, as far as it is plain."""
        kept = {}
        for name, value in metadata.items():
            if not is_mime(name):
                if name != "isolated":  # a frame of the page's own origin, around ours
                    kept[name] = self.isolated(value)
            elif name in self._allowed.mime_types:
                kept[name] = value
            elif name in data and isinstance(value, dict):
                kept[name] = {
                    key: item
                    for key, item in value.items()
                    if key != "isolated" and not isinstance(item, (dict, list))
                }
        return metadata if kept == metadata else kept


def is_mime(name: str) -> bool:
    """Tell whether a key of a mapping may be taken for a MIME type."""
    return "/" in name and _MIME.fullmatch(name) is not None


def _shown(mime_type: str, value: Any) -> Any:
    """Return the value of a type as it may be shown, or None where nobody can tell what it does."""
    if mime_type == JSON:
        return value
    show = _SHOW.get(mime_type)
    return show(value) if show is not None and isinstance(value, str) else None


def _encoded(value: str) -> str | None:
    return value if _BASE64.fullmatch(value) else None


_SHOW: dict[str, Callable[[str], str | None]] = {
    TEXT: lambda text: text,
    HTML: html.isolated,
    LATEX: tex.isolated,
    PDF: _encoded,
    **{f"image/{kind}": _encoded for kind in ("avif", "bmp", "gif", "jpeg", "png", "webp")},
}


def _as_html(bundle: Mapping[str, Any], kept: dict[str, Any]) -> None:
    """Let HTML stand for Markdown and SVG, which a page would take for more than text."""
    source = _joined(bundle.get(MARKDOWN))
    if HTML not in kept and MARKDOWN not in kept and isinstance(source, str):
        kept[HTML] = html.isolated(markdown.as_html(html.whole(source)))
    source = _joined(bundle.get(SVG))
    if HTML not in kept and SVG not in kept and isinstance(source, str):
        encoded = base64.b64encode(html.whole(source).encode()).decode()
        kept[HTML] = html.clean(f'<img alt="" src="data:{SVG};base64,{encoded}">')


def _joined(value: Any) -> Any:
    """Return text that is given as its lines, as nbformat has it, in one piece."""
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value


def _are_same(items: Any, others: Any) -> bool:
    return all(item is other for item, other in zip(items, others, strict=True))
