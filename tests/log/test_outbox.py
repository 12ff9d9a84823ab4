"""The outbox: records that the store could not take, kept until it can."""

import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from msgspec.structs import replace

from threadbook.errors import StoreUnavailable
from threadbook.log.entry import Sealed
from threadbook.log.log import open_log
from threadbook.log.outbox import Outbox
from threadbook.log.verify import verify
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

DELIVER_AND_DIE = """
import sys
from pathlib import Path
from threadbook.log import crashpoints
from threadbook.log.log import open_log
from threadbook.log.outbox import Outbox

log = open_log(sys.argv[1])
crashpoints.armed = sys.argv[3]
Outbox(Path(sys.argv[2])).deliver(log)
"""


@pytest.fixture
def identity(tmp_path):
    return Identity.key(tmp_path / "key.pem")


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path / "out" / "outbox.db")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/records.db"


@pytest.fixture
def log(url):
    with open_log(url) as log:
        yield log


@pytest.fixture
def sealed(identity):
    def seal(n, *, clock=None, thread="th", **body):
        draft = Draft(act="DO", body={"kind": "x.y.z", "n": n, **body}, thread=thread)
        return Sealed.seal(draft, identity, clock=n if clock is None else clock)

    return seal


def waiting(outbox):
    return [entry.entry.id for entry in outbox.pending()]


def recorded(log):
    return [record.id for record in log.read_all()]


def seal_many(key, path, name):
    """Seal records one by one, as fast as it goes; return their ids and clocks."""
    outbox, identity = Outbox(path), Identity.key(key)
    drafts = (Draft(act="DO", body={"n": n, "by": name}, thread="th") for n in range(70))
    sealed = (outbox.seal([draft], by=identity, after={})[0] for draft in drafts)
    return [(entry.id, entry.record.clock) for entry in sealed]


def deliver(url, path):
    with open_log(url) as log:
        return Outbox(path).deliver(log)


def test_nothing_is_on_disk_until_something_waits(outbox, log):
    assert outbox.pending() == []
    assert outbox.deliver(log) == 0
    assert not outbox.path.parent.exists()


def test_what_is_put_waits_in_order_complete_and_signed(outbox, sealed):
    entries = [sealed(n) for n in range(5)]
    outbox.put(entries[:2])
    outbox.put(entries[2:])
    again = Outbox(outbox.path)
    assert [entry.entry for entry in again.pending()] == entries
    assert [entry.refused for entry in again.pending()] == [None] * 5
    assert waiting(outbox)[:2] == [entry.entry.id for entry in again.pending(limit=2)]


