"""Models of widgets: which of them may be in a page, and what of their state."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from threadbook_panel.isolation import html, tex
from threadbook_panel.isolation.style import is_harmless

State = dict[str, Any]
"""Traits of a model, by name."""

Isolate = Callable[[Any], Any]
"""Makes bundles harmless at any depth of a value."""

BASE, CONTROLS, OUTPUT = (f"@jupyter-widgets/{name}" for name in ("base", "controls", "output"))
ANYWIDGET = "anywidget"


class Kind(NamedTuple):
    """What a page makes of a model: the classes of JavaScript that it is given to."""

    model_module: str
    model_name: str
    view_module: str | None
    view_name: str | None


IDENTITY = ("_model_module", "_model_name", "_view_module", "_view_name")
"""The traits that say so."""

_CODE, _LOOKS = (
    (Path(__file__).parents[1] / "static" / name).read_text("utf-8")
    for name in ("panel.js", "panel.css")
)

# No Link: in the page it copies from one model to another, past everything that is looked at here.
_CONTROLS = """
    Accordion Audio Box Button Checkbox ColorPicker ColorsInput Combobox Controller ControllerAxis
    ControllerButton DatePicker Datetime Dropdown FileUpload FloatLogSlider FloatRangeSlider
    FloatSlider FloatText FloatsInput GridBox HBox HTML HTMLMath Image IntRangeSlider IntSlider
    IntText IntsInput Label Password Play RadioButtons Select SelectMultiple SelectionRangeSlider
    SelectionSlider Stack Tab TagsInput Text Textarea Time ToggleButton ToggleButtons Valid VBox
    Video
    """.split()  # noqa: SIM905  words read better so
_STYLES = """
    Button Checkbox Description HTML HTMLMath Label Progress Slider Text ToggleButton ToggleButtons
    """.split()  # noqa: SIM905
_VIEWS = {
    **{f"{name}Model": f"{name}View" for name in _CONTROLS},
    "BoundedFloatTextModel": "FloatTextView",
    "BoundedIntTextModel": "IntTextView",
    "FloatProgressModel": "ProgressView",
    "IntProgressModel": "ProgressView",
    "NaiveDatetimeModel": "DatetimeView",
}
_KNOWN = frozenset(
    [
        Kind(BASE, "WidgetModel", None, None),
        Kind(BASE, "DOMWidgetModel", None, None),
        Kind(BASE, "LayoutModel", BASE, "LayoutView"),
        Kind(BASE, "StyleModel", BASE, "StyleView"),
        Kind(OUTPUT, "OutputModel", OUTPUT, "OutputView"),
        *(Kind(CONTROLS, model, CONTROLS, view) for model, view in _VIEWS.items()),
        *(Kind(CONTROLS, f"{name}StyleModel", BASE, "StyleView") for name in _STYLES),
    ]
)

_MARKUP = frozenset(("HTMLModel", "HTMLMathModel"))
_ENTERED = frozenset(("ComboboxModel", "PasswordModel", "TextModel", "TextareaModel"))
_TEXTUAL = frozenset(("LabelModel", "TagsInputModel"))
"""Models by what their value is: HTML, what a person has entered, text that is shown."""

_TEXTS = frozenset(
    ("_options_labels", "_titles", "allowed_tags", "description", "description_tooltip", "error")
) | {"options", "placeholder", "readout", "titles", "tooltip", "tooltips"}
"""Traits of which front ends show the text."""

_OUTPUTS = frozenset(("display_data", "error", "execute_result", "stream"))
_FORMATS = {
    "AudioModel": frozenset(("aac", "flac", "mp3", "mpeg", "ogg", "wav", "webm")),
    "ImageModel": frozenset(("avif", "bmp", "gif", "jpeg", "jpg", "png", "webp")),
    "VideoModel": frozenset(("mp4", "ogg", "webm")),
}
"""Of media, each as bytes: a `url` would be asked for by the page."""

_PLACES = frozenset(("bottom", "left", "right", "top"))
_ICON = re.compile(r"[\w-]*", re.ASCII)
_CLASS = re.compile(r"(?:widget|jupyter)-[\w-]+", re.ASCII)


def kind_of(state: State) -> Kind | None:
    """Return the kind of a model by its whole state; None where that does not say."""
    module, name, view_module, view_name = (state.get(key) for key in IDENTITY)
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    if not isinstance(view_module, str | None) or not isinstance(view_name, str | None):
        return None
    return Kind(module, name, view_module, view_name)


def is_known(kind: Kind) -> bool:
    """Tell whether it is one of the widgets that all pages have, and that are looked through."""
    return kind in _KNOWN


def is_panel(kind: Kind) -> bool:
    """Tell whether it may be the model of a `Panel`; any other anywidget has the same kind."""
    return kind == Kind(ANYWIDGET, "AnyModel", ANYWIDGET, "AnyView")


def has_our_code(state: State) -> bool:
    """Tell whether what a page would run and look like is the very code installed here."""
    return state.get("_esm") == _CODE and state.get("_css") == _LOOKS


def may_be_binary(kind: Kind, path: list[Any]) -> bool:
    """Tell whether bytes may come for what is at a path of a model's state."""
    if kind.model_name == "FileUploadModel":
        return path[:1] + path[2:] == ["value", "content"] and isinstance(path[1], int)
    return kind.model_name in _FORMATS and path == ["value"]


