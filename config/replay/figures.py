"""The quarter's figures, each read back from the ledger, in the shape of a pack's ``expected.json``.

Refuses to carry a figure over from the files: what the files say and what the ledger says must meet.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from config.replay.calendar import months_from, next_month
from custody.deeds import terms
from custody.deeds.units import facts_on
from custody.kernel.money import FEN, rounded
from custody.ledger import reads
from custody.ledger.cash import average_daily_cash
from custody.ledger.chart import Book
from custody.models import BankLine, Fund
from settlement.fees.charges import remuneration_of
from settlement.fees.remuneration import factor_for, parse_tiers
from settlement.models import Assessment
from settlement.selectors import paid_by_budget_code, unpaid_total

COLLECTED = ("advertising", "parking", "property_fee")


def figures_of(fund: Fund) -> dict[str, Any]:
    """Every key of ``expected.json`` for the quarter that begins with the fund's opening month."""
    months = months_from(fund.opened_on)
    first, last = months[0], _last_day(months[-1])
    units = facts_on(fund.pk, last)
    quarter = (first.month - 1) // 3 + 1
    return {
        "estate": fund.code,
        "quarter": f"{first.year}Q{quarter}",
        "units": len(units),
        "area": _money(sum((each.area for each in units), Decimal(0))),
        "opening": {book.value: _money(balance_on(fund, first - timedelta(days=1), book)) for book in Book},
        "months": {f"{month:%Y-%m}": _month(fund, month, first, last) for month in months},
        "grant": _plain(_earned(fund, "grant", first, last)),
        "bank_charges": _money(net_between(fund, "bank_charge", first, last)),
        "interest": _money(_earned(fund, "interest", first, last)),
        "placement_income": _money(_earned(fund, "placement_income", first, last)),
        "average_daily_cash": _money(average_daily_cash(fund.pk, first, last)),
        "trustee_fee": _money(net_between(fund, "trustee_fee", first, last)),
        "custody_fee": _money(net_between(fund, "custody_fee", first, last)),
        "assessment": _assessment(fund, first, last, quarter),
        "invoices_unpaid_at_quarter_end": _money(unpaid_total(fund.pk, months)),
        "closing_bank": _money(balance_on(fund, last)),
    }


def _month(fund: Fund, month: date, first: date, last: date) -> dict[str, Any]:
    end = _last_day(month)
    remuneration = remuneration_of(fund.pk, month)
    collected = {kind: _earned(fund, kind, month, end) for kind in COLLECTED}
    paid = paid_by_budget_code(fund.pk, month, first, last)
    return {
        "collected": {
            kind: _money(amount) if kind == "property_fee" else _plain(amount)
            for kind, amount in collected.items()
        },
        "suspense": _money(_earned(fund, "suspense", month, end)),
        "channel_fees_settled": _money(net_between(fund, "channel_fee", month, end)),
        "remuneration_base": _money(remuneration.base.amount),
        "base_remuneration": _money(remuneration.base_fee.amount),
        "performance_accrued": _money(remuneration.performance.amount),
        "bank_closing": _money(balance_on(fund, end)),
        "bank_lines": BankLine.objects.filter(fund=fund, booked_on__range=(month, end)).count(),
        "settled_invoices": {code: _money(paid[code]) for code in sorted(paid)},
    }


def _assessment(fund: Fund, first: date, last: date, quarter: int) -> dict[str, Any]:
    """The quarter's score and what it made of the withheld performance, from the ledger's own lines."""
    assessment = Assessment.objects.filter(fund=fund, year=first.year, quarter=quarter).first()
    accrued = reads.credited(fund.pk, "performance_withheld", first, last)
    payable = reads.credited(fund.pk, "performance_payable", first, last)
    lapsed = reads.debited(fund.pk, "performance_withheld", first, last) - payable
    tiers = parse_tiers(terms.term(fund.pk, terms.Term.PERFORMANCE_TIERS, first))
    return {
        "score": None if assessment is None else assessment.score,
        "factor": None if assessment is None else str(factor_for(assessment.score, tiers).quantize(FEN)),
        "performance_accrued": _money(accrued),
        "performance_payable": _money(payable),
        "performance_lapsed": _money(lapsed),
    }


def _last_day(month: date) -> date:
    return next_month(month) - timedelta(days=1)


def balance_on(fund: Fund, on: date, book: str = "") -> Decimal:
    """Book balance of the trust account at the end of ``on``, in one book or both; yuan."""
    return reads.net_of(fund.pk, ["cash"], None, on, book=book)


def net_between(fund: Fund, kind: str, first: date, last: date, *, code: str = "") -> Decimal:
    """Net debits of an account kind (and budget code) within the days; yuan."""
    return reads.net_of(fund.pk, [kind], first, last, code=code)


def _earned(fund: Fund, kind: str, first: date, last: date) -> Decimal:
    """Net credits of a kind within the days."""
    return -net_between(fund, kind, first, last)


def _money(amount: Decimal) -> str:
    """Yuan with two decimals."""
    return str(rounded(amount) + 0)


def _plain(amount: Decimal) -> str:
    """Yuan as its source writes it: whole yuan without decimals."""
    return str(int(amount)) if amount == amount.to_integral_value() else _money(amount)


def differences(ours: Any, theirs: Any, path: str = "") -> Iterable[str]:
    """Where two sets of figures differ, key by key."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in [*ours, *(key for key in theirs if key not in ours)]:
            yield from differences(ours.get(key), theirs.get(key), f"{path}.{key}" if path else str(key))
    elif ours != theirs:
        yield f"{path}: {ours} ≠ {theirs}"
