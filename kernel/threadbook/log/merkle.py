"""The Merkle tree of RFC 6962 section 2.1: heads, inclusion proofs and consistency proofs.

Pure functions of hashes. A tree is given as `Nodes`, a function that returns the hash of any
complete subtree, so that whoever keeps hashes of large ones need not read their leaves again.
Proofs are checked as RFC 9162 says in 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

HASH_BYTES = 32

EMPTY_ROOT = hashlib.sha256().digest()
"""The head of a tree without leaves."""

Nodes = Callable[[int, int], bytes]
"""`nodes(height, index)`: the hash of the `index`-th complete subtree of `2**height` leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf: no leaf has the hash of a node."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two others."""
    return hashlib.sha256(b"\1" + left + right).digest()


def subtree_hash(hashes: Sequence[bytes]) -> bytes:
    """Return the hash of the complete subtree above `hashes`, whose number is a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def nodes_of(leaves: Sequence[bytes]) -> Nodes:
    """Return the nodes of a tree whose leaf hashes are at hand."""
    return lambda height, index: subtree_hash(leaves[index << height : (index + 1) << height])


class Frontier:
    """The head of a tree that grows leaf by leaf; it holds one hash for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._complete: list[bytes] = []  # the complete subtrees it consists of, largest first

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf at the end."""
        self.size += 1
        size = self.size
        while not size & 1:
            leaf = node_hash(self._complete.pop(), leaf)
            size >>= 1
        self._complete.append(leaf)

    def copy(self) -> Frontier:
        """Return one that grows on its own."""
        other = Frontier()
        other.size, other._complete = self.size, self._complete.copy()
        return other

    @property
    def root(self) -> bytes:
        """The head of the tree as it is now."""
        if not self._complete:
            return EMPTY_ROOT
        root = self._complete[-1]
        for left in self._complete[-2::-1]:
            root = node_hash(left, root)
        return root


def tree_head(size: int, nodes: Nodes) -> bytes:
    """Return the head of the tree over the first `size` leaves."""
    return _range_hash(0, size, nodes) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that leaf `index`, counted from 0, is in the tree of `size` leaves.

    Raises ValueError where it is not.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, path = 0, []
    while size > 1:
        split = _split(size)
        if index - start < split:
            path.append(_range_hash(start + split, size - split, nodes))
            size = split
        else:
            path.append(_range_hash(start, split, nodes))
            start, size = start + split, size - split
    return path[::-1]


def consistency_path(old: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that the tree of `size` leaves begins with the tree of `old` leaves.

    Raises ValueError unless 0 < old <= size.
    """
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} leaves does not extend one of {old}")
    start, path = 0, []
    while start + size != old:
        split = _split(size)
        if old - start <= split:
            path.append(_range_hash(start + split, size - split, nodes))
            size = split
        else:
            path.append(_range_hash(start, split, nodes))
            start, size = start + split, size - split
    if start:  # else it is the old head itself, which the verifier has
        path.append(_range_hash(start, size, nodes))
    return path[::-1]


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether `path` proves that `leaf` is leaf `index` of the tree with this head."""
    if not 0 <= index < size or not _are_hashes(path):
        return False
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            at, last = _shift_to_right_child(at, last)
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    *, old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether `path` proves that the tree with head `root` begins with that of `old_root`."""
    if not 0 < old <= size or not _are_hashes(path):
        return False
    if old == size:
        return not path and old_root == root
    if old & (old - 1) == 0:
        path = [old_root, *path]
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    found_old = found = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            found_old, found = node_hash(sibling, found_old), node_hash(sibling, found)
            at, last = _shift_to_right_child(at, last)
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found_old == old_root and found == root


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_hash(start: int, size: int, nodes: Nodes) -> bytes:
    """Return the head over `size` leaves from `start`, a multiple of a power of two >= `size`."""
    height = size.bit_length() - 1
    if size == 1 << height:
        return nodes(height, start >> height)
    split = _split(size)
    left = nodes(height, start >> height)
    return node_hash(left, _range_hash(start + split, size - split, nodes))


def _shift_to_right_child(at: int, last: int) -> tuple[int, int]:
    """Skip the levels on which a node at the right edge has no sibling."""
    while not at & 1 and at:
        at, last = at >> 1, last >> 1
    return at, last


def _are_hashes(path: Sequence[bytes]) -> bool:
    return all(len(part) == HASH_BYTES for part in path)
