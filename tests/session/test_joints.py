"""What a session hands its kernels, and what they find again after a restart."""

import asyncio
import base64
import hashlib
import os
import warnings
import zipfile

import pytest

from threadbook.tools.adapters.python import tool

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSION = "import handmade; handmade.VERSION"


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """Have packages come from a folder with one wheel, and no network be used."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    make_wheel(folder)
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")


def make_wheel(folder):
    stem = "handmade-1.0"
    files = {
        "handmade.py": "VERSION = '1.0'\n",
        f"{stem}.dist-info/METADATA": "Metadata-Version: 2.1\nName: handmade\nVersion: 1.0\n",
        f"{stem}.dist-info/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        rows.append(f"{path},sha256={digest.decode().rstrip('=')},{len(text)}")
    record = f"{stem}.dist-info/RECORD"
    files[record] = "\n".join([*rows, f"{record},,", ""])
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


async def value(session, code):
    result = await session.run(code)
    assert result.is_ok, result.error
    return result.value


async def failure(session, code):
    return (await session.run(code)).error.name


async def test_no_cell_and_nothing_that_it_starts_is_given_the_secret(open_session):
    session = await open_session()
    code = "import os\n'THREADBOOK_BROKER_SECRET' in os.environ, len(tools.list())"
    assert await value(session, code) == (False, 0)


async def test_n85_n90_packages_last_with_their_thread_and_are_on_no_other(open_session, wheels):
    session = await open_session()
    other = await open_session()
    assert await failure(session, VERSION) == "ModuleNotFoundError"
    assert await value(session, f"deps.add('handmade')\n{VERSION}") == "1.0"
    assert await failure(other, f"deps.sync()\n{VERSION}") == "ModuleNotFoundError"

    await session.reset()
    assert await value(session, VERSION) == "1.0"
    await session.run("import os; os._exit(1)")
    assert await value(session, VERSION) == "1.0"
    again = await open_session(thread=session.thread)
    assert await value(again, VERSION) == "1.0"

    code = "import sys\ndeps.remove('handmade')\n[p for p in sys.path if 'gen-1/' in p]"
    assert await value(session, code) == []
    await session.reset()
    assert await failure(session, VERSION) == "ModuleNotFoundError"


async def test_n87_a_session_that_is_locked_changes_nothing(open_session, wheels):
    session = await open_session(allow_runtime_deps=False)
    for code in ("deps.add('handmade')", "deps.remove('handmade')", "deps.undo()"):
        assert await failure(session, code) == "DepsLocked"
    assert await failure(session, VERSION) == "ModuleNotFoundError"


async def test_a_cell_that_goes_on_with_another_thread_may_still_call(open_session):
    @tool(effect="read")
    def add(a: int, b: int) -> int:
        return a + b

    session = await open_session(tools=[add])
    code = "get_ipython().run_line_magic('thread', 'new')\ntools.add(a=1, b=2)"
    assert await value(session, code) == 3
    assert await value(session, "tools.add(a=2, b=2)") == 4


async def test_a_session_that_a_forked_child_forgets_goes_on(open_session):
    session = await open_session()
    if not (child := os.fork()):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                session.__del__()
        finally:
            os._exit(0)
    await asyncio.to_thread(os.waitpid, child, 0)
    assert await value(session, "len(tools.list())") == 0
