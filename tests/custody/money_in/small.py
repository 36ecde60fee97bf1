"""A small invented estate of eight units with its own files, for tests that need little and often."""

import csv
import io
import itertools
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from custody.files.outcomes import Outcome
from custody.ledger import door
from custody.models import Fund, JournalLine, Operator
from custody.money_in.bank_statements import import_statements
from settlement.contracts.taking_on import onboard_estate
from tests import factories

AT = datetime(2025, 10, 9, 1, 0, tzinfo=UTC)
OWNERS = ("赵一", "钱二", "孙三", "李四", "周五", "吴六", "王同名", "王同名")
TRUSTEE = "小小信托有限公司"
_numbers = itertools.count(1)

Sheets = dict[str, list[list[Any]]]


@dataclass(frozen=True)
class Said:
    """One line as the bank would print it; ``amount`` signed, 冲正 on the credit side negative."""

    on: str
    amount: str
    name: str = ""
    account: str = ""
    summary: str = "转账"
    memo: str = ""
    side: str = ""


@dataclass(frozen=True)
class Small:
    """The estate, onboarded, and where its files are written."""

    fund: Fund
    actor: Operator
    account: str
    folder: Path

    def statement(self, lines: Sequence[Said], *, opening: str = "1500.00", account: str | None = "") -> Path:
        """A csv of these lines, chained from ``opening``; ``account`` None leaves the column out."""
        own = self.account if account == "" else account
        header = ["交易时间", "对方账号", "对方单位名称", "借方发生额", "贷方发生额", "余额", "摘要", "用途"]
        rows: list[list[str]] = [header if own is None else ["本方账号", *header]]
        balance = Decimal(opening)
        for line in lines:
            amount = Decimal(line.amount)
            balance += amount
            out = line.side == "debit" or (amount < 0 and line.side != "credit")
            cells = [
                line.on,
                line.account,
                line.name,
                str(-amount) if out else "",
                "" if out else str(amount),
            ]
            cells += [str(balance), line.summary, line.memo]
            rows.append(cells if own is None else [own, *cells])
        return write_csv(self.folder / f"bank-{uuid.uuid4().hex[:8]}.csv", rows)

    def channel(self, *orders: tuple[str, str, str, str, str, str]) -> Path:
        """A merchant file of (order, paid at, unit, payer, amount, fee)."""
        header = ["订单号", "支付时间", "房号", "付款人", "订单金额", "手续费"]
        return write_csv(self.folder / f"channel-{uuid.uuid4().hex[:8]}.csv", [header, *map(list, orders)])

    def revenue(self, *lines: tuple[str, str, str, str, str, str]) -> Path:
        """A public revenue file of (day, source, payer, evidence, amount, batch)."""
        header = ["日期", "来源", "付款方", "凭据", "金额", "批次"]
        return write_csv(self.folder / f"revenue-{uuid.uuid4().hex[:8]}.csv", [header, *map(list, lines)])

    def take(self, *lines: Said, opening: str = "1500.00") -> Outcome:
        """Import one statement of these lines."""
        return import_statements(
            fund=self.fund, paths=[self.statement(lines, opening=opening)], actor=self.actor, at=AT
        )

    def balance(self, kind: str, book: str = "operating") -> Decimal:
        """Of one account, credit positive except for cash, in transit and unexplained."""
        account = door.open_account(fund_id=self.fund.pk, book=book, kind=kind)
        posted = door.balance_of(account).posted.amount
        return (
            posted if kind in ("cash", "in_transit", "unexplained", "channel_fee", "bank_charge") else -posted
        )

    def by_day(self) -> dict[tuple[str, str, date], Decimal]:
        """Net movement by book, kind and day: what every statement is made of."""
        net: dict[tuple[str, str, date], Decimal] = {}
        rows = JournalLine.objects.filter(fund_id=self.fund.pk).values_list(
            "account__book", "account__kind", "effective_on", "amount"
        )
        for book, kind, on, amount in rows:
            net[book, kind, on] = net.get((book, kind, on), Decimal(0)) + amount
        return {key: amount for key, amount in net.items() if amount}


