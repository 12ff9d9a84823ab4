"""The browser of the tests: the Chromium of this machine."""

import shutil

from playwright.sync_api import Browser, Playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


def find_program():
    """Return the path of a browser, None where none is installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def launch(playwright: Playwright, *flags) -> Browser:
    """Start the browser."""
    return playwright.chromium.launch(executable_path=find_program(), args=[*FLAGS, *flags])
