"""Export and import: text that proves itself, and hostile files."""

import base64
import gzip
import json
import stat

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadbook.errors import ConfigError
from threadbook.log import open_log
from threadbook.log.verify import verify
from threadbook.ops.erase import erase
from threadbook.ops.export import export_to
from threadbook.ops.exported import LONGEST_LINE
from threadbook.ops.import_ import import_from
from threadbook.records.bodies import LogImport, LogRepair, TokenGrant
from threadbook.records.identity import Identity
from threadbook.records.record import Draft, Record

IMPORT = """
import sys
from pathlib import Path
from threadbook.log import crashpoints, open_log
from threadbook.ops.import_ import import_from
from threadbook.records.identity import Identity

crashpoints.armed = sys.argv[3]
import_from(open_log(sys.argv[1]), Path(sys.argv[2]), by=Identity.static("did:sync:user:bob"))
"""


@pytest.fixture
def bob():
    return Identity.static("did:sync:user:bob")


@pytest.fixture
def other(open_at, tmp_path):
    """Return an empty log to import into."""
    return open_at(tmp_path / "other.db")


@pytest.fixture
def filled(log, signer, ann, draft):
    """Append records on two threads that refer to each other, with blobs; return the log."""
    refs = [log.blobs.put(content) for content in (b"", b"small", b"large" * 400_000)]
    last = ()
    for number in range(12):
        body = {"kind": "team.test.note", "n": number, "text": 'é "\\ \u2028 \0 ' * number}
        if number < 6:
            body["file"] = {"blob": refs[number % 3].blob, "size": 1}
        entry = draft(body=body, thread=f"th{number % 2}", parents=last, judged_by="ab" * 32)
        last = (log.append(entry, by=signer if number % 3 else ann).id,)
    return log


