"""What front ends are sent of a threadbook kernel, by a real server over a real websocket."""

import json

import pytest
from tests.panel.corpus import FLAG, HOSTILE, hostile_outputs
from tests.panel.isolation.front_end import FrontEnd
from tests.panel.isolation.pages import acts

SCRIPT = f"<script>window.{FLAG}=1</script>"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CONTROL = "jupyter.widget.control"

DISPLAY = "from IPython.display import display\n"
FOREIGN = """
import anywidget, ipywidgets
class Foreign(anywidget.AnyWidget):
    _esm = "export default { initialize() { window.has_run = 1 } }"
foreign = Foreign()
"""


def show(bundle, **options):
    return f"{DISPLAY}display({bundle!r}, raw=True, **{options!r})"


def opened(messages):
    """Return the states of the models that a page is told of, by their ids."""
    return {
        one["content"]["comm_id"]: one["content"]["data"]["state"]
        for one in messages
        if one["header"]["msg_type"] == "comm_open"
    }


def bundles(messages):
    shown = ("display_data", "execute_result", "update_display_data")
    return [one["content"]["data"] for one in messages if one["header"]["msg_type"] in shown]


def comms(messages):
    """Return what is said on comms after they are opened, by their ids."""
    found = {}
    for one in messages:
        if one["header"]["msg_type"] == "comm_msg":
            found.setdefault(one["content"]["comm_id"], []).append(one["content"]["data"])
    return found


def views(messages):
    return [one[WIDGET_VIEW]["model_id"] for one in bundles(messages) if WIDGET_VIEW in one]


def test_a_script_in_an_output_comes_in_a_frame_of_its_own(front_end):
    (bundle,) = front_end.shown(f"from IPython.display import HTML\nHTML({SCRIPT!r})")
    assert acts(bundle["text/html"]) == []
    assert "<script" not in bundle["text/html"]
    assert f"window.{FLAG}" in bundle["text/html"]
    assert bundle["text/plain"] == "<IPython.core.display.HTML object>"


def test_scripts_as_such_are_left_out_and_it_is_said(front_end):
    (bundle,) = front_end.shown(show({"application/javascript": "alert(1)"}))
    assert bundle.keys() == {"text/plain"}
    assert "allowed_mime_types" in bundle["text/plain"]
    assert "alert" not in bundle["text/plain"]


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/markdown"])
def test_what_would_act_as_something_else_comes_as_html_that_does_not(front_end, media_type):
    (bundle,) = front_end.shown(show({media_type: HOSTILE["svg"], "text/plain": "x"}))
    assert bundle.keys() == {"text/html", "text/plain"}
    assert acts(bundle["text/html"]) == []


def test_of_all_hostile_outputs_nothing_acts(front_end):
    outputs = [output for output in hostile_outputs() if "data" in output]
    shown = front_end.shown(
        f"import json\n{DISPLAY}for one in json.loads({json.dumps(json.dumps(outputs))}):\n"
        "    display(one['data'], raw=True, metadata=one['metadata'])"
    )
    assert len(shown) == len(outputs)
    for bundle in shown:
        assert bundle.keys() <= {
            "text/plain",
            "text/html",
            "text/latex",
            "application/json",
            WIDGET_VIEW,
        }
        assert acts(bundle.get("text/html", "")) == []


def test_an_output_that_is_changed_later_does_not_act(front_end):
    first = f"{DISPLAY}handle = display({{'text/html': 'x'}}, raw=True, display_id=True)\n"
    second = f"handle.update({{'text/html': {SCRIPT!r}}}, raw=True)"
    first, second = front_end.run(first + second)[1:3]
    assert second["header"]["msg_type"] == "update_display_data"
    assert second["content"]["transient"] == first["content"]["transient"]
    assert acts(second["content"]["data"]["text/html"]) == []


def test_what_a_kernel_tells_of_an_object_does_not_act(front_end):
    front_end.run(
        "shell = get_ipython()\nshell.enable_html_pager = True\n"
        f"shell.object_inspect_mime = lambda *_, **__: {{'text/html': {SCRIPT!r}}}"
    )
    asked = {"code": "shell", "cursor_pos": 5, "detail_level": 0}
    reply = front_end.ask("inspect_request", asked)[-1]["content"]
    assert reply["found"]
    assert acts(reply["data"]["text/html"]) == []


