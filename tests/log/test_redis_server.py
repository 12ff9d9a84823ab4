"""A Redis server in trouble or set up otherwise, and keys that are not what they should be."""

import socket
import time
import urllib.parse

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from redis.crc import key_slot

from threadbook.errors import ConfigError, StoreCorrupt, StoreFormatError, StoreUnavailable
from threadbook.log import open_log
from threadbook.log.query import Search
from threadbook.log.redis_layout import INDEXED, SCHEMA, Keys
from threadbook.log.redis_server import Address
from threadbook.log.verify import verify

PATIENCE = 60
SECRET = "open-sesame"


@pytest.fixture
def opened():
    """Return a function that opens a log; all are closed at the end."""
    logs = []

    def open_again(url, **options):
        logs.append(open_log(url, **options))
        return logs[-1]

    yield open_again
    for log in logs:
        log.close()


@pytest.fixture
def url(redis_server):
    return redis_server.url()


@pytest.fixture
def keys(url):
    return Keys(url.partition("prefix=")[2])


@pytest.fixture
def log(opened, url):
    return opened(url)


@pytest.fixture
def server(redis_server):
    """Return a client of the server."""
    with redis_server.connect() as client:
        yield client


@pytest.fixture
def admin(own_redis_server):
    """Return a client of the server that this test has for itself."""
    with own_redis_server.connect() as client:
        yield client


@pytest.fixture
def own_url(own_redis_server):
    return own_redis_server.url("own")


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def all_of(client, keys):
    """Return all there is under a prefix, but for the lock."""
    found = client.scan_iter(keys.base + b"*")
    return {key: client.dump(key) for key in found if key != keys.lock}


def allow(admin, *but):
    """Make a user `guest` who may do everything but these commands."""
    admin.execute_command("ACL", "SETUSER", "guest", "reset", "on", ">pw", "~*", "+@all", *but)


def as_guest(url):
    return url.replace("unix://", "unix://guest:pw@")


# Prefixes

PREFIXES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6) | st.text(
    "{}:%a\0/", min_size=1, max_size=6
)


def some_keys(prefix):
    keys = Keys(prefix)
    named = [value for name, value in vars(keys).items() if name != "base"]
    return [*named, keys.blob("ab"), keys.staged("t"), *(keys.index(c, "}{:x") for c in INDEXED)]


@given(PREFIXES, PREFIXES)
def test_two_prefixes_never_meet(one, other):
    assume(one != other)
    assert not Keys(one).base.startswith(Keys(other).base)
    assert not Keys(other).base.startswith(Keys(one).base)
    assert set(some_keys(one)).isdisjoint(some_keys(other))


@given(PREFIXES)
def test_all_keys_of_a_log_are_in_one_slot_of_a_cluster(prefix):
    keys = Keys(prefix)
    assert len(set(some_keys(prefix))) == len(some_keys(prefix))
    assert all(key.startswith(keys.base) and keys.is_known(key) for key in some_keys(prefix))
    tag = keys.base[keys.base.index(b"{") + 1 : keys.base.index(b"}")]
    assert tag
    assert {key_slot(key) for key in some_keys(prefix)} == {key_slot(tag)}


@given(PREFIXES)
def test_a_prefix_is_what_the_url_says(prefix):
    url = f"redis://host/?prefix={urllib.parse.quote(prefix, safe='')}"
    assert Address.parse(url).prefix == prefix


def test_logs_under_similar_prefixes_know_nothing_of_each_other(redis_server, opened, ann, draft):
    prefixes = ["team", "tea", "team2", "team:rows", "team}", "{team}", "TEAM", "te%61m", "*"]
    logs = [opened(redis_server.url(urllib.parse.quote(prefix, safe=""))) for prefix in prefixes]
    for number, log in enumerate(logs):
        log.append(draft(number), by=ann)
        log.blobs.put(b"%d" % number)
        log.store.keep("it", b"%d" % number)
    for number, log in enumerate(logs):
        assert [record.body["n"] for record in log.read()] == [number]
        assert len(log.store.blob_digests()) == 1
        assert log.store.kept("it") == b"%d" % number
        assert verify(log).is_clean


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "redis://host:port",
        "redis://host:99999",
        "redis://host/zero",
        "redis://host?prefix=",
        "redis://host?prefix",
        "redis://host?prefix=%ff",
        "redis://host?colour=red",
        "redis://host?ssl_certfile=x",
        "redis://host?db=x",
        "redis://host#fragment",
        "unix://?prefix=x",
        f"redis://:{SECRET}@host:x",
        f"redis://me:{SECRET}@host?x=1",
        f"redis://me:{SECRET}@@[host",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_without_its_password(url):
    with pytest.raises(ConfigError, match="redis://host") as raised:
        open_log(url)
    assert SECRET not in f"{raised.value} {raised.value.__cause__}"


