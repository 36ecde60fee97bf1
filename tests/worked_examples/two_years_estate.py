"""An estate that lives for two years by commands alone: its bank, the files it is handed, and its people.

Everybody acts through ``manage.py`` commands on the day the demonstration's clock shows. The bank is a list
of lines with a balance; what it prints is what the house takes in. ``expected`` is worked beside the house
from what happened outside, never read back.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from config.replay.calendar import SHANGHAI
from config.replay.clock import set_clock
from custody.kernel.money import ZERO
from custody.ledger import reads
from custody.models import Amendment, BankLine, Fund, Operator, PeriodProposal
from custody.money_in.breaks import bank_difference
from settlement.decisions.subjects import ACCEPTANCE
from settlement.models import Acceptance, PaymentBatch, PaymentOrder, Refusal, Settlement
from tests import factories
from tests.custody.money_in.small import (
    OWNERS,
    Said,
    Small,
    estate_sheets,
    item,
    write_csv,
    write_estate,
)
from tests.settlement.desk import digits
from tests.settlement.queue.running import ran
from tests.worked_examples.estate import INVOICES, LINES, PROVIDER, PROVIDER_ACCOUNT, WORK, workbook

OPENED_ON, LAST_ON = date(2023, 7, 1), date(2025, 6, 30)
OPERATING, MAINTENANCE = Decimal("20000.00"), Decimal("10000.00")
PERFORMANCE_RATE = Decimal("0.03")
FEES = (Decimal("100.50"), *[Decimal("100.00")] * 7)  # a month of each of the eight homes
PARKING = Decimal("60.00")
CLEANING, REPAIR = Decimal("300.00"), Decimal("250.00")
FEN = Decimal("0.01")
SCORES = ("年度", "季度", "得分", "考核人")
DETAIL = ["日期", "来源", "付款方", "凭据", "金额", "批次"]
ORDERS = ["订单号", "支付时间", "房号", "付款人", "订单金额", "手续费"]


def fen(amount: Decimal) -> Decimal:
    """Half up to the fen, once."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def first_days(first: date, last: date) -> list[date]:
    """The first day of each month from one to the other."""
    days = []
    while first <= last:
        days.append(first)
        first = (first + timedelta(days=31)).replace(day=1)
    return days


def month_before(day: date) -> date:
    """The first day of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


@dataclass
class Bank:
    """The trust's account as the bank keeps it: lines in order, and the balance after the last."""

    balance: Decimal
    lines: list[Said] = field(default_factory=list)
    printed: int = 0

    def books(self, on: date, amount: Decimal, name: str = "", account: str = "", **said: str) -> None:
        """One more line."""
        self.lines.append(Said(f"{on}", f"{amount:.2f}", name, account, **said))
        self.balance += amount

    def prints(self) -> tuple[list[Said], str]:
        """Every line not printed yet, and the balance before them."""
        fresh = self.lines[self.printed :]
        self.printed = len(self.lines)
        return fresh, f"{self.balance - sum(Decimal(line.amount) for line in fresh):.2f}"


