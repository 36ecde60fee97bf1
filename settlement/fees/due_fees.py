"""Which fees are due: months and quarters that are over and not accrued, quarters over without a score.

Reads only. Refuses to guess where the deed or the budget is silent: such a fund has nothing due. What late
items change of a figure already accrued is no new due.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from custody.deeds import terms
from custody.deeds.terms import Term
from custody.kernel.errors import NotFound, Rejected
from custody.kernel.money import ZERO
from custody.ledger import reads
from custody.ledger.reads import SourceTotal
from custody.models import Fund
from settlement.fees import charges
from settlement.fees.measures import first_of, last_of
from settlement.models import Assessment

_BOOK = "operating"
_WITHHELD = "accrual:performance:"
_CUSTODY = {"accrual:trustee_fee:": charges.TRUSTEE_FEE, "accrual:custody_fee:": charges.CUSTODY_FEE}
_QUARTER = 3  # months


@dataclass(frozen=True, slots=True)
class FeeSpan:
    """A month or a quarter as commands call it (``2025-07``, ``2025Q3``), and the last of its days."""

    name: str
    to_on: date


@dataclass(frozen=True, slots=True)
class FeeQuarter:
    """A quarter of a fund's life, by the first days of those of its months the fund was there in."""

    year: int
    number: int
    months: tuple[date, ...]

    @property
    def span(self) -> FeeSpan:
        """As commands call it."""
        return FeeSpan(f"{self.year}Q{self.number}", last_of(date(self.year, _QUARTER * self.number, 1)))


def due_accruals(fund: Fund, today: date) -> Iterator[FeeSpan]:
    """Quarters over with a fee not accrued or a score not applied; such months of the quarter that runs."""
    withheld = reads.totals_by_source(fund.pk, book=_BOOK, kind=charges.PERFORMANCE.owed, prefix=_WITHHELD)
    scored = _scored(fund)
    for quarter in _quarters(fund, today):
        late = [
            FeeSpan(f"{month:%Y-%m}", last_of(month))
            for month in quarter.months
            if last_of(month) < today and _owes_performance(fund, month, withheld)
        ]
        if quarter.span.to_on >= today:
            yield from late
        elif late or _owes_custody(fund, quarter) or _score_waits(fund, quarter, withheld, scored):
            yield quarter.span


def due_scores(fund: Fund, today: date) -> Iterator[FeeSpan]:
    """Quarters over that a performance fee was agreed for, and of which nobody handed a score in."""
    scored = _scored(fund)
    for quarter in _quarters(fund, today):
        new = quarter.span.to_on < today and (quarter.year, quarter.number) not in scored
        if new and _pays_performance(fund, quarter.months[0]):
            yield quarter.span


def _quarters(fund: Fund, today: date) -> Iterator[FeeQuarter]:
    """Every quarter from the fund's first to the one that runs."""
    month = first_of(fund.opened_on)
    while month <= today:
        number = (month.month - 1) // _QUARTER + 1
        months = [date(month.year, each, 1) for each in range(month.month, _QUARTER * number + 1)]
        yield FeeQuarter(month.year, number, tuple(months))
        month = date(month.year + number // 4, _QUARTER * number % 12 + 1, 1)


def _scored(fund: Fund) -> set[tuple[int, int]]:
    return set(Assessment.objects.filter(fund=fund).values_list("year", "quarter"))


def _owes_performance(fund: Fund, month: date, withheld: Mapping[str, SourceTotal]) -> bool:
    """Whether the month's performance fee is more than nothing and was never accrued."""
    if f"{_WITHHELD}{month:%Y-%m}" in withheld:
        return False
    try:
        return charges.remuneration_of(fund.pk, month).performance > ZERO
    except (NotFound, Rejected):
        return False


def _owes_custody(fund: Fund, quarter: FeeQuarter) -> bool:
    """Whether the trustee's or the bank's fee is more than nothing and of no day of the quarter accrued."""
    from_on, to_on = max(quarter.months[0], fund.opened_on), quarter.span.to_on
    for prefix, accrual in _CUSTODY.items():
        accrued = reads.totals_by_source(fund.pk, book=_BOOK, kind=accrual.owed, prefix=prefix)
        for source in accrued:
            first, last = map(date.fromisoformat, source.removeprefix(prefix).split(":"))
            if first <= to_on and from_on <= last:
                return False
    try:
        fees = charges.custody_fees_of(fund.pk, from_on, to_on)
    except (NotFound, Rejected):
        return False
    return fees.trustee_fee > ZERO or fees.custody_fee > ZERO


def _score_waits(
    fund: Fund,
    quarter: FeeQuarter,
    withheld: Mapping[str, SourceTotal],
    scored: Collection[tuple[int, int]],
) -> bool:
    """Whether a score is in, money was withheld, and the one has not decided the other."""
    kept = (withheld.get(f"{_WITHHELD}{month:%Y-%m}") for month in quarter.months)
    return (
        (quarter.year, quarter.number) in scored
        and any(each.amount for each in kept if each is not None)
        and not charges.is_assessed(fund.pk, quarter.year, quarter.number)
    )


def _pays_performance(fund: Fund, month: date) -> bool:
    """Whether the deed pays a performance fee on the first day of the month."""
    try:
        return terms.rate_on(fund.pk, Term.PERFORMANCE_RATE, month) > 0
    except (NotFound, Rejected):
        return False
