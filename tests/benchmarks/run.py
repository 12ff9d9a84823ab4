"""Measure threadbook against named references, interleaved in one run; write the README's table.

    make bench                    everything; several minutes, most of them for a store of 1,000,000
    python tests/benchmarks/run.py --quick          small samples, to see that it works
    python tests/benchmarks/run.py --only namespaces    some of the rows; see GROUPS
    python tests/benchmarks/run.py --write README.md

Every figure is a ratio to a reference that ran in turns with it, so that a noisy machine disturbs
both alike. Absolute times are shown for orientation and mean nothing on another machine.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import platform
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import calls
import contents
import panels
import searches
from figures import FULL, QUICK, Figure, Sizes, timed
from jupyter_client.blocking.client import BlockingKernelClient
from kernels import STOCK, TRACED, kernel

import service
from threadbook.config import Settings
from threadbook.log.log import Log, open_log
from threadbook.log.sqlite_schema import MIGRATIONS
from threadbook.log.verify import verify
from threadbook.records.identity import Identity, verify_signature
from threadbook.records.record import Draft

CELLS = {"expression": "1", "print": "print('x' * 80)", "error": "1/0"}
THREAD = "th_" + "0" * 64
MARKERS = "<!-- figures:begin -->", "<!-- figures:end -->"
CODE = "penguins.groupby(['species', 'sex'])['body_mass'].agg(['mean', 'count']).round(0)\n" * 4


def round_trip(client: BlockingKernelClient, code: str) -> None:
    """Run a cell until its reply and the idle status are in."""
    message = client.execute(code)
    while client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != message:
        pass
    while True:
        reply = client.get_iopub_msg(timeout=60)
        is_ours = reply["parent_header"].get("msg_id") == message
        if is_ours and reply["content"].get("execution_state") == "idle":
            return


def cold_start(name: str, environment: dict[str, str]) -> float:
    """Return how long it takes from the start of a kernel to the end of its first cell."""
    began = time.perf_counter()
    with kernel(name, environment) as client:
        round_trip(client, "1")
        return (time.perf_counter() - began) * 1000


def cold_starts(
    label: str, ours: tuple[str, dict[str, str]], theirs: tuple[str, dict[str, str]], starts: int
) -> Figure:
    """Compare starts, one of each in turn."""
    samples: tuple[list[float], list[float]] = ([], [])
    for number in range(starts + 1):
        for kind, sample in zip((ours, theirs), samples, strict=True):
            took = cold_start(*kind)
            if number:  # the first of each fills the disk cache
                sample.append(took)
    return Figure("kernel start to first result", label, *samples)


def round_trips(
    label: str, ours: BlockingKernelClient, theirs: BlockingKernelClient, cell: str, count: int
) -> Figure:
    """Compare round trips of a cell, in blocks of ten in turn."""
    code = CELLS[cell]
    samples: tuple[list[float], list[float]] = ([], [])
    for client in (ours, theirs):
        for _ in range(30):
            round_trip(client, code)
    for _ in range(max(1, count // 10)):
        for client, sample in zip((ours, theirs), samples, strict=True):
            sample += [timed(lambda c=client: round_trip(c, code)) for _ in range(10)]
    return Figure(f"cell round trip, {cell}", label, *samples)


def draft(number: int) -> Draft:
    """Return a record like that of a small cell."""
    body = {"kind": "bench.cell.start", "_v": 1, "code": CODE, "number": number}
    return Draft(act="DO", body=body, thread=THREAD)


def appends(folder: Path, identity: Identity, count: int) -> Iterator[Figure]:
    """Compare appends with bare inserts of the same rows into the same table by sqlite3."""
    bare = bare_store(folder / "bare.db")
    with open_log(f"sqlite:///{folder / 'append.db'}") as log:
        ours, theirs = [], []
        for number in range(count):
            ours.append(timed(lambda n=number: log.append(draft(n), by=identity)))
            row = last_row(log)
            theirs.append(timed(lambda r=row: insert(bare, [r])))
        yield Figure("append one record, durable", "bare sqlite3 insert", ours, theirs)
        ours, theirs = [], []
        for _ in range(max(1, count // 100)):
            batch = [draft(number) for number in range(100)]
            before = log.size
            ours.append(timed(lambda b=batch: log.append_many(b, by=identity)))
            rows = rows_after(log, before)
            theirs.append(timed(lambda r=rows: insert(bare, r)))
        yield Figure("append 100 records, one commit", "bare sqlite3 insert", ours, theirs)
        yield verification(log, identity)
    bare.close()


def bare_store(path: Path) -> sqlite3.Connection:
    """Return a connection to an empty store of ours, with the same durability."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for script in MIGRATIONS:
        connection.executescript(script)
    return connection


def last_row(log: Log) -> tuple[object, ...]:
    """Return the row that was written last."""
    return rows_after(log, log.size - 1)[0]


def rows_after(log: Log, seq: int) -> list[tuple[object, ...]]:
    """Return raw rows, through a connection of the benchmark's own."""
    with contextlib.closing(sqlite3.connect(log.url.removeprefix("sqlite:///"))) as connection:
        return connection.execute("SELECT * FROM record WHERE seq > ?", (seq,)).fetchall()


