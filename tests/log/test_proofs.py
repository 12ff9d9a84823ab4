"""Proofs as files: whatever is changed in one, it no longer holds, and nothing breaks."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import ConfigError, ProofError, RecordNotFound
from threadbook.log import open_log
from threadbook.log.checkpoints import Checkpointer, SignedHead
from threadbook.log.proofs import (
    LARGEST_FILE,
    check_proof,
    prove_growth,
    prove_record,
    read_proof,
    write_proof,
)
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    return Identity.key(tmp_path_factory.mktemp("keys") / "signer.pem")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return Identity.key(tmp_path_factory.mktemp("keys") / "other.pem")


@pytest.fixture(scope="module")
def log(signer):
    with open_log("memory:") as log:
        for number in range(21):
            by = signer if number % 2 else Identity.static("did:sync:user:ann")
            judge = None if number % 3 else "ab" * 32
            draft = Draft(act="DO", body={"n": number, "é": "\u2028"}, thread="th", judged_by=judge)
            log.append(draft, by=by)
        Checkpointer(log, signer).append()
        for number in range(9):
            log.append(Draft(act="DO", body={"n": number}, thread="th"), by=signer)
        Checkpointer(log, signer).append()
        yield log


@pytest.fixture(scope="module")
def old(log):
    return SignedHead.of(log.get(log.read(after=21, limit=1)[0].id).record)


@pytest.fixture(scope="module", params=["unsigned", "signed", "growth"])
def proof(request, log, old):
    if request.param == "growth":
        return prove_growth(log, old)
    return prove_record(log, log.read()[6 if request.param == "unsigned" else 7].id)


def problem_of(data, **options):
    """Return what is wrong with a file, None where it holds; any other error is a failure."""
    try:
        return check_proof(read_proof(data, **options), **options).problem
    except (ConfigError, ProofError) as error:
        return error.message


def fields_of(proof):
    return json.loads(write_proof(proof))


def test_a_proof_is_read_as_it_was_written(proof):
    assert read_proof(write_proof(proof).encode()) == proof
    assert check_proof(proof).holds


def test_a_checkpoint_is_read_as_it_was_written(old, signer):
    assert read_proof(write_proof(old).encode()) == old
    assert check_proof(old, key=signer.actor_did).holds


def test_the_key_that_is_expected_has_to_have_signed(proof, old, signer, other):
    for item in (proof, old):
        data = write_proof(item).encode()
        assert problem_of(data, key=signer.actor_did) is None
        assert f"signed by {other.actor_did}" in problem_of(data, key=other.actor_did)
    assert "not by" in check_proof(old, key=other.actor_did).problem


CHANGES = {
    "seq": lambda value: value + 1,
    "recorded_at": lambda value: value + 1,
    "id": lambda value: "00" + value[2:],
    "judged_by": lambda value: "cd" * 32 if value is None else None,
    "sig": lambda value: "AAAA" if value is None else None,
    "canonical": lambda value: value.replace('"n":', '"m":'),
    "old": lambda value: value.replace("\n21\n", "\n20\n"),
    "new": lambda value: value.replace("\n31\n", "\n30\n"),
    "checkpoint": lambda value: value.replace("\n31\n", "\n32\n"),
    "path": lambda value: value[:-1],
}


def test_every_field_that_is_changed_is_noticed(proof):
    fields = fields_of(proof)
    for name in fields.keys() - {"object"}:
        value = CHANGES[name](fields[name])
        assert value != fields[name]
        found = problem_of(json.dumps({**fields, name: value}).encode())
        assert found, name


def test_every_field_that_is_missing_or_too_much_is_noticed(proof):
    fields = fields_of(proof)
    for name in fields:
        rest = {key: value for key, value in fields.items() if key != name}
        assert "not a proof of threadbook" in problem_of(json.dumps(rest).encode())
    found = problem_of(json.dumps({**fields, "note": "trust me"}).encode())
    assert "not a proof of threadbook" in found


@given(st.data())
def test_every_hash_that_is_changed_is_noticed(proof, data):
    path = list(proof.path)
    place = data.draw(st.integers(0, len(path) - 1))
    changed = bytearray(path[place])
    changed[data.draw(st.integers(0, 31))] ^= 1 << data.draw(st.integers(0, 7))
    path[place] = bytes(changed)
    assert problem_of(write_proof(msgspec.structs.replace(proof, path=path)).encode())


@given(st.data())
def test_every_byte_that_is_changed_is_noticed(proof, data):
    text = bytearray(write_proof(proof).encode())
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        if read_proof(bytes(text)) == proof:  # white space between fields, or \u2028 escaped
            return
    except (ConfigError, ProofError):
        return
    assert problem_of(bytes(text))


def test_records_cannot_be_swapped(log):
    one, other = (prove_record(log, log.read()[place].id) for place in (3, 5))
    for names in (
        ("id", "canonical", "sig"),
        ("id", "canonical", "sig", "seq", "recorded_at", "judged_by"),
        ("seq",),
        ("path",),
        ("canonical",),
    ):
        changes = {name: getattr(other, name) for name in names}
        assert not check_proof(msgspec.structs.replace(one, **changes)).holds, names


def test_content_cannot_be_passed_off_as_erased_and_replaced(log):
    """Without its content a proof shows the id; with another content, nothing holds."""
    proof = prove_record(log, log.read()[3].id)
    without = check_proof(msgspec.structs.replace(proof, canonical=None))
    assert (without.holds, without.has_content, without.is_signed) == (True, False, None)
    other = prove_record(log, log.read()[5].id).canonical
    assert not check_proof(msgspec.structs.replace(proof, canonical=other)).holds


def test_a_signature_that_is_not_the_actors_is_noticed(log, other):
    proof = prove_record(log, log.read()[7].id)
    sig = other.sign(proof.canonical.encode())
    assert "signature" in check_proof(msgspec.structs.replace(proof, sig=sig)).problem
    assert "missing" in check_proof(msgspec.structs.replace(proof, sig=None)).problem


def test_a_record_that_the_checkpoint_does_not_cover_is_not_proven(log, old):
    proof = prove_record(log, log.read(limit=50)[25].id)
    found = check_proof(msgspec.structs.replace(proof, checkpoint=old.note)).problem
    assert found == "the checkpoint covers 21 records, not seq 26"


def test_checkpoints_cannot_be_swapped(log, old):
    proof = prove_growth(log, old)
    swapped = msgspec.structs.replace(proof, old=proof.new, new=proof.old)
    assert "does not cover" in check_proof(swapped).problem


def test_a_checkpoint_of_another_log_is_noticed(log, old, signer):
    elsewhere = SignedHead.sign(
        origin="threadbook/" + "00" * 32, size=old.size, root=old.root, by=signer
    )
    proof = msgspec.structs.replace(prove_growth(log, old), old=elsewhere.note)
    assert "different logs" in check_proof(proof).problem


@pytest.mark.parametrize("size", [2**63 - 1, 2**62, 1])
def test_a_checkpoint_of_any_size_is_bounded_work(log, size, signer):
    proof = prove_record(log, log.read()[0].id)
    origin = SignedHead.parse(proof.checkpoint).origin
    head = SignedHead.sign(origin=origin, size=size, root=bytes(32), by=signer)
    for path in ([], [bytes(32)] * 64):
        changed = msgspec.structs.replace(proof, checkpoint=head.note, path=path)
        assert "path does not lead" in check_proof(changed).problem
    assert "cut off" in check_proof(head, against=log).problem or size == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\0" * 100,
        b"\xff\xfe",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b'{"object": "record"}',
        b'{"object": "threadbook.proof.record"}',
        b'{"object": "threadbook.proof.growth", "old": "", "new": "", "path": []}',
        b'{"object": ["threadbook.proof.record"]}',
        b'{"a":' * 100_000,
        b"SQLite format 3\0",
        b"x" * (LARGEST_FILE + 1),
        b'{"x": "\xff"}',
        b'{"x": "\\ud800"}',
    ],
    ids=range(17),
)
def test_what_is_no_proof_is_refused_in_one_line(data):
    found = problem_of(data)
    assert found
    assert "\n" not in found
    assert len(found) < 300


@given(st.binary() | st.text().map(str.encode))
def test_any_garbage_is_refused(data):
    assert problem_of(data)


FIELDS = ("id", "canonical", "sig", "seq", "recorded_at", "judged_by", "path", "checkpoint")
VALUES = st.none() | st.integers() | st.text() | st.booleans() | st.lists(st.text(), max_size=2)


@given(
    st.sampled_from(["threadbook.proof.record", "threadbook.proof.growth"]),
    st.dictionaries(st.sampled_from([*FIELDS, "old", "new"]), VALUES),
)
def test_any_json_is_refused(name, fields):
    assert problem_of(json.dumps({"object": name, **fields}).encode())


@given(st.sampled_from([*FIELDS, "old", "new"]), VALUES)
def test_any_other_value_in_a_field_is_refused(proof, name, value):
    fields = fields_of(proof)
    if name not in fields or fields[name] == value:
        return
    if name == "canonical" and value is None:  # that shows less; what it shows still holds
        return
    assert problem_of(json.dumps({**fields, name: value}).encode())


def test_what_is_not_in_the_log_has_no_proof(log):
    for record_id in ("ab" * 32, "", "nonsense", log.read()[0].id.upper()):
        with pytest.raises(RecordNotFound):
            prove_record(log, record_id)
