"""Whatever state the store is in, the user's cells run; and nothing that can be kept is lost."""

import sqlite3
from contextlib import contextmanager

import pytest

from threadbook.log.log import open_log
from threadbook.log.sqlite_schema import MIGRATIONS
from threadbook.log.verify import verify
from threadbook.records.bodies import (
    CellEnd,
    CellStart,
    LogCheckpoint,
    SessionEnd,
    SessionStart,
)

OFF = "threadbook: tracing is off: "
ON = "threadbook: tracing is on again; nothing was lost\n"


@contextmanager
def locked(store):
    """Hold the write lock of the store, as another process that is busy with it."""
    connection = sqlite3.connect(store, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


class Trouble:
    """A way in which the store cannot be written, from the start of a kernel until `end`."""

    says = ""

    def __init__(self):
        self.environ = {}

    def begin(self, folder):
        pass

    def end(self, folder):
        pass


class FolderInItsPlace(Trouble):
    says = "unable to open database file"

    def begin(self, folder):
        (folder / "records.db").mkdir()

    def end(self, folder):
        (folder / "records.db").rmdir()


class ParentIsAFile(Trouble):
    says = "data/records.db: File exists"

    def begin(self, folder):
        (folder / "data").touch()
        self.environ = {"THREADBOOK_STORE": f"sqlite:///{folder}/data/records.db"}

    def end(self, folder):
        (folder / "data").unlink()


class ForeignDatabase(Trouble):
    says = "is an SQLite database, but no threadbook store"

    def begin(self, folder):
        with sqlite3.connect(folder / "records.db") as connection:
            connection.execute("CREATE TABLE theirs (x)")
        connection.close()
        self.content = (folder / "records.db").read_bytes()

    def end(self, folder):
        assert (folder / "records.db").read_bytes() == self.content
        (folder / "records.db").unlink()


class NoDatabase(Trouble):
    says = "is no SQLite database"

    def begin(self, folder):
        (folder / "records.db").write_text("my notes\n" * 1000)

    def end(self, folder):
        assert (folder / "records.db").read_text() == "my notes\n" * 1000
        (folder / "records.db").unlink()


class NewerVersion(Trouble):
    says = "upgrade threadbook"

    def begin(self, folder):
        open_log(f"sqlite:///{folder}/records.db").close()
        with sqlite3.connect(folder / "records.db") as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()

    def end(self, folder):
        with sqlite3.connect(folder / "records.db") as connection:
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.close()


class Locked(Trouble):
    says = "database is locked"

    def begin(self, folder):
        open_log(f"sqlite:///{folder}/records.db").close()
        self.lock = locked(folder / "records.db")
        self.lock.__enter__()

    def end(self, _folder):
        self.lock.__exit__(None, None, None)


class NoSuchScheme(Trouble):
    says = "no store at 'carrier-pigeon://coop'"

    def begin(self, _folder):
        self.environ = {"THREADBOOK_STORE": "carrier-pigeon://coop"}


class NowhereToKeepAnything(FolderInItsPlace):
    says = "records are held in memory only"

    def begin(self, folder):
        super().begin(folder)
        (folder / "outbox").touch()


PASSING = [FolderInItsPlace, ParentIsAFile, ForeignDatabase, NoDatabase, NewerVersion, Locked]
PASSING += [NowhereToKeepAnything]


@pytest.fixture
def trouble(request, tmp_path):
    trouble = request.param()
    trouble.begin(tmp_path)
    return trouble


def troubles(classes):
    return pytest.mark.parametrize("trouble", classes, indirect=True, ids=lambda c: c.__name__)


def check_in_trouble(kernel, says):
    """Run cells while there is trouble; return them. One line says so, in the first."""
    ran = [kernel.run_ok("6 * 7"), kernel.run_ok("print('x' * 100_000)"), kernel.run_ok("'é'")]
    assert [r.result for r in ran] == ["42", None, "'é'"]
    assert all(says in r.trace["trouble"] for r in ran)
    (line,) = [line for r in ran for line in r.text("stderr").splitlines()]
    assert line.startswith(OFF)
    assert says in line
    assert line in ran[0].text("stderr")
    return ran


def check_delivered(log, cells):
    """Check that the log has these cells, all there is, in order, under the ids given out."""
    records = list(log.read_all())
    session, *rest = records
    assert session.kind == SessionStart.KIND
    assert [r.kind for r in rest] == [CellStart.KIND, CellEnd.KIND] * len(cells)
    assert [r.id for r in rest] == [
        record for ran in cells for record in (ran.trace["start"], ran.trace["record"])
    ]
    assert [r.parents for r in rest] == [(r.id,) for r in records[:-1]]
    clocks = [r.clock for r in records]
    assert clocks == sorted(set(clocks))
    report = verify(log)
    assert report.is_clean, report.problems
    assert report.blobs == 1


@troubles(PASSING)
def test_cells_run_while_the_store_is_unusable_and_are_delivered_when_it_is_well(
    start_kernel, trouble, tmp_path
):
    kernel = start_kernel(**trouble.environ)
    ran = check_in_trouble(kernel, trouble.says)
    trouble.end(tmp_path)
    well, after = kernel.run_ok("'well'"), kernel.run_ok("'after'")
    assert (well.text("stderr"), after.text("stderr")) == (ON, "")
    assert "trouble" not in well.trace | after.trace
    with open_log(kernel.environ["THREADBOOK_STORE"]) as log:
        check_delivered(log, [*ran, well, after])
    kernel.shut_down()
    with open_log(kernel.environ["THREADBOOK_STORE"]) as log:
        assert [s.kind for s in log.latest(limit=2)] == [LogCheckpoint.KIND, SessionEnd.KIND]
        assert log.store.holders() == {}


@troubles([*PASSING, NoSuchScheme])
def test_a_kernel_shuts_down_in_order_while_the_store_is_unusable(start_kernel, trouble, tmp_path):
    kernel = start_kernel(**trouble.environ)
    kernel.run_ok("1")
    kernel.shut_down()
    assert "Traceback" not in kernel.output
    trouble.end(tmp_path)


def test_a_store_that_can_never_be_reached_leaves_all_in_the_outbox(start_kernel, tmp_path):
    kernel = start_kernel(THREADBOOK_STORE="carrier-pigeon://coop")
    ran = check_in_trouble(kernel, NoSuchScheme.says)
    kernel.shut_down()
    (outbox,) = (tmp_path / "outbox").iterdir()
    with sqlite3.connect(outbox) as connection:
        found = [i for (i,) in connection.execute("SELECT id FROM entry ORDER BY number")]
    connection.close()
    assert found[1:-1] == [i for r in ran for i in (r.trace["start"], r.trace["record"])]


def test_a_store_that_is_locked_while_cells_run_gets_them_when_it_is_free(start_kernel):
    kernel = start_kernel()
    before = kernel.run_ok("'before'")
    with locked(kernel.store):
        ran = check_in_trouble(kernel, "database is locked")
    after = kernel.run_ok("'after'")
    assert after.text("stderr") == ON
    with kernel.log() as log:
        check_delivered(log, [before, *ran, after])


def test_a_store_that_is_locked_while_one_cell_runs_is_reported_by_the_next(start_kernel):
    kernel = start_kernel()
    request = kernel.send(
        "import os\nprint('started', flush=True)\nwhile not os.path.exists('go'): 0"
    )
    kernel.wait_for_text(request, "started")
    with locked(kernel.store):
        (kernel.work / "go").touch()
        ran = kernel.wait(request)
        assert "database is locked" in ran.trace["trouble"]
        following = kernel.run_ok("1")
        assert following.text("stderr").startswith(OFF)
    after = kernel.run_ok("2")
    assert after.text("stderr") == ON
    assert [kernel.cell(r).status for r in (ran, following, after)] == ["ok"] * 3
    kernel.verify()


def test_each_outage_is_reported_once(start_kernel):
    kernel = start_kernel()
    said = []
    for _ in range(2):
        with locked(kernel.store):
            said += [kernel.run_ok("1").text("stderr") for _ in range(2)]
        said += [kernel.run_ok("1").text("stderr") for _ in range(2)]
    assert [text.split(":")[1].strip()[:17] for text in said if text] == [
        *("tracing is off", "tracing is on aga") * 2
    ]
    assert all(text.count("\n") == 1 for text in said if text)


def test_a_silent_cell_is_not_where_trouble_is_reported(start_kernel):
    kernel = start_kernel()
    with locked(kernel.store):
        assert kernel.run_ok("1", silent=True).text("stderr") == ""
        assert kernel.run_ok("1").text("stderr").startswith(OFF)


# Modes mean nothing to root: give up CAP_DAC_OVERRIDE (1), for which see capabilities(7).
OBEY_FILE_MODES = """
import ctypes, os
if os.geteuid() == 0:
    libc = ctypes.CDLL(None)
    header, sets = (ctypes.c_uint32 * 2)(0x20080522), (ctypes.c_uint32 * 6)()
    libc.capget(header, sets)
    sets[0] &= ~(1 << 1)
    libc.capset(header, sets)
"""


def test_a_store_that_is_read_only_gets_all_when_it_is_not(start_kernel, tmp_path):
    folder = tmp_path / "data"
    kernel = start_kernel(THREADBOOK_STORE=f"sqlite:///{folder}/records.db")
    kernel.store = folder / "records.db"
    ran = [kernel.run_ok(OBEY_FILE_MODES), kernel.run_ok("print('x' * 100_000)")]
    with locked(kernel.store):  # the kernel closes the file: one that is open stays writable
        ran.append(kernel.run_ok("'locked'"))
    for path in (*folder.iterdir(), folder):
        path.chmod(path.stat().st_mode & ~0o222)
    ran += [kernel.run_ok("6 * 7"), kernel.run_ok("'still'")]
    assert ran[-2].result == "42"
    assert all(str(kernel.store) in r.trace["trouble"] for r in ran[2:])
    assert "locked" not in ran[-1].trace["trouble"]
    for path in (folder, *folder.iterdir()):
        path.chmod(path.stat().st_mode | 0o200)
    ran.append(kernel.run_ok("'well'"))
    assert ran[-1].text("stderr") == ON
    with kernel.log() as log:
        check_delivered(log, ran)


LIMIT_FILES = """
import resource
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, ({}, hard))
"""


@pytest.mark.parametrize("limit", [0, 300_000], ids=["also the outbox", "the store alone"])
def test_a_full_disk_stops_no_cell_and_loses_no_record(start_kernel, limit):
    kernel = start_kernel()
    ran = [kernel.run_ok("import random\nprint(random.randbytes(500_000).hex())")]
    ran.append(kernel.run_ok(LIMIT_FILES.format(limit)))
    while len(ran) < 500 and "trouble" not in ran[-1].trace:
        ran.append(kernel.run_ok("'x' * 1000"))
    assert "trouble" in ran[-1].trace
    in_memory = "records are held in memory only" in ran[-1].trace["trouble"]
    assert in_memory == (limit == 0)
    ran += [kernel.run_ok(f"{n}") for n in range(5)]
    assert [r.result for r in ran[-5:]] == [str(n) for n in range(5)]
    ran.append(kernel.run_ok(LIMIT_FILES.format("hard")))
    ran.append(kernel.run_ok("'well'"))
    assert "trouble" not in ran[-1].trace
    said = "".join(r.text("stderr") for r in ran)
    assert (said.count(OFF), said.count(ON), said.count("\n")) == (1, 1, 2)
    with kernel.log() as log:
        check_delivered(log, ran)


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda key: key.write_text("no key") or key.chmod(0o644), "others can read the key file"),
        (lambda key: key.write_text("no key") or key.chmod(0o600), "key.pem"),
        (lambda key: key.mkdir(), "key.pem"),
    ],
)
def test_cells_run_without_a_key_that_can_be_used(start_kernel, tmp_path, write, says):
    write(tmp_path / "key.pem")
    kernel = start_kernel()
    ran = check_in_trouble(kernel, says)
    assert all("record" not in r.trace for r in ran)
    kernel.restart()
    assert kernel.run_ok("6 * 7").result == "42"


