"""The bank of a demonstration: it reads payment files in the outbox and writes the statement that pays them.

It knows its own accounts and the files alone, never the ledger. Refuses silently a file it cannot read and
one of an account it does not keep. Each statement brings something nobody had foreseen.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from config.replay.calendar import SHANGHAI, next_month
from config.replay.pack import ReplayPack
from custody.bank.reading import StatementLine
from custody.deeds.estate_file import EstateFacts
from custody.kernel.durable import write_whole
from custody.kernel.errors import Rejected
from custody.models import LineKind
from custody.money_in.rules import OTHER_PURPOSES, read_kind
from settlement.payments.gateways.filed import read_filed
from settlement.payments.gateways.pain001 import Batch

HEADERS = (
    "凭证号", "本方账号", "对方账号", "交易时间", "借/贷", "借方发生额", "贷方发生额", "对方行号", "摘要",
    "用途", "对方单位名称", "余额", "个性化信息",
)  # fmt: skip
RECEIPTS_MAX = 14
STATE = ".account.json"


@dataclass(frozen=True, slots=True)
class LineBooked:
    """One line: ``amount`` signed in yuan, in +; ``at`` naive Shanghai wall time."""

    at: datetime
    amount: Decimal
    balance: Decimal
    name: str
    account: str
    summary: str
    memo: str
    voucher: str


@dataclass(frozen=True, slots=True)
class AccountKept:
    """One fund's account at the bank, and everything that moved on it since the house opened."""

    number: str
    holder: str
    bank_name: str
    balance: Decimal
    movements: tuple[LineBooked, ...] = ()
    answered: tuple[str, ...] = ()
    statements: int = 0

    def moved(
        self, at: datetime, amount: Decimal, name: str, account: str, summary: str, memo: str
    ) -> "AccountKept":
        """The account after one more line, later than the one before it."""
        last = self.movements[-1].at if self.movements else at
        at = max(at, last + timedelta(seconds=7)) if last.date() == at.date() else at
        voucher = f"{at:%m}{len(self.movements) + 1:06d}"
        line = LineBooked(at, amount, self.balance + amount, name, account, summary, memo, voucher)
        return replace(self, balance=line.balance, movements=(*self.movements, line))


