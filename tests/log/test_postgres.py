"""What only the PostgreSQL store has: a server that several processes share, and its failures."""

import itertools
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest

from threadbook.errors import ConfigError, StoreError, StoreFormatError, StoreUnavailable
from threadbook.log import open_log, postgres_find, postgres_listener, postgres_schema
from threadbook.log.blobs import CHUNK
from threadbook.log.filters import parse_filter
from threadbook.log.postgres_connections import MOST_CONNECTIONS, Address
from threadbook.log.postgres_schema import MIGRATIONS
from threadbook.log.query import Search
from threadbook.log.verify import verify

PATIENCE = 60
DAY_MS = 24 * 3600 * 1000

START = """
import asyncio, os, signal, sys, time
from threadbook.errors import StoreUnavailable
from threadbook.log import open_log
from threadbook.log.entry import Sealed
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

me = Identity.static("did:sync:agent:shared")

def draft(number, **fields):
    return Draft(**{"act": "DO", "body": {"n": number}, "thread": "th", **fields})

def say(*words):
    print(*words, flush=True)
"""

APPEND_MANY = (
    START
    + """
log = open_log(sys.argv[1])
say("ready")
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    log.append(draft(number, body={"writer": sys.argv[2], "n": number}), by=me)
say("done")
"""
)

FOLLOW = (
    START
    + """
async def follow(log, count):
    records = log.follow(after=0)
    say("ready")
    for _ in range(count):
        stored = await anext(records)
        say(stored.seq, stored.id, stored.body["writer"], stored.body["n"], stored.clock)

asyncio.run(follow(open_log(sys.argv[1]), int(sys.argv[2])))
"""
)

# Each record is sealed before it is appended: what is retried has the id that was tried.
APPEND_AND_RETRY = (
    START
    + """
log = open_log(sys.argv[1], busy_timeout=5)
for number in range(int(sys.argv[3])):
    entry = Sealed.seal(draft(number, thread=sys.argv[2]), me, clock=number + 1)
    while True:
        try:
            say("stored", log.append(entry).id)
            break
        except StoreUnavailable:
            say("failed", entry.id)
            time.sleep(0.05)
"""
)


def expect(process, line):
    assert process.stdout.readline() == f"{line}\n"


def tell(process, line="go"):
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def eventually(is_so):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def url(postgres_server):
    return postgres_server.url()


@pytest.fixture
def reopen(url):
    """Return a function that opens the log at `url`; all are closed at the end."""
    logs = []

    def open_again(where=url, **options):
        logs.append(open_log(where, **options))
        return logs[-1]

    yield open_again
    for log in logs:
        log.close()


def schema_of(url):
    return Address.parse(url).schema


@pytest.fixture
def raw(postgres_server, url):
    """Return a connection to the tables of the log."""
    with postgres_server.connect(schema_of(url)) as connection:
        yield connection


# Several processes


def test_four_processes_append_and_a_fifth_follows(child, url, reopen):
    count, log = 150, reopen()
    follower = child(FOLLOW, url, 4 * count)
    writers = [child(APPEND_MANY, url, name, count) for name in "abcd"]
    for process in (follower, *writers):
        expect(process, "ready")
    for writer in writers:
        tell(writer)
    lines = follower.stdout.read().splitlines()
    for writer in writers:
        expect(writer, "done")
        assert writer.wait(PATIENCE) == 0
    stored = list(log.read_all())
    assert [record.seq for record in stored] == list(range(1, 4 * count + 1))
    assert len({record.clock for record in stored}) == 4 * count
    for writer in "abcd":
        own = [record.body["n"] for record in stored if record.body["writer"] == writer]
        assert own == list(range(count))
    assert lines == [f"{r.seq} {r.id} {r.body['writer']} {r.body['n']} {r.clock}" for r in stored]
    assert verify(log).is_clean


def test_a_new_schema_can_be_opened_by_many_at_once(postgres_server):
    url, barrier, sizes = postgres_server.url(), threading.Barrier(6), []

    def open_and_close():
        barrier.wait(PATIENCE)
        with open_log(url) as log:
            sizes.append(log.size)

    threads = [threading.Thread(target=open_and_close) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sizes == [0] * 6
    with open_log(url) as log:
        assert verify(log).is_clean


def test_a_writer_that_waits_too_long_for_another_is_told_so(url, reopen, raw, ann, draft):
    first = reopen().append(draft(1), by=ann)
    log = reopen(busy_timeout=0.05)
    with raw.transaction():
        raw.execute("SELECT pg_advisory_xact_lock(%s)", (Address.parse(url).lock,))
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="locked"):
                log.append(draft(2), by=ann)
        assert log.read() == [first]
        log.store.hold("th", "me")
    assert log.append(draft(2), by=ann).seq == 2
    assert verify(log).is_clean


