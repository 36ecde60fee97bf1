"""The days a bank's file says it speaks of, in whatever way its format says it."""

from datetime import date
from decimal import Decimal

import pytest

from custody.bank.reading import read_account_bytes, read_statement_bytes
from custody.bank.statement import Days
from tests.custody.bank.exports import ACCOUNT
from tests.custody.bank.messages import camt_bytes, camt_statement, mt940
from tests.make_files import csv_bytes

HEADER = ["交易日期", "借方发生额", "贷方发生额", "余额", "对方户名"]
QUARTER = Days(date(2025, 7, 1), date(2025, 9, 30))


def table(*above: list[str]) -> bytes:
    return csv_bytes([["账号", ACCOUNT], *above, HEADER])


def period_of(content: bytes, name: str = "bank.csv") -> Days | None:
    return read_statement_bytes(content, name).period


@pytest.mark.parametrize(
    "above",
    [
        ["起止日期", "20250701-20250930"],
        ["起止日期：2025-07-01 至 2025-09-30"],
        ["查询时间范围：2025-07-01 00:00:00 至 2025-09-30 23:59:59"],
        ["对账期间：2025年7月1日—2025年9月30日"],
        ["起始日期", "2025/7/1", "截止日期", "2025/9/30"],
        ["起始日期：2025-07-01 截止日期：2025-09-30"],
    ],
)
def test_a_table_says_its_period_above_its_header(above: list[str]) -> None:
    assert period_of(table(above)) == QUARTER


@pytest.mark.parametrize(
    "above",
    [
        [],
        ["起止日期", "2025-07-01"],
        ["起止日期", "2025-09-30 至 2025-07-01"],
        ["起止日期", "2025-02-30 至 2025-09-31"],
        ["截止日期", "2025-09-30"],
    ],
)
def test_a_period_told_in_part_or_backwards_is_none(above: list[str]) -> None:
    assert period_of(table(above)) is None


def camt(from_at: str, to_at: str) -> bytes:
    said = f"<FrToDt><FrDtTm>{from_at}</FrDtTm><ToDtTm>{to_at}</ToDtTm></FrToDt>"
    return camt_bytes(camt_statement([], opening=Decimal("5.00"), extra=said))


def test_a_camt_message_says_its_period_outright() -> None:
    assert period_of(camt("2025-07-01T00:00:00", "2025-09-30T23:59:59"), "bank.xml") == QUARTER


def test_an_end_at_midnight_is_the_day_before() -> None:
    assert period_of(camt("2025-07-01T00:00:00", "2025-10-01T00:00:00"), "bank.xml") == QUARTER


def mt(opened_on: str, closed_on: str, number: str = "1/1") -> str:
    lines = mt940([], opening=Decimal("5.00"), number=number)
    lines = [
        line.replace("250701", opened_on if line.startswith(":60F:") else closed_on)
        if line.startswith((":60F:", ":62F:"))
        else line
        for line in lines
    ]
    return "\r\n".join(lines)


def test_an_mt940_speaks_of_the_days_after_its_opening_balance() -> None:
    assert period_of((mt("250731", "250831") + "\r\n-\r\n").encode(), "bank.sta") == Days(
        date(2025, 8, 1), date(2025, 8, 31)
    )


def test_statements_day_after_day_speak_of_the_whole() -> None:
    text = mt("250701", "250731") + "\r\n-\r\n" + mt("250731", "250831", "2/1") + "\r\n-\r\n"

    statement, _others = read_account_bytes(text.encode(), "bank.sta", ACCOUNT)

    assert statement.period == Days(date(2025, 7, 2), date(2025, 8, 31))


def test_statements_with_days_between_speak_of_no_whole() -> None:
    text = mt("250701", "250731") + "\r\n-\r\n" + mt("250901", "250930", "2/1") + "\r\n-\r\n"

    statement, _others = read_account_bytes(text.encode(), "bank.sta", ACCOUNT)

    assert statement.period is None
