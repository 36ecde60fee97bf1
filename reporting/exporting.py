"""One statement, from a fund's code to a Report: reads in one snapshot, builds, never posts.

Refuses an unknown kind of statement; each kind is one entry of ``STATEMENTS``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from custody.kernel.errors import NotFound
from custody.models import Fund
from reporting.reading.bank_rows import bank_records
from reporting.reading.fee_rows import fee_facts
from reporting.reading.gathering import (
    budget_rows,
    cut_before,
    cut_of,
    figures,
    fund_evidence,
    ledger_facts,
)
from reporting.reading.ledger_rows import Cut, daily_nets, snapshot
from reporting.reading.placement_rows import placements
from reporting.reading.settlement_rows import paid_lines
from reporting.statements.fee_split import fee_split
from reporting.statements.fund import FundFacts, fund_statement
from reporting.statements.report import Report
from reporting.statements.returns import RETURNS, TRUST_CASH, ValueFacts
from reporting.statements.value import value_statement


def _fund(fund: Fund, cut: Cut) -> Report:
    ledger = ledger_facts(fund, cut)
    evidence, pending = fund_evidence(cut, ledger)
    before = cut_before(fund, cut)
    return fund_statement(
        FundFacts(
            ledger=ledger,
            budget=budget_rows(cut),
            evidence=evidence,
            bank=bank_records(cut),
            pending=pending,
            paid=paid_lines(cut, ledger),
            before=(before.span, figures(before)) if before else None,
        )
    )


def _fee_split(fund: Fund, cut: Cut) -> Report:
    return fee_split(fee_facts(fund, cut, ledger_facts(fund, cut)))


def _value(fund: Fund, cut: Cut) -> Report:
    before = cut_before(fund, cut)
    earlier = value_facts(fund, before) if before else None
    return value_statement(replace(value_facts(fund, cut), before=earlier))


def value_facts(fund: Fund, cut: Cut) -> ValueFacts:
    """What the value report is made from over one span, without the one before."""
    return ValueFacts(
        ledger=ledger_facts(fund, cut),
        daily=daily_nets(cut, (*TRUST_CASH, *RETURNS)),
        placements=placements(cut),
    )


STATEMENTS: dict[str, Callable[[Fund, Cut], Report]] = {
    "fund": _fund,
    "fee-split": _fee_split,
    "value-preservation": _value,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which statement of which fund and period; ``known_at`` to see it as the ledger stood then."""

    fund_code: str
    kind: str
    from_on: date
    to_on: date
    known_at: datetime | None = None


def build_statement(asked: Asked) -> tuple[Fund, Report]:
    """The fund and its statement.

    Errors: NotFound (fund, kind, a deed term), Rejected (period), InvariantBroken (a proof fails: our bug).
    """
    if asked.kind not in STATEMENTS:
        raise NotFound(_("没有这种报表：%(kind)s；可选 %(known)s"), kind=asked.kind, known=list(STATEMENTS))
    with snapshot():
        fund = Fund.objects.select_related("estate").filter(code=asked.fund_code).first()
        if fund is None:
            raise NotFound(_("没有这个编码的信托：%(fund)s"), fund=asked.fund_code)
        cut = cut_of(fund, asked.from_on, asked.to_on, asked.known_at)
        return fund, STATEMENTS[asked.kind](fund, cut)
