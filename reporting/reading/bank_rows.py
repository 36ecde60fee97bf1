"""What the bank says of a fund's accounts over a period, from stored statement lines. Reads only.

Refuses lines after the period's end, and what was handed in after the period was closed: what was covered
then stays said so.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import cast

from django.db.models import Min

from custody.models import AccountEnd, BankAccount, BankLine, BankPeriod
from reporting.reading.ledger_rows import Cut, known_until
from reporting.statements.facts import BankRecord, Span


def bank_records(cut: Cut) -> tuple[BankRecord, ...]:
    """One record an account, by account number."""
    known = replace(cut, known_at=known_until(cut))
    accounts = BankAccount.objects.filter(fund_id=cut.fund_id).order_by("number")
    ends = dict(AccountEnd.objects.filter(fund_id=cut.fund_id).values_list("account_id", "usable_until"))
    return tuple(_record(account, known, ends.get(account.pk)) for account in accounts)


def _record(account: BankAccount, cut: Cut, end: date | None) -> BankRecord:
    lines = BankLine.objects.filter(account=account, booked_on__lte=cut.to_on).order_by("position")
    if cut.known_at is not None:
        lines = lines.filter(source_file__kept_at__lte=cut.known_at)
    last = lines.filter(booked_on__lt=cut.from_on).order_by("-position").first()
    days: dict[date, Decimal] = {}
    spans: dict[int, Span] = {}
    rows = lines.filter(booked_on__gte=cut.from_on).values_list("booked_on", "balance", "source_file_id")
    for on, balance, file_id in cast("list[tuple[date, Decimal, int]]", rows):
        days[on] = balance
        known = spans.get(file_id)
        spans[file_id] = Span(min(known.from_on, on), max(known.to_on, on)) if known else Span(on, on)
    began = lines.filter(source_file__in=spans).order_by().values("source_file_id")
    for file_id, on in began.annotate(on=Min("booked_on")).values_list("source_file_id", "on"):
        spans[file_id] = Span(on, spans[file_id].to_on)
    return BankRecord(
        last.balance.amount if last else None,
        days,
        tuple(spans.values()),
        _stated(account, cut),
        end,
    )


def _stated(account: BankAccount, cut: Cut) -> tuple[Span, ...]:
    """What the files themselves say they cover, up to the period's end."""
    periods = BankPeriod.objects.filter(account=account, from_on__lte=cut.to_on)
    if cut.known_at is not None:
        periods = periods.filter(source_file__kept_at__lte=cut.known_at)
    rows = periods.order_by("from_on", "to_on").values_list("from_on", "to_on")
    return tuple(Span(from_on, min(to_on, cut.to_on)) for from_on, to_on in rows)
