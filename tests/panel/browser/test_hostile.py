"""Text of records that tries to act on the panel: it is shown, and does nothing."""

import json
import uuid

import pytest
from playwright.sync_api import expect
from tests.panel.browser.threads import Story
from tests.panel.corpus import FLAG, HOST, HOSTILE, hostile_outputs

from threadbook.records.bodies import ToolCall, ToolResult

LONGEST = 20_000
SHORT = {name: text[:LONGEST] for name, text in HOSTILE.items()}
TABS = ["Threads", "Decisions", "Trust", "Artifacts", "Workflows", "Health"]


@pytest.fixture(scope="module")
def hostile_thread(lab):
    """Return a thread with the corpus in every place that takes a text."""
    with lab.log() as log:
        written = Story(
            log, lab.identity("hostile"), f"th_{uuid.uuid4().hex}", f"Hostile: {SHORT['script']}"
        )
        for name, text in SHORT.items():
            written.cell(text, status="error", error={"name": text[:500], "value": text, "line": 1})
            call = written.write(
                ToolCall(
                    tool=text[:200] or "tool",
                    callable=text[:200] or "tool",
                    adapter="python",
                    definition="0" * 64,
                    arguments={text[:200]: text},
                )
            )
            written.write(ToolResult(status="ok", result=text), call.id)
            written.artifact(text[:100] or name, text, type=text[:100], description=text[:1000])
            written.workflow(text[:100] or name, text, description=text[:1000])
            written.question(f"{name}: {text}", options=["approve", "reject"])
            written.verdict("accept", text[:1000])
        outputs = log.blobs.put(
            json.dumps(hostile_outputs()).encode(), media_type="application/json"
        )
        start = written.start("# every output there is")
        written.end(start, outputs=outputs)
        yield written
        written.withdraw_all()


@pytest.fixture
def watched(desk):
    """Return the shared desk, and see at the end that nothing has acted on it."""
    desk.page.evaluate("(flag) => { delete window[flag] }", FLAG)
    title = desk.page.title()
    yield desk
    assert desk.page.evaluate("(flag) => window[flag]", FLAG) is None
    assert desk.dialogs == []
    assert [url for url in desk.requests_elsewhere() if HOST in url] == []
    assert desk.requests_elsewhere() == []
    assert desk.page.title() == title
    assert not [line for line in desk.console if line.startswith("error:")]


def test_n108_hostile_outputs_are_shown_and_do_nothing(watched, hostile_thread):
    panel = watched.panel.turn_to("Hostile:")
    panel.filter.fill("every output there is")
    record = panel.open("every output there is")
    expect(record).to_contain_text("<script>window")
    assert contained(watched) == []


def test_hostile_text_in_every_place_stays_in_its_place(watched, hostile_thread):
    panel = watched.panel.turn_to("Hostile:")
    panel.timeline.focus()
    watched.page.keyboard.press("Home")
    seen = 0
    while seen < panel.row_count:
        expect(panel.rows.first).to_be_visible()
        assert contained(watched) == []
        for _ in range(15):
            watched.page.keyboard.press("PageDown")
        seen += 100
    for name in TABS:
        panel.show(name)
        expect(panel.region.get_by_role("tabpanel", name=name)).not_to_contain_text("Loading")
        assert contained(watched) == []
    panel.show("Timeline")
    for kind in ("cell", "tool", "artifact", "workflow"):
        panel.filter.fill("Approve once")
        row = panel.rows.filter(has_text=kind).first
        if row.count():
            row.click()
            expect(panel.record).to_be_visible()
            assert contained(watched) == []


def test_the_buttons_of_a_decision_cannot_be_covered_or_faked(watched, hostile_thread):
    panel = watched.panel.turn_to("Hostile:")
    decisions = panel.show("Decisions")
    watched.dismiss()
    forms = decisions.get_by_role("article")
    expect(forms).to_have_count(len(SHORT))
    expect(
        panel.region.locator("form[action], iframe:not([sandbox]), object, embed")
    ).to_have_count(0)
    for place, name in enumerate(SHORT):
        form = forms.filter(has_text=f"{name}: ").first
        approve = form.get_by_role("button", name="Approve", exact=True)
        expect(approve).to_have_count(1)
        approve.scroll_into_view_if_needed()
        assert is_hit(approve), (place, name)


def is_hit(control):
    return control.evaluate("""(element) => {
      const box = element.getBoundingClientRect();
      const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return element === hit || element.contains(hit);
    }""")


def contained(desk):
    """Return what of the page is outside the panel's box though it belongs to it, or over it."""
    return desk.page.evaluate("""() => {
      const panel = document.querySelector('#threadbook-panel');
      const found = [];
      for (const element of panel.querySelectorAll('*')) {
        const style = getComputedStyle(element);
        if (style.position === 'fixed') found.push(`fixed: ${element.outerHTML.slice(0, 200)}`);
        for (const { name } of element.attributes) {
          if (/^on/.test(name)) found.push(`handler: ${element.outerHTML.slice(0, 200)}`);
        }
        if (/^(script|iframe|object|embed|base|meta|link)$/i.test(element.localName)
            && !(element.localName === 'iframe' && element.sandbox.length === 0
                 && element.hasAttribute('sandbox'))) {
          found.push(`element: ${element.outerHTML.slice(0, 200)}`);
        }
        const href = element.getAttribute('href') ?? element.getAttribute('src') ?? '';
        if (/^\\s*(javascript|vbscript|https?):/i.test(href)) found.push(`link: ${href}`);
      }
      const box = panel.getBoundingClientRect();
      for (const share of [0.1, 0.5, 0.9]) {
        const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height * share);
        if (!panel.contains(hit)) found.push(`over it: ${hit?.outerHTML.slice(0, 200)}`);
      }
      return found.slice(0, 20);
    }""")
