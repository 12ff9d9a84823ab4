"""`deps` in a cell: what was installed can be imported at once, in this process."""

import json
import re
import subprocess
import sys

import pytest

from threadbook.library.packages import DepsChange, DepsSync, Package, Problem, VersionChange

PATIENCE = 60

CELL = """
import asyncio, json, sys
from pathlib import Path
from threadbook.library.context import Context
from threadbook.library.deps import Deps
from threadbook.library.deps_face import DepsFace
from threadbook.library.installer import Index, Installer
from threadbook.library.overlay import Overlay
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity

folder, wheels, cache, python, code = sys.argv[1:]
folder = Path(folder)
sink = Sink(f"sqlite:///{folder / 'log.db'}", Identity.key(folder / "me.pem"),
            Outbox(folder / "outbox.db"))
index = Index(find_links=(Path(wheels),), no_index=True, offline=True)

class Channel:
    def call(self, method, params):
        deps = Deps(
            Context(sink=sink, thread=lambda: "th"),
            Overlay(folder / "overlay"),
            Installer(index, cache=Path(cache), python=Path(python)),
        )
        answer = asyncio.run(deps.answer(method, json.loads(json.dumps(params))))
        import msgspec
        return msgspec.msgpack.decode(msgspec.msgpack.encode(answer))

deps = DepsFace(Channel())
found = {}
exec(code)
print(json.dumps(found))
"""


@pytest.fixture
def cell(tmp_path, wheels, cache, python):
    """Return a function that runs code which finds `deps` and fills `found`."""

    def run(code):
        arguments = map(str, (tmp_path, wheels, cache, python, code))
        done = subprocess.run(
            [sys.executable, "-c", CELL, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_what_was_added_is_imported_and_what_was_removed_is_not(cell):
    found = cell("""
before = list(sys.path)
deps.add("alpha", dry_run=True)
found["dry"] = sys.path == before
change = deps.add("alpha")
import alpha, beta
found["versions"] = [alpha.VERSION, beta.VERSION]
found["last"] = sys.path == [*before, change.folder]
found["lists"] = [str(x) for x in (*deps.list(), *deps.installed())]
found["lock"] = deps.lock() == change.lock
found["problems"] = len(deps.verify())
deps.add("gamma")
import gamma
found["gamma"] = gamma.VERSION
found["one"] = len(sys.path) == len(before) + 1
gone = deps.undo()
del sys.modules["gamma"]
try:
    import gamma
except ImportError:
    found["undone"] = str(gone)
""")
    assert found == {
        "dry": True,
        "versions": ["2.0", "2.0"],
        "last": True,
        "lists": ["alpha", "alpha 2.0", "beta 2.0"],
        "lock": True,
        "problems": 0,
        "gamma": "1.0",
        "one": True,
        "undone": "removed: gamma 1.0\nimported before, as it was until a reset: gamma",
    }


def test_a_version_that_is_imported_already_is_said_to_need_a_reset(cell):
    found = cell("""
deps.add("beta==1.0", "gamma")
import beta
found["change"] = str(deps.add("beta==2.0"))
found["still"] = beta.VERSION
found["unused"] = deps.remove("gamma").stale
""")
    assert found == {
        "change": "changed: beta 1.0 → 2.0\nimported before, as it was until a reset: beta",
        "still": "1.0",
        "unused": [],
    }


def test_the_next_kernel_has_them_after_a_sync(cell):
    cell('deps.add("gamma")')
    found = cell("""
synced = deps.sync()
import gamma
found["seen"] = [str(synced), gamma.__file__.startswith(synced.folder)]
""")
    assert found == {"seen": ["gamma 1.0", True]}


def test_errors_arrive_and_change_nothing(cell):
    found = cell("""
from threadbook.errors import RequirementInvalid
before = list(sys.path)
for bad in ("-e .", "a;b"):
    try:
        deps.add(bad)
    except RequirementInvalid as error:
        found[bad] = error.namespace
found["path"] = sys.path == before
""")
    assert found == {"-e .": "deps", "a;b": "deps", "path": True}


def test_results_print_well_and_are_escaped():
    change = DepsChange(
        added=(Package("a", "1"), Package("b", "2")),
        changed=(VersionChange("<c>", "1", "2"),),
        already_present=(Package("d", "4"),),
        dry_run=True,
    )
    text = "would be added: a 1, b 2\nwould be changed: <c> 1 → 2\nalready there: d 4"
    assert str(change) == repr(change) == text
    assert re.search(r">would be added</th><td[^>]*>a 1\nb 2</td>", change._repr_html_())
    assert "&lt;c&gt; 1 → 2" in change._repr_html_()
    assert str(DepsChange()) == "nothing to change"
    assert ">nothing to change</pre>" in DepsChange()._repr_html_()
    synced = DepsSync(packages=(Package("a", "1"),), problems=(Problem("<x>", "changed"),))
    assert str(synced) == "a 1\nrestored <x>: changed"
    assert synced._repr_html_().endswith(">a 1\nrestored &lt;x&gt;: changed</pre>")
    assert str(DepsSync()) == "no packages"
