"""Invents a quarter's work, the invoices for it and their payments, and invoices that must be returned.

Every sound invoice cites accepted work or a remuneration period and is paid early the month after; the last
month's are not. A bad one is only a row in the file: it has no fact, hence no figure.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from tests.packs.arithmetic import Facts, InvoiceLine, fen, key_of, next_month, share_of
from tests.packs.invention import BudgetLine, digits
from tests.packs.money_in import Draft

Claim = tuple[str, str, Decimal]  # budget code, the work order or period cited, amount


def facts_of(draft: Draft) -> Facts:
    """What is known so far, as the arithmetic wants it."""
    estate = draft.estate
    return Facts(
        estate=estate.code,
        quarter=draft.options.quarter,
        areas=tuple(unit.area for unit in estate.units),
        operating=estate.operating,
        maintenance=estate.maintenance,
        terms=estate.terms,
        lines=tuple(told.line for told in draft.told),
        orders=tuple(row[0] for row in draft.orders),
        revenue=tuple(row[0] for row in draft.revenue),
        invoices=tuple(draft.approved),
        score=draft.options.score,
    )


def work_order(
    draft: Draft,
    month: date,
    line: BudgetLine,
    amount: Decimal,
    result: str = "合格",
    *,
    accepted_on: date | None = None,
) -> Claim:
    """Work done on the 24th and inspected on the 26th, unless later."""
    number = f"GD{month:%Y%m}{len(draft.work) + 1:04d}"
    done, seen = month.replace(day=24), accepted_on or month.replace(day=26)
    draft.work.append([number, line.name, line.code, done, seen, "业委会 验收人", result, amount])
    return line.code, number, amount


def invoice_file_row(
    draft: Draft, issued_on: date, claims: Sequence[Claim], total: Decimal, kind: str
) -> str:
    """An invoice and its lines as the provider's file has them; answers its 20-digit number."""
    number = f"{issued_on:%y}51{draft.rng.choice('27')}{digits(draft.rng, 15)}"
    draft.invoices.append((number, issued_on, total))
    for place, (code, basis, amount) in enumerate(claims, start=1):
        draft.invoice_rows.append([number, place, code, kind, basis, amount])
    return number


def invoice(
    draft: Draft, month: date, issued_on: date, claims: Sequence[Claim], *, paid_after: date | None
) -> None:
    """A sound invoice for ``month``, paid on the 5th to 8th of the month after ``paid_after``."""
    total = sum((amount for _, _, amount in claims), Decimal(0))
    is_remuneration = claims[0][0] == "REM"
    number = invoice_file_row(draft, issued_on, claims, total, "基础酬金" if is_remuneration else "工单")
    for code, _, amount in claims:
        draft.approved.append(InvoiceLine(number, key_of(month), code, amount, is_remuneration))
    if paid_after is not None:
        at = draft.at(next_month(paid_after).replace(day=draft.rng.randint(5, 8)), (10, 11))
        told = (draft.estate.provider, draft.estate.provider_account, "转账", f"{number} {claims[0][1]}")
        draft.tell(at, -total, "invoice", told, reference=number)


def services(draft: Draft, month: date) -> list[Claim]:
    """A month's accepted work: each budget line's twelfth, more or less, in one or two orders."""
    claims = []
    for line in (line for line in draft.estate.budget if line.code != "REM"):
        amount = fen(line.annual / 12 * Decimal(draft.rng.randint(9000, 10500)) / 10000)
        parts = [amount]
        if draft.rng.random() < 0.4:
            first = fen(amount * Decimal(draft.rng.randint(3000, 6500)) / 10000)
            parts = [first, amount - first]
        claims += [work_order(draft, month, line, part) for part in parts]
    return claims


def pay_month(draft: Draft, month: date) -> None:
    """Invoices for a month's work on the 27th, its remuneration after the month's end."""
    is_last = month == draft.months[-1]
    claims, issued_on = services(draft, month), month.replace(day=27)
    late = claims.pop() if draft.options.late_invoice and month == draft.months[0] else None
    if draft.options.late_acceptance and month == draft.months[0]:
        second = draft.months[1]
        line = next(line for line in draft.estate.budget if line.code == "GRN")
        claim = work_order(draft, month, line, Decimal("432.10"), accepted_on=second.replace(day=3))
        invoice(draft, month, second.replace(day=4), [claim], paid_after=month)
    paid_after = None if is_last else month
    invoice(draft, month, issued_on, [claims[0], claims[2]], paid_after=paid_after)  # two lines
    for claim in [claims[1], *claims[3:]]:
        invoice(draft, month, issued_on, [claim], paid_after=paid_after)
    if late:
        second = draft.months[1]
        invoice(draft, month, second.replace(day=27), [late], paid_after=second)
    if draft.options.bad_invoices and month == draft.months[0]:
        bad_invoices(draft, month, claims[0])
    amount = share_of(facts_of(draft), key_of(month), "基础酬金率")
    issued_on = next_month(month).replace(day=9 if is_last else 2)
    if draft.options.bad_invoices and month == draft.months[0]:
        wrong = amount + Decimal("0.01")
        invoice_file_row(draft, issued_on, [("REM", key_of(month), wrong)], wrong, "基础酬金")
    invoice(draft, month, issued_on, [("REM", key_of(month), amount)], paid_after=paid_after)


def bad_invoices(draft: Draft, month: date, claimed: Claim) -> None:
    """One invoice for each way of being wrong about work, on the 28th: after every sound one."""
    office = next(line for line in draft.estate.budget if line.code == "OFF")
    unaccepted = work_order(draft, month, office, Decimal("321.00"), "不合格")
    modest = work_order(draft, month, office, Decimal("210.00"))
    lavish = work_order(draft, month, office, office.annual + 1000)
    uneven = work_order(draft, month, office, Decimal("150.00"))
    over = (modest[0], modest[1], Decimal("210.01"))
    issued_on = month.replace(day=27) + timedelta(days=1)
    for claim in (unaccepted, over, lavish, claimed):
        invoice_file_row(draft, issued_on, [claim], claim[2], "工单")
    invoice_file_row(draft, issued_on, [uneven], Decimal("160.00"), "工单")


def money_out(draft: Draft) -> None:
    """The quarter's work and what is paid for it."""
    for month in draft.months:
        pay_month(draft, month)
