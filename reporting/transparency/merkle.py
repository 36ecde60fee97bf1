"""Merkle trees as RFC 6962 §2.1 has them: roots, inclusion and consistency proofs, and checking each.

Pure: octets in, digests out. Refuses (ValueError) a place that the tree does not have.
"""

from collections.abc import Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()


def leaf_of(data: bytes) -> bytes:
    """The leaf that stands for ``data``."""
    return sha256(b"\x00" + data).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    """What stands over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaves, in order; of none, the digest of nothing."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    cut = _cut(len(leaves))
    return node_of(root_of(leaves[:cut]), root_of(leaves[cut:]))


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What leads from the leaf at ``index`` to the root, nearest first. ValueError."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return []
    cut = _cut(len(leaves))
    if index < cut:
        return [*inclusion_path(leaves[:cut], index), root_of(leaves[cut:])]
    return [*inclusion_path(leaves[cut:], index - cut), root_of(leaves[:cut])]


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root of a tree of ``size`` leaves that has ``leaf`` at ``index`` by this path (RFC 9162 §2.1.3.2).

    ValueError for a path of another length.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} among {size}")
    at, last, found = index, size - 1, leaf
    for each in path:
        if last == 0:
            raise ValueError("the path is too long")
        if at % 2 or at == last:
            found = node_of(each, found)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            found = node_of(found, each)
        at, last = at // 2, last // 2
    if last:
        raise ValueError("the path is too short")
    return found


def consistency_path(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """What shows that an earlier tree is the beginning of this one (RFC 6962 §2.1.2). ValueError."""
    if not 0 < earlier <= len(leaves):
        raise ValueError(f"no earlier tree of {earlier} under one of {len(leaves)}")
    return _consistency(leaves, earlier, whole=True)


def _consistency(leaves: Sequence[bytes], earlier: int, *, whole: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if whole else [root_of(leaves)]
    cut = _cut(len(leaves))
    if earlier <= cut:
        return [*_consistency(leaves[:cut], earlier, whole=whole), root_of(leaves[cut:])]
    return [*_consistency(leaves[cut:], earlier - cut, whole=False), root_of(leaves[:cut])]


def is_consistent(earlier: tuple[int, bytes], later: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Whether tree ``earlier`` (size, root) is where ``later`` began, by this path (RFC 9162 §2.1.4.2)."""
    (first, first_root), (second, second_root) = earlier, later
    if first == second:
        return first_root == second_root and not path
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    at, last = first - 1, second - 1
    while at % 2:
        at, last = at // 2, last // 2
    if not 0 < first < second or not steps:
        return False
    was = now = steps[0]
    for each in steps[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            was, now = node_of(each, was), node_of(each, now)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            now = node_of(now, each)
        at, last = at // 2, last // 2
    return last == 0 and (was, now) == (first_root, second_root)


def _cut(size: int) -> int:
    """The largest power of two under ``size``."""
    return 1 << (size - 1).bit_length() - 1


class Growing:
    """A tree that is only added to: it keeps its full subtrees' roots, one for each bit of its size."""

    def __init__(self) -> None:
        """Of no leaves."""
        self.size = 0
        self._full: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """One more leaf at the end."""
        carried, size = leaf, self.size
        while size % 2:
            carried = node_of(self._full.pop(), carried)
            size //= 2
        self._full.append(carried)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root over what was appended so far."""
        if not self._full:
            return EMPTY
        found = self._full[-1]
        for each in reversed(self._full[:-1]):
            found = node_of(each, found)
        return found
