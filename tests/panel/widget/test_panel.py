"""The widget in real kernels: what views ask and are told, and what is left when they are gone."""

import contextlib
import itertools
import json

import pytest
from tests.panel.widget.conftest import with_panel
from tests.panel.widget.views import Widgets

from threadbook.records.bodies import DecisionAnswer, DecisionRequest, Intent
from threadbook.records.identity import Identity
from threadbook.session import Session

THREADS = "sorted(t.name for t in __import__('threading').enumerate() if 'threadbook' in t.name)"
# Connections, by their write-ahead log: SQLite keeps the file itself open while others lock it.
OPEN_STORES = """
import os
def target(fd):
    return os.readlink(f'/proc/self/fd/{fd}') if os.path.exists(f'/proc/self/fd/{fd}') else ''
sum(target(fd).endswith('records.db-wal') for fd in os.listdir('/proc/self/fd'))
"""
SPIN = "import os\nwhile not os.path.exists('go'): pass\nos.remove('go')"
"""A cell that computes until it is told to stop."""


FORK = """
import os
if (pid := os.fork()) == 0:
    panel.close()
    os._exit(7)
os.waitpid(pid, 0)[1] >> 8
"""


@contextlib.contextmanager
def busy(kernel):
    """Keep the main shell of a kernel computing."""
    request = kernel.send(SPIN)
    try:
        yield
    finally:
        (kernel.work / "go").touch()
        kernel.wait(request)


def watched(view):
    """Subscribe to the thread of the panel, and return that thread."""
    thread = view.state["thread"]
    assert view.ask("subscribe", thread=thread) is not None
    return thread


def streams_of(kernel):
    """Return what a kernel has published as output to stdout and stderr."""
    published = itertools.chain.from_iterable(kernel.published.values())
    return [one["content"]["text"] for one in published if one["msg_type"] == "stream"]


def is_answered(view):
    return "records" in view.ask("health")


def is_running(row):
    return (row["type"], row["status"]) == ("cell", "running")


def test_a_panel_that_nobody_looks_at_does_nothing(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("from threadbook_panel import Panel")
    before = kernel.run_ok(THREADS).result
    opened = kernel.run_ok(OPEN_STORES).result
    assert kernel.run_ok("panel = Panel()").messages("display_data") == []
    assert kernel.run_ok(OPEN_STORES).result == opened
    assert kernel.run_ok(THREADS).result == before == "[]"


def test_a_view_is_told_of_a_cell_while_it_computes_and_asks_meanwhile(lasting_kernel, view):
    thread = watched(view)
    view.wait_for_news("reset")
    with busy(lasting_kernel):
        told = view.wait_for_news("rows", lambda news: any(map(is_running, news["rows"])))
        page = view.ask("rows", thread=thread, offset=0, limit=100)
        (row,) = filter(is_running, page["rows"])
        assert row in told["rows"]
        assert view.ask("record", id=row["id"])["code"] == SPIN
    ended = view.wait_for_news(
        "rows", lambda n: any(r["id"] == row["id"] and r["end"] for r in n["rows"])
    )
    assert [one["status"] for one in ended["rows"] if one["id"] == row["id"]] == ["ok"]


def test_requests_are_answered_in_the_shell_that_they_were_sent_to(lasting_kernel, view):
    # Else the push of a cell, or the answer to a request without a subshell, would bind the comm
    # to the main shell, and the next request would wait for the end of the cell.
    subshell, view.subshell = view.subshell, None
    view.ask("health")
    view.subshell = subshell
    lasting_kernel.run_ok("panel.send({'type': 'beat'})")
    with busy(lasting_kernel):
        assert is_answered(view)


def test_a_request_does_not_run_what_ipython_runs_after_cells(lasting_kernel, view):
    lasting_kernel.run_ok(
        "ran = []\nget_ipython().events.register('post_execute', lambda: ran.append(1))"
    )
    before = int(lasting_kernel.run_ok("len(ran)").result)
    for _ in range(3):
        view.ask("health")
    assert int(lasting_kernel.run_ok("len(ran)").result) == before + 1


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "rows",
        {},
        {"request": "1", "view": "v", "name": "rows", "params": {}},
        {"request": 1, "view": ["v"], "name": "rows", "params": {}},
        {"request": 1, "view": "v", "name": {"a": 1}, "params": {}},
        {"request": 1, "view": "v", "name": "rows", "params": []},
        {"request": 1, "view": "v", "name": "rows", "params": {"thread": 5}},
        {"request": 1, "view": "v", "name": "rows", "params": {"text": "x" * 2_000_000}},
        {"request": 1, "view": "v" * 100_000, "name": "alive", "params": {}},
        {"request": 1, "view": "v", "name": "__init__", "params": {}},
        {"request": 1, "view": "v", "name": "subscribe", "params": {"thread": ["th"]}},
        {"request": 1, "view": "v", "name": "subscribe", "params": {"thread": "t" * 100_000}},
    ],
    ids=itertools.count(),
)
def test_a_malformed_request_gets_a_problem_and_leaves_no_trace(lasting_kernel, view, content):
    answered = len(view.answers())
    view.send(content)
    lasting_kernel.until(lambda: len(view.answers()) > answered)
    problem = view.answers()[-1]["error"]
    assert set(problem) == {"type", "message", "remedy"}
    assert problem["type"] == "QueryError"
    assert len(str(view.answers()[-1])) < 2_000
    assert "Traceback" not in lasting_kernel.output
    assert is_answered(view)


