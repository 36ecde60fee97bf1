"""Roots and proofs are RFC 6962's: the same octets as pymerkle's, for every size up to a day of funds."""

from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from pymerkle import InmemoryTree, verify_consistency  # type: ignore[import-untyped]

from reporting.transparency import merkle

SIZES = (1, 2, 3, 4, 7, 8, 9, 31, 64, 100)


def data(index: int) -> bytes:
    return f"leaf {index}".encode() * (index % 3)


@cache
def both(size: int) -> tuple[InmemoryTree, list[bytes]]:
    theirs = InmemoryTree(algorithm="sha256")
    for index in range(size):
        theirs.append_entry(data(index))
    return theirs, [merkle.leaf_of(data(index)) for index in range(size)]


def grown(leaves: list[bytes]) -> merkle.Growing:
    tree = merkle.Growing()
    for leaf in leaves:
        tree.append(leaf)
    return tree


def test_of_nothing_it_is_the_digest_of_nothing() -> None:
    assert merkle.root_of([]) == sha256(b"").digest() == merkle.Growing().root


@pytest.mark.parametrize("size", SIZES)
def test_a_root_is_pymerkles(size: int) -> None:
    theirs, leaves = both(size)

    assert merkle.root_of(leaves) == theirs.get_root() == grown(leaves).root


@pytest.mark.parametrize("size", SIZES)
def test_every_inclusion_proof_is_pymerkles_and_leads_to_the_root(size: int) -> None:
    theirs, leaves = both(size)
    for index in range(size):
        path = merkle.inclusion_path(leaves, index)

        assert [leaves[index], *path] == theirs.prove_inclusion(index + 1).path
        assert merkle.root_by_inclusion(leaves[index], index, size, path) == merkle.root_of(leaves)


@pytest.mark.parametrize("size", SIZES)
def test_consistency_proofs_verify_and_pymerkles_verify_our_roots(size: int) -> None:
    theirs, leaves = both(size)
    for earlier in range(1, size):
        path = merkle.consistency_path(leaves, earlier)

        assert merkle.is_consistent(
            (earlier, merkle.root_of(leaves[:earlier])), (size, merkle.root_of(leaves)), path
        )
        verify_consistency(
            merkle.root_of(leaves[:earlier]), theirs.get_root(), theirs.prove_consistency(earlier, size)
        )


def test_another_history_is_not_consistent() -> None:
    leaves = both(9)[1]
    path = merkle.consistency_path(leaves, 5)
    before, now = (5, merkle.root_of(leaves[:5])), (9, merkle.root_of(leaves))

    assert not merkle.is_consistent((5, merkle.root_of(leaves[1:6])), now, path)
    assert not merkle.is_consistent(before, (9, merkle.root_of(leaves[1:])), path)
    assert not merkle.is_consistent(before, now, path[:-1])
    assert not merkle.is_consistent(before, now, [*path, path[0]])


@pytest.mark.parametrize("change", ["leaf", "index", "size", "path"])
def test_a_proof_of_something_else_leads_to_another_root(change: str) -> None:
    leaves = both(9)[1]
    given: dict[str, Any] = {
        "leaf": leaves[3],
        "index": 3,
        "size": 9,
        "path": merkle.inclusion_path(leaves, 3),
    }
    others: dict[str, dict[str, Any]] = {
        "leaf": {"leaf": leaves[4]},
        "index": {"index": 2},
        "size": {"size": 8},
        "path": {"path": merkle.inclusion_path(leaves, 2)},
    }
    given |= others[change]
    try:
        found = merkle.root_by_inclusion(**given)
    except ValueError:
        return
    assert found != merkle.root_of(leaves)


@pytest.mark.parametrize(("index", "size", "path"), [(3, 3, 0), (0, 1, 1), (0, 4, 1), (-1, 4, 2)])
def test_a_place_the_tree_does_not_have_is_refused(index: int, size: int, path: int) -> None:
    with pytest.raises(ValueError, match=r"leaf|path"):
        merkle.root_by_inclusion(bytes(32), index, size, [bytes(32)] * path)
