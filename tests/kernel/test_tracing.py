"""What is recorded of a session and its cells, when, and in what order."""

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from threadbook.log.checkpoints import LOG_THREAD
from threadbook.records.bodies import (
    CellEnd,
    CellStart,
    LogCheckpoint,
    SessionEnd,
    SessionStart,
)
from threadbook.values import unpack_value

CELL_RECORDS = (CellStart.KIND, CellEnd.KIND)
KERNEL_ID = "0c7a6c3e-6a4e-4d3f-9b51-0f2f3a9f8e11"

READ_OWN_START = """
import os
from threadbook.log import open_log
with open_log(os.environ["THREADBOOK_STORE"]) as log:
    (newest,) = log.latest()
print(newest.kind, newest.id)
"""

HOST = """
import time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="threadbook")
client.execute_interactive("x = 1")
print("ran", flush=True)
time.sleep(600)
"""

SPIN = "print('started', flush=True)\nwhile True:\n    pass"
SLEEP = "import time\nprint('started', flush=True)\ntime.sleep(600)"
ASYNC_SLEEP = "import asyncio\nprint('started', flush=True)\nawait asyncio.sleep(600)"


def kinds(records):
    return [record.kind for record in records]


class TestWhen:
    def test_the_end_of_a_cell_is_in_the_store_when_its_reply_arrives(self, kernel):
        for n in range(20):
            request = kernel.send(f"print({n})")
            kernel.until(lambda request=request: request in kernel.replies)
            with kernel.log() as log:
                metadata = kernel.replies[request]["metadata"]["threadbook"]
                assert log.get(metadata["record"]).parents == (metadata["start"],)
            kernel.wait(request)

    def test_the_start_of_a_cell_is_in_the_store_when_its_code_runs(self, kernel):
        ran = kernel.run_ok(READ_OWN_START)
        assert ran.text() == f"{CellStart.KIND} {ran.trace['start']}\n"

    def test_the_start_is_there_even_if_the_kernel_is_killed_by_the_first_line(self, start_kernel):
        kernel = start_kernel()
        kernel.send("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
        kernel.until(lambda: not kernel.manager.is_alive())
        (start,) = kernel.records(CellStart.KIND)
        assert start.body["code"].startswith("import os, signal")
        assert kernel.records(CellEnd.KIND) == []


class TestWhat:
    def test_start_and_end_say_what_ran_and_what_came_of_it(self, kernel):
        ran = kernel.run_ok("print('x')\n6 * 7", cell_id="cell-1")
        cell = kernel.cell(ran)
        with kernel.log() as log:
            (session,) = log.read_all(kind=SessionStart.KIND)
        assert cell.start.body == {
            "_v": 1,
            "kind": CellStart.KIND,
            "cell_id": "cell-1",
            "code": "print('x')\n6 * 7",
            "execution": ran.request,
            "session": session.id,
        }
        duration = cell.end.body.pop("duration_ms")
        assert duration > 0
        assert cell.end.body == {
            "_v": 1,
            "kind": CellEnd.KIND,
            "status": "ok",
            "execution_count": ran.content["execution_count"],
            "outputs": cell.outputs,
            "outputs_hash": cell.digest,
        }
        assert (cell.start.act, cell.end.act) == ("DO", "KNOW")
        assert ran.trace["thread"] == cell.start.thread == cell.end.thread == session.thread
        assert ran.trace["status"] == "ok"
        assert "trouble" not in ran.trace

    def test_a_session_says_in_what_it_runs(self, kernel):
        (session,) = kernel.records(SessionStart.KIND)
        versions = session.body["versions"]
        assert versions.keys() == {"python", "ipython", "ipykernel"}
        assert session.body["kernel"].startswith("threadbook ")
        assert session.body["pid"] == kernel.pid
        assert session.body["host"] == socket.gethostname()
        assert session.body["executor"] == "jupyter"
        assert "kernel_id" not in session.body

    @pytest.mark.parametrize(
        ("connection", "kernel_id"),
        [
            (f"kernel-{KERNEL_ID}.json", KERNEL_ID),
            ("kernel-1234.json", None),
        ],
        ids=["of-a-server", "of-a-process"],
    )
    def test_a_session_says_by_what_a_jupyter_server_knows_its_kernel(
        self, start_kernel, connection, kernel_id
    ):
        kernel = start_kernel(start=False)
        kernel.manager.connection_file = str(
            Path(kernel.manager.connection_file).with_name(connection)
        )
        kernel.start()
        (session,) = kernel.records(SessionStart.KIND)
        assert session.body.get("kernel_id") == kernel_id

    def test_records_are_signed_by_the_key_of_the_session(self, kernel):
        kernel.run_ok("1")
        assert len({record.actor for record in kernel.records()}) == 1
        assert all(record.is_signed for record in kernel.records())

    def test_a_cell_without_output_has_none(self, kernel):
        cell = kernel.cell(kernel.run_ok("nothing = None"))
        assert (cell.status, cell.outputs) == ("ok", [])

    def test_a_cell_that_only_warns_is_ok(self, kernel):
        ran = kernel.run_ok("import warnings\nwarnings.warn('careful')")
        assert kernel.cell(ran).status == "ok"

    def test_a_silent_cell_is_recorded_as_silent(self, kernel):
        ran = kernel.run_ok("print('heard')", silent=True, store_history=False)
        cell = kernel.cell(ran)
        assert cell.start.body["silent"] is True
        assert [output["text"] for output in cell.outputs] == ["heard\n"]

    def test_a_silent_cell_that_fails_is_an_error(self, kernel):
        ran = kernel.run("1 / 0", silent=True)
        assert kernel.cell(ran).status == "error"
        assert kernel.cell(ran).end.body["error"]["name"] == "ZeroDivisionError"

    def test_a_cell_that_is_kept_out_of_the_history_is_recorded_as_such(self, kernel):
        ran = kernel.run_ok("'not in history'", store_history=False)
        assert kernel.cell(ran).start.body["store_history"] is False
        assert "silent" not in kernel.cell(ran).start.body

    def test_cells_queued_behind_a_failed_one_are_aborted(self, start_kernel):
        kernel = start_kernel()
        kernel.run_ok("import time, threading\nran = []\ngo = threading.Event()")
        failing = kernel.send("print('started', flush=True)\ntime.sleep(0.5)\n1 / 0")
        queued = [kernel.send(f"ran.append({n})", cell_id=f"q{n}") for n in range(3)]
        assert kernel.wait(failing).status == "error"
        for n, request in enumerate(queued):
            ran = kernel.wait(request)
            cell = kernel.cell(ran)
            assert ran.status == cell.status == ran.trace["status"] == "aborted"
            assert cell.code == f"ran.append({n})"
            assert cell.start.body["cell_id"] == f"q{n}"
            assert cell.outputs == []
        assert kernel.run_ok("ran").result == "[]"
        kernel.verify()

    def test_a_cell_for_a_subshell_that_is_not_there_is_refused(self, kernel):
        ran = kernel.run("print('x')", subshell="no-such-subshell", cell_id="c")
        cell = kernel.cell(ran)
        assert (ran.status, cell.status) == ("error", "refused")
        assert cell.code == "print('x')"
        assert cell.start.body["cell_id"] == "c"
        assert "no-such-subshell" in cell.end.body["note"]

    def test_cells_of_a_subshell_and_of_the_main_shell_at_once_each_have_their_record(self, kernel):
        subshell = kernel.create_subshell()
        on_main = kernel.send(
            "import os, time\nprint('main 1', flush=True)\n"
            "while not os.path.exists('go'):\n    time.sleep(0.001)\n"
            "print('main 2')\n'm'"
        )
        kernel.wait_for_text(on_main, "main 1")
        sub = kernel.run_ok(
            "print('sub')\nsdk.emit_sync(act='DO', kind='x.y.z', body={});\n's'", subshell=subshell
        )
        (kernel.work / "go").touch()
        main = kernel.wait(on_main)
        assert main.content["execution_count"] == sub.content["execution_count"]
        main_cell, sub_cell = kernel.cell(main), kernel.cell(sub)
        assert [o.get("text") for o in main_cell.outputs] == ["main 1\nmain 2\n", None]
        assert [o.get("text") for o in sub_cell.outputs] == ["sub\n", None]
        assert (main.result, sub.result) == ("'m'", "'s'")
        assert main_cell.start.id != sub_cell.start.id
        (emitted,) = kernel.records("x.y.z")
        assert emitted.parents == (sub_cell.start.id,)

    def test_long_code_becomes_a_blob(self, kernel):
        for text in ("#" * 70_000, "#" + "\U0001f600" * 65_500):
            cell = kernel.cell(kernel.run_ok(f"{text}\n'ran'"))
            assert cell.code["media_type"] == "text/x-python"
            with kernel.log() as log:
                data = log.blobs.get(cell.code["blob"])
            assert data.decode() == f"{text}\n'ran'"
            assert cell.code["size"] == len(data)

    def test_large_outputs_become_a_blob(self, kernel):
        ran = kernel.run_ok("print('x' * 100_000)")
        cell = kernel.cell(ran)
        assert cell.end.body["outputs"]["blob"] == cell.digest
        assert cell.outputs == [
            {"output_type": "stream", "name": "stdout", "text": "x" * 100_000 + "\n"}
        ]

    def test_a_large_update_of_an_earlier_display_becomes_a_blob(self, kernel):
        kernel.run_ok("h = display('small', display_id='big')")
        cell = kernel.cell(kernel.run_ok("h.update('x' * 100_000)"))
        assert "blob" in cell.end.body["display_updates"]
        assert cell.updates[0]["data"] == {"text/plain": repr("x" * 100_000)}


class TestErrors:
    def test_name_message_line_and_traceback_are_fields_and_earlier_output_is_kept(self, kernel):
        ran = kernel.run("print('before')\n\nint('no')", stop_on_error=False)
        cell = kernel.cell(ran)
        assert cell.end.body["error"] == {
            "name": "ValueError",
            "value": "invalid literal for int() with base 10: 'no'",
            "line": 3,
        }
        stream, error = cell.outputs
        assert stream["text"] == "before\n"
        assert error["traceback"] == ran.messages("error")[0]["traceback"]
        assert ran.trace["line"] == 3

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            (1, "1 / 0"),
            (2, "def f():\n    1 / 0\nf()"),
            (3, "import json\n\njson.loads('[')"),
            (2, "if True:\n    x = (1"),
            (2, "if True:\nx"),
            (2, "import asyncio\nawait asyncio.wait_for(1, 0)"),
            (4, "async def f():\n    await g()\nasync def g():\n    1 / 0\nawait f()"),
            (3, "%matplotlib inline\n# a comment\nx = '' + 1"),
            (1, "from_an_earlier_cell()"),
            (3, "\n\n[][0]"),
            (4, "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError"),
            (3, "\n\nawait nothing_of_that_name"),
            (2, "\nif True\n    x"),
            (4, "\n  \n\n[][0]"),
        ],
    )
    def test_the_line_is_that_of_the_cell(self, kernel, line, code):
        kernel.run_ok("\n\n\ndef from_an_earlier_cell():\n    raise RuntimeError('earlier')")
        ran = kernel.run(code, stop_on_error=False)
        assert ran.status == "error"
        assert ran.trace["line"] == kernel.cell(ran).end.body["error"]["line"] == line

    @pytest.mark.parametrize("prompt", ["", "42", '{"a": 1}'])
    def test_asking_for_input_where_nobody_is_there_is_an_error(self, kernel, prompt):
        ran = kernel.run(f"input({prompt!r})", stop_on_error=False)
        error = kernel.cell(ran).end.body["error"]
        assert error["name"] == "StdinNotImplementedError"
        assert "does not support input" in error["value"]

    def test_a_failing_repr_is_named_by_its_own_error(self, kernel):
        ran = kernel.run(
            "class R:\n    def __repr__(self):\n        raise ValueError('no repr')\nR()",
            stop_on_error=False,
        )
        error = kernel.cell(ran).end.body["error"]
        assert (error["name"], error["value"]) == ("ValueError", "no repr")

    @pytest.mark.parametrize(
        "code",
        [
            "raise ValueError('\U0001f600' * 100_000)",
            "raise type('E' * 300_000, (Exception,), {})('\U0001f600' * 100_000)",
        ],
    )
    def test_a_huge_error_is_cut_in_the_record_and_whole_in_the_outputs(self, kernel, code):
        ran = kernel.run(code, stop_on_error=False)
        cell = kernel.cell(ran)
        assert cell.status == "error"
        name, value = ran.error
        assert name.startswith(cell.end.body["error"]["name"])
        assert value.startswith(cell.end.body["error"]["value"])
        (error,) = cell.outputs
        assert (error["ename"], error["evalue"]) == (name, value)