def test_what_a_reply_shows_does_not_act(front_end):
    page = {"source": "page", "data": {"text/html": SCRIPT}, "start": 0}
    page = f"get_ipython().payload_manager.write_payload({page!r})"
    shown = f"class Shown:\n    def _repr_html_(self):\n        return {SCRIPT!r}\n"
    reply = front_end.run(shown + page, user_expressions={"x": "Shown()"})[-1]["content"]
    assert acts(reply["payload"][0]["data"]["text/html"]) == []
    assert acts(reply["user_expressions"]["x"]["data"]["text/html"]) == []


def test_text_and_tables_come_as_they_are(front_end):
    messages = front_end.run("print('<b>a/b</b>')\nthread")
    (stream,) = [one["content"] for one in messages if one["header"]["msg_type"] == "stream"]
    assert stream == {"name": "stdout", "text": "<b>a/b</b>\n"}
    (bundle,) = bundles(messages)
    assert bundle["text/html"].startswith('<table class="mathjax_ignore tex2jax_ignore"><caption')
    assert messages[-1]["metadata"]["threadbook"]["thread"] in bundle["text/html"]


def test_errors_and_input_work_as_ever(front_end):
    asked = front_end.send(
        "execute_request", {"code": "input('a/b?')", "silent": False, "allow_stdin": True}
    )
    request = front_end.until(lambda one: one["header"]["msg_type"] == "input_request")[-1]
    assert request["content"]["prompt"] == "a/b?"
    front_end.send("input_reply", {"value": "yes"}, "stdin")
    front_end.until(lambda one: one["content"].get("data") == {"text/plain": "'yes'"})
    reply = front_end.ask("execute_request", {"code": "1 / 0", "silent": False})
    (error,) = [one for one in reply if one["header"]["msg_type"] == "error"]
    assert error["content"]["ename"] == "ZeroDivisionError"
    assert asked


def test_a_widget_with_code_of_its_own_gets_to_no_page(front_end):
    messages = front_end.run(
        f"{FOREIGN}display(foreign)\nforeign.send('x')\nforeign.layout.width = '9px'"
    )
    assert "has_run" not in json.dumps([one["content"] for one in messages[1:]])
    assert comms(messages).keys() == opened(messages).keys()
    assert {state["_model_name"] for state in opened(messages).values()} == {"LayoutModel"}
    (bundle,) = bundles(messages)
    assert bundle.keys() == {"text/plain"}
    assert "allowed_widget_modules" in bundle["text/plain"]


def test_the_panel_is_shown(front_end):
    messages = front_end.run("from threadbook_panel import Panel\npanel = Panel()\npanel")
    states = opened(messages)
    (view,) = views(messages)
    assert states[view]["_model_module"] == "anywidget"
    assert states[view]["_esm"]
    static = bundles(messages)[0]["text/html"]
    assert static.startswith('<section class="threadbook-static threadbook-static-')
    assert "max-height:32em;overflow:auto" in static

    channel = states[view]["_requests"]
    asked = {"request": 1, "view": "v", "name": "health", "params": {}}
    front_end.send("comm_msg", {"comm_id": channel, "data": {"method": "custom", "content": asked}})
    answer = front_end.until(lambda one: one["content"].get("comm_id") == channel)[-1]
    assert answer["content"]["data"]["content"]["result"]["store"]
    changed = front_end.run("panel._esm = 'export default {}'\npanel.close()")
    assert "export default {}" not in json.dumps(comms(changed))


def test_html_in_a_widget_does_not_act(front_end):
    messages = front_end.run(f"import ipywidgets\nwidget = ipywidgets.HTML({SCRIPT!r})\nwidget")
    (view,) = views(messages)
    assert acts(opened(messages)[view]["value"]) == []
    messages = front_end.run(f"widget.value = {HOSTILE['image with a handler']!r}")
    (update,) = comms(messages)[view]
    assert acts(update["state"]["value"]) == []
    assert "iframe" in update["state"]["value"]


