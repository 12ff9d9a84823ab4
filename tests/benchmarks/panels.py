"""Figures of the panel: a real JupyterLab, a real Chromium, and threads of any length.

Times of the browser and of this process are of one clock, that of the machine. Where no browser is
installed there are no figures, but not with CI=true.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from figures import Figure, Sizes
from playwright.sync_api import Browser, Page, sync_playwright

from threadbook.log.log import Log
from threadbook.records.identity import Identity

sys.path.insert(0, str(Path(__file__).parents[2]))  # as pytest has it

from tests.panel.browser import chromium
from tests.panel.browser.lab import Lab
from tests.panel.browser.pages import Desk
from tests.panel.browser.threads import note, write_long_thread

PATIENCE = 60_000  # ms
PANEL = "#threadbook-panel"
GRID = f"{PANEL} [role=treegrid]"

# How long it takes from the choice of a thread to its rows, in ms.
LOOK = """async ([panel, goal, count]) => {
  const threads = [...document.querySelectorAll(`${panel} [role=treeitem]`)];
  const began = performance.now();
  threads.find((thread) => thread.textContent.includes(goal)).click();
  for (;;) {
    await new Promise(requestAnimationFrame);
    const grid = document.querySelector(`${panel} [role=treegrid]`);
    const row = grid?.querySelector('[role=row]:not([aria-busy])');
    if (row && grid.ariaRowCount === String(count)) return performance.now() - began;
  }
}"""

# How long the frames of a scroll take, in ms.
SCROLL = """async ([selector, frames]) => {
  const place = document.querySelector(selector);
  const frame = () => new Promise(requestAnimationFrame);
  place.scrollTop = 0;
  const took = [];
  for (let last = await frame(), count = 0; count < frames; count += 1) {
    place.scrollTop += 900;
    const now = await frame();
    took.push(now - last);
    last = now;
  }
  return took;
}"""

# A page of the same height that has nothing in it.
BARE = '<div id=bare style="height:600px;overflow:auto"><div style="height:2600000px"></div></div>'

# Notes when a row is in the next frame, in Unix ms.
WATCH_ROWS = """(selector) => {
  const seen = (window.seen = {});
  const grid = document.querySelector(selector);
  const look = () => {
    for (const [number] of grid.textContent.matchAll(/(?<=live )\\d+(?= here)/g)) {
      seen[number] ??= performance.timeOrigin + performance.now();
    }
  };
  const options = { subtree: true, childList: true, characterData: true };
  new MutationObserver(() => requestAnimationFrame(look)).observe(grid, options);
}"""

# Notes when a page hears of a row that shows nothing of it.
WATCH_NEWS = """async (url) => {
  const seen = (window.seen = {});
  const text = (await fetch(url)).body.pipeThrough(new TextDecoderStream());
  const read = async () => {
    let last = '';
    for await (const part of text) {
      last = (last + part).slice(-5000);
      for (const [number] of last.matchAll(/(?<=live )\\d+(?= here)/g)) {
        seen[number] ??= performance.timeOrigin + performance.now();
      }
    }
  };
  void read();
}"""

SEEN = "(number) => window.seen[number]"


def figures(
    folder: Path, identity: Identity, _environment: dict[str, str], sizes: Sizes
) -> Iterator[Figure]:
    """Yield the figures that need a browser."""
    if chromium.find_program() is None and os.environ.get("CI") != "true":
        names = ", ".join(chromium.PROGRAMS)
        print(f"panel: not measured, none of {names} is on PATH", file=sys.stderr)
        return
    (folder / "lab").mkdir()
    lab = Lab(folder / "lab")
    lengths = (100, sizes.thread_rows // 10, sizes.thread_rows)
    with lab.log() as log, sync_playwright() as playwright, running(lab):
        for length in lengths:
            write_long_thread(log, identity, f"th_{length}", length)
        with chromium.launch(playwright) as browser:
            desk = Desk(lab, browser).open()
            yield from first_rows(desk, lengths, sizes.looks)
            yield scrolling(desk, browser, lengths[-1], sizes.frames)
            desk.panel.turn_to(goal_of(lengths[0]))
            yield latency(desk, browser, log, identity, sizes)
            yield memory(desk, log, identity, sizes.live_rows)


@contextlib.contextmanager
def running(lab: Lab) -> Iterator[None]:
    """Run a server."""
    lab.start()
    try:
        yield
    finally:
        lab.stop()


def goal_of(length: int) -> str:
    return f"Find {length:,} things"


def first_rows(desk: Desk, lengths: tuple[int, ...], looks: int) -> Iterator[Figure]:
    """Compare the time from the choice of a long thread to its rows with that of a short one."""
    took: dict[int, list[float]] = {length: [] for length in lengths}
    for _ in range(looks):
        for length in lengths:
            desk.panel.show("Threads").get_by_text(goal_of(length)).wait_for()
            took[length].append(desk.page.evaluate(LOOK, [PANEL, goal_of(length), length]))
    shortest, *longer = lengths
    for length in longer:
        name = f"panel, to the first rows of {length:,}"
        yield Figure(name, f"{shortest} records", took[length], took[shortest])


def scrolling(desk: Desk, browser: Browser, length: int, frames: int) -> Figure:
    """Compare frames of scrolling through a long thread with those of an empty page."""
    desk.panel.turn_to(goal_of(length))
    bare = browser.new_page()
    bare.set_content(BARE)
    ours, theirs = [], []
    for _ in range(5):
        ours += desk.page.evaluate(SCROLL, [GRID, frames // 5])
        theirs += bare.evaluate(SCROLL, ["#bare", frames // 5])
    bare.close()
    return Figure(f"panel, a frame of scrolling {length:,} rows", "empty page", ours, theirs)


def latency(desk: Desk, browser: Browser, log: Log, identity: Identity, sizes: Sizes) -> Figure:
    """Compare when a record is a row on the screen with when a bare page hears of it."""
    thread = "th_100"
    bare = browser.new_page()
    bare.route("**/bare", lambda route: route.fulfill(content_type="text/html", body=""))
    bare.goto(f"{desk.lab.url}bare")
    bare.evaluate(WATCH_NEWS, desk.lab.path(f"threadbook/api/news?thread={thread}"))
    desk.page.evaluate(WATCH_ROWS, GRID)
    ours, theirs = [], []
    for number in range(sizes.live_samples):
        began = time.time() * 1000
        log.append(note(thread, f"live {number} here"), by=identity)
        ours.append(seen(desk.page, number) - began)
        theirs.append(seen(bare, number) - began)
    bare.close()
    return Figure("panel, from append to row", "bare page hears of it", ours, theirs)


def seen(page: Page, number: int) -> float:
    """Return when a page has noted this, in Unix ms."""
    return page.wait_for_function(SEEN, arg=str(number), timeout=PATIENCE).json_value()


def memory(desk: Desk, log: Log, identity: Identity, count: int) -> Figure:
    """Compare the memory of the tab after many live rows with that before."""
    before = heap(desk.page)
    for number in range(count):
        log.append(note("th_100", f"one of many {number}"), by=identity)
    desk.panel.row(f"one of many {count - 1}").wait_for(timeout=PATIENCE)
    after = heap(desk.page)
    return Figure(
        f"panel, memory of the tab after {count:,} live rows", "before", [after], [before], "MB"
    )


def heap(page: Page) -> float:
    """Return how much memory is in use after all garbage is gone, in MB."""
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.collectGarbage")
    used = tools.send("Runtime.getHeapUsage")["usedSize"]
    tools.detach()
    return used / 1e6