class TestValues:
    @pytest.mark.parametrize(
        "code",
        [
            *("42", "-(2**70)", "True", "1.5", "'text é'", "b'\\x00\\xff'", "[1, 'a', None, 2.0]"),
            *("{'a': {1: [True]}, 2: ()}", "(1, (2, [3]))", "[]", "{}", "float('inf')", "''"),
        ],
    )
    def test_plain_data_arrives_equal_and_of_the_same_types(self, kernel, code):
        value = unpack_value(bytes.fromhex(kernel.run_ok(code).trace["value"]["msgpack"]))
        assert repr(value) == repr(eval(code))

    @pytest.mark.parametrize(
        "code",
        [
            "class Fake:\n    def __repr__(self):\n        return '42'\nFake()",
            "class Sub(int):\n    pass\nSub(42)",
            "class Sub(dict):\n    pass\n[Sub()]",
            "import enum\nenum.IntEnum('E', ['a']).a",
            "import collections\ncollections.namedtuple('N', 'a')(1)",
            "import numpy\nnumpy.float64(1.5)",
            "import numpy\nnumpy.int64(1)",
            "import numpy\n[numpy.str_('x')]",
            "{1, 2}",
            "{(1, 2): 3}",
            "range(3)",
            "...",
            "'\\ud800'",
            "own = []\nown.append(own)\nown",
        ],
    )
    def test_what_is_more_than_data_has_no_value(self, kernel, code):
        ran = kernel.run_ok(code)
        assert ran.result is not None
        assert "value" not in ran.trace

    @pytest.mark.parametrize("code", ["None", "x = 1", "1;", "print(1)", "1 / 0"])
    def test_a_cell_without_a_value_has_none(self, kernel, code):
        assert "value" not in kernel.run(code, stop_on_error=False).trace

    def test_a_large_value_travels_by_reference(self, kernel):
        ran = kernel.run_ok("['x' * 100] * 1000")
        value = ran.trace["value"]
        assert value == kernel.cell(ran).end.body["value"]
        with kernel.log() as log:
            data = log.blobs.get(value["blob"])
        assert len(data) == value["size"]
        assert unpack_value(data) == ["x" * 100] * 1000

    def test_the_value_of_an_async_cell_arrives(self, kernel):
        ran = kernel.run_ok("import asyncio\nawait asyncio.sleep(0, [1])")
        assert unpack_value(bytes.fromhex(ran.trace["value"]["msgpack"])) == [1]


