"""Installs that are killed, cancelled, too slow, or several at once leave a whole state."""

import asyncio
import contextlib
import hashlib
import http.server
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from threadbook.errors import ConfigError, InstallFailed, StoreUnavailable
from threadbook.library.finishing import to_its_end
from threadbook.library.installer import Index, Installer
from threadbook.library.overlay import Generation, Overlay, overlay_folder
from threadbook.library.packages import Lock

PATIENCE = 60

ADD = """
import asyncio, sys
from pathlib import Path
from threadbook.library.context import Context
from threadbook.library.deps import Deps
from threadbook.library.installer import Index, Installer
from threadbook.library.overlay import Overlay, overlay_folder
from threadbook.log import crashpoints
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity

folder, wheels, cache, python, url, crash, session, *names = sys.argv[1:]
folder = Path(folder)
crashpoints.armed = crash or None
sink = Sink(f"sqlite:///{folder / 'log.db'}", Identity.key(folder / "me.pem"),
            Outbox(folder / "outbox.db"))
index = Index(find_links=(Path(wheels),), url=url or None, no_index=not url, offline=not url)
deps = Deps(
    Context(sink=sink, thread=lambda: "th"),
    Overlay(overlay_folder(session, folder / "overlays")),
    Installer(index, cache=Path(cache), python=Path(python)),
)
print(asyncio.run(deps.add(*names)).lock)
"""


