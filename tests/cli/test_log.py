"""threadbook log: checkpoints and proofs, as those use them who hold them."""

import json
import shutil
import sqlite3
from contextlib import closing

import msgspec
import pytest

from threadbook.log.checkpoints import SignedHead
from threadbook.log.log import chain_after, open_log
from threadbook.log.store import EMPTY, Query
from threadbook.records.bodies import LogCheckpoint
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

SIZE = 12


@pytest.fixture
def author(threadbook):
    return Identity.key(threadbook.folder / "identity.pem")


@pytest.fixture
def grow(threadbook, author):
    """Return a function that appends records and returns their ids."""

    def append(count, by=author):
        drafts = [Draft(act="DO", body={"n": n}, thread="th_a") for n in range(count)]
        with open_log(f"sqlite:///{threadbook.store}") as log:
            return [stored.id for stored in log.append_many(drafts, by=by)]

    return append


@pytest.fixture
def ids(grow):
    return grow(SIZE)


@pytest.fixture
def held(threadbook, call, ids):
    """Return the file of a checkpoint that somebody else holds."""
    call("log", "checkpoint", "--out", "held.txt")
    return threadbook.folder / "held.txt"


@pytest.fixture
def rewrite(threadbook):
    """Return a function that puts other rows in the store, with a chain and a tip that fit."""

    def change(make):
        with open_log(f"sqlite:///{threadbook.store}") as log:
            rows = make(log.store.rows(Query(), after=0, limit=1000))
        for file in threadbook.folder.glob("threadbook.db*"):
            file.unlink()
        chain = EMPTY.chain
        with open_log(f"sqlite:///{threadbook.store}") as log, log.store.write() as transaction:
            for seq, row in enumerate(rows, start=1):
                chain = chain_after(chain, msgspec.structs.replace(row, seq=seq))
                transaction.insert(msgspec.structs.replace(row, seq=seq, chain=chain))

    return change


def lines(done):
    return done.out.splitlines()


def sizes(threadbook):
    with open_log(f"sqlite:///{threadbook.store}") as log:
        return [stored.body["size"] for stored in log.read(kind=LogCheckpoint.KIND)]


# Checkpoints


def test_a_checkpoint_is_printed_and_appended(threadbook, call, ids, author):
    note = call("log", "checkpoint").out
    head = SignedHead.parse(note, key=author.actor_did)
    assert (head.size, head.is_signed(), sizes(threadbook)) == (SIZE, True, [SIZE])
    assert call("log", "checkpoint").out == note  # nothing is new: the same again
    assert sizes(threadbook) == [SIZE]


def test_a_checkpoint_as_json(call, ids, author):
    told = json.loads(call("log", "checkpoint", "-o", "json").out)
    assert (told["size"], told["signer"]) == (SIZE, author.actor_did)
    assert SignedHead.parse(told["note"]).root.hex() == told["root"]


def test_a_checkpoint_is_written_to_a_file(threadbook, call, ids):
    done = call("log", "checkpoint", "--out", "held.txt")
    assert done.out == "checkpoint of 12 records written to held.txt\n"
    assert SignedHead.parse((threadbook.folder / "held.txt").read_text()).size == SIZE


def test_a_file_that_cannot_be_written_is_status_2(call, ids):
    assert "cannot write" in call("log", "checkpoint", "--out", "no/such/folder", status=2).err


def test_a_static_identity_signs_no_checkpoint(call, ids, monkeypatch):
    monkeypatch.setenv("THREADBOOK_ACTOR", "did:sync:user:ann")
    done = call("log", "checkpoint", status=2)
    assert "did:sync:user:ann has no key" in done.err
    assert "unset THREADBOOK_ACTOR" in done.err


def test_there_is_nothing_to_sign_in_an_empty_log(call, grow):
    grow(0)
    assert "no records yet" in call("log", "checkpoint", status=1).err


def test_a_log_whose_end_was_cut_off_gets_no_checkpoint(threadbook, call, ids):
    with closing(sqlite3.connect(threadbook.store)) as connection, connection:
        connection.execute("DELETE FROM record WHERE seq > 9")
    for words in (("checkpoint",), ("prove", ids[0])):
        done = call("log", *words, status=1)
        (line,) = done.err.splitlines()
        assert "seq 10 is missing" in line