class TestInterrupts:
    def by_message(self, kernel):
        assert kernel.ask("interrupt_request", "control") == {"status": "ok"}

    def for_timeout(self, kernel):
        kernel.ask("interrupt_request", "control", reason="timeout")

    def for_no_known_reason(self, kernel):
        assert kernel.ask("interrupt_request", "control", reason=["whim"]) == {"status": "ok"}

    @pytest.mark.parametrize("code", [SPIN, SLEEP, ASYNC_SLEEP], ids=["spin", "sleep", "async"])
    @pytest.mark.parametrize(
        ("interrupt", "status"),
        [
            (by_message, "interrupted"),
            (for_timeout, "timeout"),
            (for_no_known_reason, "interrupted"),
        ],
    )
    def test_an_interrupted_cell_ends_with_that_status(self, kernel, code, interrupt, status):
        kernel.run_ok("kept = 'still here'")
        request = kernel.send(code, stop_on_error=False)
        kernel.wait_for_text(request, "started\n")
        interrupt(self, kernel)
        self.check(kernel, kernel.wait(request), status)

    @pytest.mark.parametrize("code", [SPIN, SLEEP], ids=["spin", "sleep"])
    def test_a_cell_interrupted_by_a_signal_ends_as_interrupted(self, kernel, code):
        kernel.run_ok("kept = 'still here'")
        request = kernel.send(code, stop_on_error=False)
        kernel.wait_for_text(request, "started\n")
        os.kill(kernel.pid, signal.SIGINT)
        self.check(kernel, kernel.wait(request), "interrupted")

    def check(self, kernel, ran, status):
        cell = kernel.cell(ran)
        assert (ran.status, cell.status, ran.trace["status"]) == ("error", status, status)
        assert cell.outputs[0]["text"] == "started\n"
        assert kernel.run_ok("kept").result == "'still here'"

    def test_an_interrupt_between_cells_changes_nothing(self, kernel):
        self.for_timeout(kernel)
        ran = kernel.run("raise KeyboardInterrupt", stop_on_error=False)
        assert kernel.cell(ran).status == "interrupted"
        assert kernel.cell(kernel.run_ok("1")).status == "ok"

    def test_a_cell_that_catches_the_interrupt_is_ok(self, kernel):
        request = kernel.send(
            "try:\n    print('started', flush=True)\n    while True: pass\n"
            "except KeyboardInterrupt:\n    print('caught')"
        )
        kernel.wait_for_text(request, "started\n")
        self.for_timeout(kernel)
        assert kernel.cell(kernel.wait(request)).status == "ok"