def test_a_url_says_all_that_the_driver_is_to_know():
    address = Address.parse(f"redis://me:{SECRET}%2F@host:7000/3?prefix=team")
    assert address.options == {
        "host": "host", "port": 7000, "db": 3, "username": "me", "password": f"{SECRET}/",
    }  # fmt: skip
    assert address.url == "redis://me@host:7000/3?prefix=team"
    assert Address.parse("redis://").options == {"host": "localhost", "port": 6379, "db": 0}
    tls = Address.parse("rediss://host?ssl_ca_certs=/ca.pem")
    assert tls.options["ssl"] is True
    assert tls.options["ssl_ca_certs"] == "/ca.pem"
    unix = Address.parse(f"unix://:{SECRET}@/run/redis%20a?db=2")
    assert (unix.options["unix_socket_path"], unix.options["db"]) == ("/run/redis a", 2)
    assert SECRET not in unix.url


def test_without_the_driver_the_remedy_is_the_extra(child):
    process = child(
        "import sys\n"
        "sys.modules['redis'] = None\n"
        "from threadbook.errors import ConfigError\n"
        "from threadbook.log import open_log\n"
        "try:\n"
        "    open_log('redis://host')\n"
        "except ConfigError as error:\n"
        "    print(error.remedy)\n"
    )
    assert process.communicate(timeout=PATIENCE)[0] == 'pip install "threadbook[redis]"\n'


# A server that does not answer, or not to us


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_an_absent_server_is_unavailable_at_once(tmp_path):
    urls = [f"redis://me:{SECRET}@127.0.0.1:{closed_port()}", f"unix://:{SECRET}@{tmp_path}/none"]
    for url in urls:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as raised:
            open_log(url)
        assert time.monotonic() - began < 10
        assert SECRET not in str(raised.value)


def test_a_server_that_wants_a_password_gets_it(own_redis_server, opened, ann, draft):
    port = closed_port()
    own_redis_server.kill()
    own_redis_server.start("port", str(port), "bind", "127.0.0.1", "requirepass", SECRET)
    place = f"127.0.0.1:{port}/0?prefix=team"
    for login in ("", ":wrong@", "nobody:wrong@"):
        with pytest.raises(StoreUnavailable) as raised:
            open_log(f"redis://{login}{place}")
        assert "wrong" not in str(raised.value).replace("WRONGPASS", "")
    log = opened(f"redis://:{SECRET}@{place}")
    assert log.append(draft(), by=ann).seq == 1
    assert log.url == f"redis://@{place}"
    assert verify(log).is_clean


def test_a_writer_without_all_rights_leaves_nothing(own_url, admin, opened, ann, draft):
    owner = opened(own_url)
    owner.append(draft(1), by=ann)
    before = all_of(admin, Keys("own"))
    for command in ("xadd", "zadd", "hset", "unlink", "set"):
        allow(admin, f"-{command}")
        guest = opened(as_guest(own_url))
        with pytest.raises(StoreUnavailable):
            guest.append(draft(2), by=ann)
        assert guest.read() == owner.read()
    assert all_of(admin, Keys("own")) == before
    assert owner.append(draft(2), by=ann).seq == 2
    assert verify(owner).is_clean


# A server that is full, or set up otherwise


def test_a_full_server_leaves_nothing_half_written(own_url, admin, opened, ann, draft):
    log = opened(own_url)
    log.append(draft(1), by=ann)
    before = all_of(admin, Keys("own"))
    in_the_middle = {"guard": lambda: admin.config_set("maxmemory", 1)}
    for options in (in_the_middle, {}):
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            log.append_many([draft(2), draft(3, thread="new")], by=ann, **options)
    for write in (
        lambda: log.blobs.put(b"content"),
        lambda: log.store.hold("th", "me"),
        lambda: log.store.keep("it", b"data"),
        lambda: open_log(own_url.replace("own", "new")),
    ):
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            write()
    assert all_of(admin, Keys("own")) == before
    assert opened(own_url).read() == log.read()
    admin.config_set("maxmemory", 0)
    assert log.append(draft(2), by=ann).seq == 2
    assert verify(log).is_clean


