"""What axe-core finds in the panel: nothing serious, in any tab, theme or width."""

import pytest
from playwright.sync_api import expect
from tests.panel.browser.lab import ROOT

AXE = ROOT / ".node" / "node_modules" / "axe-core" / "axe.min.js"
TABS = ["Timeline", "Threads", "Decisions", "Trust", "Artifacts", "Workflows", "Health"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

CHECK = """(rules) => axe.run('#threadbook-panel', { runOnly: rules }).then(({ violations }) =>
  violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
      `${id}: ${html.slice(0, 200)} ${failureSummary}`)))"""


@pytest.fixture
def axe(desk):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make setup needs npm for that")
    desk.page.evaluate(AXE.read_text())
    return lambda: desk.page.evaluate(CHECK, RULES)


@pytest.fixture
def furnished(desk, story):
    """Show a thread that has something for each tab."""
    written = story("Something everywhere")
    written.cell("fine()")
    written.cell("1 / 0", status="error", error={"name": "ZeroDivisionError", "value": "no"})
    written.start("still_at_it()")
    written.artifact("table", "a,b\n1,2\n")
    written.workflow("double", "def run(n: int) -> int:\n    return 2 * n\n")
    written.verdict("accept", "well done")
    written.question("May everything be seen?")
    desk.panel.turn_to(written.goal)
    return written


@pytest.mark.parametrize("width", [300, 700])
@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious(desk, axe, furnished, theme, width, picture):
    desk.theme(theme)
    desk.set_width(width)
    try:
        found = {}
        record = desk.panel.open("1 / 0")
        expect(record).to_contain_text("ZeroDivisionError")
        found["record"] = axe()
        if (theme, width) == ("JupyterLab Dark", 700):
            picture("dark")
        record.get_by_role("button", name="Close").click()
        for name in TABS:
            expect(desk.panel.show(name)).not_to_contain_text("Loading")
            found[name] = axe()
        assert not any(found.values()), found
    finally:
        desk.theme("JupyterLab Light")
        desk.set_width(None)