@pytest.fixture
def adding(world):
    """Return a function that adds packages in another process; all are ended at the end."""
    children = []

    def start(*names, crash="", url="", session="one", cache=world.cache):
        arguments = (world.folder, world.wheels, cache, world.python, url, crash, session)
        children.append(
            subprocess.Popen(
                [sys.executable, "-c", ADD, *map(str, arguments), *names],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return children[-1]

    yield start
    for child in children:
        child.kill()
        child.communicate()


class SlowIndex:
    """An index with the package `slow`, whose wheel it holds back until it is released."""

    def __init__(self, wheel):
        self.is_asked, self.is_released = threading.Event(), threading.Event()
        content, name = wheel.read_bytes(), wheel.name
        digest = hashlib.sha256(content).hexdigest()
        link = f'<a href="/{name}#sha256={digest}" data-dist-info-metadata="true">{name}</a>'
        metadata = b"Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n"
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                pages = {"/simple/slow/": link.encode(), f"/{name}.metadata": metadata}
                if self.path == f"/{name}":
                    outer.is_asked.set()
                    outer.is_released.wait(PATIENCE)
                    pages[self.path] = content
                found = pages.get(self.path)
                with contextlib.suppress(OSError):  # who asked may be gone
                    self.send_response(404 if found is None else 200)
                    self.send_header("Content-Type", "text/html")
                    self.send_header("Content-Length", str(len(found or b"")))
                    self.end_headers()
                    self.wfile.write(found or b"")

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self):
        self.is_released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    async def asked(self):
        assert await asyncio.to_thread(self.is_asked.wait, PATIENCE)


@pytest.fixture
def slow(wheel, tmp_path):
    (tmp_path / "held back").mkdir()
    index = SlowIndex(wheel(tmp_path / "held back", "slow", "1.0"))
    yield index
    index.close()


@pytest.fixture
def slowly(world, slow, tmp_path):
    """Return a function that returns Deps whose index holds `slow` back."""

    def make(session="one", **options):
        world.cache = tmp_path / "cache"
        index = Index(find_links=(world.wheels,), url=slow.url, **options)
        return world.deps(session, index=index)

    return make


def installers(process=None):
    children = (process or psutil.Process()).children(recursive=True)
    with contextlib.suppress(psutil.NoSuchProcess):
        return [child for child in children if child.name() == "uv"]
    return []


@pytest.mark.parametrize("crash", ["deps:built", "deps:published", "deps:switched"])
async def test_after_kill_9_a_session_goes_on_from_a_whole_state(world, adding, crash):
    first = await world.deps().add("gamma")
    child = adding("alpha", crash=crash)
    child.communicate(timeout=PATIENCE)
    assert child.returncode == -signal.SIGKILL
    is_recorded = crash == "deps:switched"
    deps = world.deps()
    synced = await deps.sync()
    expected = {"gamma": "1.0"} | ({"alpha": "2.0", "beta": "2.0"} if is_recorded else {})
    assert world.seen(synced.folder, "alpha", "beta", "gamma") == expected
    assert len(world.records()) == 1 + is_recorded
    assert (await deps.verify(), synced.problems) == ((), ())
    assert is_recorded or synced.folder == first.folder
    assert len((await deps.add("alpha")).lock.split("==")) == 4
    assert not list((world.folder / "overlays" / "one").glob(".draft-*"))


async def test_kill_9_while_a_wheel_arrives_leaves_the_former_state(world, adding, slow, tmp_path):
    first = await world.deps().add("gamma")
    child = adding("slow", url=slow.url, cache=tmp_path / "cache")
    await slow.asked()
    (left,) = installers(psutil.Process(child.pid))
    child.kill()
    child.communicate(timeout=PATIENCE)
    try:
        deps = world.deps()
        synced = await deps.sync()
        assert synced.folder == first.folder
        assert await deps.lock() == first.lock
        change = await deps.add("alpha")
        assert world.seen(change.folder, "alpha", "gamma", "slow") == {
            "alpha": "2.0",
            "gamma": "1.0",
        }
        assert await deps.verify() == ()
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()


async def test_cancelling_ends_the_installer_and_changes_nothing(world, slowly, slow):
    deps = slowly()
    adding = asyncio.create_task(deps.add("slow"))
    await slow.asked()
    assert installers()
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    assert installers() == []
    assert (world.records(), world.files()) == ([], {})
    slow.is_released.set()
    assert str((await deps.add("slow")).added[0]) == "slow 1.0"


async def test_cancelling_waits_for_what_is_being_written():
    is_begun, may_end, done = threading.Event(), threading.Event(), []

    def write():
        is_begun.set()
        assert may_end.wait(PATIENCE)
        done.append("written")

    writing = asyncio.create_task(to_its_end(write))
    assert await asyncio.to_thread(is_begun.wait, PATIENCE)
    writing.cancel()
    await asyncio.wait([writing], timeout=0.05)
    assert not writing.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert done == ["written"]


async def test_an_installer_that_takes_too_long_is_ended(world, slowly, slow):
    with pytest.raises(InstallFailed, match=r"did not end within 1\.5 s"):
        await slowly(timeout=1.5).add("slow")
    assert installers() == []
    assert (world.records(), world.files()) == ([], {})


async def test_two_processes_on_one_overlay_take_turns(world, adding):
    children = [adding("alpha"), adding("gamma")]
    printed = [child.communicate(timeout=PATIENCE) for child in children]
    assert [child.returncode for child in children] == [0, 0], printed
    deps = world.deps()
    assert sorted(map(str, await deps.list())) == ["alpha", "gamma"]
    synced = await deps.sync()
    assert synced.problems == ()
    assert world.seen(synced.folder, "alpha", "beta", "gamma") == {
        "alpha": "2.0",
        "beta": "2.0",
        "gamma": "1.0",
    }


async def test_what_another_session_changed_meanwhile_is_not_lost(world, slowly, slow):
    deps = slowly("one")
    adding = asyncio.create_task(deps.add("slow"))
    await slow.asked()
    await world.deps("two").add("gamma")
    slow.is_released.set()
    with pytest.raises(InstallFailed, match="another session"):
        await adding
    assert len(world.records()) == 1
    assert str((await deps.add("slow")).added[0]) == "slow 1.0"
    assert [str(one) for one in await deps.list()] == ["gamma", "slow"]


async def test_without_a_store_nothing_is_installed(world):
    (world.folder / "log.db").mkdir()
    with pytest.raises(StoreUnavailable):
        await world.deps().add("gamma")
    assert world.files() == {}


async def test_a_state_that_was_built_before_is_used_again(world):
    deps = world.deps()
    folders = [
        (await deps.add(f"beta=={version}")).folder for version in ("1.0", "2.0", "1.0", "2.0")
    ]
    assert folders[:2] == folders[2:]
    assert folders[0] != folders[1]


async def test_the_oldest_generations_go_and_the_current_stays(tmp_path):
    overlay, lock = Overlay(tmp_path / "one"), Lock()
    async with overlay.held():
        for _ in range(12):
            with overlay.draft() as draft:
                (draft / "site-packages").mkdir()
                overlay.switch(overlay.publish(draft, lock))
        first = overlay.folder / "gen-5"
        assert {path.name for path in overlay.folder.glob("gen-*")} == {
            f"gen-{number}" for number in range(5, 13)
        }
        overlay.switch(Generation(first))
        with overlay.draft() as draft:
            (draft / "site-packages").mkdir()
            overlay.publish(draft, lock)
        overlay.switch(Generation(first))
    assert overlay.current().path == first


async def test_an_overlay_that_cannot_be_written_says_so(world):
    (world.folder / "overlays").write_text("a file")
    with pytest.raises(InstallFailed, match="cannot write"):
        await world.deps().add("gamma")
    assert world.records() == []


@pytest.mark.parametrize("session", ["", "..", ".", "a/b", "/tmp", "a\n", "é", "-r", "a" * 129])
def test_the_id_of_a_session_names_one_folder(session, tmp_path):
    with pytest.raises(ConfigError):
        overlay_folder(session, tmp_path)


def test_the_folder_of_an_overlay_is_private(tmp_path):
    async def hold():
        async with Overlay(tmp_path / "one").held():
            return (tmp_path / "one").stat().st_mode & 0o777

    assert asyncio.run(hold()) == 0o700


async def test_n103_the_credentials_of_an_index_are_in_no_file(world, slow, tmp_path):
    world.cache = tmp_path / "cache"
    slow.is_released.set()
    url = slow.url.replace("127", "bob:hunter2-%40x@127")
    change = await world.deps(index=Index(url=url)).add("slow")
    assert str(change.added[0]) == "slow 1.0"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"cache", "overlays", "log.db"} <= {
        file.relative_to(tmp_path).parts[0] for file in files
    }
    for file in files:
        assert b"hunter2" not in file.read_bytes(), file