def test_only_the_owner_can_read_it(outbox, sealed):
    outbox.put([sealed(1)])
    assert stat.S_IMODE(outbox.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(outbox.path.parent.stat().st_mode) == 0o700


def test_the_same_record_waits_once(outbox, sealed):
    outbox.put([sealed(1), sealed(1)])
    outbox.put([sealed(1)])
    assert len(outbox.pending()) == 1


def test_what_waits_is_delivered_in_order_under_its_ids(outbox, log, sealed):
    entries = [sealed(n) for n in range(450)]
    outbox.put(entries)
    assert outbox.deliver(log) == 450
    assert recorded(log) == [entry.id for entry in entries]
    assert outbox.pending() == []
    assert outbox.deliver(log) == 0
    assert verify(log).is_clean


def test_content_is_there_before_the_record_that_names_it(outbox, log, sealed):
    digest = outbox.put_blob(b"x" * 3_000_000)
    outbox.put([sealed(1, content={"blob": digest, "size": 3_000_000})])
    outbox.put_blob(b"x" * 3_000_000)
    outbox.deliver(log)
    assert log.blobs.get(digest) == b"x" * 3_000_000
    assert verify(log).blobs == 1
    with sqlite3.connect(outbox.path) as connection:
        assert connection.execute("SELECT count(*) FROM blob").fetchone() == (0,)
    connection.close()


def test_what_the_log_will_never_take_stays_with_the_reason_and_holds_nothing_up(
    outbox, log, sealed
):
    log.append(sealed(1, by="another"))
    entries = [sealed(n) for n in range(3)]
    outbox.put(entries)
    assert outbox.deliver(log) == 2
    (refused,) = outbox.pending()
    assert refused.entry == entries[1]
    assert "DuplicateClock" in refused.refused
    assert outbox.deliver(log) == 0
    outbox.put([sealed(9)])
    assert outbox.deliver(log) == 1
    assert len(recorded(log)) == 4


def test_a_forged_record_is_refused(outbox, log, sealed):
    forged = Sealed(record=sealed(1).record, canonical=sealed(1).canonical, sig=sealed(2).sig)
    outbox.put([forged, sealed(3)])
    assert outbox.deliver(log) == 1
    (refused,) = outbox.pending()
    assert "signature" in refused.refused


def test_what_the_log_has_already_is_not_delivered_twice(outbox, log, sealed):
    outbox.put([sealed(1), sealed(2)])
    log.append(sealed(1))
    outbox.deliver(log)
    assert recorded(log) == [sealed(1).id, sealed(2).id]
    assert outbox.pending() == []


@pytest.mark.parametrize("point", ["append:inserted", "append:committed"])
def test_a_process_that_dies_while_it_delivers_loses_and_repeats_nothing(
    outbox, url, sealed, point
):
    entries = [sealed(n) for n in range(3)]
    outbox.put(entries)
    command = [sys.executable, "-c", DELIVER_AND_DIE, url, str(outbox.path), point]
    assert subprocess.run(command, check=False).returncode == -9
    assert len(outbox.pending()) == 3
    with open_log(url) as log:
        outbox.deliver(log)
        assert recorded(log) == [entry.id for entry in entries]
        assert verify(log).is_clean


def test_several_processes_deliver_at_once_and_each_record_arrives_once(outbox, url, sealed):
    entries = [sealed(n) for n in range(450)]
    outbox.put(entries)
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(deliver, [url] * 4, [outbox.path] * 4))
    with open_log(url) as log:
        assert recorded(log) == [entry.id for entry in entries]
    assert outbox.pending() == []


def test_a_log_that_cannot_be_written_leaves_what_waits(outbox, log, url, sealed):
    outbox.put([sealed(1)])
    lock = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with open_log(url, busy_timeout=0) as locked, pytest.raises(StoreUnavailable, match="locked"):
        outbox.deliver(locked)
    lock.execute("ROLLBACK")
    lock.close()
    assert waiting(outbox) == [sealed(1).id]
    assert outbox.deliver(log) == 1


def test_clocks_are_above_all_that_wait_and_above_those_that_are_known(outbox, identity):
    draft = Draft(act="DO", body={"kind": "x.y.z"}, thread="th")
    far = 2**53
    (first,) = outbox.seal([draft], by=identity, after={"th": far})
    again = Outbox(outbox.path).seal([draft, draft], by=identity, after={"th": 5})
    assert [entry.record.clock for entry in (first, *again)] == [far + 1, far + 2, far + 3]
    (other,) = outbox.seal([replace(draft, thread="th_other")], by=identity, after={})
    assert other.record.clock < far
    (given,) = outbox.seal([replace(draft, clock=7)], by=identity, after={})
    assert given.record.clock == 7


def test_several_processes_never_give_out_the_same_clock(outbox, url, tmp_path):
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        keys, outboxes = [tmp_path / "key.pem"] * 3, [outbox.path] * 3
        given = [each for some in pool.map(seal_many, keys, outboxes, "abc") for each in some]
    assert len({clock for _, clock in given}) == len(given) == 210
    with open_log(url) as log:
        assert outbox.deliver(log) == 210
        assert {record for record, _ in given} == set(recorded(log))
    assert outbox.pending() == []


def test_an_outbox_that_is_deleted_when_empty_is_made_again(outbox, log, sealed):
    outbox.put([sealed(1)])
    outbox.deliver(log)
    outbox.path.unlink()
    assert outbox.pending() == []
    outbox.put([sealed(2)])
    assert waiting(outbox) == [sealed(2).id]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.parent.touch(),
        lambda path: path.mkdir(parents=True),
        lambda path: path.parent.mkdir() or path.write_bytes(b"no database" * 100),
    ],
    ids=["its folder is a file", "it is a folder", "it is no database"],
)
def test_an_outbox_that_cannot_be_used_says_which_and_why(outbox, sealed, spoil):
    spoil(outbox.path)
    for use in (lambda: outbox.put([sealed(1)]), lambda: outbox.put_blob(b"x")):
        with pytest.raises(StoreUnavailable, match=r"the outbox .*outbox\.db: "):
            use()