class TestOrder:
    def test_every_record_continues_the_one_before_and_an_end_continues_its_start(
        self, start_kernel
    ):
        kernel = start_kernel()
        for code in ("1", "1 / 0", "print(1)"):
            kernel.run(code, stop_on_error=False)
        kernel.run("x", subshell="no-such-subshell")
        kernel.shut_down()
        first, *rest = kernel.records()
        assert first.parents == ()
        assert [record.parents for record in rest] == [(r.id,) for r in [first, *rest[:-1]]]
        assert kinds([first, *rest]) == [SessionStart.KIND, *CELL_RECORDS * 4, SessionEnd.KIND]
        assert len({record.thread for record in rest}) == 1

    def test_what_the_sdk_emits_has_the_running_cell_as_its_parent(self, kernel):
        emit = "sdk.emit_sync(act='DO', kind='x.from.{}', body={{}})"
        ran = kernel.run_ok(
            emit.format("cell")
            + "\nimport threading, asyncio\nfrom concurrent.futures import ThreadPoolExecutor\n"
            + f"t = threading.Thread(target=lambda: {emit.format('thread')})\nt.start()\nt.join()\n"
            + f"ThreadPoolExecutor().submit(lambda: {emit.format('pool')}).result()\n"
            + "await sdk.emit(act='DO', kind='x.from.async', body={})\n"
            + f"await asyncio.to_thread(lambda: {emit.format('worker')})\n"
            + "sdk.emit_sync(act='DO', kind='x.from.given', body={}, parents=[])"
        )
        kernel.run_ok("'another'")
        for name in ("cell", "thread", "pool", "async", "worker"):
            (emitted,) = kernel.records(f"x.from.{name}")
            assert emitted.parents == (ran.trace["start"],), name
            assert emitted.thread == ran.trace["thread"]
        (emitted,) = kernel.records("x.from.given")
        assert emitted.parents == ()

    def test_a_thread_that_outlives_its_cell_still_emits_under_it(self, kernel):
        first = kernel.run_ok(
            "import threading\ngo = threading.Event()\n"
            "def late():\n    go.wait()\n    sdk.emit_sync(act='DO', kind='x.from.late', body={})\n"
            "t = threading.Thread(target=late)\nt.start()"
        )
        kernel.run_ok("go.set()\nt.join()")
        (emitted,) = kernel.records("x.from.late")
        assert emitted.parents == (first.trace["start"],)