def test_a_thread_that_waits_too_long_for_another_is_told_so(reopen, ann, draft):
    log, inside, leave = reopen(busy_timeout=0.05), threading.Event(), threading.Event()

    def linger():
        inside.set()
        leave.wait(PATIENCE)

    thread = threading.Thread(
        target=log.append, args=(draft(1),), kwargs={"by": ann, "guard": linger}
    )
    thread.start()
    inside.wait(PATIENCE)
    with pytest.raises(StoreUnavailable, match="locked"):
        log.append(draft(2), by=ann)
    leave.set()
    thread.join(PATIENCE)
    assert [record.body["n"] for record in log.read()] == [1]


def test_a_write_inside_a_write_is_refused(reopen, ann, draft):
    log = reopen()
    with pytest.raises(StoreUnavailable, match="middle of a write"):
        log.append(draft(1), by=ann, guard=lambda: log.append(draft(2), by=ann))
    assert log.size == 0
    assert log.append(draft(3), by=ann).seq == 1


def test_more_threads_read_than_there_are_connections(reopen, postgres_server, ann, draft):
    log = reopen()
    log.append_many([draft(n) for n in range(200)], by=ann)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(len(log.read(limit=500))))
        for _ in range(4 * MOST_CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert results == [200] * 4 * MOST_CONNECTIONS


def test_commits_of_another_process_count_for_the_next_clock(reopen, ann, draft):
    one, other = reopen(), reopen()
    ahead = one.append(draft(0), by=ann).clock + 10**9
    for number in range(1, 5):
        other.append(draft(number, clock=ahead), by=ann)
        assert one.append(draft(number, thread="else"), by=ann)
        assert one.append(draft(number), by=ann).clock == ahead + 1
        ahead += 10**6
    other.append_many([draft(n, clock=ahead + n) for n in range(300)], by=ann)  # too many to follow
    assert one.append(draft(9), by=ann).clock == ahead + 300
    assert verify(one).is_clean


def test_an_append_of_what_is_known_takes_two_round_trips(reopen, tmp_path, ann, draft):
    log = reopen()
    log.append(draft(0), by=ann)
    (connection,) = log.store._connections._idle
    with (tmp_path / "trace").open("w+b") as trace:
        connection.pgconn.trace(trace.fileno())
        log.append(draft(1), by=ann)
        connection.pgconn.untrace()
        trace.seek(0)
        senders = [line.split(b"\t")[1] for line in trace.read().splitlines()]
    turns = [pair for pair in itertools.pairwise(senders) if pair == (b"F", b"B")]
    assert len(turns) == 2


# Followers


def test_a_version_is_known_without_asking(reopen, raw, monkeypatch, ann, draft):
    monkeypatch.setattr(postgres_listener, "RECHECK_SECONDS", PATIENCE)
    log, other, calls = reopen(), reopen(), []
    before, ask = log.store.version(), log.store._listener._ask
    monkeypatch.setattr(log.store._listener, "_ask", lambda: calls.append(1) or ask())
    for _ in range(100):
        assert log.store.version() == before
    assert calls == []
    other.append(draft(1), by=ann)
    eventually(lambda: log.store.version() != before)
    assert len(calls) == 1
    raw.execute(f"NOTIFY {log.store._connections.address.channel}, '99999999999999999999'")
    eventually(lambda: log.store.version() and len(calls) == 2)
    assert log.store.version() == other.store.version()


def end_sessions(connection, query_like):
    """Have the server end the sessions whose last statement was this."""
    return connection.execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND query LIKE %s AND application_name = 'threadbook'",
        (query_like,),
    ).fetchone()[0]


