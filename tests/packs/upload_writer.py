"""Writes what an estate's people upload besides the statements: the onboarding workbook, the merchant's
detail, public revenue, work, invoices. The layouts are the published sample's; refuses nothing."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

Table = Sequence[Sequence[Any]]


def cell(value: Any) -> Any:
    """Whole amounts as whole numbers, days as the sample's midnight, text as it is."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if type(value) is date:
        return datetime(value.year, value.month, value.day)
    return value


def typed(value: Any) -> Any:
    """The same cell as a hurried clerk types it: text, amounts grouped."""
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return f"{value:%Y/%m/%d}" if isinstance(value, date) else value


def write_book(path: Path, sheets: Mapping[str, Table]) -> None:
    """A workbook of named tables, headers first."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([cell(value) for value in row])
        for found in (c for row in sheet.iter_rows() for c in row if isinstance(c.value, datetime)):
            found.number_format = "yyyy-mm-dd"
    book.save(path)


def write_channel(folder: Path, month: str, rows: Table) -> None:
    """One month of the QR merchant's detail."""
    with (folder / f"channel-{month}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["订单号", "支付时间", "房号", "付款人", "订单金额", "手续费"])
        writer.writerows(rows)


def write_public_revenue(folder: Path, rows: Table) -> None:
    """Lines behind parking and advertising receipts."""
    header = ["日期", "来源", "付款方", "凭据", "金额", "批次"]
    write_book(folder / "public-revenue.xlsx", {"公共收益明细": [header, *rows]})


def write_work(folder: Path, orders: Table, assessments: Table) -> None:
    """Work orders and the quarters' scores."""
    order_header = ["工单号", "服务内容", "科目编码", "完成日期", "验收日期", "验收人", "验收结果", "金额"]
    sheets = {"工单": [order_header, *orders], "考核": [["年度", "季度", "得分", "考核人"], *assessments]}
    write_book(folder / "work.xlsx", sheets)


def write_invoices(folder: Path, invoices: Table, lines: Table) -> None:
    """Invoices and their lines."""
    sheets = {
        "发票": [["发票号码", "开票日期", "价税合计", "销售方", "购买方"], *invoices],
        "明细": [["发票号码", "行号", "科目编码", "类型", "依据", "金额"], *lines],
    }
    write_book(folder / "invoices.xlsx", sheets)


def write_estate(
    folder: Path, about: Table, terms: Table, units: Table, budget: Table, provider: Table
) -> None:
    """The onboarding workbook."""
    sheets = {
        "小区": [["项目", "内容"], *about],
        "信托条款": [["条款", "取值", "生效日期"], *terms],
        "房屋": [["楼栋", "单元", "房号", "建筑面积", "业主姓名", "月单价"], *units],
        "预算": [["年度", "科目编码", "科目名称", "账本", "年度预算"], *budget],
        "服务商": [["项目", "内容"], *provider],
    }
    write_book(folder / "estate.xlsx", sheets)