def test_a_server_that_may_delete_records_is_refused(own_url, admin, opened):
    log = opened(own_url)
    admin.config_set("maxmemory-policy", "allkeys-lru")
    opened(own_url)  # without maxmemory, a policy has no effect
    admin.config_set("maxmemory", 10**9)
    with pytest.raises(StoreFormatError, match="allkeys-lru"):
        open_log(own_url)
    assert [problem.reason for problem in verify(log).problems] == [
        "maxmemory-policy allkeys-lru lets the server delete records"
    ]
    admin.config_set("maxmemory-policy", "volatile-lru")
    assert verify(opened(own_url)).is_clean


@pytest.mark.parametrize(
    ("appendonly", "appendfsync", "survives"),
    [("yes", "always", True), ("yes", "everysec", False), ("no", "always", False)],
)
def test_what_a_server_promises_is_told(own_url, admin, opened, appendonly, appendfsync, survives):
    admin.config_set("appendonly", appendonly)
    admin.config_set("appendfsync", appendfsync)
    durability = opened(own_url).store.durability()
    assert durability.survives_power_loss is survives
    assert durability.found == f"appendonly {appendonly}, appendfsync {appendfsync}"
    assert bool(durability.remedy) is not survives


@pytest.mark.parametrize("withheld", [["-config"], ["-config", "-info"]])
def test_what_a_server_does_not_tell_is_unknown(own_url, admin, opened, withheld):
    allow(admin, *withheld)
    durability = opened(as_guest(own_url)).store.durability()
    assert durability.survives_power_loss is None
    assert "appendfsync unknown" in durability.found


def test_what_was_erased_is_in_no_file_after_a_scrub(
    own_redis_server, own_url, admin, opened, ann, draft
):
    admin.config_set("save", "900 1")
    log = opened(own_url)
    stored = log.append(draft(body={"secret": SECRET}), by=ann)
    blob = log.blobs.put(SECRET.encode() * 2)
    log.store.scrub()
    log.store.keep("fold", SECRET.encode() * 3)
    with log.store.write() as transaction:
        transaction.erase(stored.seq, b"{}")
    assert log.store.blob_erase(blob.blob)

    def holders():
        files = [path for path in own_redis_server.folder.rglob("*") if path.is_file()]
        return [path.name for path in files if SECRET.encode() in path.read_bytes()]

    assert holders()
    log.store.scrub()
    wait_until(lambda: not holders())  # newer servers remove what they replaced a little later
    assert (own_redis_server.folder / "dump.rdb").exists()


# Keys that are not ours, or not as they should be


def test_a_newer_schema_is_refused(url, log, keys, server, ann, draft):
    log.append(draft(), by=ann)
    server.set(keys.schema, b"threadbook 2")
    with pytest.raises(StoreFormatError, match="version 2; this threadbook knows 1"):
        open_log(url)
    with pytest.raises(StoreFormatError, match="version 2"):
        log.append(draft(), by=ann)
    server.set(keys.schema, SCHEMA)
    assert log.append(draft(1), by=ann).seq == 2


@pytest.mark.parametrize(
    "put",
    [
        lambda server, base: server.set(base + b"schema", b"something"),
        lambda server, base: server.set(base + b"schema", b"threadbook -1"),
        lambda server, base: server.rpush(base + b"schema", b"threadbook 1"),
        lambda server, base: server.set(base + b"rows", b"theirs"),
        lambda server, base: server.hset(base + b"tip", "seq", "1"),
        lambda server, base: server.set(base + b"else", b"theirs"),
        lambda server, base: server.set(base, b"theirs"),
    ],
)
def test_foreign_keys_are_refused_and_left_alone(url, keys, server, put):
    put(server, keys.base)
    before = all_of(server, keys)
    with pytest.raises(StoreFormatError, match="prefix"):
        open_log(url)
    assert all_of(server, keys) == before


