"""Reads a published pack as a clerk would, into the facts its figures are worked from.

Only for the layout of the published sample. Refuses nothing: a line it cannot name is suspense.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from tests.packs.arithmetic import BankLine, Facts, InvoiceLine, Order, RevenueLine, Term, months_of

UNIT = re.compile(r"0*(\d+)\s*(?:-|栋)\s*0*(\d+)\s*(?:-|单元)\s*(\d+)")
SOURCES = {"临时停车": "parking", "月租停车": "parking", "电梯广告": "advertising"}


def money(value: object) -> Decimal:
    """An amount of a cell, exactly as shown."""
    return Decimal(str(value).replace(",", ""))


def rows_of(folder: Path, name: str, sheet: str) -> list[Sequence[Any]]:
    """A sheet's rows below its header."""
    rows: list[Sequence[Any]] = list(openpyxl.load_workbook(folder / name)[sheet].values)
    return rows[1:]


def statement_rows(folder: Path, quarter: str) -> list[Sequence[Any]]:
    """The quarter's statement lines, in file order."""
    rows: list[Sequence[Any]] = []
    for month in months_of(quarter):
        sheet = openpyxl.load_workbook(folder / f"bank-{month:%Y-%m}.xlsx").worksheets[0]
        rows += [row for row in list(sheet.values)[4:] if row[3]]
    return rows


def classify(row: Sequence[Any], amount: Decimal, units: set[str], names: Counter[str]) -> BankLine:
    """What a statement line is, by its memo first and its payer's name last."""
    at = datetime.fromisoformat(row[3])
    memo, name = unicodedata.normalize("NFKC", row[9] or ""), (row[10] or "").strip()
    part, reference, kind = Decimal(0), "", "suspense"
    if number := re.match(r"\d{20}", memo):
        kind, reference = "invoice", number[0]
    elif "商户结算" in memo:
        kind, part = "lump", Decimal(re.search(r"手续费([\d.]+)", memo)[1])  # type: ignore[index]
    elif batch := re.search(r"批次(\w+)", memo):
        kind, reference = "batch", batch[1]
    elif "通知存款" in memo:
        interest = re.search(r"利息([\d.]+)", memo)
        kind, part = ("returned", Decimal(interest[1])) if interest else ("placed", part)
    elif known := next((k for word, k in (("激励资金", "grant"), ("结息", "interest")) if word in memo), ""):
        kind = known
    elif row[8] == "手续费":
        kind = "charge"
    else:
        unit = UNIT.search(memo)
        known_payer = "-".join(unit.groups()) in units if unit else names[name] == 1
        kind = "fee" if known_payer else "suspense"
    return BankLine(at, amount, kind, part, reference)


def bank_lines(folder: Path, quarter: str, roster: list[Sequence[Any]]) -> tuple[BankLine, ...]:
    """Every line named; a reversal and the line it reverses are both nothing."""
    rows = statement_rows(folder, quarter)
    units = {f"{row[0]}-{row[1]}-{row[2]}" for row in roster}
    names = Counter(str(row[4]).strip() for row in roster)
    lines = []
    for row in rows:
        amount = money(row[6]) if row[4] == "贷" else -money(row[5])
        lines.append(classify(row, amount, units, names))
    for place, row in enumerate(rows):
        if row[8] == "冲正":
            origin = max(
                i for i in range(place) if rows[i][2] == row[2] and lines[i].amount == -lines[place].amount
            )
            for i in (origin, place):
                lines[i] = BankLine(lines[i].at, lines[i].amount, "reversed")
    return tuple(lines)


def orders(folder: Path, quarter: str) -> tuple[Order, ...]:
    """The merchant's detail of the quarter."""
    found: list[Order] = []
    for month in months_of(quarter):
        with (folder / f"channel-{month:%Y-%m}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                at = datetime.fromisoformat(row["支付时间"])
                found.append(Order(at, Decimal(row["订单金额"]), Decimal(row["手续费"])))
    return tuple(found)


def invoice_lines(folder: Path) -> tuple[InvoiceLine, ...]:
    """The invoices' lines, by the month they cite."""
    accepted = {row[0]: f"{row[4]:%Y-%m}" for row in rows_of(folder, "work.xlsx", "工单") if row[6] == "合格"}
    return tuple(
        InvoiceLine(number, accepted.get(basis, basis), code, money(amount), kind == "基础酬金")
        for number, _, code, kind, basis, amount in rows_of(folder, "invoices.xlsx", "明细")
    )


def read_sample(folder: Path) -> Facts:
    """The facts of a published pack."""
    about: dict[str, Any] = {row[0]: row[1] for row in rows_of(folder, "estate.xlsx", "小区")}
    roster = rows_of(folder, "estate.xlsx", "房屋")
    year, number, score, _ = rows_of(folder, "work.xlsx", "考核")[0]
    quarter = f"{year}Q{number}"
    return Facts(
        estate=about["小区编码"],
        quarter=quarter,
        areas=tuple(money(row[3]) for row in roster),
        operating=money(about["期初余额-经营账"]),
        maintenance=money(about["期初余额-维修账"]),
        terms=tuple(
            Term(row[0], str(row[1]), row[2].date()) for row in rows_of(folder, "estate.xlsx", "信托条款")
        ),
        lines=bank_lines(folder, quarter, roster),
        orders=orders(folder, quarter),
        revenue=tuple(
            RevenueLine(row[0].date(), SOURCES[row[1]], money(row[4]), row[5])
            for row in rows_of(folder, "public-revenue.xlsx", "公共收益明细")
        ),
        invoices=invoice_lines(folder),
        score=score,
    )
