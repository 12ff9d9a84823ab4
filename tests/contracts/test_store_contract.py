"""What every store promises; runs on all of them (see conftest.py)."""

import asyncio
import hashlib
import io
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadbook.errors import (
    ActError,
    BlobNotFound,
    BodyTooLarge,
    CanonicalError,
    ClockError,
    ConfigError,
    DuplicateClock,
    RecordError,
    RecordNotFound,
    SignatureError,
    StoreUnavailable,
    ThreadbookError,
)
from threadbook.log.blobs import CHUNK
from threadbook.log.entry import Sealed
from threadbook.log.log import Log
from threadbook.log.store import EMPTY, Query
from threadbook.log.verify import verify
from threadbook.records.identity import Identity
from threadbook.records.record import MAX_CLOCK, Draft, Record

PATIENCE = 60


def ids(records):
    return [stored.id for stored in records]


def numbers(records):
    return [stored.body["n"] for stored in records]


def sealed(identity, *, number=0, clock=1, **fields):
    draft = Draft(**{"act": "DO", "body": {"n": number}, "thread": "th", **fields})
    return Sealed.seal(draft, identity, clock=clock)


def now_ms():
    return time.time_ns() // 1_000_000


# Appending


def test_a_new_log_is_empty(log):
    assert (log.size, log.read(), log.threads(), log.head("th")) == (0, [], [], None)
    assert log.store.tip() == EMPTY
    assert verify(log).is_clean


def test_an_appended_record_comes_back_complete(log, ann, draft):
    parent = log.append(draft(), by=ann)
    before = now_ms()
    stored = log.append(
        draft(
            act="KNOW",
            body={"kind": "team.review.finding", "n": 1.5, "s": "é\U0001f600\u2028", "big": 10**40},
            thread="th_other",
            parents=(parent.id,),
            data_type="VOID",
            judged_by=parent.id,
        ),
        by=ann,
    )
    assert before <= stored.recorded_at <= now_ms()
    assert (stored.seq, stored.act, stored.actor) == (2, "KNOW", ann.actor_did)
    assert (stored.thread, stored.parents) == ("th_other", (parent.id,))
    assert (stored.judged_by, stored.sig, stored.is_signed) == (parent.id, None, False)
    assert (stored.kind, stored.record.data_type) == ("team.review.finding", "VOID")
    assert stored.body["big"] == 10**40
    assert hashlib.sha256(stored.canonical).hexdigest() == stored.id == stored.record.id
    assert log.get(stored.id) == stored
    assert log.read() == [parent, stored]
    assert verify(log).is_clean


def test_a_record_has_the_shape_of_the_wire(log, signer, draft):
    stored = log.append(draft(7), by=signer)
    assert stored.as_dict() == {
        "object": "record",
        "id": stored.id,
        "act": "DO",
        "actor": signer.actor_did,
        "body": {"n": 7},
        "clock": stored.clock,
        "data_type": "SCALAR",
        "parents": [],
        "thread": "th",
        "judged_by": None,
        "sig": stored.sig.hex(),
        "sequence": 1,
        "recorded_at": stored.recorded_at,
    }


def test_a_key_signs_what_it_appends(log, signer, draft):
    stored = log.append(draft(), by=signer)
    assert stored.is_signed
    assert stored.sig == signer.sign(stored.canonical)
    report = verify(log)
    assert (report.is_clean, report.records, report.unsigned) == (True, 1, 0)


@pytest.mark.parametrize(
    "text",
    ["t\0t", "t\nt", "é", "e\u0301", "\U0001f600", "'; DROP TABLE record; --", "T", " t", "%"],
    ids=ascii,
)
def test_any_text_names_a_thread_and_an_actor_of_its_own(log, ann, draft, text):
    log.append(draft(1, thread="t"), by=ann)
    stored = log.append(draft(2, thread=text), by=Identity.static(text))
    assert log.read(thread=text) == log.read(actor=text) == [stored]
    assert log.head(text) == stored
    assert verify(log).is_clean


def test_many_records_are_appended_in_order(log, ann, draft):
    made = log.append_many([draft(n, thread=f"th{n % 3}") for n in range(10)], by=ann)
    assert [stored.seq for stored in made] == list(range(1, 11))
    assert numbers(made) == list(range(10))
    assert log.read() == made