async def test_a_follower_goes_on_without_its_listener_and_gets_it_back(
    url, reopen, raw, ann, draft
):
    log, writer = reopen(), reopen()
    records = log.follow(after=0)
    channel = log.store._connections.address.channel
    for number in range(3):
        writer.append(draft(number), by=ann)
        assert (await anext(records)).body == {"n": number}
        eventually(lambda: log.store.version() and end_sessions(raw, f"LISTEN {channel}"))
    eventually(lambda: log.store.version() and log.store._listener._connection is not None)
    writer.append(draft(3), by=ann)
    assert (await anext(records)).body == {"n": 3}


async def test_a_follower_goes_on_where_no_listener_can_be(reopen, monkeypatch, ann, draft):
    log = reopen()

    def refuse():
        raise psycopg.OperationalError("too many connections")

    monkeypatch.setattr(log.store._listener._connections, "connect", refuse)
    log.append(draft(0), by=ann)
    records = log.follow(after=0)
    for number in range(3):
        assert (await anext(records)).body == {"n": number}
        log.append(draft(number + 1), by=ann)
    assert log.store._listener._connection is None


# The server ends


def test_acknowledged_records_survive_a_server_that_is_killed(child, own_postgres_server):
    server = own_postgres_server
    url = server.url()
    open_log(url).close()
    writers = [child(APPEND_AND_RETRY, url, f"th{n}", 400) for n in range(2)]
    assert writers[1].stdout.readline()  # it has opened the log, which it does not try again
    for count in (60, 120):
        for _ in range(count):
            assert writers[0].stdout.readline()
        server.kill()
        server.start()
    acknowledged, failed = [], set()
    for writer in writers:
        for line in writer.stdout.read().splitlines():
            word, record_id = line.split()
            acknowledged.append(record_id) if word == "stored" else failed.add(record_id)
        assert writer.wait(PATIENCE) == 0
    with open_log(url) as log:
        stored = [record.id for record in log.read_all()]
        assert len(stored) == 800
        assert set(acknowledged) | failed <= set(stored)
        assert verify(log).is_clean


def test_a_log_that_stays_open_finds_its_restarted_server(own_postgres_server, ann, draft):
    server = own_postgres_server
    with open_log(server.url(), busy_timeout=2) as log:
        written = [log.append(draft(0), by=ann)]
        blob = log.blobs.put(b"content")
        log.store.version()
        server.stop(signal.SIGINT)
        began = time.monotonic()
        for use in (log.read, log.store.version, lambda: log.append(draft(1), by=ann)):
            with pytest.raises(StoreUnavailable):
                use()
        assert time.monotonic() - began < 8
        server.start()
        assert log.read() == written
        written.append(log.append(draft(2), by=ann))
        assert log.blobs.get(blob.blob) == b"content"
        server.kill()
        server.start()
        written.append(log.append(draft(3), by=ann))
        assert log.read() == written
        assert log.store.version() == 3
        assert verify(log).is_clean


def test_a_session_that_is_ended_in_a_write_writes_nothing(reopen, raw, ann, draft):
    log = reopen()
    log.append(draft(0), by=ann)
    with pytest.raises(StoreUnavailable):
        log.append(
            draft(1), by=ann, guard=lambda: end_sessions(raw, "%tip%") or end_sessions(raw, "%")
        )
    assert [record.body["n"] for record in log.read()] == [0]
    assert log.append(draft(2), by=ann).seq == 2
    assert verify(log).is_clean


def test_an_announcement_that_fails_does_not_fail_the_append(reopen, monkeypatch, ann, draft):
    log = reopen()
    log.append(draft(0), by=ann)
    monkeypatch.setattr(Address, "channel", "no channel")  # a syntax error
    assert log.append(draft(1), by=ann).seq == 2
    monkeypatch.undo()
    assert log.append(draft(2), by=ann).seq == 3
    assert [record.body["n"] for record in log.read()] == [0, 1, 2]


def test_an_interrupted_write_leaves_nothing(reopen, ann, draft):
    log = reopen()
    log.append(draft(0), by=ann)

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.append(draft(1), by=ann, guard=interrupt)
    assert log.append(draft(2), by=ann).seq == 2
    assert verify(log).is_clean


# Addresses


def test_two_schemas_never_meet(postgres_server, reopen, ann, draft):
    one, other = reopen(), reopen(postgres_server.url())
    written = one.append(draft(1, clock=7), by=ann)
    again = other.append(draft(1, clock=7), by=ann)
    assert written.id == again.id
    one.store.hold("th", "me")
    one.store.keep("fold", b"data")
    blob = one.blobs.put(b"content").blob
    version = other.store.version()
    one.append(draft(2), by=ann)
    assert (other.size, other.store.holders(), other.store.kept("fold")) == (1, {}, None)
    assert blob not in other.blobs
    assert other.store.version() == version
    with one.store.write():  # the lock of one is not that of the other
        assert other.append(draft(3), by=ann).seq == 2


