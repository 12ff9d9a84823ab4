"""What a person does in JupyterLab and in the panel: named by what is on the screen."""

import re
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import expect

# What a failed test may have left in the way, and what JupyterLab says of decisions.
DISMISS_ALL = """() => {
  for (const dialog of document.querySelectorAll('.jp-Dialog')) {
    (dialog.querySelector('.jp-mod-reject') ?? dialog.querySelector('.jp-mod-accept')).click();
  }
  return jupyterapp.commands.execute('apputils:dismiss-notification').then(() => null);
}"""
OPEN = """() => [...jupyterapp.shell.widgets('main')].filter((widget) => widget.context)
  .map((widget) => `notebook:${widget.context.path}`).sort()"""
CLOSE_ALL = """() => [...jupyterapp.shell.widgets('main')].forEach((widget) => widget.dispose())"""
# Where the handle between notebook and sidebar is, and how far it is from a width.
# JupyterLab lays out a page some frames after its size has changed, and dialogs may stand over it.
HANDLE = """(width) => {
  const split = document.querySelector('#jp-right-stack').closest('.lm-SplitPanel');
  const handle = [...split.children].filter((child) => child.matches('.lm-SplitPanel-handle')
    && !child.matches('.lm-mod-hidden')).at(-1).getBoundingClientRect();
  const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2];
  const now = document.querySelector('#jp-right-stack').getBoundingClientRect().width;
  const before = window.handleBefore ?? { x: NaN, frames: 0 };
  window.handleBefore = { x, frames: before.x === x ? before.frames + 1 : 0 };
  const isFree = document.elementFromPoint(x, y)?.closest('.lm-SplitPanel-handle');
  return window.handleBefore.frames >= 10 && isFree ? [x, y, now - width] : null;
}"""
IS_READY = """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status
  === 'idle'"""
TIMEOUT = 30_000
"""Milliseconds to wait for anything on a page before a test fails; nothing takes that long."""

WINDOW = {"width": 1440, "height": 900}


class Panel:
    """One panel, in the sidebar or in a notebook."""

    def __init__(self, page, within):
        self.page = page
        self.region = within.get_by_role("region", name="Threadbook", exact=True)
        self.timeline = self.region.get_by_role("treegrid", name="Timeline")
        self.rows = self.timeline.get_by_role("row").filter(has=page.get_by_role("gridcell"))
        self.record = self.region.get_by_role("region", name="Record", exact=True)
        self.follow = self.region.get_by_role("button", name="Follow")
        self.filter = self.region.get_by_role("searchbox", name="Filter")
        self.banner = self.region.get_by_role("alert").filter(has_text="Warning")

    def tab(self, name):
        return self.region.get_by_role("tab", name=re.compile(f"^{name}"))

    def show(self, name):
        """Put a tab in front, and return what is in it."""
        self.tab(name).click()
        return self.region.get_by_role("tabpanel", name=re.compile(f"^{name}"))

    def row(self, text):
        return self.rows.filter(has_text=text)

    def open(self, text):
        """Open the row with this text, and return its record."""
        self.row(text).last.click()
        expect(self.record).to_be_visible()
        return self.record

    def turn_to(self, goal):
        """Show the thread with this goal."""
        threads = self.show("Threads")
        threads.get_by_role("searchbox").fill(goal)
        threads.get_by_role("treeitem").filter(has_text=goal).first.click()
        expect(self.timeline).to_have_attribute("aria-busy", "false")
        return self

    def decision(self, text):
        """Return the form of a decision that waits."""
        return self.show("Decisions").get_by_role("article").filter(has_text=text)

    @property
    def row_count(self):
        return int(self.timeline.get_attribute("aria-rowcount"))


class Notebook:
    """The notebook in front."""

    def __init__(self, page):
        self.page = page
        self.cells = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell")

    def wait_until_idle(self):
        expect(self.page.locator("#jp-bottom-panel")).to_contain_text("threadbook | Idle")
        return self

    def run(self, code):
        """Write code into the last cell and run it; do not wait for its end. Return the cell."""
        place = self.cells.count() - 1
        cell = self.cells.nth(place)
        cell.locator(".cm-content").click()
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Shift+Enter")
        return cell

    def restart(self):
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:restart-kernel') }")
        self.page.get_by_role("button", name="Confirm Kernel Restart").click()


