"""Models of widgets, as real widgets describe themselves: which get to pages, and what of them."""

import json

import anywidget
import ipywidgets
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.panel.corpus import HOSTILE
from tests.panel.isolation.pages import acts

from threadbook_panel.isolation.allowed import Allowed
from threadbook_panel.isolation.mime import Mime
from threadbook_panel.isolation.widgets import CONTROL, TARGET, Refused, Widgets

SCRIPT = HOSTILE["image with a handler"]
CORE = {
    name: kind
    for name, kind in vars(ipywidgets).items()
    if isinstance(kind, type) and issubclass(kind, ipywidgets.DOMWidget | ipywidgets.Style)
}
NEEDED = {
    "GridspecLayout": {"n_rows": 1, "n_columns": 1},
    "SelectionRangeSlider": {"options": ["a", "b"]},
    "SelectionSlider": {"options": ["a", "b"]},
    "interactive": {"_interactive__interact_f": lambda: None},
}


class Foreign(anywidget.AnyWidget):
    _esm = "export default { render({ el }) { el.innerHTML = '<b>x</b>'; } }"


@pytest.fixture
def widgets():
    return Widgets(Allowed(), lambda value: value)


def state_of(widget, **changes):
    """Return the state with which the kernel opens a widget, its bytes and where they belong."""
    state, paths, buffers = ipywidgets.widgets.widget._remove_buffers(widget.get_state())
    return json.loads(json.dumps(state)) | changes, paths, buffers


def opening(model_id, widget, **changes):
    state, paths, buffers = state_of(widget, **changes)
    data = {"state": state, "buffer_paths": paths}
    return {"comm_id": model_id, "target_name": TARGET, "data": data}, buffers


def update(model_id, method="update", **state):
    return {"comm_id": model_id, "data": {"method": method, "state": state, "buffer_paths": []}}


def states(widgets_by_id):
    entries, paths, buffers = {}, [], []
    for model_id, (widget, changes) in widgets_by_id.items():
        state, inner, given = state_of(widget, **changes)
        entries[model_id] = {
            "model_module": widget._model_module,
            "model_name": widget._model_name,
            "state": state,
        }
        paths += [[model_id, "state", *path] for path in inner]
        buffers += given
    data = {"method": "update_states", "states": entries, "buffer_paths": paths}
    return {"comm_id": "control", "data": data}, buffers


@pytest.fixture
def controlled(widgets):
    widgets.opened_by_page({"comm_id": "control", "target_name": CONTROL})
    return widgets


def state_in(comm):
    content, _ = comm
    return content["data"]["state"]


@pytest.mark.parametrize("name", sorted(CORE))
def test_widgets_of_jupyter_pass_as_they_are(widgets, name):
    content, buffers = opening("m", CORE[name](**NEEDED.get(name, {})))
    shown, kept = widgets.opened(content, buffers)
    assert kept == buffers
    assert shown == content


@pytest.mark.parametrize("name", ["HTML", "HTMLMath"])
def test_html_in_a_widget_does_not_act(widgets, name):
    state = state_in(widgets.opened(*opening("m", CORE[name](SCRIPT))))
    assert acts(state["value"]) == []
    for method in ("update", "echo_update"):
        state = state_in(widgets.said(update("m", method, value=SCRIPT), []))
        assert acts(state["value"]) == []
    assert state_in(widgets.said(update("m", value="<b>x</b>"), [])) == {"value": "<b>x</b>"}


@pytest.mark.parametrize("name", ["Text", "Textarea", "Password", "Combobox"])
def test_what_is_entered_into_a_widget_comes_back_as_it_was(widgets, name):
    text = "<b onclick=x>\\href{x}&amp;</b>"
    assert state_in(widgets.opened(*opening("m", CORE[name](value=text))))["value"] == text
    assert state_in(widgets.said(update("m", value=text), []))["value"] == text


def test_descriptions_are_text_that_names_no_class(widgets):
    widget = ipywidgets.Button(description=SCRIPT)
    classes = {"_dom_classes": ["jp-Dialog", "widget-x"], "icon": "x jp-Dialog"}
    classes |= {"icons": ["check", "a b", 1], "description_allow_html": True}
    state = state_in(widgets.opened(*opening("m", widget, **classes)))
    assert state["description_allow_html"] is False
    assert state["_dom_classes"] == ["widget-x"]
    assert (state["icon"], state["icons"]) == ("", ["check", "", ""])
    assert state_in(widgets.said(update("m", description_allow_html=True), [])) == {
        "description_allow_html": False
    }


@pytest.mark.parametrize(
    "macro", ["\\href{java\tscript:x}{y}", "\\data{commandlinker-command=x}{y}"]
)
def test_labels_are_typeset_without_what_reaches_out(widgets, macro):
    state = state_in(
        widgets.opened(*opening("m", ipywidgets.Label(f"${macro}$", description=macro)))
    )
    assert macro not in state["value"]
    assert macro not in state["description"]
    options = state_in(widgets.opened(*opening("r", ipywidgets.RadioButtons(options=[macro]))))
    assert macro not in options["_options_labels"]