def test_trouble_that_cannot_be_reported_stops_no_cell(start_kernel):
    kernel = start_kernel()
    kernel.run_ok(
        "import io, sys\nclass Full(io.StringIO):\n    def write(self, text):\n"
        "        raise OSError('full')\nkept, sys.stderr = sys.stderr, Full()"
    )
    with locked(kernel.store):
        ran = kernel.run("6 * 7")
    assert ran.result == "42"
    kernel.run_ok("sys.stderr = kept")
    assert kernel.cell(kernel.run_ok("1")).status == "ok"


@pytest.mark.parametrize(
    "environ",
    [
        {"THREADBOOK_ACTOR": "did:key:zNotMine"},
        {"THREADBOOK_ACTOR": "\udc80"},
        {"THREADBOOK_THREAD": "\udc80"},
        {"THREADBOOK_KEY": "~no-such-user/key"},
    ],
    ids=str,
)
def test_cells_run_whatever_the_settings_are(start_kernel, environ):
    kernel = start_kernel(**environ)
    ran = kernel.run_ok("6 * 7")
    assert ran.result == "42"
    assert ran.trace["trouble"]
    assert ran.text("stderr").startswith(OFF)
    assert kernel.run_ok("1").text("stderr") == ""


def test_a_store_that_is_replaced_by_a_new_one_gets_what_follows(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("'in the old one'")
    for path in kernel.folder.glob("records.db*"):
        path.rename(path.with_name(f"old-{path.name}"))
    ran = [kernel.run_ok("1"), kernel.run_ok("2")]
    with kernel.log() as log:
        assert {r.trace["record"] for r in ran} <= {r.id for r in log.read_all()}


def test_an_outbox_that_is_no_database_does_not_keep_records_from_a_store_that_is_well(
    start_kernel, tmp_path
):
    kernel = start_kernel()
    with locked(kernel.store):
        waits = kernel.run_ok("1")
    (outbox,) = (tmp_path / "outbox").iterdir()
    outbox.write_bytes(b"garbage" * 1000)
    ran = kernel.run_ok("2")
    assert "trouble" not in ran.trace
    assert "tracing is on again; the outbox" in ran.text("stderr")
    assert "not a database" in ran.text("stderr")
    with kernel.log() as log:
        found = {r.id for r in log.read_all()}
    assert ran.trace["record"] in found
    assert waits.trace["record"] not in found
    kernel.shut_down()
    assert start_kernel().run_ok("3").text("stderr") == ""
    assert outbox.read_bytes() == b"garbage" * 1000


def test_what_a_killed_kernel_left_in_the_outbox_is_delivered_by_the_next(start_kernel):
    killed = start_kernel()
    before = killed.run_ok("'before'")
    with locked(killed.store):
        ran = [killed.run_ok("1"), killed.run_ok("print('x' * 100_000)")]
        request = killed.send("print('started', flush=True)\nwhile True: pass")
        killed.wait_for_text(request, "started")
        killed.kill()
    start_kernel().run_ok("1")
    cells = killed.cells()
    assert [cells[r.request].end.id for r in (before, *ran)] == [
        r.trace["record"] for r in (before, *ran)
    ]
    assert cells[request].status == "died"
    assert len(killed.records(SessionEnd.KIND)) == 1
    killed.verify()


def test_a_cell_whose_end_a_killed_kernel_left_in_the_outbox_has_no_other(start_kernel):
    killed = start_kernel()
    request = killed.send(
        "import os\nprint('started', flush=True)\nwhile not os.path.exists('go'): 0"
    )
    killed.wait_for_text(request, "started")
    with locked(killed.store):
        (killed.work / "go").touch()
        ran = killed.wait(request)
        killed.kill()
    start_kernel().run_ok("1")
    ends = [end for end in killed.records(CellEnd.KIND) if ran.trace["start"] in end.parents]
    assert [end.id for end in ends] == [ran.trace["record"]]
    assert len(killed.records(SessionEnd.KIND)) == 1


def test_a_kernel_that_started_in_trouble_is_noticed_when_it_dies_later(start_kernel, tmp_path):
    trouble = Locked()
    trouble.begin(tmp_path)
    killed = start_kernel()
    killed.run_ok("'in trouble'")
    trouble.end(tmp_path)
    killed.run_ok("'well'")
    request = killed.send("print('started', flush=True)\nwhile True: pass")
    killed.wait_for_text(request, "started")
    killed.kill()
    start_kernel().run_ok("1")
    assert killed.cells()[request].status == "died"
    assert len(killed.records(SessionEnd.KIND)) == 1


def test_a_session_that_ended_in_trouble_has_one_end(start_kernel):
    kernel = start_kernel()
    kernel.run_ok("1")
    with locked(kernel.store):
        kernel.shut_down()
    start_kernel().run_ok("1")
    (end,) = kernel.records(SessionEnd.KIND)
    assert "shut down" in end.body["reason"]
    with kernel.log() as log:
        assert len(log.store.holders()) == 1


def test_two_kernels_of_one_actor_on_one_thread_lose_nothing_to_an_outage(start_kernel):
    kernels = [start_kernel(THREADBOOK_THREAD="th_shared") for _ in range(2)]
    ran = []
    with locked(kernels[0].store):
        requests = [(k, k.send("1")) for _ in range(20) for k in kernels]
        ran += [k.wait(request) for k, request in requests]
    ran += [k.run_ok("'after'") for k in kernels]
    found = {r.id for r in kernels[0].records()}
    assert not {r.trace["record"] for r in ran} - found
    kernels[0].verify()


def test_the_sdk_gives_results_in_trouble_and_reads_say_that_they_could_not_ask(start_kernel):
    kernel = start_kernel()
    with locked(kernel.store):
        emitted = kernel.run_ok(
            "r = sdk.emit_sync(act='DO', kind='x.y.z', body={})\nprint(r.pending)"
        )
        assert emitted.text() == "True\n"
        failed = kernel.run("sdk.emit_sync(act='DO', kind='bad', body={})", stop_on_error=False)
        assert failed.error[0] == "KindError"
        asked = kernel.run("sdk.query_sync(kind='x.y.z')", stop_on_error=False)
        assert asked.error[0] == "StoreUnavailable"
    assert kernel.run_ok("[f['id'] for f in sdk.query_sync(kind='x.y.z')] == [r.record_id]").result
    assert len(kernel.records("x.y.z")) == 1