@dataclass
class Estate:
    """The fund and its people. Each verb is one command, run by whoever may, and must succeed."""

    fund: Fund
    folder: Path
    account: str
    maker: Operator
    trustee: Operator
    committee: Operator
    acceptor: Operator
    firm: Operator
    bank: Bank
    payee: str = PROVIDER_ACCOUNT
    today: date = OPENED_ON
    expected: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    collected: dict[date, Decimal] = field(default_factory=dict)
    files: int = 0
    done: int = 1  # commands since the last proof
    proved: reads.Head | None = None

    def __post_init__(self) -> None:
        self.holder = f"{self.fund.code}信托专户"

    # ------------------------------------------------------------------------------------- days

    def wakes(self, on: date) -> None:
        """Nine in the morning of the day, by the clock that the tables' owner sets."""
        self.today = on
        set_clock(datetime.combine(on, time(9), SHANGHAI))

    def proves(self) -> None:
        """Bank = book = what the bank itself last printed, and the whole journal proves itself.

        On a day on which nobody did anything the head is still the one that was proved.
        """
        printed = self.bank.balance - sum(
            (Decimal(line.amount) for line in self.bank.lines[self.bank.printed :]), Decimal(0)
        )
        assert bank_difference(self.fund.pk) in (None, ZERO), self.today
        assert self.cash() == printed, self.today
        head = reads.head_of(self.fund.pk)
        if self.done:
            assert self.does("verify_ledger").startswith(f"{self.fund.code} "), self.today
            self.proved, self.done = head, 0
        assert head == self.proved, self.today

    def cash(self) -> Decimal:
        """Both books' cash."""
        books = ("operating", "maintenance")
        return sum(
            (reads.balance_or_nothing(self.fund.pk, book=book, kind="cash").posted.amount for book in books),
            Decimal(0),
        )

    # ----------------------------------------------------------------------------------- people

    def does(self, command: str, *arguments: object, by: Operator | None = None) -> str:
        """One command for this fund, which must succeed; answers what it printed."""
        actor = [] if by is None else ["--actor", by.username]
        code, out, err = ran(command, "--fund", self.fund.code, *actor, *arguments)
        assert code == 0, f"{self.today} {command} {arguments}: {err}"
        self.done += 1
        return out

    def cannot(self, command: str, *arguments: object, by: Operator) -> str:
        """One that must be refused; answers why."""
        code, _, err = ran(command, "--fund", self.fund.code, "--actor", by.username, *arguments)
        assert code == 2, f"{self.today} {command} {arguments}"
        return err

    def both_keys(self, kind: str, *numbers: object) -> None:
        """The committee's, then the trust company's."""
        for person in (self.committee, self.trustee):
            self.does("turn_key", kind, *numbers, by=person)

    def queue_of(self, person: Operator) -> list[dict[str, Any]]:
        """What waits for a person, by the house's own word, months to close aside."""
        code, out, err = ran("show_queue", "--actor", person.username, "--json")
        assert code == 0, err
        return [each for each in json.loads(out) if each["kind"] != "month"]

    # ------------------------------------------------------------------------- what is handed in

    def file(self, name: str) -> Path:
        """A fresh place for a file."""
        self.files += 1
        return self.folder / f"{self.files:04}-{name}"

    def takes_statement(self) -> None:
        """What the bank has printed since, taken in."""
        lines, opening = self.bank.prints()
        small = Small(self.fund, self.maker, self.account, self.folder)
        path = small.statement(lines, opening=opening)
        self.does("import_bank_statement", path, by=self.maker)

    def takes_parking(self, month: date) -> None:
        """The car park's detail behind the month's lump."""
        day = month.replace(day=12)
        rows = [[f"{day}", "临时停车", "川A11111", "小票", f"{PARKING}", f"{month:%y%m}"]]
        path = write_csv(self.file("revenue.csv"), [DETAIL, *rows])
        self.does("import_public_revenue", path, by=self.maker)

    def takes_order(self, month: date, unit: str, owner: str, amount: Decimal, charge: Decimal) -> None:
        """The merchant's detail of one home that paid by its telephone."""
        paid_at = f"{month.replace(day=8)} 09:00:00"
        rows = [[f"QR{month:%y%m}", paid_at, unit, owner, f"{amount}", f"{charge}"]]
        path = write_csv(self.file("channel.csv"), [ORDERS, *rows])
        self.does("import_channel_detail", path, by=self.maker)

    def accepts(self, number: str, code: str, amount: Decimal) -> None:
        """The committee signs a work order off."""
        day = self.today
        row = (number, "日常服务", code, day, day, "业委会", "合格", amount)
        path = workbook(self.file("work.xlsx"), 工单=[WORK, row])
        self.signed(path)

    def scores(self, year: int, quarter: int, score: int) -> None:
        """The committee signs the quarter's score."""
        path = workbook(self.file("score.xlsx"), 工单=[WORK], 考核=[SCORES, (year, quarter, score, "业委会")])
        self.signed(path)

    def signed(self, path: Path) -> None:
        """Handed in by the committee's acceptor, signed by its keyholder."""
        self.does("import_work", path, by=self.acceptor)
        self.does("turn_key", ACCEPTANCE, Acceptance.objects.latest("pk").pk, by=self.committee)

    def invoices(self, *lines: tuple[str, str, str, Decimal]) -> str:
        """The firm's invoice over (code, basis, cited, amount); answers its number."""
        number = digits(self.today.year % 100)
        total = sum((amount for *_words, amount in lines), Decimal(0))
        path = workbook(
            self.file("invoice.xlsx"),
            发票=[INVOICES, (number, self.today, total, PROVIDER, self.holder)],
            明细=[LINES, *((number, at, *line) for at, line in enumerate(lines, 1))],
        )
        self.does("import_invoices", path, by=self.firm)
        return number

    def paper(self) -> Path:
        """A signed paper that shows something."""
        path = self.file("paper.pdf")
        path.write_bytes(b"%PDF-1.4\n" + path.name.encode())
        return path

    def resolves(self, command: str, sheet: str, *rows: Sequence[Any]) -> None:
        """A resolution of the owners, in a workbook with its paper; in force from the second key."""
        about = [
            ("项目", "内容"),
            ("决议文号", f"{self.fund.code}-{self.today}"),
            ("决议日期", self.today),
            ("决议事项", "业主大会决定"),
        ]
        path = workbook(self.file(f"{command}.xlsx"), 决议=about, **{sheet: rows})
        self.does(command, path, "--paper", self.paper(), by=self.maker)
        self.both_keys("amendment", Amendment.objects.filter(fund=self.fund).latest("pk").pk)

    def line_of(self, name: str) -> int:
        """The newest bank line of this other party, by its number, as ``show_suspense`` tells it."""
        return BankLine.objects.filter(fund=self.fund, counterparty_name=name).latest("position").position

    # -------------------------------------------------------------------------------- payments

    def instructs(self, *numbers: str) -> None:
        """One payment file, and it has left."""
        self.does("instruct_payments", *numbers, by=self.maker)
        ran("sweep_payments", "--minutes", "0")
        batch = PaymentBatch.objects.filter(fund=self.fund).latest("pk")
        assert batch.sent_at is not None, self.today

    def pays(self, number: str, on: date) -> None:
        """The bank pays as it was asked to."""
        total = Settlement.objects.get(fund=self.fund, number=number).total.amount
        self.bank.books(on, -total, PROVIDER, self.payee, summary="转账", memo=number)

    def refusal_of(self, number: str) -> int:
        """The report's number, as ``report_failed`` told it."""
        order = PaymentOrder.objects.filter(settlement__number=number).latest("attempt")
        return Refusal.objects.get(order=order).pk

    def proposal(self) -> int:
        """The newest proposal to close or reopen, as the command told it."""
        return PeriodProposal.objects.filter(fund=self.fund).latest("pk").pk

    def state_of(self, number: str) -> str:
        """Where the invoice stands."""
        return str(Settlement.objects.get(fund=self.fund, number=number).state)