@pytest.mark.parametrize(
    "trait",
    ["readout_format", "_model_module_version", "_view_module_version", "value", "x", "step"],
)
def test_what_is_no_text_holds_no_html_for_messages_about_errors(widgets, trait):
    state = state_in(widgets.opened(*opening("m", ipywidgets.IntSlider(), **{trait: SCRIPT})))
    assert "<" not in state[trait]
    state = state_in(widgets.said(update("m", **{trait: [{SCRIPT: SCRIPT}]}), []))
    assert "<" not in json.dumps(state)


@pytest.mark.parametrize("widget", [ipywidgets.Layout(), ipywidgets.Text(), ipywidgets.Output()])
def test_nor_do_other_models(widgets, widget):
    changes = {"_view_module_version": SCRIPT, "value": {SCRIPT: SCRIPT}, "width": [SCRIPT]}
    state = state_in(widgets.opened(*opening("m", widget, **changes)))
    assert "<" not in json.dumps(state)


def test_text_keeps_what_looks_like_html(widgets):
    widget = ipywidgets.Dropdown(options=["a < b", "<c>"], description="<d>", tooltip="<e>")
    content, buffers = opening("m", widget)
    assert widgets.opened(content, buffers) == (content, buffers)


def test_layouts_stay_in_their_place(widgets):
    layout = ipywidgets.Layout(
        top="-9px", margin="0 0 0 -500px", width="url(x)", height="40%", border="1px solid red"
    )
    state = state_in(widgets.opened(*opening("m", layout)))
    assert (state["top"], state["margin"], state["width"]) == (None, None, None)
    assert (state["height"], state["border_top"]) == ("40%", "1px solid red")
    style = ipywidgets.Text(style={"background": "url(https://h.invalid)"}).style
    assert state_in(widgets.opened(*opening("s", style)))["background"] is None


def test_media_are_bytes_and_no_addresses(widgets):
    content, buffers = opening("m", ipywidgets.Image(value=b"x", format="png"))
    shown, kept = widgets.opened(content, buffers)
    assert (shown["data"]["state"]["format"], kept) == ("png", [b"x"])
    for number, other in enumerate(("svg+xml", "url", "html")):
        state = state_in(
            widgets.opened(*opening(f"m{number}", ipywidgets.Image(value=b"x", format=other)))
        )
        assert state["format"] == ""
    uploaded = {"name": "a", "type": "b", "size": 1, "last_modified": None}
    state, _, _ = state_of(ipywidgets.FileUpload(), value=[uploaded])
    data = {"state": state, "buffer_paths": [["value", 0, "content"]]}
    widgets.opened({"comm_id": "f", "target_name": TARGET, "data": data}, [b"x"])


@pytest.mark.parametrize(
    "paths",
    [
        *([["value"]], [["_esm"]], [["__proto__", "x"]], [["value", 0, "content"]], [[]], []),
        *([["value"], ["x"]], [3], "value", None),
    ],
)
def test_bytes_come_only_where_they_belong(widgets, paths):
    data = {"state": state_of(ipywidgets.HTML("x"))[0], "buffer_paths": paths}
    with pytest.raises(Refused):
        widgets.opened({"comm_id": "m", "target_name": TARGET, "data": data}, [b"x"])


def test_outputs_in_a_widget_are_looked_through():
    widgets = Widgets(Allowed(), Mime(Allowed(), is_refused=lambda _: False).isolated)
    output = {"output_type": "display_data", "data": {"text/html": SCRIPT}, "metadata": {}}
    outputs = [output, {"output_type": SCRIPT}, {"output_type": "stream", "name": "x", "text": "<"}]
    state = state_in(widgets.opened(*opening("m", ipywidgets.Output(), outputs=outputs)))
    shown, stream = state["outputs"]
    assert acts(shown["data"]["text/html"]) == []
    assert stream == outputs[2]


@pytest.mark.parametrize(
    ("widget", "changes"),
    [
        (Foreign(), {}),
        (ipywidgets.Label("x"), {"_view_name": "HTMLView"}),
        (ipywidgets.Label("x"), {"_view_module": "anywidget", "_view_name": "AnyView"}),
        (ipywidgets.Label("x"), {"_model_module": "x"}),
        (ipywidgets.Label("x"), {"_model_name": None}),
        (ipywidgets.Label("x"), {"_view_name": ["HTMLView"]}),
        (ipywidgets.jslink((ipywidgets.Text(), "value"), (ipywidgets.HTML(), "value")), {}),
    ],
    ids=["anywidget", "view of another", "view elsewhere", "module", "no name", "no text", "link"],
)
def test_any_other_widget_gets_to_no_page(controlled, widget, changes):
    with pytest.raises(Refused):
        controlled.opened(*opening("m", widget, **changes))
    assert controlled.is_refused("m")
    for message in (update("m", value="x"), {"comm_id": "m", "data": {"method": "custom"}}):
        with pytest.raises(Refused):
            controlled.said(message, [])
    content, _ = controlled.said(
        *states({"m": (widget, changes), "l": (ipywidgets.Label("y"), {})})
    )
    assert content["data"]["states"].keys() == {"l"}


