"""A small quarter posted by hand, with every kind of movement, whose figures a reader can add up."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from custody.kernel.money import yuan
from custody.ledger import door, references
from custody.ledger.entries import Line, entry
from custody.models import (
    BankAccount,
    BankLine,
    DeedTerm,
    Document,
    LineExplanation,
    LineKind,
    Placement,
    Resolution,
    Unit,
    UnitFact,
)
from reporting.statements.report import Cell
from settlement.models import BudgetLine
from tests import factories

FROM, TO = date(2025, 7, 1), date(2025, 9, 30)
AT = datetime(2025, 10, 9, 2, 0, tzinfo=UTC)

TERMS = {
    "remuneration_base": "COLLECTED_INCOME",
    "base_rate": "0.12",
    "performance_rate": "0.03",
    "performance_tiers": "90:1.00;80:0.50;0:0.00",
    "trustee_fee_rate": "0.003",
    "custody_fee_rate": "0.0002",
    "fee_basis": "日均余额",
    "day_count": "ACT/365",
    "liquidity_floor_months": "2",
    "permitted_placements": "活期存款;通知存款",
}


def yuan_in(cell: Cell) -> Decimal:
    """The amount a cell of a statement holds; fails on any other content."""
    assert isinstance(cell, Decimal), cell
    return cell


@dataclass
class Quarter:
    """A fund under construction; amounts are yuan as text, positive in the direction of their verb."""

    made: factories.TestFund
    bank: BankAccount
    file: Document
    balance: Decimal = Decimal("0.00")
    position: int = 0
    lines: dict[str, BankLine] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.made.fund.code

    def post(
        self,
        template: str,
        on: date,
        *lines: tuple[str, str],
        book: str = "operating",
        memo: str = "",
        source: str = "",
        at: datetime = AT,
        settles_hold: int | None = None,
    ) -> int:
        """Post (account kind[:code], signed amount) lines; answers the sequence."""
        built = []
        for name, amount in lines:
            kind, _, code = name.partition(":")
            built.append(Line(self.made.account(kind, code, book), Decimal(amount)))
        return door.post(
            entry(template, on, built, memo=memo, source=source),
            key=factories.unique("k"),
            actor_id=self.made.actor.pk,
            at=at,
            settles_hold=settles_hold,
        ).sequence

    def bank_line(self, on: date, amount: str, *, name: str = "", memo: str = "") -> BankLine:
        """The bank's line of that day, chained to the one before."""
        self.position += 1
        self.balance += Decimal(amount)
        return BankLine.objects.create(
            fund=self.made.fund,
            account=self.bank,
            position=self.position,
            source_file=self.file,
            row=self.position,
            booked_on=on,
            amount=yuan(amount),
            balance=yuan(self.balance),
            counterparty_name=name,
            memo=memo,
            voucher=f"V{self.position:04}",
        )

    def receipt(
        self,
        template: str,
        kind: str,
        on: date,
        amount: str,
        *,
        name: str = "",
        memo: str = "",
        note: str = "",
    ) -> int:
        """Money at the bank and in the books, with its evidence."""
        line = self.bank_line(on, amount, name=name, memo=memo)
        sequence = self.post(
            template, on, ("cash", amount), (kind, f"-{amount}"), memo=memo, source=references.bank_line(line)
        )
        self.explain(line, sequence, note=note)
        return sequence

    def explain(self, line: BankLine, sequence: int, *, note: str = "") -> None:
        """Say which entry booked the bank's line, as every importer does."""
        LineExplanation.objects.create(
            line=line,
            fund=self.made.fund,
            kind=LineKind.SUSPENSE if line.amount.amount > 0 else LineKind.UNEXPLAINED,
            entry_sequence=sequence,
            note=note,
            explained_at=AT,
        )

    def payment(
        self,
        template: str,
        kind: str,
        on: date,
        amount: str,
        *,
        memo: str = "",
        book: str = "operating",
        source: str = "",
    ) -> int:
        """Money that left the bank and the books."""
        line = self.bank_line(on, f"-{amount}", name="成都信义花物业服务有限公司", memo=memo)
        sequence = self.post(
            template,
            on,
            (kind, amount),
            ("cash", f"-{amount}"),
            memo=memo,
            book=book,
            source=source or references.bank_line(line),
        )
        self.explain(line, sequence)
        return sequence


def empty_quarter(operating: str = "10000.00", maintenance: str = "50000.00") -> Quarter:
    """A fund taken over with these balances, with terms, a budget and a trust account, and nothing else."""
    made = factories.make_fund()
    fund = made.fund
    resolution = Resolution.objects.create(
        fund=fund, reference="R1", resolved_on=date(2025, 1, 1), title="设立"
    )
    for term, value in TERMS.items():
        DeedTerm.objects.create(
            fund=fund, term=term, value=value, effective_from=date(2025, 1, 1), resolution=resolution
        )
    for code, name, book, amount in (
        ("CLN", "清洁卫生", "operating", "24000.00"),
        ("MNT", "公共部位维修", "maintenance", "12000.00"),
        ("REM", "物业服务酬金", "operating", "8000.00"),
    ):
        BudgetLine.objects.create(
            fund=fund, year=2025, code=code, name=name, book=book, annual_amount=yuan(amount)
        )
    UnitFact.objects.create(
        fund=fund,
        unit=Unit.objects.create(fund=fund, building=5, entrance=2, room="301"),
        valid_from=date(2025, 1, 1),
        area=Decimal("88.00"),
        owner_name="欧阳锋",
        monthly_price=Decimal("1.0000"),
    )
    bank = BankAccount.objects.create(
        fund=fund,
        number=factories.unique("62"),
        holder=f"示范信托-{fund.code}",
        bank_name="中国工商银行成都高新支行",
        handover=True,
    )
    file = factories.make_document(fund, made.actor, AT)
    made.fill(operating)
    made.fill(maintenance, "maintenance")
    quarter = Quarter(made, bank, file)
    quarter.balance = Decimal(operating) + Decimal(maintenance)
    return quarter