def isolated_state(kind: Kind, state: State, isolate: Isolate) -> State:
    """Return the state of a known model, or some of it, with nothing that acts in a page."""
    return {
        name: _isolated_trait(kind, name, value, isolate)
        for name, value in state.items()
        if name != "__proto__"
    }


def panel_state(state: State) -> State:
    """Return the state of a `Panel`, or some of it: its code sees to the rest."""
    return state | {
        name: see_to(state[name]) for name, see_to in _OF_PANELS.items() if name in state
    }


def _isolated_trait(kind: Kind, name: str, value: Any, isolate: Isolate) -> Any:
    if name in _SPECIAL:
        return _SPECIAL[name](value)
    if kind.view_name in ("LayoutView", "StyleView"):
        return _isolated_look(name, value)
    if name == "value":
        return _isolated_value(kind.model_name, value)
    if name == "outputs":
        return [one for one in isolate(value) or () if _is_output(one)]
    if name == "format" and kind.model_name in _FORMATS:
        return value if value in _FORMATS[kind.model_name] else ""
    return _isolated_text(value) if name in _TEXTS else _without_markup(value)


def _isolated_value(model_name: str, value: Any) -> Any:
    if model_name in _MARKUP:
        return html.isolated(value) if isinstance(value, str) else ""
    if model_name in _ENTERED and isinstance(value, str):  # shown only as it was entered
        return value
    return _isolated_text(value) if model_name in _TEXTUAL else _without_markup(value)


def _isolated_look(name: str, value: Any) -> Any:
    """Return what a layout or a style says, unless it reaches out of its place."""
    if name.startswith("_") or not isinstance(value, str):
        return _without_markup(value)
    return value if name not in _PLACES and is_harmless(value) else None


def _is_output(value: Any) -> bool:
    return isinstance(value, dict) and value.get("output_type") in _OUTPUTS


def _isolated_text(value: Any) -> Any:
    """Return what is shown as text, which front ends typeset."""
    if isinstance(value, list):
        return [_isolated_text(item) for item in value]
    return tex.isolated(value) if isinstance(value, str) else _without_markup(value)


def _without_markup(value: Any) -> Any:
    """Return what is no text, without what would be HTML in a message about an error of it."""
    if isinstance(value, str):
        return value.replace("<", "")
    if isinstance(value, list):
        return [_without_markup(item) for item in value]
    if isinstance(value, dict):
        return {_without_markup(name): _without_markup(item) for name, item in value.items()}
    return value


def _icon(value: Any) -> str:
    return value if isinstance(value, str) and _ICON.fullmatch(value) else ""


def _icons(value: Any) -> list[str]:
    return [_icon(item) for item in value] if isinstance(value, list) else []


def _classes(value: Any) -> list[str]:
    names = value if isinstance(value, list) else []
    return [name for name in names if isinstance(name, str) and _CLASS.fullmatch(name)]


_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "_dom_classes": _classes,
    "description_allow_html": lambda _value: False,
    "icon": _icon,
    "icons": _icons,
}
"""Traits that name classes of the page's styles, or turn text into HTML."""

_OF_PANELS: dict[str, Callable[[Any], Any]] = {
    "_dom_classes": _classes,
    "_model_module_version": _without_markup,
    "_view_module_version": _without_markup,
    "layout": _without_markup,
}