def sheets_of_the_estate() -> dict[str, list[list[Any]]]:
    """Its onboarding workbook: July 2023, eight homes, the first year's budget and the deed."""
    sheets = estate_sheets()
    item(sheets, "小区", "期初日期")[1] = OPENED_ON
    item(sheets, "小区", "期初余额-经营账")[1] = OPERATING
    item(sheets, "小区", "期初余额-维修账")[1] = MAINTENANCE
    for row in sheets["信托条款"][1:]:
        row[2] = date(2023, 1, 1)
    sheets["预算"] = [sheets["预算"][0], *budget_rows(2023)]
    return sheets


def budget_rows(year: int) -> Sequence[list[Any]]:
    """One year's lines."""
    return [
        [year, "CLN", "清洁卫生", "经营账", 12 * CLEANING],
        [year, "REM", "物业服务酬金", "经营账", 2400],
        [year, "MNT", "公共部位维修", "维修账", 4 * REPAIR],
    ]


def onboarded(folder: Path) -> Estate:
    """Taken on by command on its first day, with one keyholder each and the desk."""
    sheets = sheets_of_the_estate()
    trustee = f"两年信托-{sheets['小区'][1][1]}"
    item(sheets, "小区", "受托人")[1] = trustee
    maker = factories.desk_of(trustee)
    set_clock(datetime.combine(OPENED_ON, time(9), SHANGHAI))
    path = write_estate(folder / "estate.xlsx", sheets)
    code, _, err = ran("onboard_estate", "--actor", maker.username, path)
    assert code == 0, err
    fund = Fund.objects.get(code=item(sheets, "小区", "小区编码")[1])
    factories.MADE.append(fund.pk)
    return Estate(
        fund,
        folder,
        account=item(sheets, "小区", "信托专户账号")[1],
        maker=maker,
        trustee=factories.member_of(fund, "trustee", "keyholder"),
        committee=factories.member_of(fund, "committee", "keyholder"),
        acceptor=factories.member_of(fund, "committee", "checker"),
        firm=factories.member_of(fund, "provider", "clerk"),
        bank=Bank(OPERATING + MAINTENANCE),
    )


def units() -> list[tuple[str, str, Decimal]]:
    """Each home's address, owner and monthly fee, as the workbook has them."""
    return [
        (f"{5 + at // 4}-{1 + at % 2}-{1 + at % 4}01", owner, FEES[at]) for at, owner in enumerate(OWNERS)
    ]