def test_a_widget_passes_whose_module_is_allowed():
    widgets = Widgets(Allowed(modules=frozenset(["anywidget"])), lambda value: value)
    content, buffers = opening("m", Foreign())
    assert widgets.opened(content, buffers) == (content, buffers)
    changed = update("m", _esm="other")
    assert widgets.said(changed, []) == (changed, [])


def test_a_model_stays_what_it_was_at_first(controlled):
    controlled.opened(*opening("m", ipywidgets.HTML("x")))
    as_text = state_of(ipywidgets.Text(SCRIPT))[0]
    with pytest.raises(Refused):
        controlled.opened(*opening("m", ipywidgets.Text(SCRIPT)))
    with pytest.raises(Refused):
        controlled.said(update("m", **as_text), [])
    with pytest.raises(Refused):
        controlled.said(update("m", _view_name="TextView"), [])
    content, _ = controlled.said(*states({"m": (ipywidgets.Text(SCRIPT), {})}))
    assert content["data"]["states"] == {}
    assert acts(state_in(controlled.said(update("m", value=SCRIPT), []))["value"]) == []


def test_a_comm_of_a_page_becomes_no_model_and_a_model_no_comm_of_a_page(widgets):
    widgets.opened_by_page({"comm_id": "p", "target_name": "its own"})
    said = {"comm_id": "p", "data": {"text/html": SCRIPT}}
    assert widgets.said(said, [b"x"]) == (said, [b"x"])
    with pytest.raises(Refused):
        widgets.opened(*opening("p", ipywidgets.Label("x")))
    widgets.opened(*opening("m", ipywidgets.HTML("x")))
    with pytest.raises(Refused):
        widgets.opened_by_page({"comm_id": "m", "target_name": "its own"})
    assert acts(state_in(widgets.said(update("m", value=SCRIPT), []))["value"]) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"target_name": "other"},
        {"target_name": CONTROL},
        {"target_module": "https://h.invalid/x.js"},
        {"data": None},
        {"comm_id": 1},
    ],
    ids=["target", "control", "module", "no data", "no id"],
)
def test_other_comms_of_a_kernel_get_to_no_page(widgets, changes):
    content, buffers = opening("m", ipywidgets.Label("x"))
    with pytest.raises(Refused):
        widgets.opened(content | changes, buffers)
    with pytest.raises(Refused):
        widgets.said({"comm_id": "other", "data": {"a": 1}}, [])


def test_the_states_of_all_widgets_come_with_the_bytes_of_those_that_may(controlled):
    given = {
        "a": (ipywidgets.Image(value=b"one"), {}),
        "b": (Foreign(), {}),
        "c": (ipywidgets.Image(value=b"two"), {"_view_name": "HTMLView"}),
        "d": (ipywidgets.HTML(SCRIPT), {}),
        "e": (ipywidgets.Image(value=b"three"), {}),
    }
    content, buffers = controlled.said(*states(given))
    data = content["data"]
    assert data["states"].keys() == {"a", "d", "e"}
    assert data["buffer_paths"] == [["a", "state", "value"], ["e", "state", "value"]]
    assert buffers == [b"one", b"three"]
    assert acts(data["states"]["d"]["state"]["value"]) == []
    forged, _ = states({"f": (ipywidgets.Text(SCRIPT), {})})
    forged["data"]["states"]["f"]["model_name"] = "HTMLModel"
    assert controlled.said(forged, [])[0]["data"]["states"] == {}


def test_a_model_that_no_page_saw_being_made_is_known_by_its_whole_state(widgets):
    with pytest.raises(Refused):
        widgets.said(update("m", value=SCRIPT), [])
    assert not widgets.is_refused("m")
    whole = state_of(ipywidgets.HTML(SCRIPT))[0]
    assert acts(state_in(widgets.said(update("m", **whole), []))["value"]) == []
    assert not widgets.is_refused("m")


def test_a_box_comes_without_the_widgets_that_may_not(widgets):
    with pytest.raises(Refused):
        widgets.opened(*opening("foreign", Foreign()))
    children = ["IPY_MODEL_foreign", "IPY_MODEL_other"]
    state = state_in(widgets.opened(*opening("box", ipywidgets.VBox(), children=children)))
    assert state["children"] == ["IPY_MODEL_other"]


CHANGES = st.dictionaries(
    st.sampled_from(
        ["value", "description", "icon", "layout", "__proto__", "children", "_dom_classes", "x"]
    ),
    st.none() | st.text(max_size=9) | st.lists(st.sampled_from([SCRIPT, 1])) | st.just(SCRIPT),
)


@given(CHANGES)
def test_whatever_an_update_holds_it_does_not_act(changes):
    widgets = Widgets(Allowed(), lambda value: value)
    widgets.opened(*opening("m", ipywidgets.HTML("x")))
    state = state_in(widgets.said(update("m", **changes), []))
    assert acts(state.get("value", "")) == []
    assert "__proto__" not in state
    assert state_in(widgets.said(update("m", **state), [])) == state
