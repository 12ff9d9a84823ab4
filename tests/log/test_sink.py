"""The sink: where a kernel puts its records, whatever state the store is in."""

import hashlib
import threading

import pytest

from threadbook.errors import (
    BodyTooLarge,
    CanonicalError,
    ConfigError,
    DuplicateClock,
    KindError,
    StoreBusy,
    StoreUnavailable,
)
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.log.verify import verify
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


class Place:
    """Where a sink keeps things, and ways to spoil and mend it."""

    def __init__(self, folder):
        self.store = folder / "records.db"
        self.outbox = Outbox(folder / "out" / "outbox.db")
        self.identity = Identity.key(folder / "key.pem")

    def sink(self):
        return Sink(f"sqlite:///{self.store}", self.identity, self.outbox)

    def spoil(self):
        self.store.mkdir()

    def mend(self):
        self.store.rmdir()

    def spoil_outbox(self):
        self.outbox.path.parent.touch()

    def mend_outbox(self):
        self.outbox.path.parent.unlink()


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def draft(n, **options):
    return Draft(**{"act": "DO", "body": {"kind": "x.y.z", "n": n}, "thread": "th", **options})


def ids(records):
    return [record.id for record in records]


def test_records_go_to_the_log_in_one_commit_and_order(place):
    sink = place.sink()
    receipts = sink.append(draft(1), draft(2), draft(3))
    assert all(receipt.is_delivered for receipt in receipts)
    assert ids(sink.read()) == ids(receipts)
    assert [r.clock for r in sink.read()] == [receipt.clock for receipt in receipts]
    assert sink.trouble is None
    assert not place.outbox.path.exists()


def test_what_could_never_be_a_record_raises_and_keeps_the_others_out_too(place):
    sink = place.sink()
    for bad, error in (
        ({"kind": "bad"}, KindError),
        ({"n": float("nan")}, CanonicalError),
        ({"n": "x" * 300_000}, BodyTooLarge),
    ):
        with pytest.raises(error):
            sink.append(draft(1), draft(2, body=bad))
    assert sink.read() == []
    place.store.unlink()
    place.spoil()
    with pytest.raises(KindError):
        place.sink().append(draft(1), draft(2, body={"kind": "bad"}))
    assert place.outbox.pending() == []


def test_a_clock_that_is_taken_raises(place):
    sink = place.sink()
    sink.append(draft(1, clock=5))
    with pytest.raises(DuplicateClock):
        sink.append(draft(2, clock=5))
    assert sink.trouble is None


def test_records_wait_under_their_ids_and_arrive_in_order_when_the_store_is_well(place):
    sink = place.sink()
    place.spoil()
    first = sink.append(draft(1), draft(2))
    assert not any(receipt.is_delivered for receipt in first)
    assert "unable to open" in sink.trouble
    assert sink.pending() == 2
    second = sink.append(draft(3))
    place.mend()
    third = sink.append(draft(4))
    assert third[0].is_delivered
    assert (sink.trouble, sink.pending()) == (None, 0)
    assert ids(sink.read()) == ids([*first, *second, *third])
    clocks = [record.clock for record in sink.read()]
    assert clocks == sorted(set(clocks))
    assert verify(sink.log()).is_clean


def test_clocks_given_out_in_trouble_come_after_those_of_the_log(place):
    sink = place.sink()
    far = 2**53
    sink.append(draft(1, clock=far))
    place.store.rename(place.store.with_suffix(".away"))
    place.spoil()
    (waiting,) = sink.append(draft(2))
    assert waiting.clock == far + 1
    assert sink.append(draft(3))[0].clock == far + 2


def test_content_waits_with_the_records(place):
    sink = place.sink()
    place.spoil()
    ref = sink.put_blob(b"content", media_type="text/plain")
    assert (ref.blob, ref.size) == (hashlib.sha256(b"content").hexdigest(), 7)
    sink.append(draft(1, body={"content": {"blob": ref.blob, "size": ref.size}}))
    place.mend()
    assert sink.log().blobs.get(ref.blob) == b"content"
    assert verify(sink.log()).is_clean


def test_reading_says_that_it_could_not_ask(place):
    sink = place.sink()
    place.spoil()
    with pytest.raises(StoreUnavailable):
        sink.read()
    place.mend()
    assert sink.read() == []