def test_appending_nothing_changes_nothing(log):
    assert log.append_many([]) == []
    assert log.size == 0


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"act": "RUN"}, ActError),
        ({"clock": -1}, ClockError),
        ({"body": {"n": float("nan")}}, CanonicalError),
        ({"thread": ""}, RecordError),
        ({"thread": "\ud800"}, CanonicalError),
        ({"parents": "abc"}, RecordError),
        ({"judged_by": 5}, RecordError),
        ({"judged_by": "\udc80"}, CanonicalError),
        ({"body": {"s": "x" * 300_000}}, BodyTooLarge),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_record_that_breaks_the_grammar_leaves_nothing_of_its_batch(
    log, draft, fields, error, *, place
):
    entries = [draft(1), draft(2)]
    entries.insert(place, draft(**fields))
    with pytest.raises(error):
        log.append_many(entries, by=Identity.static("did:sync:user:ann"))
    assert (log.size, log.read(), log.threads()) == (0, [], [])


def test_an_error_in_the_middle_of_the_transaction_leaves_nothing(log, ann, draft):
    taken = log.append(draft(0, clock=5), by=ann)
    with pytest.raises(DuplicateClock):
        log.append_many(
            [draft(1, thread="new"), draft(2), draft(3, clock=5), draft(4, thread="newer")], by=ann
        )
    assert log.read() == [taken]
    assert [summary.thread for summary in log.threads()] == ["th"]
    assert log.read(thread="new") == []
    after = log.append_many([draft(5, thread="newer"), draft(6, thread="new")], by=ann)
    assert log.read(thread="new") == after[1:]
    assert log.read(thread="newer") == after[:1]
    assert verify(log).is_clean


def test_a_transaction_ended_by_the_caller_leaves_nothing(log, ann, draft):
    stored = log.append(draft(0), by=ann)
    row = log.store.get(stored.id)
    other = {"seq": 2, "id": "ab" * 32, "clock": row.clock + 1, "thread": "new"}

    def insert_and_fail():
        with log.store.write() as transaction:
            assert transaction.tip().seq == 1
            transaction.insert(msgspec.structs.replace(row, **other))
            assert transaction.find("ab" * 32) is not None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        insert_and_fail()
    assert log.read() == [stored]
    assert [summary.thread for summary in log.threads()] == ["th"]
    assert log.store.get("ab" * 32) is None
    assert verify(log).is_clean


def test_a_draft_needs_an_identity(log, draft):
    with pytest.raises(ConfigError, match="identity"):
        log.append(draft())
    assert log.size == 0


def test_a_sealed_record_is_appended_as_it_is(log, signer):
    entry = sealed(signer, clock=3, judged_by="ab" * 32)
    stored = log.append(entry)
    assert (stored.id, stored.sig, stored.judged_by) == (entry.id, entry.sig, "ab" * 32)
    assert (stored.clock, stored.canonical) == (3, entry.canonical)


def test_a_record_of_a_key_without_its_signature_is_refused(log, signer, ann):
    record = sealed(signer).record
    for sig in (None, b"", bytes(64), Identity.sign(signer, b"other")):
        with pytest.raises(SignatureError):
            log.append(Sealed.of(record, sig=sig))
    with pytest.raises(SignatureError):
        log.append(Sealed.of(sealed(ann).record, sig=signer.sign(sealed(ann).canonical)))
    assert log.size == 0


def test_a_sealed_record_obeys_the_grammar(log, ann):
    for changes in ({"act": "RUN"}, {"clock": -1}, {"body": {"kind": "nope"}}, {"thread": ""}):
        fields = {"act": "DO", "actor": ann.actor_did, "body": {}, "clock": 1, "thread": "th"}
        with pytest.raises(RecordError):
            log.append(Sealed.of(Record(**{**fields, **changes})))
    with pytest.raises(RecordError):
        log.append(Sealed.of(sealed(ann).record, judged_by=5))
    assert log.size == 0


def test_the_body_limit_of_a_log_holds_for_drafts_and_sealed_records(new_log, ann, draft):
    log = Log(new_log().store, body_limit=20)
    wide = Log(log.store, body_limit=400_000)
    with pytest.raises(BodyTooLarge):
        log.append(draft(body={"s": "x" * 20}), by=ann)
    with pytest.raises(BodyTooLarge):
        log.append(sealed(ann, body={"s": "x" * 20}))
    record = draft(body={"s": "x" * 300_000}).complete(actor=ann.actor_did, clock=1)
    wide.append(Sealed.of(record))
    assert log.size == 1


# Idempotence and clocks


