"""Figures of the record service, of the stores beside SQLite, and of reading a large log."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from figures import Figure, Sizes, timed

from threadbook.folds.fold import Projection
from threadbook.folds.trust import TrustFold, standings
from threadbook.log.log import Log, open_log
from threadbook.log.query import Search
from threadbook.log.store import Query
from threadbook.records.bodies import VerdictAccept
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

ECHO = """
import asyncio, socket
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def echo(request):
    return JSONResponse(await request.json())

app = Starlette(routes=[Route("/v1/records", echo, methods=["POST"])])
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # no delay
listener.bind(("127.0.0.1", 0))
listener.listen()
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
asyncio.run(uvicorn.Server(uvicorn.Config(app, log_config=None)).serve([listener]))
"""
JUDGES = 20
WORKERS = 50


def figures(
    folder: Path, identity: Identity, environment: dict[str, str], sizes: Sizes
) -> Iterator[Figure]:
    """Yield the figures that need a service or a server."""
    serve = [sys.executable, "-m", "threadbook.cli", "serve", "--port", "0"]
    serve += ["--insecure-localhost", "--store", str(folder / "service.db")]
    with (
        process(serve, environment) as ours,
        process([sys.executable, "-c", ECHO], environment) as theirs,
    ):
        yield posts(ours, theirs, sizes.appends)
        yield watching(ours, sizes.appends // 4)
    yield from other_stores(identity, sizes.appends // 4)


@contextlib.contextmanager
def process(command: list[str], environment: dict[str, str]) -> Iterator[str]:
    """Start a server that prints its URL, and yield that."""
    pipe = subprocess.PIPE
    running = subprocess.Popen(
        command, env=environment, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    )
    assert running.stdout is not None
    try:
        yield running.stdout.readline().split()[-1]
    finally:
        running.terminate()
        running.wait()
        running.stdout.close()


def record(number: int) -> dict[str, object]:
    """Return the JSON of a record like that of a small step."""
    body = {"kind": "bench.service.step", "_v": 1, "n": number, "text": "x" * 200}
    return {
        "act": "DO", "actor": "did:sync:agent:bench", "body": body, "clock": number + 1,
        "data_type": "SCALAR", "parents": [], "thread": "th_bench",
    }  # fmt: skip


def posts(ours: str, theirs: str, count: int) -> Figure:
    """Compare appending over HTTP with an echo of the same JSON."""
    samples: tuple[list[float], list[float]] = ([], [])
    with client(ours) as service, client(theirs) as echo:
        for number in range(count):
            sent = record(number)
            for http, sample in zip((service, echo), samples, strict=True):
                sample.append(timed(lambda h=http, s=sent: post(h, s)))
    return Figure("POST /v1/records, durable", "bare Starlette echo", *samples)


def client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, trust_env=False, timeout=60)


def post(http: httpx.Client, sent: dict[str, object]) -> None:
    http.post("/v1/records", json=sent).raise_for_status()


def watching(url: str, count: int) -> Figure:
    """Compare the time until a watcher has a record with the time until its writer knows."""
    arrived: dict[int, float] = {}
    is_open, news = threading.Event(), threading.Condition()

    def watch() -> None:
        path = "/v1/threads/th_watched/watch"
        with client(url) as http, http.stream("GET", path) as stream:
            for line in stream.iter_lines():
                now = time.perf_counter()
                if line == "event: heartbeat":
                    is_open.set()
                if line.startswith('data: {"id"'):
                    number = json.loads(line.removeprefix("data: "))["record"]["body"]["n"]
                    with news:
                        arrived[number] = now
                        news.notify()
                    if number == count - 1:
                        return

    watcher = threading.Thread(target=watch)
    watcher.start()
    is_open.wait()
    seen, written = [], []
    with client(url) as http:
        for number in range(count):
            sent = {**record(number), "thread": "th_watched"}
            began = time.perf_counter()
            post(http, sent)
            written.append((time.perf_counter() - began) * 1000)
            with news:
                news.wait_for(lambda n=number: n in arrived)
            seen.append((arrived[number] - began) * 1000)
    watcher.join()
    return Figure("watch, from append to watcher", "POST of the same record", seen, written)


def other_stores(identity: Identity, count: int) -> Iterator[Figure]:
    """Compare appends to PostgreSQL and Redis with raw writes of the same rows, both durable."""
    path = Path(__file__).parent.parent / "conftest.py"
    spec = importlib.util.spec_from_file_location("servers", path)
    servers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(servers)
    postgres, redis = servers.new_postgres_server(), servers.new_redis_server()
    for server, name, begin in (
        (postgres.start(fsync="on"), "PostgreSQL INSERT", postgres_writer),
        (redis.start(), "Redis XADD", redis_writer),
    ):
        try:
            write = begin(server)
            with open_log(server.url()) as log:
                yield appends(log, identity, f"raw {name}", write, count)
        finally:
            server.remove()


def appends(
    log: Log, identity: Identity, reference: str, write: Callable[[tuple], object], count: int
) -> Figure:
    """Compare appends with raw writes of the rows they make."""
    ours, theirs = [], []
    for number in range(count):
        body = {"kind": "bench.cell.start", "_v": 1, "n": number, "text": "x" * 200}
        draft = Draft(act="DO", body=body, thread="th_bench")
        ours.append(timed(lambda d=draft: log.append(d, by=identity)))
        (row,) = log.store.rows(Query(), after=log.size - 1, limit=1)
        values = (
            row.seq,
            bytes.fromhex(row.id),
            row.canonical,
            row.sig,
            row.recorded_at,
            row.chain,
        )
        theirs.append(timed(lambda v=values: write(v)))
    scheme = log.url.partition(":")[0]
    name = "redis" if scheme in ("unix", "rediss") else scheme
    return Figure(f"append one record, {name}", reference, ours, theirs)


def postgres_writer(server: object) -> Callable[[tuple], object]:
    """Return what inserts a row into a table with one index, synced to disk."""
    connection = server.connect()
    connection.execute(
        "CREATE TABLE raw (seq bigint PRIMARY KEY, id bytea UNIQUE, canonical bytea, sig bytea,"
        " recorded_at bigint, chain bytea)"
    )
    insert = "INSERT INTO raw VALUES (%s, %s, %s, %s, %s, %s)"
    return lambda values: connection.execute(insert, values)


def redis_writer(server: object) -> Callable[[tuple], object]:
    """Return what adds a row to a stream; the server syncs before it answers."""
    connection = server.connect()
    names = ("seq", "id", "canonical", "sig", "recorded_at", "chain")
    return lambda values: connection.xadd("raw", dict(zip(names, values, strict=True)))


def on_a_large_log(large: str, small: str, sizes: Sizes) -> Iterator[Figure]:
    """Yield the figures of reading a log of many records."""
    label = f"{sizes.records:,} records / small store"
    with open_log(large) as much, open_log(small) as little:
        samples: tuple[list[float], list[float]] = ([], [])
        projections = [Projection(log, TrustFold()) for log in (much, little)]
        for log in (much, little):
            judge(log)
        for projection in projections:
            read_trust(projection)  # the first folds
        for _ in range(max(5, sizes.appends // 20)):
            for log, projection, sample in zip((much, little), projections, samples, strict=True):
                judge(log, count=1)
                sample.append(timed(lambda p=projection: read_trust(p)))
        yield Figure("read trust after one more verdict", label, *samples)
        yield indexed(much, sizes)


def judge(log: Log, count: int = 1000) -> None:
    """Append verdicts of independent judges."""
    for number in range(count):
        judge_of = Identity.static(f"did:sync:user:judge{number % JUDGES}")
        worker = f"did:sync:agent:worker{number % WORKERS}"
        verdict = VerdictAccept(subject=worker, judges=f"{log.size:064x}", domain="code")
        log.append(verdict.draft(thread="th_verdicts"), by=judge_of)


def read_trust(projection: Projection) -> None:
    now = time.time_ns() // 1_000_000
    projection.ask(lambda state: standings(state, as_of=now))


def indexed(log: Log, sizes: Sizes) -> Figure:
    """Compare a query by a field of the body with an index on it, and without."""

    def query(number: int) -> None:
        log.query(Search.parse({"filter": {"body.n": number}, "limit": 1}))

    numbers = [(number * 7919) % sizes.records for number in range(5)]
    without = [timed(lambda n=number: query(n)) for number in numbers]
    log.store.ensure_index("body.n")
    with_index = [timed(lambda n=number: query(n)) for number in numbers for _ in range(20)]
    return Figure("query by a field, with an index", "the same without", with_index, without)