def worked_quarter() -> Quarter:
    """Opening 10,000 + 50,000; 6,400 received gross, 120 unknown, 38.50 + 9.50 earned; 2,515.50 paid."""
    q = empty_quarter()
    q.receipt(
        "property_fee_received",
        "property_fee",
        date(2025, 7, 3),
        "3000.00",
        name="欧阳锋",
        memo="欧阳锋 5-2-301物业费",
    )
    _merchant_lump(q)
    out, hold_id = place_out(q, date(2025, 7, 16))
    q.receipt(
        "public_revenue_settled", "parking", date(2025, 7, 20), "2000.00", name="停车场", memo="月租 批次001"
    )
    q.receipt(
        "suspense_received",
        "suspense",
        date(2025, 8, 2),
        "120.00",
        name="令狐冲",
        memo="令狐冲转账",
        note="附言无房号",
    )
    _payments(q)
    q.receipt(
        "grant_received", "grant", date(2025, 8, 15), "400.00", name="成都高新区财政局", memo="激励资金"
    )
    insert_placement(q, out, place_back(q, date(2025, 9, 17)), hold_id)
    q.receipt("interest_received", "interest", date(2025, 9, 21), "9.50", memo="结息")
    q.payment("bank_charge_paid", "bank_charge", date(2025, 9, 22), "11.70", memo="账户管理费")
    return q


def _merchant_lump(q: Quarter) -> None:
    """1,000 gathered by the merchant, 996.20 of it settled in one lump."""
    order = q.post(
        "merchant_order_collected",
        date(2025, 7, 4),
        ("in_transit", "1000.00"),
        ("property_fee", "-1000.00"),
        memo="5-2-301",
        source="order:QR1",
    )
    assert order
    lump = q.bank_line(date(2025, 7, 5), "996.20", name="银联商务股份有限公司", memo="商户结算0704")
    settled = q.post(
        "merchant_lump_settled",
        date(2025, 7, 5),
        ("cash", "996.20"),
        ("channel_fee", "3.80"),
        ("in_transit", "-1000.00"),
        memo="商户结算0704",
        source=references.bank_line(lump),
    )
    q.explain(lump, settled)


def _payments(q: Quarter) -> None:
    q.payment("settlement_paid", "budget_spending:CLN", date(2025, 8, 5), "1500.00", memo="发票 保洁")
    q.payment(
        "settlement_paid",
        "budget_spending:MNT",
        date(2025, 8, 5),
        "1000.00",
        memo="发票 维修",
        book="maintenance",
    )


def place(q: Quarter, out_on: date, back_on: date | None) -> None:
    """20,000 on the maintenance book as a call deposit; back with 38.50 if it came back."""
    out, hold_id = place_out(q, out_on)
    insert_placement(q, out, place_back(q, back_on) if back_on else None, hold_id)


def place_out(q: Quarter, on: date) -> tuple[BankLine, int]:
    """The principal leaves: the bank's line and the hold it settled."""
    out = q.bank_line(on, "-20000.00", memo="通知存款转出")
    hold_id = door.hold(
        q.made.account("cash", book="maintenance"),
        yuan("20000.00"),
        key=factories.unique("hold"),
        reason="存放",
        actor_id=q.made.actor.pk,
        at=AT,
    )
    went = q.post(
        "placement_out",
        on,
        ("placement", "20000.00"),
        ("cash", "-20000.00"),
        book="maintenance",
        memo="通知存款转出",
        source=references.bank_line(out),
        settles_hold=hold_id,
    )
    q.explain(out, went)
    return out, hold_id


def place_back(q: Quarter, on: date) -> BankLine:
    """Principal and income come back."""
    back = q.bank_line(on, "20038.50", memo="通知存款转回")
    came = q.post(
        "placement_back",
        on,
        ("cash", "20038.50"),
        ("placement", "-20000.00"),
        ("placement_income", "-38.50"),
        book="maintenance",
        memo="通知存款转回",
        source=references.bank_line(back),
    )
    q.explain(back, came)
    return back


def insert_placement(q: Quarter, out: BankLine, back: BankLine | None, hold_id: int) -> None:
    """The placement's row as it ends, written by the owner: its keys are another part's concern."""
    from django.db import connections

    row = Placement(
        fund=q.made.fund,
        book="maintenance",
        product="通知存款",
        principal=yuan("20000.00"),
        annual_rate=Decimal("0.011"),
        state="returned" if back else "placed",
        ordered_on=out.booked_on,
        ordered_by=q.made.actor,
        hold_id=hold_id,
        placed_line=out,
        returned_line=back,
        income=yuan("38.50") if back else None,
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            row.save(using="owner", force_insert=True)
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")