def test_reading_finds_what_waited(place):
    sink = place.sink()
    place.spoil()
    receipts = sink.append(draft(1))
    place.mend()
    assert ids(sink.read()) == ids(receipts)


def test_a_url_without_a_store_is_trouble_and_nothing_else(place):
    sink = Sink("carrier-pigeon://coop", place.identity, place.outbox)
    assert not sink.append(draft(1))[0].is_delivered
    assert "carrier-pigeon" in sink.trouble
    with pytest.raises(ConfigError):
        sink.log()
    sink.close()
    assert sink.pending() == 1


def test_without_an_outbox_records_wait_in_memory(place):
    sink = place.sink()
    place.spoil()
    place.spoil_outbox()
    ref = sink.put_blob(b"content", media_type="text/plain")
    receipts = sink.append(draft(1), draft(2, body={"c": {"blob": ref.blob, "size": 7}}))
    assert "records are held in memory only" in sink.trouble
    assert sink.pending() == 2
    place.mend()
    receipts += sink.append(draft(3))
    assert ids(sink.read()) == ids(receipts)
    assert verify(sink.log()).is_clean


def test_what_waits_in_memory_goes_to_the_outbox_as_soon_as_it_can(place):
    sink = place.sink()
    place.spoil()
    place.spoil_outbox()
    ref = sink.put_blob(b"content", media_type="text/plain")
    receipts = sink.append(draft(1))
    place.mend_outbox()
    receipts += sink.append(draft(2))
    assert "held in memory only" not in sink.trouble
    assert [entry.entry.id for entry in place.outbox.pending()] == ids(receipts)
    place.mend()
    following = place.sink()  # of another process, after this one was killed
    assert ids(following.read()) == ids(receipts)
    assert following.log().blobs.get(ref.blob) == b"content"


def test_an_outbox_that_cannot_be_read_does_not_keep_records_from_a_store_that_is_well(place):
    sink = place.sink()
    place.spoil()
    sink.append(draft(1))
    place.outbox.path.write_bytes(b"garbage" * 1000)
    place.mend()
    (receipt,) = sink.append(draft(2))
    assert receipt.is_delivered
    assert sink.trouble is None
    assert "the outbox" in sink.stuck
    assert ids(sink.read()) == [receipt.id]


def test_closing_delivers_what_it_can(place):
    sink = place.sink()
    place.spoil()
    receipts = sink.append(draft(1))
    place.mend()
    sink.close()
    assert ids(place.sink().read()) == ids(receipts)


def test_closing_in_trouble_leaves_what_waits(place):
    sink = place.sink()
    place.spoil()
    sink.append(draft(1))
    sink.close()
    assert sink.trouble
    assert len(place.outbox.pending()) == 1


def test_threads_share_a_sink_through_an_outage(place):
    sink = place.sink()
    place.spoil()
    given, barrier = [], threading.Barrier(5)

    def work(name):
        barrier.wait()
        given.extend(sink.append(draft(n, thread=f"th_{name % 2}"))[0].id for n in range(20))

    workers = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for worker in workers:
        worker.start()
    barrier.wait()
    place.mend()
    for worker in workers:
        worker.join()
    sink.append(draft(0))
    assert len(given) == 80
    assert set(given) <= set(ids(sink.log().read_all()))
    assert verify(sink.log()).is_clean


def test_records_of_a_static_identity_wait_unsigned(place):
    identity = Identity.static("did:sync:user:ann")
    sink = Sink(f"sqlite:///{place.store}", identity, place.outbox)
    place.spoil()
    sink.append(draft(1))
    place.mend()
    (record,) = sink.read()
    assert (record.actor, record.sig) == ("did:sync:user:ann", None)


def test_who_must_not_wait_is_told_until_the_log_is_open_and_well(place):
    sink = place.sink()
    with pytest.raises(StoreBusy):
        sink.append(draft(0), wait=False)
    assert sink.append(draft(0))[0].is_delivered
    assert sink.append(draft(1), wait=False)[0].is_delivered
    sink.trouble = "the disk is gone"
    with pytest.raises(StoreBusy):
        sink.append(draft(2), wait=False)
    assert sink.append(draft(2))[0].is_delivered
    assert [stored.body["n"] for stored in sink.read()] == [0, 1, 2]
    sink.close()
