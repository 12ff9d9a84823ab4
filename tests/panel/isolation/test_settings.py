"""Servers on which isolation is off, allows something, or cannot be had; and their end."""

import os
import signal

import psutil
import pytest
from tests.panel.isolation.front_end import FrontEnd
from tests.panel.server.conftest import OTHERS

GATEWAY = "jupyter_server.gateway.connections.GatewayWebSocketConnection"
SCRIPT = "<script>1</script>"
SHOW = "from IPython.display import display\ndisplay({!r}, raw=True)"
FOREIGN = """
import anywidget
class Foreign(anywidget.AnyWidget):
    _esm = "export default {}"
Foreign()
"""


def test_where_it_is_switched_off_all_comes_as_it_is_and_the_person_answers(start_server):
    server = start_server(ThreadbookPanel={"isolate_outputs": False})
    with FrontEnd(server, server.start_kernel()) as front_end:
        assert front_end.shown(SHOW.format({"text/html": SCRIPT})) == [{"text/html": SCRIPT}]
    assert server.ask("health")["read_only"] is None


def test_what_the_person_allows_comes_as_it_is(start_server):
    allowed = {
        "allowed_mime_types": ["application/javascript"],
        "allowed_widget_modules": ["anywidget"],
    }
    server = start_server(ThreadbookPanel=allowed)
    bundle = {"application/javascript": "1", "text/html": SCRIPT}
    with FrontEnd(server, server.start_kernel()) as front_end:
        (shown,) = front_end.shown(SHOW.format(bundle))
        assert shown["application/javascript"] == "1"
        assert "<script>" not in shown["text/html"]
        messages = front_end.run(FOREIGN)
        code = [one["content"]["data"]["state"].get("_esm") for one in messages
                if one["header"]["msg_type"] == "comm_open"]  # fmt: skip
        assert "export default {}" in code
    assert server.ask("health")["read_only"] is None


def test_where_it_cannot_be_had_nobody_answers_and_it_is_said_why(start_server, tmp_path):
    other = {
        "kernel_websocket_connection_class": GATEWAY,
        "jpserver_extensions": dict.fromkeys(OTHERS, False),
        "port": 0,
        "root_dir": str(tmp_path),
    }
    server = start_server(ServerApp=other)
    health = server.ask("health")
    assert "GatewayWebSocketConnection" in health["read_only"]
    assert "ThreadbookPanel.isolate_outputs" in health["read_only"]
    response = server.post("judge", thread="th", verdict="accept", reason="mine")
    assert response.status_code == 403
    assert response.json()["error"]["message"] == health["read_only"]


def test_a_server_with_kernels_and_pages_ends_in_good_order(start_server):
    server = start_server()
    with FrontEnd(server, server.start_kernel()) as front_end:
        front_end.run(FOREIGN + "for number in range(9):\n    Foreign()\n")
        os.kill(server.pid, signal.SIGTERM)
        with pytest.raises(Exception, match="lost|closed|reset|EOF"):
            front_end.until(lambda _: False)
    assert server.stop() == 0
    assert not psutil.pid_exists(server.pid)
    assert "Traceback" not in server.said()
    assert server.said().count("kept from front ends: a widget of the module 'anywidget'") == 1
