"""One JupyterLab and one Chromium for all of these tests; both end with them."""

import contextlib
import os
import uuid

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.panel.browser import chromium as browsers
from tests.panel.browser.lab import ROOT, Lab
from tests.panel.browser.pages import TIMEOUT, Desk
from tests.panel.browser.threads import Story

expect.set_options(timeout=TIMEOUT)


TOOLS = """
from pathlib import Path

from threadbook import tool


@tool(effect="read")
def look_up(word: str) -> int:
    \"\"\"Look up a word.\"\"\"
    return {"one": 1, "two": 2}[word]


@tool(effect="destructive")
def erase(name: str) -> str:
    \"\"\"Erase a file.\"\"\"
    Path(name).unlink()
    return f"erased {name}"
"""
DOCUMENTATION = ROOT / "docs"
FAILED = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Return a running JupyterLab, which the tests share."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    lab.start()
    (lab.tools / "files.py").write_text(TOOLS)
    yield lab
    lab.stop()


# Not of the session: while Playwright is there, this thread has a running event loop.
@pytest.fixture(scope="package")
def chromium():
    """Return a real browser; skip where none is installed, but not in CI."""
    if browsers.find_program() is None:
        reason = f"none of {', '.join(browsers.PROGRAMS)} is on PATH"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright, browsers.launch(playwright) as browser:
        yield browser


@pytest.fixture
def open_desk(lab, chromium, request, tmp_path):
    """Open JupyterLab in browsers of their own, each as another person would."""
    with contextlib.ExitStack() as stack:

        def open_one(*, is_shown=True, **options):
            desk = Desk(lab, chromium, **options)
            stack.callback(desk.close)
            stack.callback(_keep, desk, request, tmp_path)
            return desk.open(is_shown=is_shown)

        yield open_one


@pytest.fixture(scope="package")
def shared_desk(lab, chromium):
    """Return JupyterLab in a browser that most tests share: a load takes seconds."""
    desk = Desk(lab, chromium)
    yield desk.open()
    desk.close()


@pytest.fixture
def desk(shared_desk, request, tmp_path):
    """Return the shared JupyterLab, all notebooks closed and the panel as it is at first."""
    shared_desk.tidy()
    yield shared_desk
    _keep(shared_desk, request, tmp_path)


@pytest.fixture
def story(lab):
    """Begin threads in the store that the panel shows; what waits on them is taken back."""
    written = []
    with lab.log() as log:

        def begin(goal, by="agent"):
            written.append(Story(log, lab.identity(by), f"th_{uuid.uuid4().hex}", goal))
            return written[-1]

        yield begin
        for one in written:
            one.withdraw_all()


@pytest.fixture
def picture(desk, tmp_path):
    """Take a picture of the desk, into docs/ where that is asked for."""
    folder = DOCUMENTATION if os.environ.get("THREADBOOK_SCREENSHOTS") == "1" else tmp_path
    return lambda name: desk.page.screenshot(path=folder / f"panel-{name}.png")


def _keep(desk, request, folder):
    """Leave a picture of a failed test, and what the browser had to say."""
    if request.node.stash.get(FAILED, False):
        desk.page.screenshot(path=folder / "failed.png")
        (folder / "console.txt").write_text("\n".join(desk.console))
        (folder / "server.txt").write_text(desk.lab.output.read_text(errors="replace"))
        print(f"what the browser showed: {folder}")