@dataclass(frozen=True, slots=True)
class DemonstrationBank:
    """``folder`` holds what it hands out, a folder a fund; ``outbox`` is where payment files come."""

    folder: Path
    outbox: Path

    def open_account(self, code: str, facts: EstateFacts, pack: ReplayPack, at: datetime) -> None:
        """Go on from the pack's last line, which answers every payment file so far.

        The days since then have brought some fees, in a first statement.
        """
        if self._place(code).exists():
            return
        lines = sorted(pack.lines(), key=_booked)
        last = lines[-1]
        estate = facts.estate
        account = AccountKept(
            number=estate.account_number,
            holder=estate.account_holder,
            bank_name=estate.bank_name,
            balance=last.balance or Decimal(0),
            answered=tuple(each.stem for each in sorted(self.outbox.glob(f"{code}/*.xml"))),
        )
        first = next_month(last.booked_on.replace(day=1))
        for n, line in enumerate(_fees_like(lines)):
            when = datetime.combine(first + timedelta(days=n // 2), time(9 + n % 2 * 5, 11 + n * 3))
            if when.date() < at.astimezone(SHANGHAI).date():
                memo = line.memo.replace(f"{last.booked_on.month}月", f"{first.month}月")
                account = account.moved(
                    when, line.amount, line.counterparty_name, line.counterparty_account, line.summary, memo
                )
        self._hand_out(code, account, account.movements)

    def answer(self, at: datetime) -> Iterator[Path]:
        """Pay what is due by now of the files that came since; answers the statements written."""
        now = at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
        for state in sorted(self.folder.glob(f"*/{STATE}")):
            code = state.parent.name
            account = _read(state.read_text(encoding="utf-8"))
            due = [batch for batch in self._files(code, account) if batch.execute_on <= now.date()]
            if not due:
                continue
            for batch in due:
                account = _paid(account, batch, now)
            account = _surprised(account, now)
            today = [line for line in account.movements if line.at.date() == now.date()]
            yield self._hand_out(code, account, today)

    def _files(self, code: str, account: AccountKept) -> Iterator[Batch]:
        for place in sorted(self.outbox.glob(f"{code}/*.xml")):
            if place.stem in account.answered:
                continue
            with suppress(Rejected):
                batch = read_filed(place.read_bytes(), name=place.name)
                if batch.debtor.account == account.number:
                    yield batch

    def _hand_out(self, code: str, account: AccountKept, lines: Sequence[LineBooked]) -> Path:
        """Write a statement of whole days, then remember that it was written."""
        account = replace(account, statements=account.statements + 1)
        days = [line.at for line in lines]
        name = f"流水-{min(days):%Y%m%d}-{max(days):%Y%m%d}-{account.statements:02d}.xlsx"
        path = self.folder / code / name
        write_whole(path, statement_bytes(account, lines), mode=0o644)
        write_whole(self._place(code), _written(account))
        return path

    def _place(self, code: str) -> Path:
        return self.folder / code / STATE


def statement_bytes(account: AccountKept, lines: Sequence[LineBooked]) -> bytes:
    """The statement as the estates' bank exports it: a workbook, oldest line first."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "历史明细"
    sheet.append(["明细查询文件下载"])
    sheet.append([f"账号：{account.number}", None, f"户名：{account.holder}", None, "币种：人民币"])
    sheet.append([])
    sheet.append(HEADERS)
    for each in lines:
        paid, came = (f"{-each.amount:,.2f}", None) if each.amount < 0 else (None, f"{each.amount:,.2f}")
        side = "借" if each.amount < 0 else "贷"
        sheet.append(
            [
                each.voucher, account.number, each.account, f"{each.at:%Y-%m-%d %H:%M:%S}", side, paid, came,
                None, each.summary, each.memo, each.name, f"{each.balance:,.2f}", None,
            ]
        )  # fmt: skip
    sheet.append([])
    sheet.append(["合计笔数", len(lines)])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _booked(line: StatementLine) -> datetime:
    return line.booked_at or datetime.combine(line.booked_on, time())


def _paid(account: AccountKept, batch: Batch, now: datetime) -> AccountKept:
    for each in batch.transfers:
        creditor = each.creditor
        account = account.moved(
            now, -each.amount.amount, creditor.holder, creditor.account, "转账", each.remittance
        )
    return replace(account, answered=(*account.answered, batch.message_id))


def _surprised(account: AccountKept, now: datetime) -> AccountKept:
    """What nobody foresaw: first the bank takes something, then somebody pays who says not what for."""
    if account.statements % 2:
        return account.moved(now, Decimal("-260.00"), account.bank_name, "", "年检", "2025年度账户年检")
    payer = ("成都锦城装饰工程有限公司", "510501880200118866")
    return account.moved(now, Decimal("1860.00"), *payer, "转账", "往来款")


def _fees_like(lines: Sequence[StatementLine]) -> list[StatementLine]:
    """The last month's first fees of owners who say what they pay for."""
    month = lines[-1].booked_on.replace(day=1)
    return [
        line
        for line in lines
        if line.booked_on >= month
        and line.amount > 0
        and line.memo.strip()
        and read_kind(text=f"{line.summary} {line.memo}", amount=line.amount) in (None, LineKind.PROPERTY_FEE)
        and not OTHER_PURPOSES.search(line.memo)
    ][:RECEIPTS_MAX]


def _written(account: AccountKept) -> bytes:
    return json.dumps(asdict(account), ensure_ascii=False, indent=1, default=str).encode()


def _read(text: str) -> AccountKept:
    told = json.loads(text)
    movements = tuple(
        LineBooked(
            **{
                **each,
                "at": datetime.fromisoformat(each["at"]),
                "amount": Decimal(each["amount"]),
                "balance": Decimal(each["balance"]),
            }
        )
        for each in told["movements"]
    )
    known = {"balance": Decimal(told["balance"]), "movements": movements, "answered": tuple(told["answered"])}
    return AccountKept(**{**told, **known})
