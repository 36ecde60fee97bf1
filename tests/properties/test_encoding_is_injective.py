"""No two different entries hash alike: the encoding of one never equals the encoding of another."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from custody.ledger import encoding
from custody.ledger.encoding import Names, StoredEntry, StoredLine, encoded_v2
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
    hash_version=st.just(2),
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


# Names that could run into what follows them, were they not counted.
called = st.text("1:|,a", max_size=3)
names = st.builds(
    Names,
    fund=called,
    people=st.fixed_dictionaries(dict.fromkeys((1, 11, 111, 12, 2), called)),
    accounts=st.fixed_dictionaries(dict.fromkeys((1, 11, 111, 12, 2), called)),
)
PLAIN = Names("CD-1", {9: "王敏"}, {7: "operating:cash:", 8: "operating:interest:"})


def meant(entry: StoredEntry, its_lines: list[StoredLine], its_names: Names) -> object:
    """What an entry says, its references by name and not by number."""
    values = {name: getattr(entry, name) for name in StoredEntry.__slots__}
    values |= {"fund_id": its_names.fund, "actor_id": its_names.people[entry.actor_id]}
    return values, [(its_names.accounts[line.account_id], line.amount) for line in its_lines]


@given(entries, lines, names, entries, lines, names)
def test_different_entries_encode_differently(
    one: StoredEntry, its_lines: list[StoredLine], its_names: Names,
    other: StoredEntry, other_lines: list[StoredLine], other_names: Names,
) -> None:  # fmt: skip
    same = meant(one, its_lines, its_names) == meant(other, other_lines, other_names)
    assert (encoded_v2(one, its_lines, its_names) == encoded_v2(other, other_lines, other_names)) == same


def test_row_numbers_are_not_in_the_content() -> None:
    here, there = _sample(), _with(_sample(), fund_id=77, actor_id=78)
    lines_here = [StoredLine(1, 7, DAY, Decimal(10)), StoredLine(2, 8, DAY, Decimal(-10))]
    lines_there = [StoredLine(1, 70, DAY, Decimal(10)), StoredLine(2, 80, DAY, Decimal(-10))]
    named = Names("CD-1", {78: "王敏"}, {70: "operating:cash:", 80: "operating:interest:"})
    assert encoded_v2(here, lines_here, PLAIN) == encoded_v2(there, lines_there, named)


@given(entries, st.text("|:,-0123456789a", max_size=6), st.integers(0, 6))
def test_moving_a_separator_between_two_texts_is_seen(one: StoredEntry, text: str, cut: int) -> None:
    one = _with(one, actor_id=9)
    assume(cut < len(text))
    here = _with(one, key=text[:cut], memo=text[cut:])
    there = _with(one, key=text, memo="")
    assert encoded_v2(here, [], PLAIN) != encoded_v2(there, [], PLAIN)


@pytest.mark.parametrize(
    ("one", "other"), [("\u00e9", "e\u0301"), ("物业", "物 业"), ("1", "\uff11"), ("", "\u200b")]
)
def test_texts_that_look_alike_are_different_texts(one: str, other: str) -> None:
    made = _sample()
    assert encoded_v2(_with(made, memo=one), [], PLAIN) != encoded_v2(_with(made, memo=other), [], PLAIN)


def test_the_encoding_is_the_one_the_document_shows() -> None:
    line = StoredLine(1, 7, DAY, Decimal("10.00"))
    back = StoredLine(2, 8, DAY, Decimal("-10.00"))
    content = encoded_v2(_sample(), [line, back], PLAIN)
    shown = Path("docs/hash-chain.md").read_text(encoding="utf-8")
    assert content.decode() in shown
    assert encoding.link(encoding.GENESIS, content).hex() in shown


def test_a_second_encoding_leaves_the_first_verifiable(monkeypatch: pytest.MonkeyPatch) -> None:
    before = encoding.ENCODERS[2](_sample(), [], PLAIN)
    monkeypatch.setitem(encoding.ENCODERS, 3, lambda *content: b"v3|" + encoded_v2(*content))
    assert encoding.ENCODERS[_sample().hash_version](_sample(), [], PLAIN) == before


def _sample() -> StoredEntry:
    return StoredEntry(
        3, 5, "interest_received", DAY, datetime(2025, 7, 1, tzinfo=UTC), 9, "bankline:6222:12", "利息",
        "bankline:6222:12", None, 2, 2,
    )  # fmt: skip


def _with(entry: StoredEntry, **changed: object) -> StoredEntry:
    values = {name: getattr(entry, name) for name in StoredEntry.__slots__}
    return StoredEntry(**(values | changed))
