"""On which thread a kernel is, for kernels that a Jupyter server starts."""

import os
import signal
import uuid

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from threadbook.records.bodies import SessionStart

PATIENCE = 60


@pytest.fixture
def kernel(server, until):
    """Provide the id of a kernel whose session is recorded."""
    kernel_id = server.start_kernel()
    until(lambda: place(server, kernel_id)["thread"])
    yield kernel_id
    server.client.delete(f"api/kernels/{kernel_id}")


def place(server, kernel_id):
    response = server.client.get(f"threadbook/api/kernels/{kernel_id}")
    assert response.status_code == 200, response.text
    return response.json()


def run(server, kernel_id, code):
    """Run code in a kernel, past the server, and return what its reply says of the record."""
    client = BlockingKernelClient()
    client.load_connection_file(str(server.folder / "runtime" / f"kernel-{kernel_id}.json"))
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        outputs = []
        reply = client.execute_interactive(code, timeout=PATIENCE, output_hook=outputs.append)
        text = "".join(o["content"]["text"] for o in outputs if o["msg_type"] == "stream")
        assert reply["content"]["status"] == "ok", text
        return reply["metadata"]["threadbook"], text
    finally:
        client.stop_channels()


def process_of(server, kernel_id):
    (found,) = [
        child
        for child in psutil.Process(server.pid).children()
        if any(kernel_id in argument for argument in child.cmdline())
    ]
    return found


def test_the_thread_is_known_before_any_cell_runs_and_is_that_of_its_cells(server, kernel):
    before = place(server, kernel)
    trace, _ = run(server, kernel, "1")
    with server.log() as log:
        session = log.get(before["session"])
    assert (session.kind, session.body["kernel_id"]) == (SessionStart.KIND, kernel)
    assert place(server, kernel) == before
    assert before == {"thread": trace["thread"], "session": session.id, "sandbox": "none"}


def test_a_kernel_that_nobody_knows_has_no_thread(server):
    nothing = {"thread": None, "session": None, "sandbox": None}
    assert place(server, uuid.uuid4()) == nothing


def test_the_thread_that_a_cell_switches_to_is_followed_at_once(server, kernel):
    first = place(server, kernel)
    _, said = run(server, kernel, "%thread new look again")
    second = place(server, kernel)
    assert said == f"now on thread {second['thread']}\n"
    assert second == {**first, "thread": second["thread"]}
    run(server, kernel, f"%thread switch {first['thread']}")
    assert place(server, kernel) == first


def test_a_restarted_kernel_has_another_session_on_its_thread(server, kernel, until):
    first = place(server, kernel)
    run(server, kernel, "%thread new")
    assert server.client.post(f"api/kernels/{kernel}/restart").status_code == 200
    second = until(lambda: (now := place(server, kernel))["session"] != first["session"] and now)
    assert second["thread"] == first["thread"]


def test_a_killed_kernel_is_still_shown_where_it_was(server, kernel):
    before = place(server, kernel)
    os.kill(process_of(server, kernel).pid, signal.SIGSTOP)
    assert place(server, kernel) == before
    with server.news(thread=before["thread"]) as lines:
        assert next(lines) == 'data: {"type":"reset"}'
    rows = server.ask("rows", thread=before["thread"], offset=0, limit=10)
    assert [row["type"] for row in rows["rows"]] == ["session"]
    os.kill(process_of(server, kernel).pid, signal.SIGKILL)
    assert place(server, kernel)["thread"] == before["thread"]


def test_a_cell_inherits_nothing_that_would_let_it_answer(server, kernel):
    server.ask("health")
    token = server.client.headers["Authorization"].split()[1]
    key = server.folder / ".local" / "share" / "threadbook" / "keys" / "approver.pem"
    assert key.stat().st_mode & 0o077 == 0
    _, said = run(
        server, kernel, "import os\nprint(os.environ)\nprint(os.listdir('/proc/self/fd'))"
    )
    assert "THREADBOOK_STORE" in said
    assert token not in said
    assert "approver" not in said
    files = {file.path for file in process_of(server, kernel).open_files()}
    assert str(key) not in files
