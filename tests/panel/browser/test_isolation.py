"""What a cell outputs may act in a frame of its own, and never in the page of who decides."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.panel.browser.attacks import bundles, markup, replies, widgets
from tests.panel.browser.lab import TOKEN
from tests.panel.browser.pages import Notebook

from threadbook.records.bodies import DecisionAnswer

FRAME = "iframe.threadbook-isolated"
ATTACKS = Path(__file__).parent / "attacks"
IMPORT = f"import sys\nsys.path.insert(0, {str(ATTACKS.parent)!r})\nfrom attacks import"

WIDGETS = "widgets\nwidgets.show()"
# A cell shows 50 outputs, and no more.
EVERYTHING = [
    f"markup\nmarkup.show({sorted(markup.MARKUP)[:40]!r})",
    f"markup\nmarkup.show({sorted(markup.MARKUP)[40:]!r})",
    "bundles\nbundles.show()",
    WIDGETS,
    "replies\nreplies.show()",
]
NAMES = {*markup.MARKUP, *bundles.BUNDLES, *bundles.SHOWN_OTHERWISE, *widgets.NAMES, *replies.NAMES}
INERT = {
    "annotation", "cdata", "embed", "javascript link", "javascript link in disguise",
    "javascript link in mathml", "math in a form", "mathjax link", "mathjax link in entities",
    "mathjax link in pieces", "mathjax link with a tab", "mathml and styles", "nul",
    "object", "object that fails", "script linked in svg", "select", "svg onload", "title in svg",
    "diagram", "error", "image", "json", "latex", "latex html", "markdown autolink",
    "markdown code", "markdown diagram", "markdown image", "markdown link",
    "parameter", "plain text", "stream", "svg", "svg of lines", "unknown", "upper case", "xhtml",
    "description", "description that changes", "esm in a buffer", "esm in a buffer later", "label",
    "model opened again", "other view",
}  # fmt: skip
"""Attacks that come to nothing in this browser and this JupyterLab even where nobody stops them."""

LISTEN = """() => {
  window.pwned = [];
  window.pwn = (name) => { pwned.push(name.replaceAll('-', ' ')) };
}"""
# Not by mouse and keys: outputs above that change their height would move the cell from under them.
RUN = """(code) => {
  const { content: notebook } = jupyterapp.shell.currentWidget;
  notebook.activeCellIndex = notebook.widgets.length - 1;
  notebook.activeCell.model.sharedModel.setSource(code);
  return jupyterapp.commands.execute('notebook:run-cell-and-select-next').then(() => null);
}"""
SAVE = "() => jupyterapp.shell.currentWidget.context.save()"
SCROLL = "(place) => jupyterapp.shell.currentWidget.content.scrollToItem(place)"
# What a person may do with outputs that are not the panel's. Images fail in the order in which they
# are asked for: the last one fails after those of the outputs.
TOUCH = """async () => {
  for (const element of document.querySelectorAll('.jp-OutputArea-output :not(.tb-widget *)')) {
    if (element.closest('a[target=_blank]') !== null) {
      continue; // Its window would have nobody to act on.
    }
    element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
    element.focus?.();
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await new Promise((done) => {
    const image = new Image();
    image.onerror = done;
    image.src = 'data:,x';
  });
}"""
ACTIVE = """() => {
  const acting = /^(script|object|embed|base|meta|link|style|form|frame|animate|set)$/i;
  const found = [];
  for (const element of document.querySelectorAll('.jp-OutputArea-output :not(.tb-widget *)')) {
    const say = (what) => found.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
    if (acting.test(element.localName)) {
      say('element');
    }
    if (element.localName === 'iframe'
        && (element.getAttribute('sandbox') !== 'allow-scripts' || element.src !== '')) {
      say('frame');
    }
    for (const { name, value } of element.attributes) {
      if (/^on|commandlinker|^(formaction|action|ping)$/i.test(name)
          || (/^(id|name)$/.test(name) && element.closest('.jp-RenderedHTML'))
          || /^\\W*j\\s*a\\s*v\\s*a\\s*script/i.test(value)) {
        say(name);
      }
    }
    if (getComputedStyle(element).position === 'fixed') {
      say('fixed');
    }
  }
  return found;
}"""
IS_ON_TOP = """(element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const hit = document.elementFromPoint(x + width / 2, y + height / 2);
  return element === hit || element.contains(hit);
}"""


@pytest.fixture
def watched(desk):
    """Return the shared desk, which hears of all code that runs in its page."""
    desk.page.evaluate(LISTEN)
    yield desk
    assert desk.dialogs == []
    assert desk.requests_elsewhere() == []
    assert len(desk.context.pages) == 1


@pytest.fixture
def decision(watched, story):
    """Return a question that waits for the person, whom nobody may forestall."""
    written = story("Is anybody there?")
    request = written.question("May the agent do as it likes?")
    yield request
    assert written.answers(request) == []


def shown(notebook, code):
    """Run code that attacks, until all that it shows is shown."""
    place = notebook.cells.count() - 1
    notebook.page.evaluate(RUN, f"{IMPORT} {code}\nprint('shown', 'all')")
    expect(notebook.cells.nth(place).locator(".jp-Cell-outputArea")).to_contain_text("shown all")


def pwned(desk):
    """Return which attacks have run code in the page."""
    desk.page.evaluate(TOUCH)
    desk.page.evaluate(TOUCH)  # what the first one has brought up
    return set(desk.page.evaluate("() => pwned"))


def test_a_script_in_an_output_answers_no_decision(watched):
    (watched.lab.notebooks / "one.txt").write_text("here")
    script = (ATTACKS / "answer.html").read_text().replace("SERVER", watched.lab.url)
    cell = watched.new_notebook().run(
        f"from IPython.display import HTML, display\ndisplay(HTML({script!r}))\n"
        "tools.erase(name='one.txt')"
    )
    outcome = cell.frame_locator(FRAME).locator("#outcome")
    expect(outcome).to_have_text("cookie: SecurityError, answer: TypeError")
    watched.dismiss()  # what JupyterLab says of the decision is over the panel
    form = watched.panel.decision("erase")
    form.get_by_role("textbox", name="Reason").fill("a person says so")
    form.get_by_role("button", name="Deny").click()
    expect(cell).to_contain_text("a person says so")
    with watched.lab.log() as log:
        (answer,) = log.latest(kind=DecisionAnswer.KIND)
    assert (answer.body["decision"], answer.body["reason"]) == ("reject", "a person says so")


def test_nothing_that_a_kernel_sends_acts_in_the_page(watched, decision):
    notebook = watched.new_notebook()
    for code in EVERYTHING:
        shown(notebook, code)
    shown(notebook, "widgets\nwidgets.show_panel()")
    expect(watched.page.locator(FRAME).nth(40)).to_be_attached()
    assert watched.page.evaluate(ACTIVE) == []
    assert pwned(watched) == set()

    watched.page.evaluate(SAVE)
    watched.context.add_init_script(f"if (window === top) ({LISTEN})()")
    watched.reload()
    for place, code in enumerate(EVERYTHING):
        watched.page.evaluate(SCROLL, place)
        cell = watched.page.locator(f'.jp-CodeCell[data-windowed-list-index="{place}"]')
        expect(cell.locator(".jp-Cell-outputArea")).to_contain_text("shown all")
        if code is WIDGETS:  # which come from the kernel again
            expect(cell.get_by_role("slider").first).to_be_visible()
        assert watched.page.evaluate(ACTIVE) == []
        assert pwned(watched) == set()


def test_the_same_acts_where_another_kernel_sends_it(open_desk):
    desk = open_desk()
    desk.page.evaluate(LISTEN)
    cards = desk.page.locator('.jp-LauncherCard[data-category="Notebook"]')
    cards.filter(has_text="Python 3").click()
    expect(desk.page.locator("#jp-bottom-panel")).to_contain_text("Python 3 (ipykernel) | Idle")
    for code in EVERYTHING:
        shown(Notebook(desk.page), code)
    assert pwned(desk) >= NAMES - INERT


def test_outputs_cover_no_button_of_the_panel(watched, decision):
    form = watched.panel.decision("May the agent do as it likes?")
    approve = form.get_by_role("button", name="Approve", exact=True)
    notebook = watched.new_notebook()
    expect(watched.page.locator(".tb-about")).to_be_hidden()
    box = approve.bounding_box()
    shown(notebook, "markup\nmarkup.show_covers()")
    assert approve.bounding_box() == box
    assert approve.evaluate(IS_ON_TOP)
    assert watched.page.evaluate(ACTIVE) == []
    assert watched.page.evaluate("() => typeof document.cookie") == "string"


def test_a_frame_reaches_neither_the_page_nor_the_server(watched, decision):
    source = (ATTACKS / "frame.html").read_text()
    source = source.replace("SERVER", watched.lab.url).replace("REQUEST", decision.id)
    cell = watched.new_notebook().run(f"from IPython.display import HTML\nHTML({source!r})")
    report = cell.frame_locator(FRAME).locator("#report")
    expect(report).to_contain_text("kernels")
    tried = json.loads(report.inner_text())
    assert TOKEN not in tried["base"]
    harmless = {
        "element": "null",
        "sandbox": "TypeError",
        "base": f"{watched.page.url} about:srcdoc",
        "window": "null",
        "window that is there": "null",
        "dialogs": ",false,,",
        "read": "TypeError",
        "answer": "TypeError",
        "answer in plain text": "opaque",  # and refused
        "answer with a header": "TypeError",
        "beacon": "true",  # and refused
        "jupyter in a frame": "of another origin",
        "script of jupyter": "TypeError",
        "kernels": "refused",
    }
    assert tried == dict.fromkeys(tried, "SecurityError") | harmless
    assert pwned(watched) == set()
    expect(cell.locator(FRAME)).to_have_css("height", "1200px")
