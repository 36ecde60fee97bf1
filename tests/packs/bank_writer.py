"""Writes an invented estate's bank statements as other banks export them.

A layout is data: container, order of lines, header names, how each cell is spelt, what stands above and
below the table. Refuses to write a file whose balances do not chain.
"""

import csv
import html
import io
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import xlwt

Cells = list[Any]


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line as any bank knows it; ``amount`` signed, money in +."""

    at: datetime
    amount: Decimal
    balance: Decimal
    name: str
    account: str
    summary: str
    memo: str
    voucher: str


@dataclass(frozen=True, slots=True)
class Account:
    """Whose statement it is."""

    number: str
    name: str
    bank: str


@dataclass(frozen=True, slots=True)
class BankLayout:
    """One bank's export: ``columns`` pairs a header with the spelling of its cell."""

    container: str
    newest_first: bool
    columns: tuple[tuple[str, Callable[[PrintedLine, Account], Any]], ...]
    preamble: Callable[[Account, Sequence[PrintedLine]], list[Cells]]
    footer: Callable[[Sequence[PrintedLine], int], list[Cells]]


def grouped(amount: Decimal) -> str:
    """1,234.50"""
    return f"{amount:,.2f}"


def is_credit(line: PrintedLine) -> bool:
    """A reversal stands on the credit side with a negative amount."""
    return line.amount > 0 or "冲正" in line.memo


def spent(line: PrintedLine) -> Decimal | None:
    return None if is_credit(line) else -line.amount


def received(line: PrintedLine) -> Decimal | None:
    return line.amount if is_credit(line) else None


def shown(amount: Decimal | None, blank: str = "") -> str:
    return blank if amount is None else grouped(amount)


def sums(lines: Sequence[PrintedLine]) -> tuple[Decimal, Decimal]:
    """Totals of the debit and the credit column."""
    zero = Decimal(0)
    return sum((spent(x) or zero for x in lines), zero), sum((received(x) or zero for x in lines), zero)


def labels_above(account: Account, lines: Sequence[PrintedLine]) -> list[Cells]:
    return [
        [f"{account.bank}单位账户交易明细"],
        ["账号", account.number, "户名", account.name, "币种", "人民币"],
        ["起止日期", f"{lines[0].at:%Y%m%d}-{lines[-1].at:%Y%m%d}"],
        [],
    ]


def sentences_above(account: Account, _lines: Sequence[PrintedLine]) -> list[Cells]:
    return [[f"账号：{account.number}  户名：{account.name}  币种：人民币"], ["单位：元"]]


def nothing_above(_account: Account, _lines: Sequence[PrintedLine]) -> list[Cells]:
    return []


def totals_below(lines: Sequence[PrintedLine], width: int) -> list[Cells]:
    out, in_ = sums(lines)
    row: Cells = ["合计", "", grouped(out), grouped(in_)]
    return [row + [""] * (width - len(row)), ["总笔数", str(len(lines))] + [""] * (width - 2)]


def count_below(lines: Sequence[PrintedLine], _width: int) -> list[Cells]:
    return [["合计笔数", str(len(lines))]]


def nothing_below(_lines: Sequence[PrintedLine], _width: int) -> list[Cells]:
    return []