def test_a_log_that_was_deleted_is_not_begun_afresh_by_who_had_it_open(
    log, keys, server, ann, draft
):
    log.append(draft(1), by=ann)
    server.delete(*all_of(server, keys))
    with pytest.raises(StoreUnavailable, match="gone"):
        log.append(draft(2), by=ann)
    for read in (log.read, lambda: log.size, lambda: log.query(Search())):
        with pytest.raises(StoreCorrupt, match="tip"):
            read()
    assert all_of(server, keys) == {}


def spoil(name):
    def by(change):
        return pytest.param(change, id=name)

    return by


FAULTS = [
    spoil("id gone")(lambda s, k: s.hdel(k.ids, s.hkeys(k.ids)[0])),
    spoil("id of nothing")(lambda s, k: s.hset(k.ids, b"\x01" * 32, 1)),
    spoil("id of another")(lambda s, k: s.hset(k.ids, s.hkeys(k.ids)[0], 3)),
    spoil("clock gone")(lambda s, k: s.zremrangebyrank(k.clocks, 1, 1)),
    spoil("clock of nothing")(lambda s, k: s.zadd(k.clocks, {b"\x01" * 56: 0})),
    spoil("order gone")(lambda s, k: s.zremrangebyrank(k.order, 0, 0)),
    spoil("order moved")(lambda s, k: s.zadd(k.order, {s.zrange(k.order, 0, 0)[0]: 1})),
    spoil("thread entry gone")(lambda s, k: s.xdel(k.index("thread", "a"), "1-0")),
    spoil("thread index gone")(lambda s, k: s.delete(k.index("thread", "b"))),
    spoil("act entry too many")(lambda s, k: s.xadd(k.index("act", "KNOW"), {"": 1}, "2-0")),
    spoil("kind index too many")(lambda s, k: s.xadd(k.index("kind", "x.y.z"), {"": 1}, "2-0")),
    spoil("summary gone")(lambda s, k: s.hdel(k.threads, "a")),
    spoil("summary wrong")(lambda s, k: s.hset(k.threads, "a", "3 1 3")),
    spoil("summary of nothing")(lambda s, k: s.hset(k.threads, "c", "1 1 1")),
    spoil("row gone")(lambda s, k: s.hdel(k.rows, 2)),
    spoil("last row gone")(lambda s, k: s.hdel(k.rows, 3)),
    spoil("row too many")(lambda s, k: s.hset(k.rows, 4, s.hget(k.rows, 3))),
    spoil("rows changed places")(lambda s, k: s.hset(k.rows, 2, s.hget(k.rows, 3))),
    spoil("row is garbage")(lambda s, k: s.hset(k.rows, 2, b"\xff\x00garbage")),
    spoil("row of wrong types")(lambda s, k: s.hset(k.rows, 2, b"\x91\x01")),
    spoil("rows of another type")(lambda s, k: s.delete(k.rows) and s.set(k.rows, "x")),
    spoil("tip too early")(lambda s, k: s.hset(k.tip, "seq", 2)),
    spoil("tip too late")(lambda s, k: s.hset(k.tip, "seq", 4)),
    spoil("tip gone")(lambda s, k: s.delete(k.tip)),
    spoil("foreign key")(lambda s, k: s.set(k.base + b"else", b"theirs")),
    spoil("foreign index")(lambda s, k: s.xadd(k.base + b"of:colour:red", {"": 1}, "1-0")),
]


@pytest.mark.parametrize("change", FAULTS)
def test_verification_finds_what_was_changed_behind_its_back(log, keys, server, ann, draft, change):
    log.append_many([draft(1, thread="a"), draft(2, thread="b"), draft(3, thread="a")], by=ann)
    log.blobs.put(b"content")
    assert verify(log).is_clean
    change(server, keys)
    assert verify(log).problems


def test_verification_of_a_growing_log_blames_nobody(log, opened, url, ann, draft):
    log.append_many([draft(n, thread=f"th{n % 3}") for n in range(700)], by=ann)
    other = opened(url)
    page, pages = other.store._connection._client.scan_iter, []

    def scan_and_append(*arguments, **options):
        pages.append(log.append_many([draft(n, thread="new") for n in range(3)], by=ann))
        return page(*arguments, **options)

    other.store._connection._client.scan_iter = scan_and_append
    assert verify(other).is_clean
    assert pages