def test_a_page_that_is_loaded_again_gets_the_models_that_it_may_have(front_end):
    messages = front_end.run(
        f"{FOREIGN}image = ipywidgets.Image(value=b'bytes')\nhtml = ipywidgets.HTML({SCRIPT!r})\n"
        "text = ipywidgets.Text('<b>')\n"
        "print(*(one.model_id for one in (foreign, image, html, text)))"
    )
    (ids,) = [
        one["content"]["text"].split() for one in messages if one["header"]["msg_type"] == "stream"
    ]
    comm_id = front_end.session.msg_id
    opening = {"comm_id": comm_id, "target_name": CONTROL, "data": {}}
    front_end.send("comm_open", opening, metadata={"version": "1.0.0"})
    front_end.send("comm_msg", {"comm_id": comm_id, "data": {"method": "request_states"}})
    message = front_end.until(lambda one: one["content"].get("comm_id") == comm_id)[-1]
    data = message["content"]["data"]
    foreign, image, html, text = ids
    assert foreign not in data["states"]
    assert acts(data["states"][html]["state"]["value"]) == []
    assert data["states"][text]["state"]["value"] == "<b>"
    placed = dict(
        zip(map(tuple, data["buffer_paths"]), map(bytes, message["buffers"]), strict=True)
    )
    assert placed[image, "state", "value"] == b"bytes"
    assert not [one for one in data["states"].values() if "has_run" in one["state"].get("_esm", "")]


def test_comms_with_other_targets_are_for_pages_that_opened_them(front_end):
    front_end.run(
        "from comm import create_comm, get_comm_manager\n"
        "ours = create_comm(target_name='of the kernel', data={'text/html': '<script>'})\n"
        "ours.send({'a': 1})\n"
        "get_comm_manager().register_target('of a page', lambda comm, _: comm.send({'answer': 1}))"
    )
    comm_id = front_end.session.msg_id
    messages = front_end.ask("comm_info_request", {})
    front_end.send("comm_open", {"comm_id": comm_id, "target_name": "of a page", "data": {}})
    messages = front_end.until(lambda one: one["content"].get("comm_id") == comm_id)
    assert messages[-1]["content"]["data"] == {"answer": 1}
    assert "of the kernel" not in [one["content"].get("target_name") for one in front_end.messages]


def test_what_was_kept_for_a_page_while_it_was_away_does_not_act(
    server, kernel_id, until, tmp_path
):
    go, gone = tmp_path / "go", tmp_path / "gone"
    code = (
        "import pathlib, time\n"
        f"while not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.01)\n"
        f"{show({'text/html': SCRIPT})}\npathlib.Path({str(gone)!r}).touch()"
    )
    with FrontEnd(server, kernel_id) as front_end:
        asked = front_end.send("execute_request", {"code": code, "silent": False})
        front_end.until(lambda one: one["header"]["msg_type"] == "execute_input")
    until(lambda: connections(server, kernel_id) == 0)
    go.touch()
    until(gone.exists)
    session_id = front_end.session.session
    with FrontEnd(server, kernel_id, session_id=session_id) as front_end:
        messages = front_end.until(lambda one: one["header"]["msg_type"] == "display_data")
    assert messages[-1]["parent_header"]["msg_id"] == asked
    assert acts(messages[-1]["content"]["data"]["text/html"]) == []


def connections(server, kernel_id):
    return server.client.get(f"api/kernels/{kernel_id}").json()["connections"]


def test_a_kernel_of_another_kind_is_left_alone(server):
    response = server.client.post("api/kernels", json={"name": "python3"})
    with FrontEnd(server, response.json()["id"]) as front_end:
        assert front_end.shown(show({"text/html": SCRIPT})) == [{"text/html": SCRIPT}]


def test_a_restarted_kernel_is_isolated_as_before(server):
    kernel_id = server.start_kernel()
    with FrontEnd(server, kernel_id) as front_end:
        front_end.run("import ipywidgets\nwidget = ipywidgets.HTML('x')")
    assert server.client.post(f"api/kernels/{kernel_id}/restart").status_code == 200
    with FrontEnd(server, kernel_id) as front_end:
        (bundle,) = front_end.shown(show({"text/html": SCRIPT}))
        assert acts(bundle["text/html"]) == []
        messages = front_end.run(f"import ipywidgets\nwidget = ipywidgets.HTML({SCRIPT!r})\nwidget")
        assert acts(opened(messages)[views(messages)[0]]["value"]) == []