@pytest.mark.parametrize(
    "data", [[], "x", {"method": "update"}, {"method": "fly"}, {}], ids=itertools.count()
)
def test_a_message_that_is_no_request_is_passed_over(lasting_kernel, view, data):
    view.send_data(data)
    assert is_answered(view)
    assert "Traceback" not in lasting_kernel.output


def test_views_share_what_follows_and_the_last_one_ends_it(start_kernel):
    kernel = with_panel(start_kernel())
    widgets = Widgets(kernel)
    first, second = widgets.view(), widgets.view()
    thread = watched(first)
    first.wait_for_news("reset")
    assert second.ask("subscribe", thread=thread) == {"is_followed": True}
    assert "threadbook-panel" in kernel.run_ok(THREADS).result
    first.ask("unsubscribe")
    kernel.run_ok("'still watched'")
    second.wait_for_news("rows", lambda news: news["rows"][-1]["title"] == "'still watched'")
    second.ask("unsubscribe")
    kernel.until(lambda: kernel.run_ok(THREADS).result == "[]")
    assert first.ask("alive") == {"is_known": False}
    watched(first)
    assert first.ask("alive") == {"is_known": True}
    first.wait_for_push("beat")


def test_there_is_a_limit_to_views(start_kernel):
    kernel = with_panel(start_kernel())
    kernel.run_ok("for n in range(100): panel._answer(f'view {n}', 'subscribe', {})")
    view = Widgets(kernel).view()
    assert "100 views" in view.ask("subscribe", thread=None)["error"]["message"]
    kernel.run_ok("panel._answer('view 0', 'unsubscribe', {})")
    assert "is_followed" in view.ask("subscribe", thread=None)


def test_a_view_whose_page_was_closed_is_forgotten(start_kernel):
    kernel = with_panel(start_kernel())
    kernel.run_ok("import threadbook_panel.followers as followers\nfollowers.GONE_SECONDS = 0.0")
    view = Widgets(kernel).view()
    watched(view)
    kernel.until(lambda: kernel.run_ok(THREADS).result == "[]")
    assert view.ask("alive") == {"is_known": False}


def test_in_another_kernel_it_shows_a_thread_of_the_environments_log(start_kernel):
    kernel = start_kernel("python3")
    with kernel.log() as log:
        goal = Intent(goal="of somebody else").draft(thread="th_x")
        log.append(goal, by=Identity.static("did:sync:agent:a"))
    with_panel(kernel, "'th_x'")
    view = Widgets(kernel).view()
    page = view.ask("rows", thread=watched(view), offset=0, limit=10)
    assert [row["title"] for row in page["rows"]] == ["of somebody else"]
    assert view.state["_can_write"] is False
    assert "no threadbook kernel" in view.ask("health")["read_only"]