class TestSessions:
    def test_a_shut_down_kernel_ends_its_session_and_is_noted_no_more(self, start_kernel):
        kernel = start_kernel()
        kernel.run_ok("1")
        with kernel.log() as log:
            (session,) = log.store.holders()
        kernel.shut_down()
        (end,) = kernel.records(SessionEnd.KIND)
        assert end.body["session"] == session
        assert "shut down" in end.body["reason"]
        with kernel.log() as log:
            assert log.store.holders() == {}
        kernel.verify()

    def test_a_checkpoint_covers_a_session_to_its_end(self, start_kernel):
        kernel = start_kernel()
        kernel.run_ok("1")
        kernel.shut_down()
        (end,) = kernel.records(SessionEnd.KIND)
        (checkpoint,) = kernel.records(LogCheckpoint.KIND)
        assert checkpoint.body["size"] == end.seq == checkpoint.seq - 1
        assert (checkpoint.actor, checkpoint.thread) == (end.actor, LOG_THREAD)
        kernel.verify()

    def test_a_kernel_without_a_key_signs_no_checkpoint(self, start_kernel):
        kernel = start_kernel(THREADBOOK_ACTOR="did:sync:user:ann")
        kernel.run_ok("1")
        kernel.shut_down()
        assert len(kernel.records(SessionEnd.KIND)) == 1
        assert kernel.records(LogCheckpoint.KIND) == []

    def test_a_kernel_that_is_told_to_exit_ends_its_session(self, start_kernel):
        kernel = start_kernel()
        kernel.send("get_ipython().kernel.do_shutdown(False)\nexit()")
        kernel.until(lambda: not kernel.manager.is_alive())
        assert len(kernel.records(SessionEnd.KIND)) == 1

    def test_a_restarted_kernel_goes_on_with_its_thread(self, start_kernel):
        kernel = start_kernel()
        before = kernel.run_ok("x = 1")
        kernel.restart()
        after = kernel.run("x")
        assert after.error[0] == "NameError"
        assert after.trace["thread"] == before.trace["thread"]
        records = kernel.records()
        session = [SessionStart.KIND, *CELL_RECORDS]
        assert kinds(records) == [*session, SessionEnd.KIND, *session]
        assert "restarted" in records[3].body["reason"]
        assert records[4].parents == (records[3].id,)

    def test_another_kernel_has_another_thread(self, start_kernel):
        threads = {start_kernel().run_ok("1").trace["thread"] for _ in range(2)}
        assert len(threads) == 2

    def test_the_environment_names_the_thread_and_the_actor(self, start_kernel):
        settings = {"THREADBOOK_THREAD": "th_named", "THREADBOOK_ACTOR": "did:sync:user:ann"}
        kernel = start_kernel(**settings)
        ran = kernel.run_ok("thread.id")
        assert ran.result == "'th_named'"
        assert {r.actor for r in kernel.records()} == {"did:sync:user:ann"}
        assert {r.thread for r in kernel.records()} == {"th_named"}
        kernel.shut_down()
        again = start_kernel(**settings)
        again.run_ok("1")
        starts = again.records(SessionStart.KIND)
        (end,) = again.records(SessionEnd.KIND)
        assert starts[1].parents == (end.id,)
        assert again.verify().unsigned == len(again.records())

    def test_a_relative_store_stays_where_it_was_when_code_changes_the_folder(self, start_kernel):
        kernel = start_kernel(THREADBOOK_STORE="sqlite:///records.db")
        kernel.run_ok("import os\nos.mkdir('sub')\nos.chdir('sub')")
        kernel.run_ok("1")
        kernel.store = kernel.work / "records.db"
        assert len(kernel.records(CellEnd.KIND)) == 2

    @pytest.mark.parametrize("code", [SPIN, ASYNC_SLEEP], ids=["sync", "async"])
    def test_cells_of_a_killed_kernel_get_their_end_once_though_two_kernels_notice(
        self, start_kernel, code
    ):
        killed = start_kernel()
        killed.run_ok("1")
        request = killed.send(code)
        killed.wait_for_text(request, "started")
        killed.kill()
        heirs = [start_kernel(start=False) for _ in range(2)]
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda heir: heir.start(), heirs))
        assert all(heir.run_ok("6 * 7").result == "42" for heir in heirs)

        session, *_ = killed.records(SessionStart.KIND)
        cell = killed.cells()[request]
        assert cell.status == "died"
        assert cell.code == code
        assert len([e for e in killed.records(CellEnd.KIND) if e.parents == (cell.start.id,)]) == 1
        (end,) = killed.records(SessionEnd.KIND)
        assert end.body["session"] == session.id
        assert end.thread == cell.end.thread == session.thread
        with killed.log() as log:
            assert len(log.store.holders()) == 2
        killed.verify()

    def test_a_kernel_at_work_is_not_taken_for_dead(self, start_kernel):
        at_work = start_kernel()
        request = at_work.send(SLEEP)
        at_work.wait_for_text(request, "started")
        start_kernel().run_ok("1")
        assert at_work.records(SessionEnd.KIND) == []
        assert request not in at_work.cells()

    def test_an_end_that_the_dead_kernel_had_written_itself_is_not_written_again(
        self, start_kernel
    ):
        kernel = start_kernel()
        kernel.run_ok("1")
        with kernel.log() as log:
            ((session, note),) = log.store.holders().items()
        kernel.shut_down()
        with kernel.log() as log:  # as if it had died between writing the end and its release
            log.store.hold(session, note)
        start_kernel().run_ok("1")
        assert len(kernel.records(SessionEnd.KIND)) == 1
        with kernel.log() as log:
            assert session not in log.store.holders()

    def test_a_kernel_whose_host_died_goes_and_is_noticed_by_the_next(self, start_kernel):
        kernel = start_kernel(start=False)
        kernel.work.mkdir()
        host = subprocess.Popen(
            [sys.executable, "-c", HOST],
            env=kernel.environ,
            cwd=kernel.work,
            stdout=subprocess.PIPE,
        )
        with host:
            try:
                assert host.stdout.readline() == b"ran\n"
            finally:
                host.kill()
            host.stdout.read()  # ends when nobody is left who could write: the kernel shares it
        start_kernel().run_ok("1")
        assert len(kernel.records(SessionEnd.KIND)) == 1
        kernel.verify()


