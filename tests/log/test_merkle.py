"""The Merkle tree, against RFC 6962 transcribed word by word and its well-known vectors."""

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from threadbook.log.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    nodes_of,
    tree_head,
    verify_consistency,
    verify_inclusion,
)

# The definition, over the data of leaves: RFC 6962 sections 2.1, 2.1.1 and 2.1.2


def sha256(data):
    return hashlib.sha256(data).digest()


def k_of(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(d):
    if len(d) == 0:
        return sha256(b"")
    if len(d) == 1:
        return sha256(b"\x00" + d[0])
    k = k_of(len(d))
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:]))


def path_of(m, d):
    if len(d) == 1:
        return []
    k = k_of(len(d))
    if m < k:
        return [*path_of(m, d[:k]), mth(d[k:])]
    return [*path_of(m - k, d[k:]), mth(d[:k])]


def subproof(m, d, b):
    if m == len(d):
        return [] if b else [mth(d)]
    k = k_of(len(d))
    if m <= k:
        return [*subproof(m, d[:k], b), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


def data_of(size):
    return [number.to_bytes(4) for number in range(size)]


def nodes(data):
    return nodes_of([leaf_hash(item) for item in data])


# The vectors of the Certificate Transparency reference implementation

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


@pytest.mark.parametrize("size", range(9))
def test_heads_are_those_of_certificate_transparency(size):
    assert tree_head(size, nodes(INPUTS)).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_those_of_certificate_transparency(index, size):
    path = inclusion_path(index, size, nodes(INPUTS))
    assert [part.hex() for part in path] == INCLUSION[index, size]


@pytest.mark.parametrize(("old", "size"), CONSISTENCY)
def test_consistency_proofs_are_those_of_certificate_transparency(old, size):
    path = consistency_path(old, size, nodes(INPUTS))
    assert [part.hex() for part in path] == CONSISTENCY[old, size]


# Every size


def test_every_head_is_that_of_the_definition():
    data, frontier = data_of(130), Frontier()
    assert frontier.root == EMPTY_ROOT
    for size in range(131):
        assert tree_head(size, nodes(data)) == mth(data[:size]) == frontier.root
        assert frontier.size == size
        if size < 130:
            frontier.add(leaf_hash(data[size]))


def test_every_proof_in_small_trees_is_that_of_the_definition_and_holds():
    data = data_of(34)
    for size in range(1, 35):
        root = mth(data[:size])
        for index in range(size):
            path = inclusion_path(index, size, nodes(data))
            assert path == path_of(index, data[:size])
            leaf = leaf_hash(data[index])
            assert verify_inclusion(leaf, index=index, size=size, path=path, root=root)
        for old in range(1, size + 1):
            path = consistency_path(old, size, nodes(data))
            assert path == subproof(old, data[:size], True)
            heads = {"old_root": mth(data[:old]), "root": root}
            assert verify_consistency(old=old, size=size, path=path, **heads)


@given(st.data(), st.integers(1, 2000))
def test_proofs_in_larger_trees_hold(data, size):
    leaves = [leaf_hash(item) for item in data_of(size)]
    root = tree_head(size, nodes_of(leaves))
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, nodes_of(leaves))
    assert verify_inclusion(leaves[index], index=index, size=size, path=path, root=root)
    old = index + 1
    path = consistency_path(old, size, nodes_of(leaves))
    old_root = tree_head(old, nodes_of(leaves))
    assert verify_consistency(old=old, size=size, old_root=old_root, root=root, path=path)


# Whatever is changed, a proof no longer holds


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def mutations_of(path):
    """Yield paths with a flipped bit, and with a hash removed, doubled, added, or moved."""
    for place, part in enumerate(path):
        for bit in (0, 100, 255):
            yield [*path[:place], flipped(part, bit), *path[place + 1 :]]
        yield [*path[:place], *path[place + 1 :]]
        yield [*path[:place], part, *path[place:]]
        yield [*path[:place], part[:-1], *path[place + 1 :]]
        yield [*path[:place], part + b"\0", *path[place + 1 :]]
    yield [*path, bytes(32)]
    yield [bytes(32), *path]
    if len(set(path)) > 1:
        yield path[::-1]


@given(st.data(), st.integers(1, 70))
def test_a_changed_inclusion_proof_fails(data, size):
    items = data_of(size)
    root = mth(items)
    index = data.draw(st.integers(0, size - 1))
    leaf, path = leaf_hash(items[index]), path_of(index, items)
    for changed in mutations_of(path):
        assert not verify_inclusion(leaf, index=index, size=size, path=changed, root=root)
    bit = data.draw(st.integers(0, 255))
    right = {"index": index, "size": size, "path": path, "root": root}
    assert not verify_inclusion(flipped(leaf, bit), **right)
    assert not verify_inclusion(leaf, **{**right, "root": flipped(root, bit)})
    other = data.draw(st.integers(-2, size + 2))
    assume(other != index)
    assert not verify_inclusion(leaf, **{**right, "index": other})


@given(st.data(), st.integers(1, 70))
def test_a_changed_consistency_proof_fails(data, size):
    items = data_of(size)
    old = data.draw(st.integers(1, size))
    path = subproof(old, items, True)
    heads = {"old_root": mth(items[:old]), "root": mth(items)}
    for changed in mutations_of(path):
        assert not verify_consistency(old=old, size=size, path=changed, **heads)
    bit = data.draw(st.integers(0, 255))
    for name, head in heads.items():
        changed = {**heads, name: flipped(head, bit)}
        assert not verify_consistency(old=old, size=size, path=path, **changed)
    for sizes in ((0, size), (-1, size), (size + 1, size), (size, old), (0, 0)):
        if sizes != (old, size):
            assert not verify_consistency(old=sizes[0], size=sizes[1], path=path, **heads)


@given(st.integers(1, 40), st.integers(1, 40), st.lists(st.binary(min_size=32, max_size=32)))
def test_made_up_proofs_are_refused_without_an_error(old, size, path):
    root = bytes(32)
    assert not verify_inclusion(root, index=old - 1, size=size, path=path, root=root) or (
        old == size == 1 and not path
    )
    held = verify_consistency(old=old, size=size, old_root=root, root=root, path=path)
    assert held == (old == size and not path)


def test_a_node_is_no_leaf():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (8, 8)])
def test_there_is_no_proof_of_a_leaf_outside_the_tree(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_path(index, size, nodes(INPUTS))


@pytest.mark.parametrize(("old", "size"), [(0, 0), (0, 4), (-1, 4), (5, 4)])
def test_there_is_no_proof_that_a_tree_shrank(old, size):
    with pytest.raises(ValueError, match="does not extend"):
        consistency_path(old, size, nodes(INPUTS))