def test_closing_a_panel_ends_what_it_follows(start_kernel):
    kernel = with_panel(start_kernel())
    view = Widgets(kernel).view()
    watched(view)
    view.wait_for_news("reset")
    assert kernel.run_ok(f"panel.close()\npanel.close()\n{THREADS}").result == "[]"
    assert kernel.run_ok("get_ipython().kernel.cell_ended").result == "[]"


def test_panels_share_what_they_hold_of_the_log_until_the_last_is_closed(start_kernel):
    kernel = start_kernel()
    opened = kernel.run_ok(OPEN_STORES).result
    kernel.run_ok("from threadbook_panel import Panel\npanel = Panel()\npanel")
    with_one = kernel.run_ok(OPEN_STORES).result
    assert with_one != opened
    kernel.run_ok("others = [Panel(), Panel('th_other'), Panel()]\nfor one in others: display(one)")
    assert kernel.run_ok(OPEN_STORES).result == with_one
    kernel.run_ok("panel.close()\nfor one in others[1:]: one.close()")
    assert is_answered(Widgets(kernel).view(panel=1))
    assert kernel.run_ok(f"others[0].close()\n{OPEN_STORES}").result == opened
    assert kernel.run_ok("get_ipython().kernel.cell_ended").result == "[]"


def test_panels_made_after_the_last_was_closed_read_the_log_again(start_kernel):
    kernel = with_panel(start_kernel())
    kernel.run_ok("panel.close()")
    with_panel(kernel)
    assert is_answered(Widgets(kernel).view())


def test_a_kernel_with_a_watched_panel_shuts_down_and_restarts(start_kernel):
    kernel = with_panel(start_kernel())
    watched(Widgets(kernel).view())
    kernel.restart()
    watched(Widgets(with_panel(kernel)).view())
    process = kernel.manager.provisioner.process
    kernel.shut_down()
    assert process.poll() == 0
    assert "Traceback" not in kernel.output


def test_a_forked_child_has_no_part_in_the_panel(start_kernel):
    kernel = with_panel(start_kernel())
    view = Widgets(kernel).view()
    watched(view)
    view.wait_for_news("reset")
    assert kernel.run_ok(FORK).result == "7"
    kernel.run_ok("'after the child'")
    view.wait_for_news("rows", lambda news: news["rows"][-1]["title"] == "'after the child'")
    assert view.ask("alive") == {"is_known": True}


def test_a_panel_without_a_thread_follows_that_of_its_kernel(start_kernel):
    kernel = with_panel(start_kernel())
    kernel.run_ok("fixed = Panel(thread.id)\nfixed")
    widgets = Widgets(kernel)
    following, fixed = widgets.panels()
    first = widgets.state(following)["thread"]
    ran = kernel.run_ok("%thread new look again")
    assert ran.trace["thread"] == first
    now = kernel.run_ok("thread.id").result.strip("'")
    kernel.until(lambda: widgets.state(following)["thread"] == now)
    assert widgets.state(fixed)["thread"] == first
    watched(widgets.view(panel=0))
    back = kernel.run_ok(f"%thread switch {first}")
    assert back.status == "ok"
    kernel.until(lambda: widgets.state(following)["thread"] == first)


def test_the_thread_of_a_panel_is_that_of_its_table_and_stays(start_kernel):
    kernel = with_panel(start_kernel(), "'th_x'")
    assert kernel.run("panel.thread = 'th_y'").error[0] == "TraitError"
    view = Widgets(kernel).view()
    assert view.state["thread"] == json.loads(view.table["_snapshot"])["thread"] == "th_x"


def test_a_panel_says_what_is_wrong_with_the_store_and_recovers(start_kernel, tmp_path):
    folder = tmp_path / "later"
    folder.write_text("no folder")
    kernel = with_panel(start_kernel(THREADBOOK_STORE=f"sqlite:///{folder}/records.db"))
    view = Widgets(kernel).view()
    assert view.ask("health")["error"]["type"] == "StoreUnavailable"
    folder.unlink()
    folder.mkdir()
    assert is_answered(view)