class TestUserCode:
    def test_reset_keeps_the_namespaces(self, start_kernel):
        kernel = start_kernel()
        kernel.run_ok("mine = 1")
        kernel.run_ok("%reset -f")
        assert kernel.run("mine", stop_on_error=False).error[0] == "NameError"
        assert kernel.run_ok("thread.id").result == repr(kernel.run_ok("1").trace["thread"])
        assert kernel.run_ok("sdk").result.startswith("<Client of did:key:")

    def test_the_names_may_be_used_for_something_else(self, start_kernel):
        kernel = start_kernel()
        kernel.run_ok("thread = sdk = 5\ndel sdk")
        ran = kernel.run_ok("thread")
        assert (ran.result, kernel.cell(ran).status) == ("5", "ok")
        assert "records" not in kernel.run_ok("%thread").text("stderr")

    def test_children_may_write_records_and_leave_the_store_in_order(self, start_kernel):
        kernel = start_kernel()
        ran = kernel.run_ok(
            "import multiprocessing\nfork = multiprocessing.get_context('fork')\n"
            "def emit(n):\n    return sdk.emit_sync(act='DO', kind='x.from.child', body={'n': n})\n"
            "with fork.Pool(4) as pool:\n    results = pool.map(emit, range(40))\n"
            "emit(40)\nall(r.success and not r.pending for r in results)"
        )
        assert ran.result == "True"
        records = kernel.records("x.from.child")
        assert sorted(record.body["n"] for record in records) == list(range(41))
        kernel.run_ok("after = 1")
        kernel.shut_down()
        assert kinds(kernel.records())[-3:] == [*CELL_RECORDS, SessionEnd.KIND]
        kernel.verify()

    def test_a_child_that_never_stops_writing_does_not_keep_cells_from_running(self, start_kernel):
        kernel = start_kernel()
        writing = kernel.run_ok("import subprocess\nchild = subprocess.Popen(['yes'])")
        kernel.wait_for_text(writing.request, "y\ny\n")
        stopped = kernel.run_ok("running = child.poll() is None\nchild.kill()\nrunning")
        assert stopped.result == "True"
        assert kernel.cell(stopped).status == "ok"

    def test_a_child_that_exits_does_not_end_the_session(self, start_kernel):
        kernel = start_kernel()
        kernel.run_ok(
            "import os\npid = os.fork()\nif pid == 0:\n    os._exit(0)\nos.waitpid(pid, 0);"
        )
        kernel.run_ok(
            "import multiprocessing as m\np = m.Process(target=print)\np.start()\np.join()"
        )
        kernel.run_ok("1")
        assert kernel.records(SessionEnd.KIND) == []
        kernel.verify()

    def test_the_log_is_clean_after_all_that(self, kernel):
        kernel.run_ok("'the end'")
        kernel.verify()