def wire(log, **filters):
    """Return the records without what a log adds."""
    shown = [stored.as_dict() for stored in log.read_all(**filters)]
    return [
        {k: v for k, v in record.items() if k not in ("sequence", "recorded_at")}
        for record in shown
        if record["body"].get("kind") != LogImport.KIND
    ]


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz"])
def test_a_whole_log_arrives_as_it_was(filled, other, bob, tmp_path, name):
    file = tmp_path / name
    said = export_to(filled, file, with_blobs=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (said.records, said.blobs) == (12, 3)
    done = import_from(other, file, by=bob)
    assert (done.records, done.known, done.blobs) == (12, 0, 3)
    assert done.is_complete
    assert wire(other) == wire(filled)
    assert other.size == 12
    assert verify(other).is_clean
    again = import_from(other, file, by=bob)
    assert (again.records, again.known, again.blobs) == (0, 12, 0)
    assert other.size == 12


def test_a_thread_arrives_clean_and_says_what_it_refers_to(filled, other, bob, tmp_path):
    file = tmp_path / "thread.jsonl"
    assert export_to(filled, file, thread="th1").records == 6
    done = import_from(other, file, by=bob)
    assert done.is_complete
    assert wire(other) == wire(filled, thread="th1")
    assert verify(other).problems == []
    (note,) = other.latest(kind=LogImport.KIND, thread="th1", limit=9)
    said = LogImport.of(note.record)
    parents = {record.id for record in filled.read_all(thread="th0")}
    assert set(said.outside) >= parents
    assert set(said.outside) - parents == {
        record.body["file"]["blob"] for record in filled.read_all() if record.body["n"] in (1, 3, 5)
    }
    size = other.size
    import_from(other, file, by=bob)
    assert other.size == size


def test_what_was_outside_may_arrive_later(filled, other, bob, tmp_path):
    for thread in ("th1", "th0"):
        file = tmp_path / f"{thread}.jsonl"
        export_to(filled, file, thread=thread, with_blobs=True)
        assert import_from(other, file, by=bob).is_complete
    assert verify(other).problems == []
    assert len(other.latest(kind=LogImport.KIND, limit=9)) == 1
    further = tmp_path / "further.jsonl"
    export_to(other, further, thread="th1")
    with open_log(f"sqlite:///{tmp_path / 'third.db'}") as third:
        assert import_from(third, further, by=bob).is_complete
        assert verify(third).problems == []


def test_what_decides_who_may_do_what_is_not_taken_from_elsewhere(log, other, bob, tmp_path):
    grant = TokenGrant(token="ab" * 32, account="mallory", scopes=["admin"])
    for body in (grant, LogRepair(intact=0, moved=0)):
        log.append(body.draft(thread="threadbook.auth"), by=bob)
    export_to(log, tmp_path / "all.jsonl")
    done = import_from(other, tmp_path / "all.jsonl", by=bob)
    assert (done.records, done.withheld) == (0, 2)
    assert other.size == 0


def test_a_missing_parent_that_no_record_names_is_still_a_problem(log, ann, draft):
    log.append(draft(parents=("ab" * 32,)), by=ann)
    note = LogImport(source="ab", records=1, outside=["cd" * 32])
    log.append(note.draft(thread="th"), by=ann)
    assert [problem.seq for problem in verify(log).problems] == [1]


def test_erased_content_is_neither_exported_nor_imported(filled, other, bob, signer, tmp_path):
    before, after = tmp_path / "before.jsonl", tmp_path / "after.jsonl"
    export_to(filled, before, with_blobs=True)
    gone = filled.read(thread="th0")[0]
    erase(filled, [gone.id], reason="asked", by=signer)
    assert export_to(filled, after, with_blobs=True).erased == 1
    done = import_from(other, after, by=bob)
    assert (done.records, done.erased, done.is_complete) == (12, 1, True)
    assert verify(other).problems == []
    assert gone.id not in {stored.id for stored in other.read_all()}
    again = import_from(filled, before, by=bob)  # a file from before does not bring it back
    assert (again.records, again.known) == (0, 12)
    assert filled.get(gone.id).is_erased
    assert gone.body["file"]["blob"] in filled.blobs  # another record names it


def lines_in(file):
    return file.read_bytes().splitlines(keepends=True)


@pytest.fixture
def exported(filled, tmp_path):
    file = tmp_path / "all.jsonl"
    export_to(filled, file, with_blobs=True)
    return file


def changed(line, **fields):
    return json.dumps({**json.loads(line), **fields}).encode() + b"\n"


def other_text(line):
    record = json.loads(json.loads(line)["canonical"])
    record["body"]["n"] = 99
    text = json.dumps(record, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return changed(line, canonical=text)


HOSTILE = {
    "no JSON": lambda _: b"{nonsense\n",
    "no UTF-8": lambda _: b'{"type":"record","id":"\xff"}\n',
    "another object": lambda _: b'{"type":"other"}\n',
    "an array": lambda _: b"[1]\n",
    "deep": lambda _: b"[" * 100_000 + b"]" * 100_000 + b"\n",
    "deep canonical": lambda line: changed(line, canonical="[" * 100_000),
    "other content": other_text,
    "another id": lambda line: changed(line, id="ab" * 32),
    "no id": lambda line: changed(line, id="zz"),
    "no signature": lambda line: changed(line, sig=None),
    "a false signature": lambda line: changed(line, sig="00" * 64),
    "no hexadecimal": lambda line: changed(line, sig="xyz"),
    "not canonical": lambda line: changed(line, canonical=json.loads(line)["canonical"] + " "),
    "a surrogate": lambda line: changed(line, judged_by="\ud800"),
    "a long judge": lambda line: changed(line, judged_by="x" * 5000),
    "falsely erased": lambda line: changed(line, erased=True),
    "a second manifest": lambda _: (
        b'{"type":"manifest","threadbook":1,"records":0,"blobs":0,"ids_sha256":""}\n'
    ),
    "too long": lambda line: b" " * (LONGEST_LINE + 10) + line,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_line_is_named_and_nothing_is_imported(exported, other, bob, name):
    lines = lines_in(exported)
    lines[2] = HOSTILE[name](lines[2])
    exported.write_bytes(b"".join(lines))
    done = import_from(other, exported, by=bob)
    assert done.bad[0].line == 3
    assert done.bad[0].reason
    assert not done.is_complete
    assert other.size == 0
    assert other.store.blob_digests() == []


def is_second_piece(line):
    return json.loads(line).get("number") == 1


SPOILED = {
    "a record left out": lambda lines: [*lines[:2], *lines[3:]],
    "cut off": lambda lines: lines[:-1],
    "cut off in a line": lambda lines: [*lines[:-1], lines[-1][:-20]],
    "a piece left out": lambda lines: [line for line in lines if not is_second_piece(line)],
    "pieces out of order": lambda lines: sorted(lines, key=is_second_piece),
    "another blob": lambda lines: [
        *lines[:-1],
        changed(lines[-1], data=base64.b64encode(b"other").decode()),
    ],
    "no base64": lambda lines: [*lines[:-1], changed(lines[-1], data="*")],
    "no manifest": lambda lines: lines[1:],
    "a newer version": lambda lines: [changed(lines[0], threadbook=2), *lines[1:]],
    "other ids": lambda lines: [changed(lines[0], ids_sha256="ab"), *lines[1:]],
    "empty": lambda _: [],
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_file_is_refused(exported, other, bob, name):
    exported.write_bytes(b"".join(SPOILED[name](lines_in(exported))))
    done = import_from(other, exported, by=bob)
    assert done.bad
    assert other.size == 0


def test_a_small_file_that_unpacks_to_a_large_one_is_read_no_further(other, bob, tmp_path):
    bomb = tmp_path / "bomb.jsonl.gz"
    with gzip.open(bomb, "wb", compresslevel=9) as stream:
        for _ in range(200):
            stream.write(bytes(1024 * 1024))
    done = import_from(other, bomb, by=bob)
    assert [line.line for line in done.bad] == [1]
    lines = tmp_path / "lines.jsonl.gz"
    with gzip.open(lines, "wb") as stream:
        stream.write(b"{}\n" * 1_000_000)
    assert len(import_from(other, lines, by=bob).bad) <= 100


@pytest.mark.parametrize("damage", ["cut off", "noise", "flip"])
def test_a_damaged_packed_file_is_refused(filled, other, bob, tmp_path, damage):
    file = tmp_path / "all.jsonl.gz"
    export_to(filled, file)
    content = bytearray(file.read_bytes())
    if damage == "cut off":
        del content[-30:]
    elif damage == "noise":
        content = bytearray(b"no gzip at all")
    else:
        content[len(content) // 2] ^= 4
    file.write_bytes(content)
    assert import_from(other, file, by=bob).bad
    assert other.size == 0


def test_a_record_whose_place_is_taken_is_named_and_the_others_arrive(
    exported, filled, other, bob, ann
):
    mine = filled.read(actor=ann.actor_did)[1]
    taken = Draft(act="DO", body={}, thread=mine.thread, clock=mine.clock)
    other.append(taken, by=ann)
    done = import_from(other, exported, by=bob)
    assert (done.records, len(done.refused)) == (11, 1)
    assert done.refused[0].line == mine.seq + 1
    assert "DuplicateClock" in done.refused[0].reason
    assert not done.is_complete
    assert verify(other).problems == []


@pytest.mark.parametrize("point", ["import:batch", "import:blob"])
def test_a_killed_import_is_finished_by_the_next(exported, other, bob, die, point):
    die(IMPORT, other.url, exported, point)
    done = import_from(other, exported, by=bob)
    assert done.is_complete
    assert done.known == 12
    assert verify(other).problems == []
    assert len(other.store.blob_digests()) == 3


def test_a_file_that_is_not_there(other, bob, tmp_path):
    with pytest.raises(ConfigError, match="there is no file"):
        import_from(other, tmp_path / "missing.jsonl", by=bob)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found_or_means_nothing(exported, bob, place, bit):
    content = bytearray(exported.read_bytes().split(b'{"type":"blob"')[0])
    sound = bytes(content)
    content[int(place * len(content))] ^= 1 << bit
    manifest = json.loads(sound.splitlines()[0])
    fixed = {**manifest, "blobs": 0}
    file = exported.with_name("flipped.jsonl")
    head = sound.splitlines(keepends=True)[0]
    file.write_bytes(bytes(content).replace(head, json.dumps(fixed).encode() + b"\n"))
    with open_log("memory:") as log:
        done = import_from(log, file, by=bob)
        if done.bad:
            assert log.size == 0
            return
        told = {json.loads(line)["id"] for line in sound.splitlines()[1:]}
        arrived = {s.id for s in log.read_all() if s.kind != LogImport.KIND}
        assert arrived <= told


def test_lines_are_what_the_documentation_says(exported):
    manifest, record = map(json.loads, lines_in(exported)[:2])
    assert (manifest["type"], record["type"]) == ("manifest", "record")
    assert Record.from_canonical(record["canonical"].encode()).id == record["id"]
    assert msgspec.json.decode(lines_in(exported)[-1])["type"] == "blob"