def test_the_same_record_is_appended_once(log, signer, ann, draft):
    entry = sealed(signer)
    first = log.append(entry)
    log.append(draft(2), by=ann)
    assert log.append(entry) == first
    assert log.append_many([entry, entry]) == [first, first]
    assert log.size == 2
    assert verify(log).is_clean


def test_the_same_record_twice_in_one_batch_is_appended_once(log, ann):
    first, again, other = log.append_many(
        [sealed(ann, clock=1), sealed(ann, clock=1), sealed(ann, clock=2)]
    )
    assert first == again
    assert [first.seq, other.seq] == [1, 2]
    assert log.size == 2


def test_the_first_append_of_a_record_decides_who_judged_it(log, ann):
    first = log.append(sealed(ann, judged_by="ab" * 32))
    assert log.append(sealed(ann, judged_by="cd" * 32)) == first
    assert log.get(first.id).judged_by == "ab" * 32


def test_a_draft_with_the_clock_it_has_already_is_the_same_record(log, ann, draft):
    first = log.append(draft(clock=7), by=ann)
    assert log.append(draft(clock=7), by=ann) == first
    assert log.size == 1


def test_another_record_with_a_clock_that_is_taken_is_refused(log, ann, draft):
    log.append(draft(1, clock=7), by=ann)
    pattern = f"DuplicateClock: thread=th actor={ann.actor_did} clock=7"
    for entry in (draft(2, clock=7), sealed(ann, number=2, clock=7)):
        with pytest.raises(DuplicateClock, match=pattern):
            log.append(entry, by=ann)
    assert log.size == 1


def test_a_clock_belongs_to_one_actor_on_one_thread(log, ann, bob, draft):
    log.append(draft(clock=7), by=ann)
    log.append(draft(clock=7), by=bob)
    log.append(draft(clock=7, thread="other"), by=ann)
    log.append(draft(clock=8), by=ann)
    assert log.size == 4


def test_an_earlier_clock_is_accepted(log, ann, draft):
    made = [log.append(draft(clock=clock), by=ann) for clock in (9, 3, 0, MAX_CLOCK)]
    assert [stored.clock for stored in log.read()] == [9, 3, 0, MAX_CLOCK]
    assert log.head("th") == made[-1]


def test_assigned_clocks_are_wall_clock_milliseconds(log, ann, draft):
    before = now_ms()
    clock = log.append(draft(), by=ann).clock
    assert before <= clock <= now_ms()


def test_assigned_clocks_rise_within_one_millisecond(log, ann, draft):
    made = log.append_many([draft(n) for n in range(300)], by=ann)
    clocks = [stored.clock for stored in made]
    assert all(later > earlier for earlier, later in itertools.pairwise(clocks))


def test_an_assigned_clock_is_above_the_highest_of_the_actor_on_the_thread(log, ann, bob, draft):
    ahead = now_ms() + 10**9
    log.append(draft(clock=ahead), by=ann)
    log.append(draft(clock=3), by=ann)
    assert log.append(draft(), by=ann).clock == ahead + 1
    assert log.append(draft(), by=bob).clock < ahead
    assert log.append(draft(thread="other"), by=ann).clock < ahead


def test_after_the_last_clock_there_is_none_to_assign(log, ann, draft):
    log.append(draft(clock=MAX_CLOCK), by=ann)
    with pytest.raises(ClockError):
        log.append_many([draft(1, thread="other"), draft(2)], by=ann)
    assert log.size == 1


# Reading


@pytest.fixture
def filled(log, ann, bob, draft):
    """Return a log of 24 records: 2 actors, 3 threads, 2 acts, 2 kinds or none."""
    kinds = (None, "core.intent", "team.review.finding")
    combinations = itertools.product((ann, bob), ("a", "b"), ("DO", "KNOW"), kinds)
    for number, (who, thread, act, kind) in enumerate(combinations, start=1):
        body = {"n": number} if kind is None else {"n": number, "kind": kind}
        log.append(draft(thread=thread, act=act, body=body), by=who)
    return log