@pytest.mark.parametrize("schema", ["user", "a", "_x9", "z" * 63])
def test_a_schema_may_have_any_plain_name(postgres_server, schema, ann, draft):
    with open_log(postgres_server.url(schema)) as log:
        log.append(draft(1), by=ann)
    with open_log(postgres_server.url(schema)) as log:
        assert log.size == 1
        assert verify(log).is_clean


@pytest.mark.parametrize(
    "schema", ["Team", "a-b", "pg_x", "1a", 'a"b', "a;b", "z" * 64, "a%20b", "é", "a,public"]
)
def test_any_other_name_of_a_schema_is_refused(postgres_server, schema):
    with pytest.raises(ConfigError, match="schema"):
        open_log(postgres_server.url(schema))


def test_without_a_name_the_schema_is_threadbook(postgres_server, ann, draft):
    url = postgres_server.url("threadbook")
    with open_log(url.replace("&schema=threadbook", "")) as log, open_log(url) as same:
        stored = log.append(draft(), by=ann)
        assert same.read() == [stored]
        assert "schema=threadbook" in log.url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:se%cret@host/db",
        "postgresql://u:secret@host:port:1/db?nonsense=secret",
        "postgresql://u:secret@[host/db",
    ],
)
def test_a_url_that_cannot_be_understood_is_refused_without_its_password(url):
    with pytest.raises(ConfigError) as caught:
        open_log(url)
    assert "cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_unknown_store_is_refused_without_its_password():
    with pytest.raises(ConfigError) as caught:
        open_log("oracle://scott:tiger@host/db")
    assert "tiger" not in str(caught.value)


def test_the_url_of_a_log_has_no_password(postgres_server):
    url = postgres_server.url(password="tiger")
    assert "tiger" not in repr(Address.parse(url))
    with open_log(url) as log:
        assert "tiger" not in log.url
        assert log.url.startswith("postgresql://tester@")


def test_an_absent_server_is_told_at_once(tmp_path, ann):
    for host in (tmp_path, "127.0.0.1&port=1"):
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="server") as caught:
            open_log(f"postgresql://ann:tiger@/db?host={host}")
        assert time.monotonic() - began < 8
        assert "tiger" not in str(caught.value)


def test_a_wrong_password_is_told_at_once_and_not_repeated(postgres_server, raw):
    raw.execute("DROP ROLE IF EXISTS guest")
    raw.execute("CREATE ROLE guest LOGIN PASSWORD 'right'")
    with pytest.raises(StoreUnavailable, match="password authentication failed") as caught:
        open_log(postgres_server.url(user="guest", password="wrong-tiger"))
    assert "tiger" not in str(caught.value)
    with pytest.raises(StoreUnavailable, match="permission denied"):
        open_log(postgres_server.url(user="guest", password="right"))


def test_a_role_that_may_only_read_reads_and_verifies(
    postgres_server, reopen, raw, url, ann, draft
):
    stored = reopen().append(draft(), by=ann)
    schema = schema_of(url)
    raw.execute("DROP ROLE IF EXISTS reader")
    raw.execute("CREATE ROLE reader LOGIN")
    raw.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    raw.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")
    with open_log(postgres_server.url(schema, user="reader")) as log:
        assert log.read() == [stored]
        assert verify(log).is_clean
        assert [hit.record for hit in log.find("th*").hits] == []
        with pytest.raises(StoreUnavailable, match="permission denied"):
            log.append(draft(1), by=ann)
    raw.execute("DROP OWNED BY reader")
    raw.execute("DROP ROLE reader")


