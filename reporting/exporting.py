"""One statement, from a fund's code to a Report: reads in one snapshot, builds, never posts.

Refuses an unknown kind of statement; each kind is one entry of ``STATEMENTS``.
"""

from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _

from custody.kernel.errors import NotFound
from custody.models import Fund
from reporting.reading.bank_rows import bank_records
from reporting.reading.budget_rows import budget_run_facts
from reporting.reading.city_rows import city_facts
from reporting.reading.fee_rows import fee_facts
from reporting.reading.gathering import (
    budget_rows,
    cut_before,
    cut_of,
    figures,
    fund_evidence,
    ledger_facts,
)
from reporting.reading.income_rows import income_facts
from reporting.reading.ledger_rows import Cut, daily_nets, snapshot
from reporting.reading.open_rows import open_matters
from reporting.reading.placement_rows import placements
from reporting.reading.reopenings import reopening_of
from reporting.reading.settlement_rows import paid_lines
from reporting.reading.stand_rows import position_facts, unpaid_invoices
from reporting.reading.year_rows import year_facts
from reporting.statements.annual import annual_report
from reporting.statements.asked import Asked
from reporting.statements.budget_run import budget_statement
from reporting.statements.changes import with_changes
from reporting.statements.city_month import city_report
from reporting.statements.fee_split import fee_split
from reporting.statements.fund import FundFacts, fund_statement
from reporting.statements.income_sources import income_statement
from reporting.statements.position import position_statement
from reporting.statements.report import Report
from reporting.statements.returns import RETURNS, TRUST_CASH, ValueFacts
from reporting.statements.surplus import surplus_statement
from reporting.statements.two_pages import TwoPages, two_pages
from reporting.statements.value import value_statement

__all__ = ["STATEMENTS", "WORKED_ANEW", "Asked", "build_statement"]


def fund_facts(fund: Fund, cut: Cut) -> FundFacts:
    """What the fund statement is made from; the caller holds the snapshot."""
    ledger = ledger_facts(fund, cut)
    evidence, pending = fund_evidence(cut, ledger)
    before = cut_before(fund, cut)
    return FundFacts(
        ledger=ledger,
        budget=budget_rows(cut),
        evidence=evidence,
        bank=bank_records(cut),
        pending=pending,
        open=open_matters(cut),
        paid=paid_lines(cut, ledger),
        before=(before.span, figures(before)) if before else None,
    )


def _fund(fund: Fund, cut: Cut) -> Report:
    return fund_statement(fund_facts(fund, cut))


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


def _position(fund: Fund, cut: Cut) -> Report:
    return position_statement(position_facts(fund, cut))


def _surplus(fund: Fund, cut: Cut) -> Report:
    before = cut_before(fund, cut)
    earlier = (before.span, figures(before)) if before else None
    return surplus_statement(position_facts(fund, cut), earlier)


def _budget(fund: Fund, cut: Cut) -> Report:
    return budget_statement(budget_run_facts(fund, cut))


def _income(fund: Fund, cut: Cut) -> Report:
    return income_statement(income_facts(fund, cut))


def _annual(fund: Fund, cut: Cut) -> Report:
    return annual_report(year_facts(fund, cut))


def _owners(fund: Fund, cut: Cut) -> Report:
    ledger = ledger_facts(fund, cut)
    return two_pages(
        TwoPages(
            ledger=ledger,
            budget=budget_rows(cut),
            pending=fund_evidence(cut, ledger)[1],
            bank=bank_records(cut),
            unpaid=unpaid_invoices(cut),
        )
    )


def _city(fund: Fund, cut: Cut) -> Report:
    return city_report(city_facts(fund, cut))


STATEMENTS: dict[str, Callable[[Fund, Cut], Report]] = {
    "fund": _fund,
    "fee-split": _fee_split,
    "value-preservation": _value,
    "balance-sheet": _position,
    "profit": _surplus,
    "budget": _budget,
    "income-sources": _income,
    "annual-report": _annual,
    "owners-edition": _owners,
    "city-month": _city,
}


WORKED_ANEW = ("fee-split",)  # not to be seen as known at an earlier instant


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
        return fund, _issued(fund, cut, asked.kind)


def _issued(fund: Fund, cut: Cut, kind: str) -> Report:
    """The statement; of days that were closed and opened again, with what has changed since."""
    build = STATEMENTS[kind]
    report, reopening = build(fund, cut), reopening_of(cut)
    if reopening is None:
        return report
    before = None if kind in WORKED_ANEW else build(fund, replace(cut, known_at=reopening.at))
    return replace(report, sheets=(*report.sheets, with_changes(report, before, reopening)))