def insert(connection: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    """Insert rows in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(f"INSERT INTO record VALUES ({', '.join('?' * 12)})", rows)
    connection.execute("COMMIT")


def verification(log: Log, identity: Identity) -> Figure:
    """Compare verifying a log with checking nothing but its signatures."""
    signed = [(stored.canonical, stored.sig or b"") for stored in log.read_all()]

    def signatures() -> None:
        for canonical, sig in signed:
            verify_signature(identity.actor_did, canonical, sig)

    ours, theirs = [], []
    for _ in range(5):
        ours.append(timed(lambda: verify(log)) / len(signed))
        theirs.append(timed(signatures) / len(signed))
    return Figure("verify, per record", "its Ed25519 check alone", ours, theirs)


def large_store(
    folder: Path, identity: Identity, environment: dict[str, str], sizes: Sizes
) -> Iterator[Figure]:
    """Compare a store of many records with an empty one."""
    large, empty = folder / "large.db", folder / "empty.db"
    fill(large, identity, sizes.records)
    label = f"{sizes.records:,} records / empty store"
    on_large = environment | {"THREADBOOK_STORE": f"sqlite:///{large}"}
    on_empty = environment | {"THREADBOOK_STORE": f"sqlite:///{empty}"}
    yield cold_starts(label, (TRACED, on_large), (TRACED, on_empty), sizes.starts)
    with kernel(TRACED, on_large) as ours, kernel(TRACED, on_empty) as theirs:
        yield round_trips(label, ours, theirs, "expression", sizes.round_trips)
    with open_log(f"sqlite:///{large}") as much, open_log(f"sqlite:///{empty}") as little:
        samples: tuple[list[float], list[float]] = ([], [])
        for number in range(sizes.appends):
            for log, sample in zip((much, little), samples, strict=True):
                sample.append(timed(lambda lg=log, n=number: lg.append(draft(n), by=identity)))
        yield Figure("append one record, durable", label, *samples)
    yield from service.on_a_large_log(f"sqlite:///{large}", f"sqlite:///{empty}", sizes)


def fill(path: Path, identity: Identity, count: int) -> None:
    """Write records of a thousand threads."""
    with open_log(f"sqlite:///{path}") as log:
        for start in range(0, count, 1000):
            thread = f"th_{start:064x}"
            batch = [
                Draft(
                    act="DO",
                    body={"kind": f"bench.cell.kind{number % 7}", "_v": 1, "n": number},
                    thread=thread,
                )
                for number in range(start, min(start + 1000, count))
            ]
            log.append_many(batch, by=identity)


def kernels(
    _folder: Path, _identity: Identity, environment: dict[str, str], sizes: Sizes
) -> Iterator[Figure]:
    """Compare a kernel with that of stock ipykernel."""
    traced, stock = (TRACED, environment), (STOCK, environment)
    yield cold_starts("stock ipykernel", traced, stock, sizes.starts)
    with kernel(*traced) as ours, kernel(*stock) as theirs:
        for cell in CELLS:
            yield round_trips("stock ipykernel", ours, theirs, cell, sizes.round_trips)


def logs(
    folder: Path, identity: Identity, environment: dict[str, str], sizes: Sizes
) -> Iterator[Figure]:
    """Compare a log with its parts, and a large one with an empty one."""
    yield from appends(folder, identity, sizes.appends)
    yield from large_store(folder, identity, environment, sizes)


def namespaces(
    folder: Path, identity: Identity, environment: dict[str, str], sizes: Sizes
) -> Iterator[Figure]:
    """Compare what cells find in a session with the same done by hand."""
    yield from calls.figures(folder, environment, sizes)
    yield from contents.figures(folder, identity, sizes)
    yield from searches.figures(folder, identity, sizes)


GROUPS = {
    "kernels": kernels,
    "logs": logs,
    "service": service.figures,
    "namespaces": namespaces,
    "panel": panels.figures,
}


def measure(sizes: Sizes, groups: Iterable[str]) -> Iterator[Figure]:
    """Yield the figures of some groups; everything is made in a folder that is removed again."""
    folder = Path(tempfile.mkdtemp(prefix="threadbook-bench-"))
    try:
        settings = Settings(
            store=f"sqlite:///{folder / 'kernel.db'}",
            key=folder / "identity.pem",
            outbox=folder / "outbox",
        )
        environment = {
            **os.environ,
            **settings.as_environ(),
            "IPYTHONDIR": str(folder / "ipython"),
            "PYTHONDONTWRITEBYTECODE": "",
        }
        for group in groups:
            yield from GROUPS[group](folder, settings.identity(), environment, sizes)
    finally:
        shutil.rmtree(folder)


def table(figures: list[str]) -> str:
    """Return the table, with when and where it was measured."""
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    lines = [
        (
            f"Measured {today}, {os.cpu_count()} cores, {platform.system()} {platform.machine()},"
            f" Python {platform.python_version()}; `make bench` measures again."
        ),
        "",
        (
            "| what | compared with | ratio (median) | ratio (p99) | median, ours / theirs"
            " | p99, ours / theirs |"
        ),
        "|---|---|--:|--:|--:|--:|",
        *figures,
    ]
    return "\n".join(lines)


def write(path: Path, text: str) -> None:
    """Replace what stands between the markers of a document."""
    begin, end = MARKERS
    head, _, rest = path.read_text().partition(begin)
    _, _, tail = rest.partition(end)
    path.write_text(f"{head}{begin}\n{text}\n{end}{tail}")


def main() -> None:
    """Measure and print; with --write also put the table into a document."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small samples")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between markers")
    parser.add_argument("--only", choices=GROUPS, action="append", help="these rows, not all")
    options = parser.parse_args()
    if options.only and options.write:
        parser.error("a document gets all rows: leave --only out")
    rows = []
    for figure in measure(QUICK if options.quick else FULL, options.only or GROUPS):
        rows.append(figure.row())
        print(rows[-1], flush=True)
    print(f"\n{table(rows)}")
    if options.write:
        write(options.write, table(rows))


if __name__ == "__main__":
    main()
