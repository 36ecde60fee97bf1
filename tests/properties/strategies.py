"""Random entries, as plain data a model can follow: account names, fen, texts with separators and unicode."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from custody.ledger.entries import Entry, Line
from tests.factories import TestFund

FREE = ("corpus", "interest", "grant", "parking", "budget_spending", "bank_charge")
FIRST_DAY = date(2025, 7, 1)
texts = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12
) | st.sampled_from(
    ["|", ":", "1:", "-|2|", "0:0:", ",", "物业费|7月", "\u00e9", "e\u0301", "\u202e", "🏠", "3:a:b"]
)


@dataclass(frozen=True)
class Plan:
    """One entry to post: (account kind, fen) for each line, summing to zero."""

    lines: tuple[tuple[str, int], ...]
    day: int
    memo: str
    source: str
    template: str

    def entry(self, trust: TestFund) -> Entry:
        """The same as a value for the door."""
        return Entry(
            template=self.template,
            effective_on=FIRST_DAY + timedelta(days=self.day),
            lines=tuple(Line(trust.account(kind), Decimal(fen).scaleb(-2)) for kind, fen in self.lines),
            memo=self.memo,
            source=self.source,
        )


fens = st.integers(-(10**9), 10**9).filter(bool)


@st.composite
def plans(draw: st.DrawFn, kinds: tuple[str, ...] = FREE) -> Plan:
    """Two to eight lines, never zero, the last one balancing the others."""
    amounts = draw(st.lists(fens, min_size=1, max_size=7).filter(sum))
    amounts.append(-sum(amounts))
    names = draw(st.lists(st.sampled_from(kinds), min_size=len(amounts), max_size=len(amounts)))
    return Plan(
        lines=tuple(zip(names, amounts, strict=True)),
        day=draw(st.integers(0, 60)),
        memo=draw(texts),
        source=draw(texts),
        template=draw(st.sampled_from(("typed", "handover", "物业费", "a|b", "x:1"))),
    )
