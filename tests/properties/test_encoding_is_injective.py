"""No two different entries hash alike: the encoding of one never equals the encoding of another."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from custody.ledger import proof
from custody.ledger.proof import StoredEntry, StoredLine, encoded_v1
from tests.properties.strategies import texts

DAY = date(2025, 7, 1)
# Few values for each field: collisions of neighbouring fields are what a weak encoding shows.
numbers = st.sampled_from([1, 11, 111, 12, 2])
entries = st.builds(
    StoredEntry,
    fund_id=numbers,
    sequence=numbers,
    template=texts,
    effective_on=st.sampled_from([DAY, DAY - timedelta(days=20000)]),
    recorded_at=st.sampled_from(
        [datetime(2025, 7, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 1, UTC)]
    ),
    actor_id=numbers,
    key=texts,
    memo=texts,
    source=texts,
    reverses=st.none() | numbers,
    line_count=numbers,
    hash_version=st.just(1),
)
lines = st.lists(
    st.builds(
        StoredLine,
        line_no=st.just(0),
        account_id=numbers,
        effective_on=st.just(DAY),
        amount=st.sampled_from([Decimal("1.00"), Decimal("-1.00"), Decimal("11.00"), Decimal("0.10")]),
    ),
    max_size=3,
)


@given(entries, lines, entries, lines)
def test_different_entries_encode_differently(
    one: StoredEntry, its_lines: list[StoredLine], other: StoredEntry, other_lines: list[StoredLine]
) -> None:
    assume((one, its_lines) != (other, other_lines))
    assert encoded_v1(one, its_lines) != encoded_v1(other, other_lines)


@given(entries, st.text("|:,-0123456789a", max_size=6), st.integers(0, 6))
def test_moving_a_separator_between_two_texts_is_seen(one: StoredEntry, text: str, cut: int) -> None:
    assume(cut < len(text))
    here = _with_texts(one, key=text[:cut], memo=text[cut:])
    there = _with_texts(one, key=text, memo="")
    assert encoded_v1(here, []) != encoded_v1(there, [])


@pytest.mark.parametrize(
    ("one", "other"), [("\u00e9", "e\u0301"), ("物业", "物 业"), ("1", "\uff11"), ("", "\u200b")]
)
def test_texts_that_look_alike_are_different_texts(one: str, other: str) -> None:
    made = _sample()
    assert encoded_v1(_with_texts(made, key="k", memo=one), []) != encoded_v1(
        _with_texts(made, key="k", memo=other), []
    )


def test_the_first_encoding_is_frozen() -> None:
    line = StoredLine(1, 7, DAY, Decimal("10.00"))
    back = StoredLine(2, 8, DAY, Decimal("-10.00"))
    assert encoded_v1(_sample(), [line, back]) == (
        "v1|3|5|9313|1751328000000000|9|-|2|7:10.00,8:-10.00,|8:interest1:k6:利息11:bankline:12".encode()
    )


def test_a_second_encoding_leaves_the_first_verifiable(monkeypatch: pytest.MonkeyPatch) -> None:
    before = proof.ENCODERS[1](_sample(), [])
    monkeypatch.setitem(proof.ENCODERS, 2, lambda entry, lines: b"v2|" + encoded_v1(entry, lines))
    assert proof.ENCODERS[_sample().hash_version](_sample(), []) == before


def _sample() -> StoredEntry:
    return StoredEntry(
        3, 5, "interest", DAY, datetime(2025, 7, 1, tzinfo=UTC), 9, "k", "利息", "bankline:12", None, 2, 1
    )


def _with_texts(entry: StoredEntry, *, key: str, memo: str) -> StoredEntry:
    values = {name: getattr(entry, name) for name in StoredEntry.__slots__}
    return StoredEntry(**(values | {"key": key, "memo": memo}))