def test_without_a_driver_the_remedy_is_told():
    code = """
import sys
sys.modules["psycopg"] = None
from threadbook.errors import ConfigError
from threadbook.log import open_log
open_log("memory:").close()
try:
    open_log("postgresql://localhost/db")
except ConfigError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "threadbook[postgres]"' in done.stdout


# Schemas


def test_a_schema_with_other_tables_is_refused_and_left_as_it_was(raw, reopen):
    schema = raw.execute("SHOW search_path").fetchone()[0]
    for table in ("precious", "threadbook"):
        raw.execute(f"CREATE SCHEMA {schema}")
        raw.execute(f"CREATE TABLE {table} (x text)")
        with pytest.raises(StoreFormatError, match="no threadbook store"):
            reopen()
        found = raw.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s)", (schema,)
        )
        assert {name for (name,) in found if not name.startswith("pg_")} == {table}
        raw.execute(f"DROP SCHEMA {schema} CASCADE")


def test_an_empty_schema_becomes_a_store(raw, reopen, ann, draft):
    raw.execute(f"CREATE SCHEMA {raw.execute('SHOW search_path').fetchone()[0]}")
    assert reopen().append(draft(), by=ann).seq == 1


def test_a_newer_schema_is_refused_and_left_as_it_was(reopen, raw, ann, draft):
    reopen().append(draft(), by=ann)
    raw.execute("UPDATE threadbook SET version = version + 1")
    raw.execute("CREATE TABLE of_the_future (x text)")
    with pytest.raises(StoreFormatError, match="upgrade"):
        reopen()
    assert raw.execute("SELECT version FROM threadbook").fetchone() == (len(MIGRATIONS) + 1,)


def test_a_database_that_lacks_characters_is_refused(postgres_server):
    with postgres_server.connect() as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(StoreFormatError, match="UTF8"):
        open_log(postgres_server.url().replace("/postgres?", "/latin?"))


def test_a_migration_that_fails_leaves_the_old_version(reopen, raw, monkeypatch, ann, draft):
    written = reopen().append(draft(), by=ann)
    broken = "CREATE TABLE extra (x bigint); UPDATE tip SET seq = 0; INSERT INTO nowhere VALUES (1)"
    with monkeypatch.context() as newer:
        newer.setattr(postgres_schema, "MIGRATIONS", (*MIGRATIONS, broken))
        for _ in range(2):
            with pytest.raises(StoreError, match="nowhere"):
                reopen()
    assert raw.execute("SELECT to_regclass('extra'), version FROM threadbook").fetchone() == (
        None,
        len(MIGRATIONS),
    )
    assert reopen().read() == [written]


def test_a_migration_keeps_what_was_there(reopen, raw, monkeypatch, ann, draft):
    written = reopen().append(draft(), by=ann)
    good = "CREATE TABLE extra (x bigint); INSERT INTO extra SELECT seq FROM record"
    monkeypatch.setattr(postgres_schema, "MIGRATIONS", (*MIGRATIONS, good))
    for _ in range(2):
        log = reopen()
        assert log.read() == [written]
        assert verify(log).is_clean
    assert raw.execute("SELECT x FROM extra").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ("DROP INDEX record_kind", "record_kind"),
        ("ALTER TABLE record DROP CONSTRAINT record_thread_actor_clock_key", "UNIQUE"),
        ("ALTER TABLE record ADD COLUMN extra text", "extra"),
        ("ALTER TABLE record ALTER COLUMN sig TYPE text USING ''", "record.sig"),
        ("CREATE TABLE strange (x text)", "strange"),
        ("CREATE RULE nothing AS ON DELETE TO record DO INSTEAD NOTHING", "nothing"),
        ("CREATE INDEX body_0123456789abcdef ON record ((body_of(canonical) -> 'x'))", "body_0"),
        (
            "CREATE OR REPLACE FUNCTION number_of(wanted bytea) RETURNS bigint"  # noqa: ISC004
            " LANGUAGE sql AS 'SELECT 1::bigint'",
            "number_of",
        ),
    ],
)
def test_a_changed_schema_is_damage(reopen, raw, change, reported):
    log = reopen()
    log.store.ensure_index("body.ticket.null")
    assert verify(log).is_clean
    raw.execute(change)
    assert any(reported in problem.reason for problem in verify(log).problems)


def test_lost_tables_are_no_silent_success(reopen, raw, ann, draft):
    log = reopen()
    log.append(draft(), by=ann)
    raw.execute("DROP TABLE record")
    for use in (log.read, log.threads, lambda: log.append(draft(), by=ann)):
        with pytest.raises(StoreError):
            use()
    assert not verify(log).is_clean


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE record SET canonical = 'x' WHERE seq = 2",
        "UPDATE record SET recorded_at = 1 WHERE seq = 2",
        "UPDATE record SET judged_by = '\\xff' WHERE seq = 2",
        "UPDATE record SET kind = NULL WHERE seq = 2",
        "UPDATE name SET text = '\\xff00' WHERE id = (SELECT thread FROM record WHERE seq = 2)",
        "DELETE FROM name WHERE id = (SELECT actor FROM record WHERE seq = 2)",
        "DELETE FROM record WHERE seq = 2",
        "DELETE FROM record WHERE seq = 3",
        "DELETE FROM tip",
        "UPDATE chunk SET data = 'other'",
    ],
)
def test_verify_finds_what_was_changed_behind_its_back(reopen, raw, ann, draft, change):
    log = reopen()
    log.append_many([draft(n, body={"n": n, "kind": "a.b.c"}) for n in range(3)], by=ann)
    log.blobs.put(b"content")
    assert verify(log).is_clean
    raw.execute(change)
    assert not verify(log).is_clean


def test_commits_are_flushed_to_the_disk_whatever_the_default_is(own_postgres_server, ann, draft):
    with own_postgres_server.connect() as connection:
        connection.execute("ALTER ROLE tester SET synchronous_commit = off")
    with open_log(own_postgres_server.url()) as log, log.store._connections.use() as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


# Words and indexes


def test_threads_that_want_one_index_at_once_get_it(reopen, ann, draft):
    log, barrier, done = reopen(), threading.Barrier(4), []
    log.append(draft(7), by=ann)

    def ensure():
        barrier.wait(PATIENCE)
        done.append(log.store.ensure_index("body.n"))

    threads = [threading.Thread(target=ensure) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(done) == 4
    page = log.query(Search(filter=parse_filter({"body.n": 7})))
    assert (len(page.records), page.plan.indexed_fields) == (1, ("body.n",))
    assert verify(log).is_clean


def test_an_index_takes_values_longer_than_its_entries(reopen, ann, draft):
    log = reopen()
    log.store.ensure_index("body.s")
    texts = ["x" * 200_000, "y\0" * 30_000, "short"]
    log.append_many([draft(body={"s": text}) for text in texts], by=ann)
    for seq, text in enumerate(texts, start=1):
        page = log.query(Search(filter=parse_filter({"body.s": text})))
        assert [stored.seq for stored in page.records] == [seq]


def test_threads_that_search_at_once_agree(reopen, ann, draft):
    log = reopen()
    log.append_many([draft(body={"s": f"word{n % 7}"}) for n in range(1200)], by=ann)
    barrier, found = threading.Barrier(4), []

    def search():
        barrier.wait(PATIENCE)
        found.append([hit.record.seq for hit in log.find("word3", limit=100).hits])

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(found) == 4
    assert all(seqs == found[0] and len(seqs) == 100 for seqs in found)


def test_words_of_another_form_or_log_are_read_again(reopen, raw, ann, draft):
    log = reopen()
    log.append_many([draft(body={"s": text}) for text in ("one", "two")], by=ann)
    for change in (
        "UPDATE words SET version = 'old'",
        "UPDATE words SET chain = 'other'",
        "UPDATE words SET seq = 7",
    ):
        assert [hit.record.seq for hit in log.find("two").hits] == [2]
        raw.execute("UPDATE word SET words = ''")
        raw.execute(change)
    assert [hit.record.seq for hit in log.find("two").hits] == [2]


def test_a_body_with_more_words_than_an_index_takes_is_found(reopen, monkeypatch, ann, draft):
    monkeypatch.setattr(postgres_find, "_LONGEST", 20)
    log = reopen()
    log.append(draft(body={"s": " ".join(f"word{n}" for n in range(50))}), by=ann)
    log.append(draft(body={"s": "word1"}), by=ann)
    assert [hit.record.seq for hit in log.find("word1 word49").hits] == [1]
    assert {hit.record.seq for hit in log.find("word1").hits} == {1, 2}


# Blobs


def test_what_was_staged_and_abandoned_is_removed(reopen, raw):
    log = reopen()
    now = time.time_ns() // 1_000_000
    for begun_at in (now - DAY_MS - 1000, now - DAY_MS + 60_000):
        (staged,) = raw.execute(
            "INSERT INTO blob (begun_at) VALUES (%s) RETURNING id", (begun_at,)
        ).fetchone()
        raw.execute("INSERT INTO chunk VALUES (%s, 0, 'x')", (staged,))
    log.blobs.put(bytes(CHUNK + 1))
    assert raw.execute("SELECT count(*) FROM blob WHERE digest IS NULL").fetchone() == (1,)
    assert raw.execute("SELECT count(*) FROM chunk").fetchone() == (3,)
    assert len(log.store.blob_digests()) == 1


def test_a_blob_that_took_too_long_is_told(reopen, raw):
    log = reopen()

    def slowly():
        yield bytes(CHUNK)
        yield bytes(CHUNK)
        raw.execute("DELETE FROM blob WHERE digest IS NULL")
        yield b"x"

    with pytest.raises(StoreUnavailable, match="abandoned"):
        log.store.blob_write(slowly())
    assert log.store.blob_digests() == []


def test_erased_content_is_not_in_the_tables_after_a_scrub(
    reopen, raw, postgres_server, ann, draft
):
    log = reopen()
    log.append_many([draft(body={"s": f"precious-{n}"}) for n in range(3)], by=ann)
    digest = log.blobs.put(b"precious-blob" * 100).blob
    with log.store.write() as transaction:
        transaction.erase(2, b"{}")
    log.store.blob_erase(digest)
    log.store.scrub()
    raw.execute("CHECKPOINT")

    def files(table):
        (path,) = raw.execute("SELECT pg_relation_filepath(%s::regclass)", (table,)).fetchone()
        return (postgres_server.folder / "data" / path).read_bytes()

    assert b"precious-0" in files("record")
    assert b"precious-1" not in files("record")
    assert b"precious-blob" not in files("chunk")


# Forks

FORK = (
    START
    + """