def test_n103_what_is_shown_of_an_index_has_no_credentials():
    index = Index(
        url="https://bob:pass%40word@a.example/simple",
        extra_urls=("https://t0ken@b.example/simple",),
        variables={"HTTPS_PROXY": "http://me:proxied@c.example", "SSL_CERT_FILE": "/etc/cert"},
    )
    told = "pass%40word pass@word t0ken proxied /etc/cert https://eve:other@d.example/x a@b.example"
    assert index.redact(told) == "*** *** *** *** /etc/cert https://***@d.example/x a@b.example"
    shown = [repr(index), *index.arguments()]
    assert not any(secret in text for text in shown for secret in ("pass", "t0ken", "proxied"))


async def test_an_event_loop_in_any_thread_will_do(world):
    change = await asyncio.to_thread(lambda: asyncio.run(world.deps().add("gamma")))
    assert world.seen(change.folder, "gamma") == {"gamma": "1.0"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot start"), ("#!/bin/sh\necho hello\n", "did not say what is installed")],
)
async def test_an_interpreter_that_is_none_is_reported(tmp_path, content, reason):
    python = tmp_path / "python"
    if content:
        python.write_text(content)
        python.chmod(0o755)
    with pytest.raises(ConfigError, match=reason):
        await Installer(python=python).environment()


async def test_the_environment_that_the_tests_run_in_can_be_read():
    environment = await Installer().environment()
    assert environment.versions["msgspec"]
    assert environment.takes("no-such-package", ">=1")
    assert not environment.takes("msgspec", "<0.1")