def test_verify_takes_checkpoints_in(call, held):
    assert call("verify").out.startswith("✓ 13 records")


# Somebody holds one


def test_a_checkpoint_is_checked_alone(call, held, author):
    first, log, signer, hint = lines(call("log", "check", held))
    assert first == "✓ a checkpoint of 12 records"
    assert log.startswith("  of the log threadbook/")
    assert signer == f"  signed by {author.actor_did}"
    assert "--key" in hint
    assert len(lines(call("log", "check", held, "--key", author.actor_did))) == 3


def test_a_log_that_only_grew_passes(threadbook, call, held, grow):
    grow(5)
    done = call("log", "check", held, "--against", threadbook.store)
    assert lines(done)[-2:] == [
        "✓ the store holds these records, each in its place",
        "  it has 18 records now",
    ]
    told = json.loads(call("log", "check", held, "--against", threadbook.store, "-o", "json").out)
    assert (told["holds"], told["size"], told["grown_to"]) == (True, SIZE, 18)


FORGERIES = {
    "truncated": lambda rows: rows[:-4],
    "reordered": lambda rows: [rows[0], rows[2], rows[1], *rows[3:]],
    "a record removed": lambda rows: [*rows[:5], *rows[6:]],
    "another time": lambda rows: [
        *rows[:5], msgspec.structs.replace(rows[5], recorded_at=1), *rows[6:]
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_what_was_done_to_a_store_is_status_1(threadbook, call, held, rewrite, name):
    rewrite(FORGERIES[name])
    done = call("log", "check", held, "--against", threadbook.store, status=1)
    (line,) = lines(done)
    assert line.startswith("✗ the ")
    assert "records" in line
    told = json.loads(
        call("log", "check", held, "--against", threadbook.store, "-o", "json", status=1).out
    )
    assert (told["holds"], told["problem"]) == (False, line.removeprefix("✗ "))


def test_a_fork_is_status_1_though_it_verifies(threadbook, call, held, rewrite, grow):
    rewrite(lambda rows: rows[:6])
    grow(20)
    call("verify")
    done = call("log", "check", held, "--against", threadbook.store, status=1)
    assert "are not those that were signed" in done.out


def test_a_log_that_was_rewritten_gets_no_further_checkpoint(call, held, rewrite, grow):
    rewrite(lambda rows: [*rows[:5], *rows[6:]])
    assert "are not those that" in call("log", "checkpoint", status=1).err


# Proofs


def test_a_record_is_proven_offline(threadbook, call, ids, held, author):
    call("log", "prove", ids[3], "--out", "proof.json")
    for file in threadbook.folder.glob("threadbook.db*"):
        file.unlink()
    first, *_ = lines(call("log", "check", "proof.json", "--key", author.actor_did))
    assert first == f"✓ record {ids[3]} is number 4 of 12 records"
    told = json.loads(call("log", "check", "proof.json", "-o", "jsonl").out)
    assert (told["record"], told["seq"], told["is_signed"]) == (ids[3], 4, True)


def test_a_proof_is_printed_and_can_be_checked_against_the_store(threadbook, call, ids):
    proof = threadbook.folder / "proof.json"
    proof.write_text(call("log", "prove", ids[3], "--size", 7).out)
    done = call("log", "check", proof, "--against", threadbook.store)
    assert lines(done)[0].endswith("is number 4 of 7 records")
    assert sizes(threadbook) == []  # proving appends nothing


def test_a_record_without_a_key_is_labelled(threadbook, call, ids, grow):
    (record,) = grow(1, by=Identity.static("did:sync:user:ann"))
    call("log", "prove", record, "--out", "proof.json")
    assert "  its actor has no key: that it wrote this is unverified" in lines(
        call("log", "check", "proof.json")
    )


def test_growth_is_proven_offline(threadbook, call, held, grow):
    grow(5)
    call("log", "checkpoint")
    call("log", "prove", "--from", held, "--out", "proof.json")
    (first, *_) = lines(call("log", "check", "proof.json"))
    assert first == "✓ the log of 18 records begins with the 12 records of the older checkpoint"


def test_growth_that_was_none_has_no_proof(call, held, rewrite, grow):
    rewrite(lambda rows: [*rows[:5], *rows[6:]])
    grow(5)
    done = call("log", "prove", "--from", held, status=1)
    assert "gives no proof that holds" in done.err
    assert done.out == ""


@pytest.mark.parametrize("size", [3, 13])
def test_a_size_that_the_log_or_the_record_does_not_have_is_status_1(call, ids, size):
    done = call("log", "prove", ids[3], "--size", size, status=1)
    assert f"the size must be from 4 to 12, not {size}" in done.err


def test_a_changed_proof_is_status_1(threadbook, call, ids):
    call("log", "prove", ids[3], "--out", "proof.json")
    file = threadbook.folder / "proof.json"
    fields = json.loads(file.read_text())
    for name, value in (("seq", 5), ("id", ids[4]), ("sig", None), ("path", fields["path"][1:])):
        file.write_text(json.dumps({**fields, name: value}))
        (line,) = lines(call("log", "check", file, status=1))
        assert line.startswith("✗ ")


def test_another_key_is_status_1(threadbook, call, ids, held):
    stranger = Identity.key(threadbook.folder / "stranger.pem").actor_did
    call("log", "prove", ids[3], "--out", "proof.json")
    for file in (held, "proof.json"):
        done = call("log", "check", file, "--key", stranger, status=1)
        (line,) = (done.out + done.err).splitlines()
        assert f"signed by {stranger}" in line


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["prove"], "name a record, or an older checkpoint"),
        (["prove", "x", "--from", "held.txt"], "name a record, or an older checkpoint"),
        (["prove", "ab" * 32], "no record abab"),
        (["prove", "--from", "absent.txt"], "cannot read absent.txt"),
        (["prove", "--from", "noise"], "not"),
        (["prove", "--from", "proof.json"], "holds a proof, not a checkpoint"),
        (["check", "absent.txt"], "cannot read absent.txt"),
        (["check", "."], "cannot read ."),
        (["check", "noise"], "not text"),
        (["check", "empty"], "not a checkpoint"),
        (["check", "threadbook.db"], "not"),
        (["check", "other.json"], "not a proof of threadbook"),
        (["check", "held.txt", "--key", "me"], "me is no base58btc did:key"),
        (["check", "held.txt", "--against", "absent.db"], "there is no store at"),
        (["check", "held.txt", "--against", "noise"], "no SQLite database"),
        (["check", "held.txt", "--against", "memory:"], "memory"),
        (["checkpoint", "--store", "absent.db"], "there is no store at"),
    ],
)
def test_what_cannot_be_done_is_status_2_in_one_line(threadbook, call, held, ids, words, reason):
    call("log", "prove", ids[0], "--out", "proof.json")
    (threadbook.folder / "noise").write_bytes(b"\xff\x00" * 5000)
    (threadbook.folder / "empty").write_bytes(b"")
    (threadbook.folder / "other.json").write_text('{"object": "record"}')
    done = call("log", *words, status=2)
    (line,) = done.err.splitlines()
    assert reason in line
    assert done.out == ""


def test_nothing_in_a_file_acts_on_the_terminal(threadbook, call, ids):
    call("log", "prove", ids[3], "--out", "proof.json")
    file = threadbook.folder / "proof.json"
    fields = json.loads(file.read_text())
    hostile = "\x1b]0;t\x07\x1b[2J\u202e"
    for name in ("judged_by", "checkpoint", "canonical", "id", hostile):
        file.write_text(json.dumps({**fields, name: hostile}))
        done = call("log", "check", file, status=2 if name in ("checkpoint", "id", hostile) else 1)
        printed = (done.out + done.err).replace("\n", "")
        assert printed
        assert all(character.isprintable() for character in printed)


def test_a_copy_of_the_store_passes_too(threadbook, call, held):
    shutil.copy(threadbook.store, threadbook.folder / "copy.db")
    call("log", "check", held, "--against", "copy.db")


def test_it_runs_as_a_person_runs_it(threadbook, ids, author):
    threadbook("log", "checkpoint", "--out", "held.txt")
    done = threadbook("log", "check", "held.txt", "--against", threadbook.store)
    assert done.stdout.startswith("✓ a checkpoint of 12 records\n")
    assert done.stderr == ""