def in_child(action):
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(20)  # a child that waits for ever ends, and fails the test
    try:
        action()
        os._exit(0)
    finally:
        os._exit(1)

def is_well(pid):
    return os.waitpid(pid, 0)[1] == 0

log = open_log(sys.argv[1])
log.append(draft(0), by=me)
version = log.store.version()

def action():
    for number in range(1, 10):
        log.append(draft(number, thread="child"), by=me)
    assert log.read(thread="child")[-1].body == {"n": 9}
    assert log.blobs.get(log.blobs.put(b"of the child").blob) == b"of the child"
    assert log.store.version() != version
"""
)

PARENT_STAYS = (
    FORK
    + """
pid = in_child(action)
for number in range(1, 10):
    log.append(draft(number, thread="parent"), by=me)
assert is_well(pid)
log.append(draft(10, thread="parent"), by=me)
assert log.store.version() == 20
"""
)

FORK_AMONG_THREADS = (
    FORK
    + """
import threading
stop = threading.Event()

def append():
    while not stop.is_set():
        log.append(draft(0, thread="thread"), by=me)

def look():
    while not stop.is_set():
        log.read()
        log.store.version()

threads = [threading.Thread(target=work, daemon=True) for work in (append, look, look)]
for thread in threads:
    thread.start()
