"""Small wheels made by hand, an environment to stand on, and sessions that share nothing."""

import asyncio
import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import uv

from threadbook.library.context import Context
from threadbook.library.deps import Deps
from threadbook.library.deps_face import DepsFace
from threadbook.library.installer import Index, Installer
from threadbook.library.overlay import Overlay, overlay_folder
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity

PATIENCE = 60


def make_wheel(folder, name, version, *, requires=(), files=None, extras=()):
    """Write a wheel of one module, `VERSION` in it, and return its path."""
    stem = f"{name}-{version}"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Provides-Extra: {extra}" for extra in extras]
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    files = dict(files or {f"{name}.py": f"VERSION = {version!r}\n"})
    files[f"{stem}.dist-info/METADATA"] = "\n".join([*metadata, ""])
    files[f"{stem}.dist-info/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        rows.append(f"{path},sha256={digest.decode().rstrip('=')},{len(text)}")
    record = f"{stem}.dist-info/RECORD"
    files[record] = "\n".join([*rows, f"{record},,", ""])
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def fill(folder):
    """Make the wheels that most tests choose from."""
    make_wheel(folder, "beta", "1.0")
    make_wheel(folder, "beta", "2.0")
    make_wheel(folder, "alpha", "1.0", requires=["beta<2"])
    make_wheel(folder, "alpha", "2.0", requires=["beta>=1"])
    make_wheel(folder, "gamma", "1.0")
    make_wheel(folder, "onbasis", "1.0", requires=["basis>=1.5"])
    make_wheel(folder, "onbasis", "2.0", requires=["basis>=2"])
    make_wheel(folder, "basis", "2.0")
    make_wheel(folder, "needing", "1.0", requires=["nowhere>=1"])
    make_wheel(folder, "withextra", "1.0", requires=["basis[more]"])
    return folder


@pytest.fixture
def wheel():
    """Return the function that makes a wheel."""
    return make_wheel


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """Return a folder of wheels, not to be changed."""
    return fill(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def own_wheels(tmp_path):
    """Return a folder of wheels that a test may change."""
    (tmp_path / "wheels").mkdir()
    return fill(tmp_path / "wheels")


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Return what the installers of most tests share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def python(tmp_path_factory):
    """Return the interpreter of an environment that has only `basis` 1.5."""
    folder = tmp_path_factory.mktemp("environment")
    basis = make_wheel(folder, "basis", "1.5", requires=['gamma; extra == "more"'], extras=["more"])
    run = [uv.find_uv_bin(), "--quiet", "--no-config", "--offline"]
    subprocess.run([*run, "venv", "--python", sys.executable, folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    install = ["pip", "install", "--no-deps", "--no-index", "--python", python, basis]
    subprocess.run([*run, *install], check=True)
    return python


class Loop:
    """A channel to Deps in this process, as an unsandboxed kernel has it."""

    def __init__(self, deps):
        self._deps = deps

    def call(self, method, params):
        return asyncio.run(self._deps.answer(method, params))


class World:
    """A store, and sessions on it."""

    def __init__(self, folder, wheels, cache, python):
        self.folder = folder
        self.wheels = wheels
        self.cache = cache
        self.python = python
        self.sinks = []

    def sink(self, who="me"):
        identity = Identity.key(self.folder / f"{who}.pem")
        outbox = Outbox(self.folder / "outbox.db")
        self.sinks.append(Sink(f"sqlite:///{self.folder / 'log.db'}", identity, outbox))
        return self.sinks[-1]

    def index(self, **options):
        return Index(**{"find_links": (self.wheels,), "no_index": True, "offline": True, **options})

    def deps(
        self,
        session="one",
        *,
        thread="th",
        workspace="",
        who="me",
        index=None,
        cell=None,
        **options,
    ):
        context = Context(
            sink=self.sink(who), thread=lambda: thread, workspace=workspace, cell=lambda: cell
        )
        overlay = Overlay(overlay_folder(session, self.folder / "overlays"))
        installer = Installer(index or self.index(), cache=self.cache, python=self.python)
        return Deps(context, overlay, installer, **options)

    def face(self, **options):
        return DepsFace(Loop(self.deps(**options)))

    def records(self):
        return list(self.sink().log().read_all())

    def files(self, session="one"):
        """Return each file of an overlay with its content, the file that is locked aside."""
        folder = self.folder / "overlays" / session
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "lock"
        }

    def seen(self, folder, *modules):
        """Return the versions that an interpreter on top of the environment imports."""
        code = (
            "import importlib, importlib.util, json, sys\n"
            f"sys.path += [{folder!r}] if {folder!r} else []\n"
            f"found = [name for name in {modules!r} if importlib.util.find_spec(name)]\n"
            "print(json.dumps({n: importlib.import_module(n).VERSION for n in found}))"
        )
        done = subprocess.run(
            [self.python, "-B", "-c", code], capture_output=True, check=True, timeout=PATIENCE
        )
        return json.loads(done.stdout)


@pytest.fixture
def world(tmp_path, wheels, cache, python):
    world = World(tmp_path, wheels, cache, python)
    yield world
    for sink in world.sinks:
        sink.close()


@pytest.fixture
def world_of():
    """Return a function that makes a world of given parts; its sinks are closed at the end."""
    worlds = []

    def make(folder, wheels, cache, python):
        worlds.append(World(Path(folder), wheels, cache, python))
        return worlds[-1]

    yield make
    for world in worlds:
        for sink in world.sinks:
            sink.close()
