"""`%thread`: the thread at a prompt."""

import pytest

from threadbook.records.bodies import CellEnd, CellStart, Intent, SessionStart, SessionSwitch


@pytest.fixture(scope="module")
def kernel(start_lasting_kernel):
    kernel = start_lasting_kernel()
    kernel.run("# Read the data\nx = 1")
    kernel.run("1 / 0", stop_on_error=False)
    return kernel


def failed(kernel, code):
    """Return what a magic that was used wrongly says; nothing of it is a traceback."""
    ran = kernel.run(code, stop_on_error=False)
    assert ran.messages("error") == []
    assert "Traceback" not in ran.text("stderr")
    return ran.text("stderr")


def displayed(ran, media_type="text/plain"):
    """Return what a magic displayed."""
    (shown,) = ran.messages("display_data")
    return shown["data"][media_type]


@pytest.mark.parametrize("line", ["%thread", "%thread show", "%thread   show  "])
def test_shows_the_timeline(kernel, line):
    ran = kernel.run_ok(line)
    thread, headings, *rows = displayed(ran).splitlines()
    assert thread == f"thread {ran.trace['thread']}"
    assert headings.split() == ["time", "actor", "act", "kind", "what", "duration"]
    assert "threadbook.session.start" in rows[0]
    first, second = rows[1:3]
    assert "Read the data" in first
    assert first.endswith("✓")
    assert "1 / 0 → ZeroDivisionError: division by zero" in second
    assert second.endswith("✗")
    assert rows[-1].endswith(" ".join(line.split()))  # the running cell has no outcome yet


@pytest.mark.parametrize("line", ["%thread help", "%thread fly", "%thread sho", "%thread new_ x"])
def test_bad_usage_says_what_there_is(kernel, line):
    said = failed(kernel, line)
    for command in ("show", "new", "switch", "goal", "verify"):
        assert f"%thread {command}" in said


def test_a_goal_is_stated_and_read(start_kernel):
    kernel = start_kernel()
    assert "no goal yet" in kernel.run_ok("%thread goal").text()
    assert kernel.run_ok("%thread goal find the outlier").text() == "find the outlier\n"
    kernel.run_ok("thread.goal = 'another'")
    assert kernel.run_ok("%thread goal").text() == "another\n"
    goals = kernel.records(Intent.KIND)
    assert [goal.body["goal"] for goal in goals] == ["find the outlier", "another"]
    assert all(goal.act == "INTEND" for goal in goals)


def test_a_new_thread_takes_what_follows_and_the_cell_ends_where_it_began(start_kernel):
    kernel = start_kernel()
    before = kernel.run_ok("1")
    switching = kernel.run_ok("%thread new look again")
    after = kernel.run_ok("thread.id, thread.goal")
    new = after.trace["thread"]
    assert new != before.trace["thread"]
    assert switching.text() == f"now on thread {new}\n"
    assert eval(after.result) == (new, "look again")
    assert kernel.cell(switching).end.thread == kernel.cell(switching).start.thread
    assert kernel.cell(switching).start.thread == before.trace["thread"]
    (goal,) = kernel.records(Intent.KIND)
    assert goal.thread == new
    kernel.verify()


def test_switching_goes_on_with_a_thread_by_its_id(start_kernel):
    kernel = start_kernel()
    first = kernel.run_ok("1").trace["thread"]
    kernel.run_ok("%thread new")
    second = kernel.run_ok("1").trace["thread"]
    said = kernel.run_ok(f"%thread switch {first}").text()
    assert said == f"now on thread {first}, which has 5 records\n"
    assert kernel.run_ok("1").trace["thread"] == first != second
    assert "needs a thread id" in failed(kernel, "%thread switch")


def test_a_switch_is_recorded_on_the_thread_that_it_leads_to(start_kernel):
    kernel = start_kernel()
    first = kernel.run_ok("1").trace["thread"]
    (session,) = kernel.records(SessionStart.KIND)
    switching = kernel.run_ok("%thread new")
    (switch,) = kernel.records(SessionSwitch.KIND)
    assert switch.body == {
        "_v": 1,
        "kind": SessionSwitch.KIND,
        "session": session.id,
        "came_from": first,
    }
    assert switch.parents == (switching.trace["start"],)
    assert kernel.run_ok("thread.id").result == f"'{switch.thread}'"
    kernel.run_ok(f"%thread switch {switch.thread}")
    assert kernel.records(SessionSwitch.KIND) == [switch]
    kernel.run_ok(f"%thread switch {first}")
    assert [record.thread for record in kernel.records(SessionSwitch.KIND)] == [
        switch.thread,
        first,
    ]
    kernel.verify()


def test_verifies_the_records_of_the_thread(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("print('x' * 100_000)")
    ran = kernel.run_ok("%thread verify")
    assert ran.text() == "✓ 4 records, 1 blob checked: every id, link and signature holds\n"


def test_the_magic_says_why_there_is_no_answer_when_the_store_cannot_be_asked(start_kernel):
    kernel = start_kernel(THREADBOOK_STORE="carrier-pigeon://coop")
    kernel.run_ok("1")
    for line in ("%thread", "%thread verify", "%thread goal"):
        assert "no store at 'carrier-pigeon://coop'" in failed(kernel, line)


def test_the_timeline_names_every_kind_of_outcome(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("thread.goal = 'a goal'\nthread.checkpoint('half way')\nthread.fulfil('done')")
    kernel.run_ok("r = sdk.emit_sync(act='DO', kind='x.y.z', body={'n': 1, 'name': 'named'})")
    kernel.run_ok("thread.verdict('accept', judges=r.record_id, reason='well done');")
    shown = displayed(kernel.run_ok("%thread"))
    for text in ("a goal", "half way", "done", "named", "well done"):
        assert text in shown
    assert {CellStart.KIND} <= {row.split()[3] for row in shown.splitlines()[2:]}
    assert CellEnd.KIND not in shown