def write_csv(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """UTF-8 with a byte-order mark, as the merchants send it."""
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    path.write_bytes(stream.getvalue().encode("utf-8-sig"))
    return path


def estate_sheets() -> Sheets:
    """The five sheets of a sound estate.xlsx, under a code and account of their own."""
    code, account = f"T-{uuid.uuid4().hex[:10]}", f"88{os.getpid() % 10**7:07d}{next(_numbers):08d}"
    items: list[list[Any]] = [
        ["项目", "内容"], ["小区编码", code], ["小区名称", "小小苑"], ["区县", "成都高新区"],
        ["街道", "测试街道"], ["社区", "测试社区"], ["建成年份", 2001], ["户数", 8], ["住宅面积", 800.5],
        ["受托人", TRUSTEE], ["委托人", f"{code}业主大会"], ["业委会", f"{code}业委会"],
        ["信托监察人", "测试社区居委会"], ["信托产品编码", f"P-{code}"], ["开户银行", "测试银行"],
        ["信托专户户名", f"{code}信托专户"], ["信托专户账号", account], ["期初日期", date(2025, 7, 1)],
        ["期初余额-经营账", 1000], ["期初余额-维修账", 500],
    ]  # fmt: skip
    since = date(2025, 1, 1)
    terms: list[list[Any]] = [
        ["条款", "取值", "生效日期"], ["酬金基数", "COLLECTED_INCOME", since],
        ["基础酬金率", "0.12", since], ["绩效酬金率", "0.03", since],
        ["绩效档位", "90:1.00;80:0.50;0:0.00", since], ["信托报酬年费率", "0.003", since],
        ["保管费年费率", "0.0002", since], ["计费基础", "日均余额", since], ["计息天数", "ACT/365", since],
        ["流动性底线月数", 2, since], ["允许投资品种", "通知存款;国债", since],
        ["每月银行收费上限", "50元", since],
    ]  # fmt: skip
    units: list[list[Any]] = [["楼栋", "单元", "房号", "建筑面积", "业主姓名", "月单价"]]
    for at, owner in enumerate(OWNERS):
        units.append([5 + at // 4, 1 + at % 2, f"{1 + at % 4}01", 100.5 if at == 0 else 100, owner, 1])
    return {
        "小区": items,
        "信托条款": terms,
        "房屋": units,
        "预算": [
            ["年度", "科目编码", "科目名称", "账本", "年度预算"],
            [2025, "CLN", "清洁卫生", "经营账", 1200],
            [2025, "MNT", "公共部位维修", "维修账", 600],
        ],
        "服务商": [
            ["项目", "内容"], ["名称", "小小物业有限公司"], ["统一社会信用代码", "91510107MA0000002X"],
            ["收款户名", "小小物业有限公司"], ["收款账号", "510101040099999999"], ["开户行", "测试农行"],
            ["联行号", "103651000018"],
        ],
    }  # fmt: skip


def item(sheets: Sheets, sheet: str, name: str) -> list[Any]:
    """The row of an item, to read or to spoil."""
    return next(row for row in sheets[sheet] if row[0] == name)


def write_estate(path: Path, sheets: Sheets) -> Path:
    """The sheets as a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def small_estate(folder: Path, spoil: Callable[[Sheets], object] = lambda sheets: None) -> Small:
    """The estate onboarded, under a trust company of its own: units 5-1-101 to 6-2-401, 1,000 yuan operating
    and 500 maintenance."""
    sheets = estate_sheets()
    trustee = item(sheets, "小区", "受托人")
    trustee[1] = f"{item(sheets, '小区', '小区编码')[1]}信托有限公司"
    spoil(sheets)
    desk = factories.desk_of(trustee[1])
    onboard_estate(path=write_estate(folder / "estate.xlsx", sheets), actor=desk, at=AT)
    fund = Fund.objects.get(code=item(sheets, "小区", "小区编码")[1])
    factories.MADE.append(fund.pk)
    return Small(fund, desk, item(sheets, "小区", "信托专户账号")[1], folder)