@pytest.mark.parametrize("thread", [None, "a", "nothing"])
@pytest.mark.parametrize("actor", [None, "did:sync:user:bob", "nobody"])
@pytest.mark.parametrize("act", [None, "KNOW", "MAP", "know"])
@pytest.mark.parametrize("kind", [None, "core.intent", "core"])
def test_filters_select_what_matches_all_of_them(filled, thread, actor, act, kind):
    filters = {"thread": thread, "actor": actor, "act": act, "kind": kind}
    expected = [
        stored
        for stored in filled.read(limit=1000)
        if all(value is None or getattr(stored, name) == value for name, value in filters.items())
    ]
    assert filled.read(**filters, limit=1000) == expected
    assert list(filled.read_all(**filters)) == expected
    assert filled.latest(**filters, limit=1000) == expected[::-1]
    assert filled.latest(**filters) == expected[::-1][:1]
    for after in (0, 5, 12):
        rest = [stored for stored in expected if stored.seq > after]
        assert filled.read(**filters, after=after, limit=3) == rest[:3]
        assert list(filled.read_all(**filters, after=after)) == rest


def test_a_cursor_goes_through_all_pages_without_gap_or_overlap(filled):
    seen, after = [], 0
    while page := filled.read(after=after, limit=7):
        assert len(page) <= 7
        seen += page
        after = page[-1].seq
    assert [stored.seq for stored in seen] == list(range(1, 25))


def test_read_all_goes_beyond_one_page(log, ann, draft):
    log.append_many([draft(n) for n in range(1203)], by=ann)
    assert numbers(log.read_all()) == list(range(1203))
    assert numbers(log.read_all(after=1200)) == [1200, 1201, 1202]


@pytest.mark.parametrize(("after", "count"), [(-5, 24), (0, 24), (23, 1), (24, 0), (2**70, 0)])
def test_a_cursor_may_stand_anywhere(filled, after, count):
    assert len(filled.read(after=after)) == count


@pytest.mark.parametrize(("limit", "count"), [(-1, 0), (0, 0), (1, 1), (24, 24), (2**70, 24)])
def test_no_more_than_the_limit_is_read(filled, limit, count):
    assert len(filled.read(limit=limit)) == count
    assert len(filled.latest(limit=limit)) == count


def test_a_read_without_limit_returns_a_hundred(log, ann, draft):
    log.append_many([draft(n) for n in range(101)], by=ann)
    assert numbers(log.read()) == list(range(100))


def test_an_unknown_filter_is_an_error(log):
    with pytest.raises(TypeError):
        log.read(colour="red")
    with pytest.raises(TypeError):
        log.latest(colour="red")


def test_what_is_filtered_for_may_be_text_that_cannot_be_stored(filled):
    for name in ("thread", "actor", "kind"):
        assert filled.read(**{name: "\ud800"}) == []


@pytest.mark.parametrize("record_id", ["", "ab" * 32, "nonsense", "é", "\ud800"])
def test_no_record_is_found_by_an_unknown_id(filled, record_id):
    with pytest.raises(RecordNotFound):
        filled.get(record_id)


def test_an_id_is_found_in_its_own_spelling_only(filled):
    known = filled.latest()[0].id
    for other in (known.upper(), f" {known}", known[:-1], f"{known[:2]} {known[2:]}"):
        with pytest.raises(RecordNotFound):
            filled.get(other)


def test_threads_are_summed_up_with_the_most_recent_first(log, ann, bob, draft):
    for thread, who in (("a", ann), ("b", ann), ("c", bob), ("a", bob), ("b", ann), ("a", ann)):
        log.append(draft(thread=thread), by=who)
    assert [tuple(summary) for summary in log.threads()] == [
        ("a", 3, 1, 6),
        ("b", 2, 2, 5),
        ("c", 1, 3, 3),
    ]
    assert [log.head(thread).seq for thread in "abc"] == [6, 5, 3]


def test_the_tip_is_the_last_row(log, ann, draft):
    last = log.append_many([draft(n) for n in range(3)], by=ann)[-1]
    assert log.size == log.store.tip().seq == 3
    assert log.store.tip().chain == log.store.get(last.id).chain


def test_the_version_changes_with_a_commit_and_only_then(log, ann, draft):
    versions = [log.store.version()]
    log.read()
    assert log.store.version() == versions[-1]
    for number in range(3):
        log.append(draft(number), by=ann)
        versions.append(log.store.version())
    assert len(set(versions)) == 4


# Following


async def take(records, count):
    async with asyncio.timeout(PATIENCE):
        return [await anext(records) for _ in range(count)]


async def test_a_follower_is_given_what_was_there_and_then_woken(log, ann, draft):
    first = log.append_many([draft(n) for n in range(3)], by=ann)
    records = log.follow(after=1)
    assert await take(records, 2) == first[1:]
    for number in (3, 4):
        waiting = asyncio.create_task(take(records, 1))
        stored = await asyncio.to_thread(log.append, draft(number), by=ann)
        assert await waiting == [stored]


