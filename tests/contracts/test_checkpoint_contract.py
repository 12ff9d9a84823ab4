"""Checkpoints on every store: what somebody holds proves what was done to the log since."""

import msgspec
import pytest

from threadbook.errors import IdentityError, ProofError
from threadbook.log.checkpoints import LOG_THREAD, Checkpointer, SignedHead, origin_of
from threadbook.log.entry import Sealed
from threadbook.log.log import chain_after
from threadbook.log.merkle import nodes_of, tree_head
from threadbook.log.proofs import (
    GrowthProof,
    RecordProof,
    check_proof,
    prove_growth,
    prove_record,
    read_proof,
    write_proof,
)
from threadbook.log.store import EMPTY, Query
from threadbook.log.tree import Tree, leaf_of
from threadbook.log.verify import verify
from threadbook.ops.erase import erase
from threadbook.records.bodies import LogCheckpoint, LogRepair
from threadbook.records.identity import Identity

SIZE = 300


def changed(row, **changes):
    return msgspec.structs.replace(row, **changes)


@pytest.fixture
def grown(log, ann, signer, draft):
    """Return a log of SIZE records, the second half of them signed."""
    log.append_many([draft(number) for number in range(SIZE // 2)], by=ann)
    log.append_many([draft(number) for number in range(SIZE // 2)], by=signer)
    return log


@pytest.fixture
def held(grown, signer):
    """Return the checkpoint of `grown` that somebody else holds; a record of it follows."""
    return SignedHead.of(Checkpointer(grown, signer).append().record)


@pytest.fixture
def forged(new_log):
    """Return a function that makes a log of rows, with a chain and a tip that fit."""

    def make(rows):
        log, chain = new_log(), EMPTY.chain
        with log.store.write() as transaction:
            for seq, row in enumerate(rows, start=1):
                chain = chain_after(chain, changed(row, seq=seq))
                transaction.insert(changed(row, seq=seq, chain=chain))
        return log

    return make


def rows_of(log):
    return log.store.rows(Query(), after=0, limit=log.size)


def leaves_of(log):
    return [leaf_of(row) for row in rows_of(log)]


# Making them


def test_a_checkpoint_is_a_record_of_the_head_before_it(grown, signer):
    stored = Checkpointer(grown, signer).append()
    head = SignedHead.of(stored.record)
    assert (stored.kind, stored.act, stored.thread) == (LogCheckpoint.KIND, "KNOW", LOG_THREAD)
    assert (head.size, stored.seq, head.signer) == (SIZE, SIZE + 1, signer.actor_did)
    assert head.root == tree_head(SIZE, nodes_of(leaves_of(grown)))
    assert head.origin == origin_of(grown.store)
    assert head.is_signed()
    assert SignedHead.parse(head.note) == head
    assert verify(grown).is_clean


def test_the_next_one_follows_once_there_is_something_new(grown, signer, ann, draft):
    checkpointer = Checkpointer(grown, signer)
    first = checkpointer.append()
    assert checkpointer.append() is None
    grown.append(draft(), by=ann)
    second = checkpointer.append()
    assert second.parents == (first.id,)
    assert SignedHead.of(second.record).size == SIZE + 2
    assert verify(grown).is_clean


def test_one_is_due_after_so_many_records(log, signer, ann, draft):
    checkpointer = Checkpointer(log, signer, every=3)
    due = []
    for number in range(8):
        log.append(draft(number), by=ann)
        due.append(checkpointer.due())
        if due[-1]:
            checkpointer.append()
    assert due == [False, False, True, False, False, True, False, False]


def test_each_signer_keeps_to_its_own(log, signer, tmp_path, ann, draft):
    other = Identity.key(tmp_path / "other.pem")
    log.append_many([draft(number) for number in range(3)], by=ann)
    Checkpointer(log, other).append()
    assert Checkpointer(log, signer, every=3).due()
    assert Checkpointer(log, signer).append() is not None
    assert verify(log).is_clean


def test_two_at_once_do_no_harm(grown, signer):
    tree, origin = Tree(grown), origin_of(grown.store)
    for _ in range(2):
        head = SignedHead.sign(origin=origin, size=SIZE, root=tree.head(SIZE), by=signer)
        grown.append(head.body.draft(thread=LOG_THREAD), by=signer)
    checkpointer = Checkpointer(grown, signer)
    assert SignedHead.of(checkpointer.append().record).size == SIZE + 2
    assert checkpointer.append() is None
    assert verify(grown).is_clean


def test_an_empty_log_has_no_checkpoint(log, signer):
    assert Checkpointer(log, signer).append() is None
    with pytest.raises(ProofError, match="no records"):
        origin_of(log.store)


def test_a_static_identity_makes_none(grown, ann):
    checkpointer = Checkpointer(grown, ann, every=1)
    assert not checkpointer.due()
    assert checkpointer.append() is None
    assert grown.size == SIZE
    with pytest.raises(IdentityError, match="has no key"):
        SignedHead.sign(origin=origin_of(grown.store), size=1, root=bytes(32), by=ann)


def test_where_hashing_takes_too_long_none_is_made_and_nothing_is_lost(grown, signer):
    assert Checkpointer(grown, signer).append(seconds=-1) is None
    assert grown.size == SIZE
    assert Checkpointer(grown, signer).append(seconds=60) is not None


def test_what_contradicts_an_earlier_one_is_not_signed(grown, held, signer, forged):
    rows = rows_of(grown)
    log = forged([*rows[:100], *rows[101:], rows[100]])
    with pytest.raises(ProofError, match="are not those that .* has signed"):
        Checkpointer(log, signer).append()


# Somebody holds a checkpoint


def test_a_log_that_only_grew_passes(grown, held, ann, draft):
    grown.append_many([draft(number) for number in range(50)], by=ann)
    checked = check_proof(held, against=grown)
    assert checked.holds, checked.problem
    assert (checked.size, checked.grown_to, checked.erased) == (SIZE, SIZE + 51, 0)


FORGERIES = {
    "cut off": lambda rows: rows[: SIZE - 1],
    "cut off long before": lambda rows: rows[:10],
    "a record left out": lambda rows: [*rows[:40], *rows[41:]],
    "two swapped": lambda rows: [*rows[:40], rows[41], rows[40], *rows[42:]],
    "the last swapped with what followed": lambda rows: [
        *rows[: SIZE - 1], rows[SIZE], rows[SIZE - 1]
    ],
    "reversed": lambda rows: rows[::-1],
    "a judge changed": lambda rows: [*rows[:7], changed(rows[7], judged_by="x"), *rows[8:]],
    "a time changed": lambda rows: [*rows[:7], changed(rows[7], recorded_at=1), *rows[8:]],
    "the first changed": lambda rows: [changed(rows[0], recorded_at=1), *rows[1:]],
    "the last changed": lambda rows: [
        *rows[: SIZE - 1], changed(rows[SIZE - 1], recorded_at=1), *rows[SIZE:]
    ],
    "a signature removed": lambda rows: [*rows[:200], changed(rows[200], sig=None), *rows[201:]],
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_what_was_done_to_a_log_is_proven_though_it_was_chained_anew(grown, held, forged, name):
    log = forged(FORGERIES[name](rows_of(grown)))
    checked = check_proof(held, against=log)
    if name in ("reversed", "the first changed"):
        assert checked.problem.startswith("the store holds another log: the record that")
    elif name.startswith("cut off"):
        assert checked.problem.endswith("records, not 300: records were cut off")
    else:
        assert checked.problem.startswith("the first 300 records of the store are not those")


def test_a_fork_is_proven(grown, held, forged, ann, draft):
    log = forged(rows_of(grown)[: SIZE - 20])
    log.append_many([draft(number) for number in range(100)], by=ann)
    assert verify(log).is_clean  # of itself it looks well
    checked = check_proof(held, against=log)
    assert "are not those that were signed" in checked.problem


def test_a_rewritten_record_is_proven(grown, held, forged, ann, draft):
    rows = rows_of(grown)
    entry = Sealed.seal(draft(999), ann, clock=rows[0].clock)
    new = changed(rows[0], id=entry.id, canonical=entry.canonical)
    log = forged([new, *rows[1:SIZE]])
    assert verify(log).is_clean
    assert "another log" in check_proof(held, against=log).problem


def test_changed_content_is_proven_though_the_id_stays(grown, held, forged):
    rows = rows_of(grown)
    content = rows[5].canonical.replace(b'"n":', b'"m":')
    log = forged([*rows[:5], changed(rows[5], canonical=content), *rows[6:]])
    assert "the content of seq 6" in check_proof(held, against=log).problem


def test_a_tile_that_was_forged_does_not_help(grown, held, forged):
    """Whoever owns the store can make tiles that fit: a check does not use them."""
    rows = rows_of(grown)
    log = forged([*rows[:5], changed(rows[5], recorded_at=1), *rows[6:]])
    tile = [Tree(grown)._node(8, 0)]
    Tree(log)._keep(1, 0, tile)
    assert Tree(log).head(SIZE) == held.root  # it takes in whoever believes it
    assert not check_proof(held, against=log).holds
    with pytest.raises(ProofError, match="no proof that holds"):
        prove_record(log, rows[5].id)


def test_an_empty_store_is_none_that_grew(held, new_log):
    assert "cut off" in check_proof(held, against=new_log()).problem


# Proofs


def through_a_file(proof):
    return read_proof(write_proof(proof).encode())


def test_every_record_can_be_proven(grown, held, signer):
    for row in [*rows_of(grown)[::37], rows_of(grown)[-2]]:
        proof = through_a_file(prove_record(grown, row.id))
        assert isinstance(proof, RecordProof)
        checked = check_proof(proof, key=signer.actor_did)
        assert checked.holds, checked.problem
        assert (checked.record, checked.seq, checked.size) == (row.id, row.seq, SIZE)
        assert (checked.has_content, checked.is_signed) == (True, row.sig is not None)


def test_what_no_checkpoint_covers_is_signed_for_where_there_is_a_key(grown, held, signer, ann):
    last = rows_of(grown)[-1]
    with pytest.raises(ProofError, match="no checkpoint in the log covers this"):
        prove_record(grown, last.id, by=ann)
    checked = check_proof(prove_record(grown, last.id, by=signer))
    assert (checked.problem, checked.size) == (None, SIZE + 1)
    assert grown.size == SIZE + 1


def test_a_proof_within_a_size(grown, held, signer):
    row = rows_of(grown)[9]
    assert check_proof(prove_record(grown, row.id, size=10, by=signer)).size == 10
    for size in (9, SIZE + 2):
        with pytest.raises(ProofError, match="the size must be from 10 to 301"):
            prove_record(grown, row.id, size=size, by=signer)


def test_growth_can_be_proven(grown, held, signer, ann, draft):
    grown.append_many([draft(number) for number in range(30)], by=ann)
    Checkpointer(grown, signer).append()
    proof = through_a_file(prove_growth(grown, held))
    assert isinstance(proof, GrowthProof)
    checked = check_proof(proof, key=signer.actor_did, against=grown)
    assert checked.holds, checked.problem
    assert (checked.old_size, checked.size, checked.grown_to) == (SIZE, SIZE + 31, SIZE + 32)


def test_growth_of_a_fork_cannot_be_proven(grown, held, forged, signer, ann, draft):
    log = forged(rows_of(grown)[: SIZE - 20])
    with pytest.raises(ProofError, match="records were removed"):
        prove_growth(log, held, by=signer)
    log.append_many([draft(number) for number in range(100)], by=ann)
    with pytest.raises(ProofError, match="no proof that holds"):
        prove_growth(log, held, by=signer)


def test_growth_of_another_log_cannot_be_proven(held, new_log, signer, ann, draft):
    other = new_log()
    other.append_many([draft(number) for number in range(SIZE)], by=ann)
    with pytest.raises(ProofError, match="of another log"):
        prove_growth(other, held, by=signer)


def test_a_repaired_log_is_another_one(grown, held, forged, signer):
    """What was signed of the part that is intact still passes; what is new has another name."""
    early = SignedHead.sign(origin=held.origin, size=100, root=Tree(grown).head(100), by=signer)
    rows = rows_of(grown)
    log = forged([*rows[:100], *rows[101:]])
    note = LogRepair(intact=100, moved=len(rows) - 101, lost=[[101, 101]])
    log.append(note.draft(thread=LOG_THREAD), by=signer)
    assert verify(log).is_clean
    assert check_proof(early, against=log).holds
    assert not check_proof(held, against=log).holds
    with pytest.raises(ProofError, match="before it was repaired"):
        prove_growth(log, early, by=signer)
    new = SignedHead.of(Checkpointer(log, signer).append().record)
    assert new.origin != held.origin
    assert check_proof(new, against=log).holds
    assert verify(log).is_clean
    assert not check_proof(new, against=grown).holds


def test_erased_content_leaves_a_record_that_can_be_proven(grown, held, signer):
    (row,) = rows_of(grown)[5:6]
    before = prove_record(grown, row.id)
    erase(grown, [row.id], reason="asked for", by=signer)
    proof = through_a_file(prove_record(grown, row.id))
    checked = check_proof(proof, against=grown)
    assert checked.holds, checked.problem
    assert (checked.has_content, checked.is_signed, checked.erased) == (False, None, 1)
    assert msgspec.structs.replace(before, canonical=None) == proof
    assert check_proof(before, against=grown).has_content  # who has a copy can prove what it said
    assert verify(grown).is_clean


def test_changed_content_is_not_proven_as_erased(grown, held, forged, signer):
    rows = rows_of(grown)
    log = forged([*rows[:5], changed(rows[5], canonical=b"{}"), *rows[6:]])
    with pytest.raises(ProofError, match="was changed"):
        prove_record(log, rows[5].id, by=signer)


# What verify says of the checkpoints of a log


def problems(log):
    return [(problem.seq, problem.reason) for problem in verify(log).problems]


def test_verify_finds_that_a_log_was_changed_before_its_checkpoint(grown, held, forged):
    rows = rows_of(grown)
    log = forged([*rows[:5], changed(rows[5], recorded_at=1), *rows[6:]])
    ((seq, reason),) = problems(log)
    assert seq == SIZE + 1
    assert "does not fit the first 300 records" in reason
    assert verify(log, thread=LOG_THREAD).is_clean  # of a thread, the place is not checked


def test_verify_finds_that_records_before_a_checkpoint_were_removed(grown, held, forged):
    rows = rows_of(grown)
    log = forged([*rows[:5], *rows[10:]])
    assert [seq for seq, _ in problems(log)] == [SIZE - 4]


@pytest.fixture
def small(log, ann, draft):
    log.append_many([draft(number) for number in range(3)], by=ann)
    return log


def bogus(small, signer, **changes):
    head = SignedHead.of(Checkpointer(small, signer).append().record)
    draft = head.body.draft(thread=LOG_THREAD)
    body = {**draft.body, **changes}
    return small.append(msgspec.structs.replace(draft, body=body), by=signer)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"size": -1}, "cannot be read"),
        ({"size": 10**19}, "cannot be read"),
        ({"size": "many"}, "cannot be read"),
        ({"root": "none"}, "cannot be read"),
        ({"root": "ab"}, "cannot be read"),
        ({"origin": "elsewhere"}, "cannot be read"),
        ({"signature": "00"}, "cannot be read"),
        ({"signature": "00" * 64}, "not signed by its actor"),
        ({"size": 2}, "not signed by its actor"),
    ],
)
def test_verify_reports_what_is_no_checkpoint_by_its_actor(small, signer, changes, reason):
    stored = bogus(small, signer, **changes)
    ((seq, found),) = problems(small)
    assert seq == stored.seq
    assert reason in found


@pytest.mark.parametrize("size", [1, 3, 4, 5, 10**9])
def test_verify_reports_a_checkpoint_that_was_false_from_the_start(small, signer, size):
    head = SignedHead.sign(origin=origin_of(small.store), size=size, root=bytes(32), by=signer)
    stored = small.append(head.body.draft(thread=LOG_THREAD), by=signer)
    ((seq, found),) = problems(small)
    assert seq == stored.seq
    assert "it was false from the start" in found


def test_verify_leaves_aside_the_checkpoint_of_another_log(grown, held, new_log, ann, draft):
    other = new_log()
    other.append(draft(), by=ann)
    row = rows_of(grown)[-1]
    other.append(Sealed.of(grown.get(row.id).record, sig=row.sig))
    assert verify(other).is_clean
