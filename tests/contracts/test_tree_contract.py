"""The Merkle tree of a log: the same on every store, at every size, before and after a restart."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadbook.errors import ProofError
from threadbook.log.merkle import (
    EMPTY_ROOT,
    Frontier,
    nodes_of,
    tree_head,
    verify_consistency,
    verify_inclusion,
)
from threadbook.log.store import Query
from threadbook.log.tree import TILE, Tree, leaf_of, scan

SIZE = 3 * TILE + 17


@pytest.fixture
def grown(log, ann, draft):
    """Return a log of SIZE records."""
    log.append_many([draft(number) for number in range(SIZE)], by=ann)
    return log


def leaves_of(log):
    return [leaf_of(row) for row in log.store.rows(Query(), after=0, limit=log.size)]


def expected_head(log, size):
    return tree_head(size, nodes_of(leaves_of(log)))


def test_an_empty_log_has_the_head_of_an_empty_tree(log):
    assert (Tree(log).size, Tree(log).head()) == (0, EMPTY_ROOT)


def test_the_head_at_every_size_is_that_over_its_leaves(log, ann, draft):
    log.append_many([draft(number) for number in range(40)], by=ann)
    tree, frontier = Tree(log), Frontier()
    for size, leaf in enumerate(leaves_of(log)):
        assert tree.head(size) == frontier.root
        frontier.add(leaf)
    assert tree.head() == frontier.root


def test_heads_around_the_edges_of_tiles(grown):
    for size in (1, TILE - 1, TILE, TILE + 1, 2 * TILE, 3 * TILE, SIZE):
        wanted = expected_head(grown, size)
        assert Tree(grown).head(size) == wanted  # builds
        assert Tree(grown).head(size) == wanted  # from what was kept


def test_proofs_hold(grown):
    tree = Tree(grown)
    leaves = leaves_of(grown)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data(), st.integers(1, SIZE))
    def check(data, size):
        seq = data.draw(st.integers(1, size))
        root = tree.head(size)
        path = tree.inclusion(seq, size=size)
        assert verify_inclusion(leaves[seq - 1], index=seq - 1, size=size, path=path, root=root)
        path = tree.consistency(seq, size=size)
        heads = {"old_root": tree.head(seq), "root": root}
        assert verify_consistency(old=seq, size=size, path=path, **heads)

    check()


def test_a_tree_sees_what_is_appended_after_it_was_made(log, ann, draft):
    tree = Tree(log)
    for step in (1, 1, TILE - 2, 1, TILE, 3):
        log.append_many([draft(number) for number in range(step)], by=ann)
        assert tree.head() == expected_head(log, log.size)


def test_what_is_not_in_the_log_is_refused(log, ann, draft):
    log.append_many([draft(number) for number in range(5)], by=ann)
    tree = Tree(log)
    for wrong in (-1, 6):
        with pytest.raises(ProofError):
            tree.head(wrong)
        with pytest.raises(ProofError):
            tree.inclusion(1, size=wrong)
    for wrong in (-1, 0, 6):
        with pytest.raises(ProofError):
            tree.inclusion(wrong, size=5)
        with pytest.raises(ProofError):
            tree.consistency(wrong, size=5)


def test_a_second_tree_reads_few_rows(grown, monkeypatch):
    Tree(grown).head()
    read, rows = [], grown.store.rows

    def counting(*arguments, **options):
        found = rows(*arguments, **options)
        read.append(len(found))
        return found

    monkeypatch.setattr(grown.store, "rows", counting)
    Tree(grown).head()
    Tree(grown).inclusion(5, size=SIZE)
    assert sum(read) < 2 * (TILE + 17 + 2)


SPOILT = (
    lambda _data: b"",
    lambda _data: b"nonsense",
    lambda data: data[:-1],
    lambda data: data[:-32],
    lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    lambda data: bytes([data[0] ^ 1]) + data[1:],
    lambda data: data + bytes(32 * TILE),
)


def test_tiles_that_do_not_fit_are_built_again(grown):
    wanted = Tree(grown).head()
    name = "tree/1/0"
    kept = grown.store.kept(name)
    for spoil in SPOILT:
        grown.store.keep(name, spoil(kept))
        assert Tree(grown).head() == wanted
        assert grown.store.kept(name) == kept


def test_tiles_of_another_log_are_not_used(new_log, ann, draft):
    one, other = new_log(), new_log()
    for number, log in enumerate((one, other)):
        log.append_many([draft(number)] * TILE, by=ann)
        Tree(log).head()
    other.store.keep("tree/1/0", one.store.kept("tree/1/0"))
    assert Tree(other).head() == expected_head(other, TILE)


def test_tiles_are_only_a_help(grown):
    wanted = Tree(grown).head()
    grown.store.forget("tree/1/0")
    assert Tree(grown).head() == wanted


def test_hashing_in_advance_stops_when_its_time_is_over_and_goes_on_later(grown):
    assert not Tree(grown).prepare(SIZE, seconds=-1)
    assert grown.store.kept("tree/1/0") is None
    assert Tree(grown).prepare(SIZE, seconds=60)
    assert len(grown.store.kept("tree/1/0")) == 32 * (1 + SIZE // TILE)
    assert Tree(grown).prepare(SIZE, seconds=60)


def test_erased_content_keeps_its_leaf(grown):
    before = Tree(grown).head()
    for seq in (1, TILE, SIZE):
        with grown.store.write() as transaction:
            transaction.erase(seq, b"{}")
    assert Tree(grown).head() == before == expected_head(grown, SIZE)


def test_a_leaf_is_of_all_that_the_chain_covers(log, ann, signer, draft):
    """Rows that differ in one respect have other leaves."""
    log.append(draft(), by=ann)
    log.append(draft(judged_by="ab" * 32), by=signer)
    (plain, full) = log.store.rows(Query(), after=0, limit=2)
    leaves = {leaf_of(plain), leaf_of(full)}
    for row in (plain, full):
        for change in (
            {"seq": 7},
            {"recorded_at": 7},
            {"id": "cd" * 32},
            {"sig": b"" if row.sig is None else row.sig[::-1]},
            {"judged_by": "" if row.judged_by is None else "x"},
        ):
            changed = msgspec.structs.replace(row, **change)
            leaves.add(leaf_of(changed))
        content = {"canonical": b"", "chain": b"", "thread": "", "actor": "", "act": "", "clock": 0}
        same = msgspec.structs.replace(row, **content)
        assert leaf_of(same) in leaves
    assert len(leaves) == 12


def test_a_scan_yields_the_rows_or_says_what_is_missing(grown):
    assert [row.seq for row in scan(grown.store, size=SIZE)] == list(range(1, SIZE + 1))
    assert len(list(scan(grown.store, size=5))) == 5
    with pytest.raises(ProofError, match=f"has {SIZE} records, not {SIZE + 1}: records were cut"):
        list(scan(grown.store, size=SIZE + 1))