for _ in range(5):
    assert is_well(in_child(lambda: log.append(draft(1, thread="child"), by=me)))
stop.set()
for thread in threads:
    thread.join(20)
    assert not thread.is_alive()
"""
)

FORK_IN_A_WRITE = (
    FORK
    + """
def fork():
    assert is_well(in_child(lambda: log.append(draft(1, thread="child"), by=me) if 0 else None))

try:
    log.append(draft(1), by=me, guard=fork)
except StoreUnavailable:
    say("lost")
log.append(draft(2), by=me)
"""
)


def run_fork(child, code, url):
    process = child(code, url)
    output = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0
    return output


def test_a_forked_child_appends_while_its_parent_goes_on(child, url, reopen):
    run_fork(child, PARENT_STAYS, url)
    log = reopen()
    assert [r.body["n"] for r in log.read(thread="child")] == list(range(1, 10))
    assert [r.body["n"] for r in log.read(thread="parent")] == list(range(1, 11))
    assert verify(log).is_clean


def test_a_process_may_fork_while_its_threads_append_and_read(child, url, reopen):
    run_fork(child, FORK_AMONG_THREADS, url)
    log = reopen()
    assert len(log.read(thread="child")) == 5
    assert verify(log).is_clean


def test_a_fork_in_a_write_ends_the_write(child, url, reopen):
    assert run_fork(child, FORK_IN_A_WRITE, url) == "lost\n"
    log = reopen()
    assert [record.body["n"] for record in log.read()] == [0, 2]
    assert verify(log).is_clean
