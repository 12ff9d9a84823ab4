"""A timeline of any length, by mouse and by keyboard, and at any width."""

import uuid

import pytest
from playwright.sync_api import expect
from tests.panel.browser.threads import note, write_long_thread

COUNT = 100_000
GOAL = f"Find {COUNT:,} things"


WATCH_SHIFTS = """() => {
  window.shifts = [];
  const text = ({ node }) => node && `${node.parentElement?.outerHTML}`.slice(0, 300);
  const note = (list) => list.getEntries().forEach(({ value, sources }) =>
    window.shifts.push([value, ...sources.map(text)]));
  new PerformanceObserver(note).observe({ type: 'layout-shift', buffered: false });
}"""


@pytest.fixture(scope="module")
def long_thread(lab):
    thread = f"th_{uuid.uuid4().hex}"
    with lab.log() as log:
        write_long_thread(log, lab.identity("agent"), thread, COUNT)
    return thread


def test_a_hundred_thousand_records_scroll_jump_and_filter(desk, long_thread, lab):
    panel = desk.panel.turn_to(GOAL)
    expect(panel.timeline).to_have_attribute("aria-rowcount", str(COUNT))
    expect(panel.row(f"finding {COUNT - 1}")).to_be_in_viewport()
    panel.timeline.focus()
    desk.page.keyboard.press("Home")
    expect(panel.row(GOAL)).to_be_in_viewport()
    for _ in range(20):
        panel.timeline.hover()
        desk.page.mouse.wheel(0, 2_000)
    expect(panel.rows.first).not_to_contain_text(GOAL)
    desk.page.keyboard.press("End")
    expect(panel.row(f"finding {COUNT - 1}")).to_be_in_viewport()
    # A place in the middle, as the scroll bar leads to.
    panel.timeline.evaluate("grid => { grid.scrollTop = grid.scrollHeight / 2 }")
    middle = panel.row("finding").nth(15)
    expect(middle).to_contain_text("finding")
    number = int(middle.locator(".tb-row-title").inner_text().split()[-1])
    assert number == pytest.approx(COUNT / 2, rel=0.01)
    assert panel.rows.count() < 120
    assert (
        desk.page.evaluate("() => document.querySelectorAll('#threadbook-panel *').length") < 2500
    )

    panel.filter.fill("finding 77777")
    expect(panel.rows).to_have_count(1)
    expect(panel.rows).to_contain_text("finding 77777")
    panel.filter.fill("")
    expect(panel.timeline).to_have_attribute("aria-rowcount", str(COUNT))
    with lab.log() as log:
        log.append(note(long_thread, "one more"), by=lab.identity("agent"))
    expect(panel.timeline).to_have_attribute("aria-rowcount", str(COUNT + 1))
    panel.timeline.focus()
    desk.page.keyboard.press("End")
    expect(panel.row("one more")).to_be_in_viewport()


def test_rows_that_arrive_shift_nothing(desk, story):
    written = story("Nothing moves")
    for number in range(60):
        written.cell(f"before_{number}()")
    panel = desk.panel.turn_to(written.goal)
    panel.open("before_59()")
    if panel.follow.get_attribute("aria-pressed") == "true":
        panel.follow.click()
    desk.page.evaluate(WATCH_SHIFTS)
    place = panel.row("before_59()").bounding_box()
    for number in range(30):
        written.cell(f"after_{number}()")
    expect(panel.timeline).to_have_attribute("aria-rowcount", str(2 + 90))
    assert panel.row("before_59()").bounding_box() == place
    desk.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    shifts = desk.page.evaluate("() => window.shifts")
    # How many rows are new is counted below them; the number may grow a digit.
    assert [shift for shift in shifts if "tb-unseen-rows" not in str(shift)] == []


def test_everything_is_done_by_keyboard_alone(desk, story):
    written = story("No mouse here")
    written.cell("first()")
    failed = written.cell("second()", status="error", error={"name": "KeyError", "value": "x"})
    request = written.question("May a keyboard answer this?")
    panel, keys = desk.panel.turn_to(written.goal), desk.page.keyboard
    expect(panel.row("second()")).to_be_visible()

    def tab_to(target):
        for _ in range(60):
            if target.evaluate("(element) => element === document.activeElement"):
                return
            keys.press("Tab")
        raise AssertionError(f"Tab does not lead to {target}")

    panel.tab("Timeline").focus()
    tab_to(panel.timeline)
    keys.press("Home")
    while (
        "second()" not in panel.rows.and_(panel.region.locator("[aria-selected=true]")).inner_text()
    ):
        keys.press("ArrowDown")
    keys.press("Enter")
    expect(panel.record).to_contain_text("KeyError")
    tab_to(panel.record.get_by_role("button", name="Close"))
    keys.press("Escape")
    expect(panel.record).to_have_count(0)
    expect(panel.timeline).to_be_focused()
    keys.press("/")
    expect(panel.filter).to_be_focused()

    panel.tab("Timeline").focus()
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    expect(panel.tab("Decisions")).to_have_attribute("aria-selected", "true")
    form = panel.region.get_by_role("article").filter(has_text="May a keyboard")
    tab_to(form.get_by_role("textbox", name="Reason"))
    keys.type("typed")
    approve = form.get_by_role("button", name="Approve")
    tab_to(approve)
    expect(approve).to_be_enabled()
    keys.press("Enter")
    expect(form).to_have_count(0)
    (answer,) = written.answers(request)
    assert (answer.body["decision"], answer.body["reason"]) == ("approve", "typed")
    assert failed.id != request.id


@pytest.mark.parametrize("size", ["300 px", "200 %"])
def test_nothing_is_cut_off_where_there_is_little_room(desk, story, size):
    written = story("Little room for this")
    written.cell("a_cell_with_a_name_that_does_not_fit_into_a_narrow_panel_at_all()")
    written.question("May this be answered in a narrow panel?")
    if size == "300 px":
        desk.set_width(300)
    else:
        desk.command("application:toggle-left-area")
        desk.page.set_viewport_size({"width": 720, "height": 450})  # what a zoom of 200 % leaves
    try:
        panel = desk.panel.turn_to(written.goal)
        panel.open("a_cell_with")
        for name in ("Timeline", "Threads", "Decisions", "Trust", "Health"):
            within = panel.show(name)
            assert cut_off(within) == []
        form = panel.decision("narrow panel")
        desk.dismiss()  # it stands in front of what it tells of
        for control in form.get_by_role("button").all():
            control.scroll_into_view_if_needed()
            assert is_on_top(control)
    finally:
        if size == "200 %":
            desk.command("application:toggle-left-area")
        desk.set_width(None)


def cut_off(within):
    """Return controls and rows that reach beyond the sides of what contains them."""
    return within.evaluate("""(tab) => {
      const { left, right } = tab.closest('#threadbook-panel').getBoundingClientRect();
      return [...tab.querySelectorAll('button, input, textarea, [role=row], h3, h4')]
        .map((element) => [element, element.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && (box.left < left - 1 || box.right > right + 1))
        .map(([element]) => element.outerHTML.slice(0, 200));
    }""")


def is_on_top(control):
    """Tell whether a click in the middle of a control hits it."""
    return control.evaluate("""(element) => {
      const box = element.getBoundingClientRect();
      const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return element === hit || element.contains(hit);
    }""")