class TestDecisions:
    """Who may decide through the widget."""

    def ask_for_one(self, kernel, thread):
        """Append a request of the kernel's actor, and return its id."""
        agent = Identity.key(kernel.folder / "key.pem")
        body = DecisionRequest(question="Go on?", options=["approve", "deny"])
        with kernel.log() as log:
            return log.append(body.draft(thread=thread), by=agent).id

    def test_an_answer_is_signed_with_the_persons_key_and_not_with_the_kernels(
        self, lasting_kernel, view
    ):
        assert view.state["_can_write"] is True
        request = self.ask_for_one(lasting_kernel, view.state["thread"])
        written = view.ask("answer", id=request, decision="approve", reason="fine")
        with lasting_kernel.log() as log:
            (answer,) = log.read_all(kind=DecisionAnswer.KIND)
            assert answer.id == written["id"]
        approver = next(lasting_kernel.folder.rglob("approver.pem"))
        assert answer.actor == written["actor"] == Identity.key(approver).actor_did
        assert answer.actor != Identity.key(lasting_kernel.folder / "key.pem").actor_did
        assert answer.sig

    def test_a_static_actor_is_no_person(self, start_kernel):
        kernel = with_panel(start_kernel(THREADBOOK_ACTOR="did:sync:user:x"))
        view = Widgets(kernel).view()
        assert view.state["_can_write"] is False
        assert "did:sync:user:x, which is no key" in view.ask("health")["read_only"]
        refused = view.ask("answer", id="0" * 64, decision="approve")
        assert refused["error"]["type"] == "Forbidden"
        assert list(kernel.folder.rglob("approver.pem")) == []

    def test_in_a_session_the_program_decides(self):
        with Session.sync() as session:
            session.run("from threadbook_panel import Panel\npanel = Panel()")
            assert session.run("panel._can_write").value is False
            read_only = session.run("panel._answer('v', 'health', {}).read_only").value
            assert "belongs to a program" in read_only
            refused = session.run(
                "panel._answer('v', 'judge', {'verdict': 'accept', 'reason': 'x'})"
            )
            assert refused.error.name == "Forbidden"


def test_a_front_end_that_asks_for_widgets_before_there_are_any_is_answered(start_kernel):
    kernel = start_kernel()
    opened = {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}}
    states = {"comm_id": "c", "data": {"method": "request_states"}}
    late = {"comm_id": "another", "data": {"method": "request_states"}}
    for msg_type, content in (("comm_open", opened), ("comm_msg", states), ("comm_msg", late)):
        kernel.client.shell_channel.send(kernel.client.session.msg(msg_type, content))
    kernel.until(lambda: Widgets(kernel).messages("c"))
    (answer,) = Widgets(kernel).messages("c")
    assert answer["content"]["data"] == {
        "method": "update_states",
        "states": {},
        "buffer_paths": [],
    }
    kernel.run_ok("1")
    kernel.shut_down()
    assert kernel.late_outputs() == []


def test_a_request_to_a_panel_that_is_gone_is_no_output_of_a_cell(start_kernel):
    kernel = with_panel(start_kernel())
    view = Widgets(kernel).view()
    watched(view)
    kernel.run_ok("panel.close()")
    view.send({"request": 9, "view": view.name, "name": "unsubscribe", "params": {}})
    kernel.run_ok("1")
    kernel.shut_down()
    assert streams_of(kernel) == []


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"method": "update", "state": {}}, {"method": "custom", "content": {"name": 1}}],
    ids=itertools.count(),
)
def test_ipykernel_warns_of_messages_to_other_comms_that_are_not_there(lasting_kernel, data):
    name = f"of somebody else {data}"
    message = lasting_kernel.client.session.msg("comm_msg", {"comm_id": name, "data": data})
    lasting_kernel.client.shell_channel.send(message)
    lasting_kernel.until(lambda: f"No such comm: {name}\n" in "".join(streams_of(lasting_kernel)))