class Desk:
    """A browser of its own with JupyterLab in it."""

    def __init__(self, lab, chromium, **options):
        self.lab = lab
        self.console, self.requests, self.dialogs = [], [], []
        self.context = chromium.new_context(viewport=WINDOW, base_url=lab.url, **options)
        self.context.set_default_timeout(TIMEOUT)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self._heard)
        self.notebook, self._was_reloaded = None, False
        self.panel = Panel(self.page, self.page.locator("#threadbook-panel"))

    def open(self, *, is_shown=True):
        """Load JupyterLab; show the sidebar."""
        self.page.goto(self.lab.path("lab?reset"))
        self._wait_until_restored()
        if is_shown:
            self.command("threadbook:show")
            expect(self.panel.region).to_be_visible()
        return self

    def reload(self):
        """Load it again, as it was left."""
        self._wait_until_saved()
        self._was_reloaded = True
        self.page.reload()
        self._wait_until_restored()
        expect(self.panel.region).to_be_visible()
        if self.notebook is not None:
            self.notebook.wait_until_idle()

    def _wait_until_saved(self):
        """Wait until JupyterLab has saved what is open: it would open again what was closed."""
        deadline = time.monotonic() + TIMEOUT / 1000
        while self.page.evaluate(OPEN) != self._saved():
            assert time.monotonic() < deadline, (self.page.evaluate(OPEN), self._saved())
            self.page.wait_for_timeout(50)

    def _saved(self):
        layout = self.lab.ask("lab/api/workspaces/default")["data"]["layout-restorer:data"]
        dock = layout["main"]["dock"]
        names = dock.get("widgets", []) if dock else []
        return sorted(name for name in names if name.startswith("notebook:"))

    def _wait_until_restored(self):
        self.page.wait_for_function("() => window.jupyterapp?.restored")
        self.page.evaluate("() => jupyterapp.restored.then(() => null)")

    def close(self):
        self.context.close()

    def command(self, name, **arguments):
        """Run a command of JupyterLab, as its menus do."""
        call = "([name, args]) => jupyterapp.commands.execute(name, args).then(() => null)"
        self.page.evaluate(call, [name, arguments])

    @contextmanager
    def notebook_7(self, name, *cells):
        """Run cells in Notebook 7, and provide its page."""
        kernelspec = {"name": "threadbook", "display_name": "threadbook"}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernelspec})
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        nbformat.write(notebook, self.lab.notebooks / name)
        page = self.context.new_page()
        try:
            page.goto(self.lab.path(f"notebooks/{name}"))
            page.wait_for_function(IS_READY)
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            yield page
        finally:
            page.close()

    def new_notebook(self):
        """Start a notebook with our kernel from the launcher."""
        if not self.page.locator(".jp-LauncherCard").first.is_visible():
            self.command("launcher:create")
        cards = self.page.locator('.jp-LauncherCard[data-category="Notebook"]:visible')
        cards.filter(has_text="threadbook").click()
        self.notebook = Notebook(self.page).wait_until_idle()
        return self.notebook

    def theme(self, name):
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function(
            "(name) => document.body.dataset.jpThemeName === name", arg=name
        )

    def set_width(self, width):
        """Make the sidebar this wide; None is as wide as at first."""
        self.page.set_viewport_size(WINDOW)
        self.page.evaluate("() => { delete window.handleBefore }")
        x, y, move = self.page.wait_for_function(HANDLE, arg=width or 420).json_value()
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + move, y, steps=3)
        self.page.mouse.up()
        if width is not None:
            found = self.panel.region.bounding_box()["width"]
            assert found == pytest.approx(width, abs=2), f"{found} instead of {width}, by {move}"

    def dismiss(self):
        """Close dialogs and notifications of JupyterLab."""
        self.page.evaluate(DISMISS_ALL)
        expect(self.page.locator(".Toastify__toast")).to_have_count(0)

    def tidy(self):
        """Close what a test has left open, and forget what was heard."""
        self.page.evaluate(CLOSE_ALL)
        for session in self.lab.ask("api/sessions"):
            self.lab.ask(f"api/sessions/{session['id']}", "DELETE")
        if self._was_reloaded:  # what JupyterLab restores may come later than it says
            self.open()
        self.dismiss()
        self.panel.tab("Timeline").click()
        self.notebook, self._was_reloaded = None, False
        for heard in (self.console, self.requests, self.dialogs):
            heard.clear()

    def requests_elsewhere(self):
        """Return what was asked of any other server than JupyterLab's."""
        ours = urlsplit(self.lab.url).netloc
        asked = (urlsplit(url) for url in self.requests)
        return [u.geturl() for u in asked if u.scheme not in ("data", "blob") and u.netloc != ours]

    def _heard(self, dialog):
        """Leave pages with work that is not saved; note what anybody else wants to say."""
        if dialog.type == "beforeunload":
            dialog.accept()
        else:
            self.dialogs.append(dialog.message)
            dialog.dismiss()