LAYOUTS: dict[str, BankLayout] = {
    "gb18030 csv, two columns": BankLayout(
        "csv:gb18030",
        True,
        (
            ("交易日期", lambda x, _: f"{x.at:%Y%m%d}"),
            ("交易时间", lambda x, _: f"{x.at:%H%M%S}"),
            ("借方发生额(支取)", lambda x, _: shown(spent(x), "0.00")),
            ("贷方发生额(收入)", lambda x, _: shown(received(x), "0.00")),
            ("账户余额", lambda x, _: grouped(x.balance)),
            ("对方账号", lambda x, _: x.account),
            ("对方户名", lambda x, _: x.name),
            ("交易摘要", lambda x, _: x.summary),
            ("附言", lambda x, _: x.memo),
            ("交易流水号", lambda x, _: x.voucher),
        ),
        labels_above,
        totals_below,
    ),
    "utf-8 csv, one signed column": BankLayout(
        "csv:utf-8-sig",
        False,
        (
            ("交易流水号", lambda x, _: x.voucher),
            ("记账日期", lambda x, _: f"{x.at:%Y-%m-%d}"),
            ("交易时间", lambda x, _: f"{x.at:%H:%M:%S}"),
            ("交易金额", lambda x, _: f"{x.amount:.2f}"),
            ("余额", lambda x, _: f"{x.balance:.2f}"),
            ("对方名称", lambda x, _: x.name),
            ("对方账号", lambda x, _: x.account),
            ("摘要", lambda x, _: x.summary),
            ("备注", lambda x, _: x.memo),
        ),
        labels_above,
        nothing_below,
    ),
    "xlsx, direction flag": BankLayout(
        "xlsx",
        True,
        (
            ("本方账号", lambda _, a: a.number),
            ("交易时间", lambda x, _: x.at),
            ("收支方向", lambda x, _: "收入" if is_credit(x) else "支出"),
            ("发生额", lambda x, _: received(x) if is_credit(x) else spent(x)),
            ("余额", lambda x, _: x.balance),
            ("对方账户", lambda x, _: x.account),
            ("对方单位名称", lambda x, _: x.name),
            ("摘要", lambda x, _: x.summary),
            ("用途", lambda x, _: x.memo),
            ("凭证号", lambda x, _: x.voucher),
        ),
        nothing_above,
        count_below,
    ),
    "gb18030 csv, days only": BankLayout(
        "csv:gb18030",
        True,
        (
            ("入账日期", lambda x, _: f"{x.at:%Y/%m/%d}"),
            ("借方发生额", lambda x, _: shown(spent(x))),
            ("贷方发生额", lambda x, _: shown(received(x))),
            ("联机余额", lambda x, _: grouped(x.balance)),
            ("对方账号", lambda x, _: x.account),
            ("对方名称", lambda x, _: x.name),
            ("业务摘要", lambda x, _: x.summary),
            ("备注", lambda x, _: x.memo),
        ),
        labels_above,
        nothing_below,
    ),
    "html named xls, two columns": BankLayout(
        "html",
        False,
        (
            ("交易时间", lambda x, _: f"{x.at:%Y/%m/%d %H:%M:%S}"),
            ("支出金额（元）", lambda x, _: shown(spent(x), "-")),
            ("收入金额（元）", lambda x, _: shown(received(x), "-")),
            ("账户余额（元）", lambda x, _: grouped(x.balance)),
            ("对方户名", lambda x, _: x.name),
            ("对方账号", lambda x, _: x.account),
            ("交易摘要", lambda x, _: x.summary),
            ("交易附言", lambda x, _: x.memo),
            ("凭证号", lambda x, _: x.voucher),
        ),
        sentences_above,
        count_below,
    ),
    "real xls, two columns": BankLayout(
        "xls",
        True,
        (
            ("记账日", lambda x, _: f"{x.at:%Y年%m月%d日}"),
            ("交易时间", lambda x, _: f"{x.at:%H:%M:%S}"),
            ("借方金额", lambda x, _: shown(spent(x))),
            ("贷方金额", lambda x, _: shown(received(x))),
            ("账户余额", lambda x, _: grouped(x.balance)),
            ("对方户名", lambda x, _: x.name),
            ("对方账号", lambda x, _: x.account),
            ("摘要", lambda x, _: x.summary),
            ("用途", lambda x, _: x.memo),
            ("流水号", lambda x, _: x.voucher),
        ),
        sentences_above,
        totals_below,
    ),
}


def statement_rows(layout: BankLayout, account: Account, lines: Sequence[PrintedLine]) -> list[Cells]:
    """The whole sheet, preamble to footer."""
    for before, line in itertools.pairwise(lines):
        if before.balance + line.amount != line.balance:
            raise ValueError(f"the chain breaks at {line}")
    printed = list(reversed(lines)) if layout.newest_first else list(lines)
    table = [[spell(line, account) for _, spell in layout.columns] for line in printed]
    header = [name for name, _ in layout.columns]
    return [*layout.preamble(account, lines), header, *table, *layout.footer(lines, len(header))]


def as_csv(rows: list[Cells], encoding: str) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode(encoding)


def as_xlsx(rows: list[Cells]) -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    book.save(stream)
    return stream.getvalue()


def as_xls(rows: list[Cells]) -> bytes:
    book, stream = xlwt.Workbook(encoding="utf-8"), io.BytesIO()
    sheet = book.add_sheet("账户明细")
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            sheet.write(down, across, value)
    book.save(stream)
    return stream.getvalue()


def as_html(rows: list[Cells]) -> bytes:
    cells = ("".join(f"<td>{html.escape(str(value))}</td>" for value in row) for row in rows)
    body = "\n".join(f"<tr>{row}</tr>" for row in cells)
    return f'<html><head><meta charset="utf-8"></head><body><table>{body}</table></body></html>'.encode()


def write_statement(
    folder: Path, month: str, layout: BankLayout, account: Account, lines: Sequence[PrintedLine]
) -> Path:
    """One month's file, lines given oldest first."""
    rows = statement_rows(layout, account, lines)
    container, _, encoding = layout.container.partition(":")
    printers: dict[str, Callable[[], tuple[str, bytes]]] = {
        "csv": lambda: (".csv", as_csv(rows, encoding)),
        "xlsx": lambda: (".xlsx", as_xlsx(rows)),
        "xls": lambda: (".xls", as_xls(rows)),
        "html": lambda: (".xls", as_html(rows)),
    }
    suffix, content = printers[container]()
    path = folder / f"bank-{month}{suffix}"
    path.write_bytes(content)
    return path
