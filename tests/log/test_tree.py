"""The tree of a log that is large, and of one that several processes write."""

import msgspec
import pytest

from threadbook.log import open_log
from threadbook.log.checkpoints import Checkpointer, SignedHead
from threadbook.log.log import chain_after
from threadbook.log.merkle import Frontier, verify_consistency, verify_inclusion
from threadbook.log.proofs import check_proof
from threadbook.log.store import EMPTY, Row
from threadbook.log.tree import TILE, Tree, leaf_of, scan
from threadbook.log.verify import verify
from threadbook.records.bodies import LogCheckpoint
from threadbook.records.identity import Identity

LARGE = TILE * TILE + 2 * TILE + 5
"""More than one tile of tiles."""

WRITE = """
import sys
from threadbook.log import open_log
from threadbook.log.checkpoints import Checkpointer
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
url, key, name = sys.argv[1:]
me = Identity.key(key)
with open_log(url) as log:
    for number in range(20):
        drafts = [Draft(act="DO", body={"n": n}, thread=name) for n in range(30)]
        log.append_many(drafts, by=me)
        Checkpointer(log, me).append()
"""


def row_after(previous, seq):
    row = Row(
        seq=seq,
        id=f"{seq:064x}",
        canonical=b"{}",
        sig=None,
        judged_by=None,
        recorded_at=seq,
        chain=b"",
        thread="th",
        actor="ann",
        act="DO",
        kind=None,
        clock=seq,
    )
    return msgspec.structs.replace(row, chain=chain_after(previous, row))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return a log of LARGE rows without content, and its head at some sizes."""
    path = tmp_path_factory.mktemp("large") / "log.db"
    with open_log(f"sqlite:///{path}") as log:
        chain = EMPTY.chain
        with log.store.write() as transaction:
            for seq in range(1, LARGE + 1):
                row = row_after(chain, seq)
                chain = row.chain
                transaction.insert(row)
        yield log


@pytest.fixture(scope="module")
def heads(large):
    """Return the head at some sizes, computed from the rows one by one."""
    frontier, found = Frontier(), {}
    sizes = {TILE * TILE + step for step in (-TILE, -1, 0, 1, TILE)} | {LARGE}
    for row in scan(large.store, size=LARGE):
        frontier.add(leaf_of(row))
        if row.seq in sizes:
            found[row.seq] = frontier.root
    return found


def test_heads_of_a_large_log(large, heads):
    for size, head in heads.items():
        assert Tree(large).head(size) == head
    assert len(large.store.kept("tree/2/0")) == 32 * 2


def test_proofs_of_a_large_log(large, heads):
    tree, root = Tree(large), heads[LARGE]
    rows = {row.seq: leaf_of(row) for row in scan(large.store, size=LARGE)}
    for seq in (1, TILE, TILE + 1, TILE * TILE, TILE * TILE + 1, LARGE):
        path = tree.inclusion(seq, size=LARGE)
        assert verify_inclusion(rows[seq], index=seq - 1, size=LARGE, path=path, root=root)
    for size, head in heads.items():
        path = tree.consistency(size, size=LARGE)
        assert verify_consistency(old=size, size=LARGE, old_root=head, root=root, path=path)


def test_a_proof_in_a_large_log_reads_few_rows(large, heads, monkeypatch):
    Tree(large).head()
    read, rows = [], large.store.rows

    def counting(*arguments, **options):
        found = rows(*arguments, **options)
        read.append(len(found))
        return found

    monkeypatch.setattr(large.store, "rows", counting)
    Tree(large).inclusion(1234, size=LARGE)
    assert 0 < sum(read) < 3 * TILE


def test_hashing_in_advance_goes_on_where_another_process_stopped(large, heads):
    for number in (0, 1):
        large.store.forget(f"tree/1/{number}")
    large.store.forget("tree/2/0")
    rounds = 1
    while not Tree(large).prepare(LARGE, seconds=0.02):
        rounds += 1
        assert rounds < 1000
    assert rounds > 1
    assert len(large.store.kept("tree/1/0")) == 32 * (1 + TILE)
    assert Tree(large).head() == heads[LARGE]


def test_several_processes_append_records_and_checkpoints(path, child, tmp_path):
    url, key = f"sqlite:///{path}", tmp_path / "key.pem"
    signer = Identity.key(key)
    with open_log(url):
        writers = [child(WRITE, url, key, f"th_{number}") for number in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    with open_log(url) as log:
        Checkpointer(log, signer).append()
        assert verify(log).problems == []
        checkpoints = list(log.read_all(kind=LogCheckpoint.KIND))
        assert len(checkpoints) > 10
        assert log.size == 3 * 20 * 30 + len(checkpoints)
        for stored in checkpoints[::10]:
            assert check_proof(SignedHead.of(stored.record), against=log).holds
