"""One chain of movements as different banks export it, and what the statement tests share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from custody.bank.reading import read_statement
from custody.bank.statement import Statement
from tests.make_files import csv_bytes, write

ACCOUNT = "510101040099887766"
OWNER = "示范信托有限公司-梧桐里物业服务信托"


@dataclass(frozen=True)
class Move:
    at: datetime
    amount: Decimal
    balance: Decimal
    name: str
    number: str
    memo: str


def chain(steps: Sequence[tuple[datetime, Decimal, str]], opening: Decimal) -> list[Move]:
    moves, balance = [], opening
    for at, amount, name in steps:
        balance += amount
        moves.append(Move(at, amount, balance, name, "6222020200112233445", "1-2-301 物业费"))
    return moves


def yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def two_columns(moves: Sequence[Move]) -> list[list[Any]]:
    """Preamble in neighbouring cells, compact dates, separate debit and credit, totals in the footer."""
    out = sum((-m.amount for m in moves if m.amount < 0), Decimal(0))
    rows = [
        ["账户明细查询"],
        ["账号", ACCOUNT, "户名", OWNER],
        [
            "交易日期",
            "交易时间",
            "支出金额(元)",
            "收入金额(元)",
            "账户余额",
            "对方户名",
            "对方账号",
            "交易附言",
        ],
    ]
    rows += [
        [
            f"{m.at:%Y%m%d}",
            f"{m.at:%H%M%S}",
            yuan(-m.amount) if m.amount < 0 else "0.00",
            yuan(m.amount) if m.amount > 0 else "",
            yuan(m.balance),
            m.name,
            m.number,
            m.memo,
        ]
        for m in moves
    ]
    return [*rows, [], ["合计笔数", str(len(moves)), "支出合计", yuan(out)]]


def signed_column(moves: Sequence[Move]) -> list[list[Any]]:
    """No preamble; one signed amount; the counterparty and its account in one cell."""
    rows = [["记账日期", "记账时间", "货币", "交易金额", "联机余额", "对手信息", "客户摘要", "本方账号"]]
    rows += [
        [
            f"{m.at:%Y/%m/%d}",
            f"{m.at:%H:%M:%S}",
            "人民币",
            yuan(m.amount),
            yuan(m.balance),
            f"{m.name} {m.number}",
            m.memo,
            ACCOUNT,
        ]
        for m in moves
    ]
    return rows


def flag_and_amount(moves: Sequence[Move]) -> list[list[Any]]:
    """Everything in one preamble cell; amount without sign beside a 借/贷 flag."""
    rows = [
        [f"账号：{ACCOUNT} 户名：{OWNER} 币种：人民币"],
        ["交易时间", "借贷标志", "发生额", "余额", "对方单位", "对方账号", "摘要"],
    ]
    rows += [
        [
            f"{m.at:%Y-%m-%d %H:%M:%S}",
            "贷" if m.amount > 0 else "借",
            f"¥{yuan(abs(m.amount))}",
            yuan(m.balance),
            m.name,
            m.number,
            m.memo,
        ]
        for m in moves
    ]
    return [*rows, [f"共{len(moves)}笔"]]


LAYOUTS: dict[str, tuple[Callable[[Sequence[Move]], list[list[Any]]], int]] = {
    "two columns": (two_columns, 4),
    "signed column": (signed_column, 2),
    "flag and amount": (flag_and_amount, 3),
}

names = st.sampled_from(["张三", "成都信义花物业服务有限公司", "𠮷野家", "欧阳锋", "O'Neil, 王"])
amounts = st.integers(1, 10**8).map(lambda fen: Decimal(fen) / 100)
signed = st.builds(lambda amount, out: -amount if out else amount, amounts, st.booleans())
seconds = st.integers(0, 92 * 86_400 - 1)


@st.composite
def chains(draw: Any, *, least: int = 1, a_day_each: bool = False) -> list[Move]:
    """Movements of one quarter at strictly rising moments, or on days of their own."""
    apart = (lambda second: second // 86_400) if a_day_each else (lambda second: second)
    moments = sorted(draw(st.lists(seconds, min_size=least, max_size=8, unique_by=apart)))
    start = datetime(2025, 7, 1).timestamp()
    steps = [(datetime.fromtimestamp(start + moment), draw(signed), draw(names)) for moment in moments]
    return chain(steps, draw(st.integers(0, 10**9).map(lambda fen: Decimal(fen) / 100)))


HEADER = ["交易日期", "借方发生额", "贷方发生额", "余额", "对方户名", "摘要"]


def read(folder: Path, rows: Any, *, name: str = "a.csv") -> Statement:
    return read_statement(write(folder, name, csv_bytes(rows)))


def sample() -> list[Move]:
    steps = [
        (datetime(2025, 7, day, 9, day), Decimal(amount), f"业主{day}")
        for day, amount in ((1, "106.72"), (2, "88.45"), (5, "-7144.00"), (5, "900.00"), (9, "-0.01"))
    ]
    return chain(steps, Decimal("498532.47"))


def rows_of(statement: Any) -> list[Any]:
    return [fault.row for fault in statement.faults]