async def test_a_follower_starts_with_what_is_appended_after_the_call(log, ann, draft):
    log.append(draft(0), by=ann)
    records = log.follow()
    stored = log.append(draft(1), by=ann)
    assert await take(records, 1) == [stored]


async def test_a_follower_passes_over_what_does_not_match(log, ann, bob, draft):
    records = log.follow(after=0, thread="th", actor=bob.actor_did, act="DO", kind="core.note")
    log.append(draft(1), by=bob)
    body = {"n": 2, "kind": "core.note"}
    log.append(draft(body=body), by=ann)
    log.append(draft(body=body, act="KNOW"), by=bob)
    log.append(draft(body=body, thread="other"), by=bob)
    expected = [log.append(draft(body={**body, "n": n}), by=bob) for n in (3, 4)]
    assert await take(records, 2) == expected


async def test_a_follower_reads_more_than_a_page(log, ann, draft):
    log.append_many([draft(n) for n in range(1203)], by=ann)
    assert numbers(await take(log.follow(after=0), 1203)) == list(range(1203))


async def test_followers_do_not_disturb_each_other(log, ann, draft):
    followers = [log.follow() for _ in range(5)]
    taking = [asyncio.create_task(take(records, 20)) for records in followers]
    for number in range(20):
        await asyncio.to_thread(log.append, draft(number), by=ann)
    assert [numbers(seen) for seen in await asyncio.gather(*taking)] == [list(range(20))] * 5


async def test_a_follower_of_a_log_that_is_closed_is_told(log, ann, draft):
    log.append(draft(), by=ann)
    records = log.follow(after=0)
    await take(records, 1)
    waiting = asyncio.create_task(take(records, 1))
    await asyncio.sleep(0)
    log.close()
    with pytest.raises(StoreUnavailable):
        await waiting


def read_until_told(log, has_read):
    """Read again and again; return what ended it."""
    try:
        while True:
            log.store.version()
            assert numbers(log.read(after=0)) == [7]
            has_read.set()
    except ThreadbookError as error:
        return error


def test_a_log_that_is_closed_under_its_readers_tells_each(new_log, ann, draft):
    for _ in range(10):  # what a reader is doing at that moment differs
        log = new_log()
        log.append(draft(7), by=ann)
        reading = [threading.Event() for _ in range(4)]
        with ThreadPoolExecutor(len(reading)) as pool:
            readers = [pool.submit(read_until_told, log, has_read) for has_read in reading]
            assert all(has_read.wait(PATIENCE) for has_read in reading)
            log.close()
            told = [reader.result(PATIENCE) for reader in readers]
        assert {type(error) for error in told} == {StoreUnavailable}


# Blobs


class Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time and notes the largest request."""

    def __init__(self, content, step):
        self._stream, self._step, self.largest = io.BytesIO(content), step, 0

    def read(self, size=-1):
        self.largest = max(self.largest, size if size >= 0 else 2**62)
        return self._stream.read(min(size, self._step))


def content_of(size):
    return bytes(i * 31 % 251 for i in range(1000)) * (size // 1000) + b"z" * (size % 1000)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
@pytest.mark.parametrize("as_stream", [False, True])
def test_a_blob_comes_back_whole_whatever_its_size(log, size, as_stream):
    content = content_of(size)
    ref = log.blobs.put(io.BytesIO(content) if as_stream else content, media_type="text/plain")
    assert ref.blob == hashlib.sha256(content).hexdigest()
    assert (ref.size, ref.media_type) == (size, "text/plain")
    assert ref.blob in log.blobs
    assert log.blobs.size(ref.blob) == size
    assert log.blobs.get(ref.blob) == content
    chunks = list(log.blobs.chunks(ref.blob))
    assert b"".join(chunks) == content
    assert [log.blobs.chunk(ref.blob, number) for number in range(len(chunks))] == chunks
    with pytest.raises(BlobNotFound):
        log.blobs.chunk(ref.blob, len(chunks))
    assert log.store.blob_digests() == [ref.blob]
    report = verify(log)
    assert (report.is_clean, report.blobs) == (True, 1)


def test_a_file_larger_than_a_chunk_is_stored_piece_by_piece(log, tmp_path):
    content = content_of(3 * CHUNK + 17)
    (tmp_path / "large").write_bytes(content)
    with (tmp_path / "large").open("rb") as file:
        ref = log.blobs.put(file)
    assert log.blobs.get(ref.blob) == content
    assert max(map(len, log.blobs.chunks(ref.blob))) <= CHUNK


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end(log):
    content = content_of(5000)
    stream = Trickle(content, 1999)
    assert log.blobs.get(log.blobs.put(stream).blob) == content
    assert stream.largest <= CHUNK


@pytest.mark.parametrize("step", [1, 7, 4096, CHUNK - 1, CHUNK + 3, -1])
def test_an_open_blob_is_read_in_steps_of_any_size(log, step):
    content = content_of(CHUNK + 5000)
    ref = log.blobs.put(content)
    parts = []
    with log.blobs.open(ref.blob) as stream:
        if step == 1:
            parts.append(stream.read(CHUNK - 3))
            parts += [stream.read(1) for _ in range(6)]
            step = -1
        while part := stream.read(step):
            parts.append(part)
            assert step < 0 or len(part) <= step
        assert stream.read(10) == b""
    assert b"".join(parts) == content


def test_an_open_blob_is_read_line_by_line(log):
    ref = log.blobs.put(b"one\ntwo\nthree")
    with log.blobs.open(ref.blob) as stream:
        assert list(stream) == [b"one\n", b"two\n", b"three"]


def test_the_same_content_is_kept_once(log):
    content = content_of(CHUNK + 1)
    first, again = log.blobs.put(content), log.blobs.put(io.BytesIO(content))
    assert first == again
    assert log.store.blob_digests() == [first.blob]
    assert log.blobs.get(first.blob) == content


@pytest.mark.parametrize("digest", ["ab" * 32, "", "nonsense", "AB" * 32])
def test_a_missing_blob_is_an_error(log, digest):
    log.blobs.put(b"")
    assert digest not in log.blobs
    for ask in (log.blobs.get, log.blobs.open, log.blobs.size):
        with pytest.raises(BlobNotFound):
            ask(digest)
    with pytest.raises(BlobNotFound):
        next(log.blobs.chunks(digest))


def test_a_stream_that_fails_leaves_no_blob(log):
    class Failing(Trickle):
        def read(self, size=-1):
            if self._stream.tell() > 100:
                raise ConnectionResetError
            return super().read(size)

    content = content_of(1000)
    with pytest.raises(ConnectionResetError):
        log.blobs.put(Failing(content, 90))
    assert log.store.blob_digests() == []
    assert hashlib.sha256(content).hexdigest() not in log.blobs
    assert log.blobs.get(log.blobs.put(content).blob) == content
    assert verify(log).is_clean


def test_a_blob_is_invisible_before_its_end(log):
    content = content_of(1000)
    digest = hashlib.sha256(content).hexdigest()
    seen = []

    class Watching(Trickle):
        def read(self, size=-1):
            seen.append((digest in log.blobs, log.store.blob_digests()))
            return super().read(size)

    log.blobs.put(Watching(content, 300))
    assert len(seen) == 5
    assert set(map(repr, seen)) == {repr((False, []))}
    assert digest in log.blobs


def test_threads_that_store_one_content_at_once_agree(log):
    content = content_of(2 * CHUNK)
    with ThreadPoolExecutor(4) as pool:
        refs = list(pool.map(lambda _: log.blobs.put(io.BytesIO(content)), range(8)))
    assert len({ref.blob for ref in refs}) == 1
    assert log.store.blob_digests() == [refs[0].blob]
    assert log.blobs.get(refs[0].blob) == content


def test_records_name_their_blobs_and_verify_finds_them(log, ann, draft):
    used = log.blobs.put(b"used")
    log.blobs.put(b"unused")
    reference = {"blob": used.blob, "size": used.size}
    look_alike = {"blob": "0" * 64, "size": 3}
    log.append(draft(body={"data": reference, "output": [{"deep": look_alike}]}), by=ann)
    report = verify(log)
    assert (report.is_clean, report.blobs) == (True, 2)
    report = verify(log, thread="th")
    assert (report.is_clean, report.blobs) == (True, 1)


# Verification


def test_verify_counts_what_nothing_vouches_for(log, ann, signer, draft):
    parent = log.append(draft(0), by=signer)
    log.append_many([draft(1, parents=(parent.id,)), draft(2, thread="other")], by=ann)
    report = verify(log)
    assert (report.records, report.unsigned, report.problems) == (3, 2, [])
    report = verify(log, thread="th")
    assert (report.records, report.unsigned, report.problems) == (2, 1, [])


def test_verify_reports_what_a_record_names_and_the_log_does_not_have(log, ann, draft):
    log.append(draft(0), by=ann)
    log.append(draft(1, parents=("ab" * 32,)), by=ann)
    log.append(draft(body={"v": {"blob": "cd" * 32, "size": 3}}, thread="other"), by=ann)
    missing_parent, missing_blob = verify(log).problems
    assert (missing_parent.seq, missing_blob.seq) == (2, 3)
    assert "parent" in missing_parent.reason
    assert "blob" in missing_blob.reason
    assert verify(log, thread="th").problems == [missing_parent]
    assert verify(log, thread="other").problems == [missing_blob]


def test_verify_is_clean_while_others_append(log, signer, draft):
    log.append_many([draft(n) for n in range(30)], by=signer)
    verified = threading.Event()

    def append():
        for number in range(150):
            log.append_many([draft(number), draft(number)], by=signer)
            if number == 75:
                verified.wait(PATIENCE)

    reports = []
    with ThreadPoolExecutor(1) as pool:
        appending = pool.submit(append)
        while not appending.done():
            reports.append(verify(log))
            verified.set()
        appending.result()
    reports.append(verify(log))
    assert [report.problems for report in reports] == [[]] * len(reports)
    assert reports[0].records < reports[-1].records == log.size == 330


# Who is at work


def test_holders_are_noted_replaced_and_forgotten(log):
    log.store.hold("th", "ann 1")
    log.store.hold("other", "bob 2")
    log.store.hold("th", "ann 3")
    assert log.store.holders() == {"th": "ann 3", "other": "bob 2"}
    log.store.release("th")
    log.store.release("never held")
    assert log.store.holders() == {"other": "bob 2"}
    assert log.size == 0


def test_a_holder_is_replaced_only_if_it_still_is_the_one_expected(log):
    log.store.hold("th", "dead")
    assert not log.store.take_over("th", expected="other", holder="me")
    assert not log.store.take_over("free", expected="dead", holder="me")
    assert log.store.holders() == {"th": "dead"}
    assert log.store.take_over("th", expected="dead", holder="me")
    assert not log.store.take_over("th", expected="dead", holder="late")
    assert log.store.holders() == {"th": "me"}


def test_of_several_that_take_over_at_once_one_succeeds(log):
    for number in range(20):
        log.store.hold(f"th{number}", "dead")
        barrier = threading.Barrier(4)

        def take_over(who, name=f"th{number}", barrier=barrier):
            barrier.wait(PATIENCE)
            return log.store.take_over(name, expected="dead", holder=f"{who}")

        with ThreadPoolExecutor(4) as pool:
            won = list(pool.map(take_over, range(4)))
        assert sum(won) == 1
        assert log.store.holders()[f"th{number}"] == f"{won.index(True)}"


# Closing


@pytest.mark.parametrize(
    "use",
    [
        lambda log, entry: log.append(entry),
        lambda log, entry: log.append_many([entry]),
        lambda log, _: log.read(),
        lambda log, _: list(log.read_all()),
        lambda log, _: log.latest(),
        lambda log, entry: log.get(entry.id),
        lambda log, _: log.head("th"),
        lambda log, _: log.threads(),
        lambda log, _: log.size,
        lambda log, _: log.blobs.put(b"x"),
        lambda log, _: log.blobs.put(b""),
        lambda log, _: log.blobs.get("ab" * 32),
        lambda log, _: log.blobs.open("ab" * 32),
        lambda log, _: "ab" * 32 in log.blobs,
        lambda log, _: log.store.blob_digests(),
        lambda log, _: log.store.blob_chunk("ab" * 32, 0),
        lambda log, _: log.store.hold("a", "b"),
        lambda log, _: log.store.take_over("a", expected="b", holder="c"),
        lambda log, _: log.store.release("a"),
        lambda log, _: log.store.holders(),
        lambda log, _: log.store.version(),
        lambda log, _: log.store.rows(Query(), after=0, limit=1),
        lambda log, _: verify(log),
        lambda log, _: log.follow(),
    ],
)
def test_a_closed_log_can_only_be_closed_again(log, ann, use):
    entry = sealed(ann)
    log.append(entry)
    log.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        use(log, entry)
    log.close()


def test_a_log_is_closed_on_leaving_its_context(log):
    with log as entered:
        assert entered is log
    with pytest.raises(StoreUnavailable):
        log.read()


# Concurrency


def test_threads_append_without_a_hole_or_a_shared_clock(log, ann, draft):
    barrier = threading.Barrier(8)

    def append(worker):
        barrier.wait(PATIENCE)
        return [log.append(draft(worker * 100 + n), by=ann) for n in range(40)]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(append, range(8)))
    stored = log.read(limit=1000)
    assert [record.seq for record in stored] == list(range(1, 321))
    assert len({record.clock for record in stored}) == 320
    assert sorted(ids(stored)) == sorted(ids(itertools.chain(*made)))
    for worker, own in enumerate(made):
        assert numbers(own) == [worker * 100 + n for n in range(40)]
        assert [record.seq for record in own] == sorted(record.seq for record in own)
    assert verify(log).is_clean


def test_readers_see_batches_whole_while_others_append(log, ann, draft):
    stop, counts = threading.Event(), []

    def read():
        while not stop.is_set():
            counts.append(len(log.read(limit=10_000)))

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        try:
            for _ in range(40):
                log.append_many([draft(n) for n in range(5)], by=ann)
        finally:
            stop.set()
        for result in reading:
            result.result(PATIENCE)
    assert counts
    assert {count % 5 for count in counts} == {0}


# The model

CLOCKS = st.none() | st.integers(0, 3) | st.integers(2**62, 2**62 + 2)
ENTRIES = st.tuples(
    st.sampled_from(["a", "b"]),  # thread
    st.sampled_from(["did:x:ann", "did:x:bob"]),  # actor
    CLOCKS,
    st.integers(0, 1),  # number in the body
    st.sampled_from([None, "ab" * 32]),  # judge
)
BATCHES = st.lists(st.lists(ENTRIES, min_size=1, max_size=4), max_size=12)


class Model:
    """A log as a list of [thread, actor, clock, number, judge]."""

    def __init__(self):
        self.records = []

    def append(self, batch):
        """Return the positions of what the batch becomes; None where it is refused whole."""
        records, positions = [list(record) for record in self.records], []
        for thread, actor, given_clock, number, judge in batch:
            mine = {r[2]: at for at, r in enumerate(records) if r[:2] == [thread, actor]}
            clock = given_clock
            if clock is None:
                clock = max(now_ms(), max(mine, default=-1) + 1)
            if clock not in mine:
                mine[clock] = len(records)
                records.append([thread, actor, clock, number, judge])
            elif records[mine[clock]][3] != number:
                return None
            positions.append(mine[clock])
        self.records = records
        return positions


def as_model(stored):
    return [stored.thread, stored.actor, stored.clock, stored.body["n"], stored.judged_by]


def entry_of(thread, actor, clock, number, judge):
    """Return what appends the entry: drafts leave the clock open, sealed records do not."""
    draft = Draft(act="DO", body={"n": number}, thread=thread, clock=clock, judged_by=judge)
    if clock is None:
        return draft
    return Sealed.seal(draft, Identity.static(actor), clock=clock)


@given(batches=BATCHES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_sequence_of_appends_reads_back_as_a_simple_model(new_log, batches):
    log, model = new_log(), Model()
    for drawn in batches:
        actor = drawn[0][1]  # drafts of one batch are of one identity
        batch = [(thread, actor, *rest) for thread, _, *rest in drawn]
        entries = [entry_of(*entry) for entry in batch]
        positions = model.append(batch)
        if positions is None:
            with pytest.raises(DuplicateClock):
                log.append_many(entries, by=Identity.static(actor))
            continue
        made = log.append_many(entries, by=Identity.static(actor))
        assert [stored.seq - 1 for stored in made] == positions
        for stored, at in zip(made, positions, strict=True):
            expected = model.records[at][2]
            if expected < 2**62:  # the model's look at the time was a little earlier
                assert expected <= stored.clock <= max(expected, now_ms() + len(batch))
                model.records[at][2] = stored.clock
            assert as_model(stored) == model.records[at]
    stored = log.read(limit=1000)
    assert list(map(as_model, stored)) == model.records
    assert [record.seq for record in stored] == list(range(1, len(model.records) + 1))
    assert log.size == len(model.records)
    assert log.latest(limit=1000) == stored[::-1]
    for thread in ("a", "b"):
        for actor in (None, "did:x:ann", "did:x:bob"):
            mine = [r for r in model.records if r[0] == thread and actor in (None, r[1])]
            assert list(map(as_model, log.read(thread=thread, actor=actor))) == mine
    last = {record[0]: at for at, record in enumerate(model.records)}
    recent = sorted(last, key=last.get, reverse=True)
    assert [summary.thread for summary in log.threads()] == recent
    assert verify(log).is_clean
    log.close()
