"""Books against bank, month by month: equal, apart, or not looked at because no statement covers it. Pure.

Refuses to call a month consistent that no stored bank line speaks of.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from reporting.statements.facts import NOTHING, BankRecord, LedgerFacts, Span
from reporting.statements.report import AGREES, ColumnKind, ColumnSpec, Proof, Row, Style, Table

NEVER = "尚无对账单"
UNCOVERED = "本月没有银行对账单，未核对"
APART = "未达账项，待查"


def bank_balance(records: Sequence[BankRecord], on: date) -> Decimal | None:
    """What the bank says the fund holds at the end of ``on``; None while an account has no line up to then.

    Nothing to compare with is not zero.
    """
    balances = [record.balance(on) for record in records]
    known = [balance for balance in balances if balance is not None]
    return sum(known, NOTHING) if records and len(known) == len(balances) else None


def uncovered(records: Sequence[BankRecord], span: Span) -> tuple[Span, ...]:
    """Months of ``span`` that some account's statements do not cover."""
    return tuple(
        month for month in span.months() if not records or not all(each.covers(month) for each in records)
    )


def uncovered_alert(records: Sequence[BankRecord], span: Span) -> tuple[str, ...]:
    """One sentence naming the months nobody compared; none when every month is covered."""
    missing = uncovered(records, span)
    if not missing:
        return ()
    months = "、".join(f"{month.from_on:%Y-%m}" for month in missing)
    return (f"{months} 没有银行对账单，账面数未与银行核对。",)


def month_proofs(ledger: LedgerFacts, records: Sequence[BankRecord]) -> tuple[Proof, ...]:
    """One proof a month, at its last day. Not strict, since the bank is not ours."""
    missing = uncovered(records, ledger.heading.span)
    return tuple(
        _proof(month, book, bank_balance(records, month.to_on), covered=month not in missing)
        for month, book in _closings(ledger)
    )


def _proof(month: Span, book: Decimal, bank: Decimal | None, *, covered: bool) -> Proof:
    claim = f"{month.to_on} 账面银行存款 = 银行对账单余额"
    if bank is None:
        return Proof(claim, book, None, strict=False, note=NEVER)
    if not covered:
        return Proof(claim, book, None, strict=False, note=UNCOVERED)
    return Proof(claim, book, bank, strict=False, note=APART)


def _closings(ledger: LedgerFacts) -> list[tuple[Span, Decimal]]:
    """Each month with the books' cash at its end."""
    moved: dict[tuple[int, int], Decimal] = {}
    for line in ledger.lines:
        if line.kind == "cash":
            month = (line.effective_on.year, line.effective_on.month)
            moved[month] = moved.get(month, NOTHING) + line.amount
    balance, closings = ledger.total("opening", kinds=("cash",)), []
    for span in ledger.heading.span.months():
        balance += moved.get((span.from_on.year, span.from_on.month), NOTHING)
        closings.append((span, balance))
    return closings


def bank_table(ledger: LedgerFacts, records: Sequence[BankRecord]) -> Table:
    """银行核对: each month's closing cash in the books and at the bank, and the days the bank speaks of."""
    rows, proofs = [], month_proofs(ledger, records)
    for month, proof in zip(ledger.heading.span.months(), proofs, strict=True):
        days = {day for each in records for day in each.days if month.from_on <= day <= month.to_on}
        rows.append(Row(
            (f"{month.from_on:%Y-%m}", proof.left, proof.right, proof.difference, len(days),
             max(days, default=None), proof.verdict),
            Style.PLAIN if proof.verdict == AGREES else Style.ALERT,
        ))  # fmt: skip
    money = ColumnKind.MONEY
    return Table(
        "银行核对",
        (
            ColumnSpec("月份"), ColumnSpec("账面银行存款", money), ColumnSpec("银行余额", money),
            ColumnSpec("差额", money), ColumnSpec("有流水的天数", ColumnKind.INT),
            ColumnSpec("最后一笔", ColumnKind.DATE), ColumnSpec("结论"),
        ),
        tuple(rows),
        proofs=proofs,
        notes=("按月末（期末）当日的余额核对；没有流水的月份，若无对账单跨越该月，不作核对、不称一致。",),
        alerts=uncovered_alert(records, ledger.heading.span),
    )  # fmt: skip
