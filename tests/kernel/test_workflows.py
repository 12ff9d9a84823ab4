"""Workflows in a real kernel: saved in one cell, called in another, on the record."""

import ast

import pytest

from threadbook.records.bodies import CellStart, WorkflowCall, WorkflowResult, WorkflowSave

SYNC = "def run(n: int): return n + 1"
ASYNC = "import asyncio\nasync def run(n: int):\n    await asyncio.sleep(0)\n    return n + 1"


def records(kernel, kind):
    with kernel.log() as log:
        return list(log.read_all(kind=kind))


def completed(kernel, code):
    reply = kernel.ask("complete_request", code=code, cursor_pos=len(code))
    return reply["matches"]


@pytest.mark.parametrize("source", [SYNC, ASYNC], ids=["sync", "async"])
def test_n67_called_from_sync_and_async_cells(kernel, source):
    kernel.run_ok(f"made = workflows.create('add_one', {source!r})")
    assert kernel.run_ok("workflows.add_one(n=1)").result == "2"
    assert kernel.run_ok("await workflows.add_one.acall(n=2)").result == "3"
    ran = kernel.run_ok("import asyncio\nawait asyncio.sleep(0)\nworkflows.add_one(n=3)")
    assert ran.result == "4"
    call = records(kernel, WorkflowCall.KIND)[-1]
    cell = records(kernel, CellStart.KIND)[-1]
    assert (call.parents, call.body["cell"], call.thread) == ((cell.id,), cell.id, cell.thread)
    assert records(kernel, WorkflowResult.KIND)[-1].parents == (call.id,)


def test_n61_saving_runs_nothing_and_says_which_cell_did(kernel, tmp_path):
    marker = tmp_path / "marker"
    source = f"open({str(marker)!r}, 'w').close()\ndef run(): pass"
    made = kernel.run_ok(f"workflows.create('mark', {source!r})")
    looks = "workflows.list(), workflows.search('mark'), workflows.mark, workflows.mark.source"
    kernel.run_ok(f"print({looks})")
    assert not marker.exists()
    saved = records(kernel, WorkflowSave.KIND)[-1]
    assert (saved.body["name"], saved.body["cell"]) == ("mark", made.trace["start"])
    kernel.run_ok("workflows.mark()")
    assert marker.exists()


def test_variables_of_cells_are_not_visible_and_errors_show_the_line(kernel):
    kernel.run_ok("y = 5\nmade = workflows.create('uses_y', 'def run():\\n    return y + 1')")
    ran = kernel.run("workflows.uses_y()", stop_on_error=False)
    assert ran.error == ("NameError", "name 'y' is not defined")
    shown = "".join(ran.messages("error")[0]["traceback"])
    assert "workflow uses_y v1" in shown
    ran = kernel.run("workflows.z", stop_on_error=False)
    assert ran.error[0] == "WorkflowNotFound"


def test_a_cell_is_promoted(kernel):
    kernel.run_ok("0")
    good = kernel.run_ok("numbers = [1, 2, 3]\nsum(numbers)")
    kernel.run("1 / 0", stop_on_error=False)
    ran = kernel.run_ok("made = workflows.promote('total')\nprint([made(), *made.origin])")
    assert ast.literal_eval(ran.text()) == [6, good.trace["start"]]


def test_completion_knows_names_and_parameters(kernel):
    kernel.run_ok("made = workflows.create('greet', 'def run(name: str, times=2): pass')")
    assert "greet" in " ".join(completed(kernel, "workflows.gr"))
    assert "name=" in completed(kernel, "workflows.greet(na")
