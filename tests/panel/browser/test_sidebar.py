"""The sidebar beside a notebook: live, and there also when the kernel is busy or dead."""

import os
import re
import signal

import psutil
from playwright.sync_api import expect

from threadbook.records.bodies import SessionStart

TABS = ["Timeline", "Threads", "Decisions", "Trust", "Artifacts", "Workflows", "Health"]
HOLD = "import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.01)"


def test_the_sidebar_is_there_before_any_cell_has_run(open_desk):
    desk = open_desk(is_shown=False)
    desk.page.get_by_role("tab", name="Threadbook").click()
    expect(desk.panel.region.get_by_role("tab")).to_have_text([re.compile(name) for name in TABS])
    expect(desk.panel.tab("Timeline")).to_have_attribute("aria-selected", "true")


def test_rows_of_a_new_notebook_appear_while_its_cells_run(desk, picture):
    notebook = desk.new_notebook()
    notebook.run("print('the first cell')")
    expect(desk.panel.row("the first cell")).to_contain_text("ok")
    notebook.run("# a cell that fails\n1 / 0")
    expect(desk.panel.row("a cell that fails")).to_contain_text("ZeroDivisionError")
    notebook.run(f"# a cell that takes its time\n{HOLD}")
    row = desk.panel.row("a cell that takes its time")
    expect(row).to_contain_text("running")
    picture("notebook")
    (desk.lab.notebooks / "go").touch()
    expect(row).to_contain_text("ok")
    (desk.lab.notebooks / "go").unlink()


def test_a_busy_kernel_and_a_killed_one_leave_the_panel_as_it_is(desk):
    notebook, panel = desk.new_notebook(), desk.panel
    notebook.run("print(6 * 7)")
    expect(panel.row("print(6 * 7)")).to_contain_text("ok")
    notebook.run("while True: pass")
    expect(panel.row("while True")).to_contain_text("running")

    record = panel.open("print(6 * 7)")
    expect(record).to_contain_text("42")
    record.get_by_role("button", name="Close").click()
    expect(panel.show("Health")).to_contain_text("running")
    panel.show("Timeline")

    os.kill(kernel_of(desk), signal.SIGKILL)
    expect(panel.row("while True")).to_contain_text("died")
    desk.page.get_by_role("button", name="Ok", exact=True).click()  # JupyterLab says so too
    expect(panel.banner).to_contain_text("died")
    panel.banner.get_by_role("button", name="Acknowledge").click()
    expect(panel.row("print(6 * 7)")).to_contain_text("ok")


def kernel_of(desk):
    """Return the process of the newest kernel, which was just heard of."""
    with desk.lab.log() as log:
        (start,) = log.latest(kind=SessionStart.KIND)
    pid = start.body["pid"]
    assert "threadbook.kernel" in psutil.Process(pid).cmdline()
    return pid


def test_n110_a_banner_stays_after_a_restart_until_it_is_acknowledged(desk):
    notebook, panel = desk.new_notebook(), desk.panel
    notebook.run("x = 1")
    expect(panel.row("x = 1")).to_contain_text("ok")
    expect(panel.banner).to_have_count(0)
    notebook.restart()
    expect(panel.banner).to_contain_text("restart")
    for name in TABS[1:]:
        panel.show(name)
        expect(panel.banner).to_be_visible()
    desk.reload()
    expect(panel.banner).to_be_visible()
    panel.banner.get_by_role("button", name="Acknowledge").click()
    expect(panel.banner).to_have_count(0)
    desk.reload()
    panel.show("Timeline")
    expect(panel.row("x = 1")).to_be_visible()
    expect(panel.banner).to_have_count(0)


def test_a_reload_keeps_what_was_shown(desk, story):
    written = story("Keep this over a reload")
    for number in range(200):
        written.cell(f"step_{number}()", status="error" if number % 50 == 7 else "ok")
    panel = desk.panel.turn_to(written.goal)
    panel.filter.fill("step_15")
    panel.open("step_157()")
    expect(panel.row("step_157()")).to_have_attribute("aria-selected", "true")
    desk.reload()
    expect(panel.filter).to_have_value("step_15")
    expect(panel.row("step_157()")).to_have_attribute("aria-selected", "true")
    expect(panel.record).to_contain_text("step_157()")
    panel.record.get_by_role("button", name="Close").click()
    panel.filter.fill("")
    panel.show("Trust")
    desk.reload()
    expect(panel.tab("Trust")).to_have_attribute("aria-selected", "true")


def without_time(text):
    """Return what a row says, but not for how long it has been running: that ticks."""
    return re.sub(r"(?m)^\d+ s$", "", text) if text.startswith("running") else text


def test_two_browsers_see_the_same(desk, open_desk, story):
    written = story("Seen by two")
    others = open_desk()
    for panel in (desk.panel, others.panel):
        panel.turn_to(written.goal)
    written.cell("appended('live')")
    start = written.start("still_running()")
    for panel in (desk.panel, others.panel):
        expect(panel.row("appended('live')")).to_contain_text("ok")
        expect(panel.row("still_running()")).to_contain_text("running")
    written.end(start, status="interrupted")
    for panel in (desk.panel, others.panel):
        expect(panel.row("still_running()")).to_contain_text("interrupted")
    ours, theirs = (
        [without_time(text) for text in panel.rows.all_inner_texts()]
        for panel in (desk.panel, others.panel)
    )
    assert ours == theirs
    request = written.question("May the second person see this?")
    expect(others.panel.tab("Decisions")).to_contain_text("1")
    others.panel.decision("May the second person").get_by_label("Reason").fill("seen")
    form = others.panel.decision("May the second person")
    form.get_by_role("button", name="Approve").click()
    expect(desk.panel.show("Decisions")).to_contain_text("Nothing waits for you")
    (answer,) = written.answers(request)
    assert (answer.body["decision"], answer.body["reason"]) == ("approve", "seen")


def test_n106_what_a_session_does_is_shown_live(desk):
    notebook, panel = desk.new_notebook(), desk.panel
    notebook.run(
        "thread.goal = 'Everything at once'\n"
        "artifacts.save('table', {'a': 1}, 'a small table')\n"
        "workflows.create('double', 'def run(n: int) -> int: return 2 * n')\n"
        "workflows.double(n=tools.look_up(word='two'))"
    )
    for text in (
        r"running\s*session",
        r"open\s*goal\s*Everything at once",
        r"ok\s*cell \[1\]",
        r"artifact\s*.*table",
        r"workflow\s*.*double",
        r"ok\s*tool\s*.*look_up",
    ):
        expect(panel.row(re.compile(text)).first).to_be_visible()
    expect(panel.show("Artifacts")).to_contain_text("a small table")
    expect(panel.show("Workflows")).to_contain_text("double")
    expect(panel.show("Health")).to_contain_text("none")
    notebook.run("tools.erase(name='nothing.txt')")
    expect(panel.show("Decisions")).to_contain_text("1 decision to take")
    panel.decision("erase").get_by_role("button", name="Deny").click()
