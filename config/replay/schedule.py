"""The quarter as dated steps: what reached the desk when, and who acted on it.

Work and invoices arrive on their own dates; before the desk judges them, and at each month's end, it takes in
the statement and details up to the evening before. Keys are turned afterwards, as far as money allows; the
bank's own pay days are ours. Refuses nothing: what the services refuse is told and left as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from djmoney.money import Money

from config.replay.calendar import Moment, Step, in_order, months_from, next_month
from config.replay.cast import Cast
from config.replay.deposits import Deposit, deposits_in
from config.replay.devices import Devices
from config.replay.pack import ReplayPack, acceptance_dates, invoice_dates
from config.replay.waiting import wait_until_sent
from custody import keys
from custody.console.telling import notes_told
from custody.deeds import terms
from custody.files.outcomes import Outcome
from custody.kernel.errors import InsufficientFunds, Rejected
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger import reads
from custody.ledger.chart import Book
from custody.models import Fund, Key, Placement
from custody.money_in.bank_statements import import_statements
from custody.money_in.channel import import_channel_detail
from custody.money_in.public_revenue import import_public_revenue
from custody.placements import orders
from reporting.disclosure.publishing import Edition, publish_board, publish_month
from reporting.disclosure.telling_editions import edition_told
from settlement.decisions import approvals
from settlement.decisions.subjects import ACCEPTANCE, SETTLEMENT
from settlement.fees import charges
from settlement.fees.measures import monthly_budget
from settlement.invoices.importing import Came, import_invoices
from settlement.models import Assessment, BudgetLine, PayeeAccount, Settlement
from settlement.payments import filing
from settlement.states import State
from settlement.work.accepting import turn_acceptance_key, waiting_acceptances
from settlement.work.importing import import_work

DESK, NOON, KEYS, CLOSE = 9, 12, 15, 18
PUBLISHED_AFTER, POSTED_AFTER = 8, 12  # days after the first of the next month


@dataclass(frozen=True, slots=True)
class Quarter:
    """One estate's quarter being replayed.

    ``leaves_from``: on that day each keyholder turns two thirds of what waits, and nothing later; the score
    is not handed in. Somebody else goes on from there.
    """

    pack: ReplayPack
    fund: Fund
    cast: Cast
    devices: Devices = field(default_factory=Devices)
    leaves_from: date | None = None

    @property
    def months(self) -> list[date]:
        """First days of its three months."""
        return months_from(self.fund.opened_on)

    @property
    def last_on(self) -> date:
        """Its last day."""
        return next_month(self.months[-1]) - timedelta(days=1)


def steps_of(quarter: Quarter) -> list[Step]:
    """Every step after onboarding, in date order."""
    return in_order(
        [
            *_deposits(quarter),
            *_desk_days(quarter),
            *_work(quarter),
            *_invoices(quarter),
            *_pay_days(quarter),
            *_month_ends(quarter),
            *_quarter_end(quarter),
            *_publications(quarter),
        ]
    )


def _told(outcome: Outcome) -> str | None:
    """An import's counts as one sentence, then why anything stayed behind, then its notes."""
    if outcome.already_done:
        return None
    counts = "，".join(f"{code.label}{count}" for code, count in outcome.counts.items() if count)
    behind = [
        told(_("发票 %(number)s %(verdict)s：%(why)s"), number=verdict.item, verdict=verdict.code, why=why)
        for verdict in outcome.verdicts
        if verdict.code in (Came.RETURNED, Came.HELD_BACK)
        for why in verdict.reasons
    ]
    return "\n".join([counts, *behind, *notes_told(outcome.notes)])


# ------------------------------------------------------------------------------------ what arrives


def _desk_days(quarter: Quarter) -> Iterator[Step]:
    """On each day the desk decides something it first takes in what came through the evening before."""
    over = next_month(quarter.months[-1])
    days = {day for day in _invoice_days(quarter) if day < over}
    for on in sorted(days | {next_month(month) for month in quarter.months}):
        yield from _arrivals(quarter, on, on - timedelta(days=1))


def _arrivals(quarter: Quarter, on: date, through: date) -> Iterator[Step]:
    """Merchant orders, revenue and bank lines up to ``through``, details before the lumps they explain."""
    fund, desk, pack = quarter.fund, quarter.cast.maker, quarter.pack
    files = [file.path for file in pack.statements]

    def channel(at: datetime) -> str | None:
        if not pack.channels:
            return None
        return _told(
            import_channel_detail(fund=fund, paths=pack.channels, actor=desk, at=at, through=through)
        )

    def revenue(at: datetime) -> str | None:
        if pack.revenue is None:
            return None
        return _told(import_public_revenue(fund=fund, path=pack.revenue, actor=desk, at=at, through=through))

    def bank(at: datetime) -> str | None:
        return _told(import_statements(fund=fund, paths=files, actor=desk, at=at, through=through))

    yield Step(Moment(on, DESK), _("商户明细"), channel)
    yield Step(Moment(on, DESK), _("公共收益明细"), revenue)
    yield Step(Moment(on, DESK), _("银行流水"), bank)


def _month_ends(quarter: Quarter) -> Iterator[Step]:
    """On the first of the next month, after its arrivals: keys, and the month's performance fee."""
    fund = quarter.fund
    for month in quarter.months:
        on = next_month(month)

        def accrue(at: datetime, month: date = month) -> str | None:
            before = _posted(fund)
            amount = charges.accrue_performance(fund_id=fund.pk, month=month, actor=quarter.cast.maker, at=at)
            return (
                told(_("%(month)s 计提绩效酬金 %(amount)s"), month=f"{month:%Y-%m}", amount=amount)
                if _posted(fund) > before
                else None
            )

        yield _keys(quarter, on)
        yield Step(Moment(on, CLOSE), _("绩效计提"), accrue)


def _work(quarter: Quarter) -> Iterator[Step]:
    """Accepted work on its acceptance days; the quarter's score once it is over."""
    path = quarter.pack.work
    if path is None:
        return
    days = set(acceptance_dates(path))
    if quarter.leaves_from is None:
        days.add(next_month(quarter.months[-1]))
    for on in sorted(days):

        def arrive(at: datetime, on: date = on) -> str | None:
            taken = import_work(fund=quarter.fund, path=path, actor=quarter.cast.acceptor, at=at, through=on)
            waiting = [each.pk for each in waiting_acceptances(quarter.fund.pk)]
            quarter.devices.sign(quarter.cast.approver, Key.APPROVE, [(ACCEPTANCE, each) for each in waiting])
            for each in waiting:
                turn_acceptance_key(acceptance_id=each, which=Key.APPROVE, actor=quarter.cast.approver, at=at)
            return _told(taken)

        yield Step(Moment(on, DESK - 1), _("工单验收"), arrive)


def _invoices(quarter: Quarter) -> Iterator[Step]:
    """Invoices on their issue dates, submitted by the firm; keys the day after."""
    path = quarter.pack.invoices
    dates = _invoice_days(quarter)
    if path is None:
        return
    for on in dates:

        def submit(at: datetime, on: date = on) -> str | None:
            through = None if on == dates[-1] else on
            return _told(
                import_invoices(fund=quarter.fund, path=path, actor=quarter.cast.firm, at=at, through=through)
            )

        yield Step(Moment(on, NOON), _("发票申报"), submit)
        yield _keys(quarter, on + timedelta(days=1))


# --------------------------------------------------------------------------------- keys and payment


def _keys(quarter: Quarter, on: date) -> Step:
    """Both keys on every verified invoice that money covers; the rest waits for the next round."""

    def turn(at: datetime) -> str | None:
        turned, waiting, refused = 0, 0, ""
        verified = _this_round(quarter, on, _in_state(quarter.fund, State.VERIFIED, on))
        quarter.devices.sign(quarter.cast.approver, Key.APPROVE, [(SETTLEMENT, each) for each in verified])
        for settlement_id in verified:
            try:
                approvals.approve(settlement_id=settlement_id, actor=quarter.cast.approver, at=at)
            except InsufficientFunds:
                waiting += 1
        approved = _this_round(quarter, on, _in_state(quarter.fund, State.APPROVED, on))
        quarter.devices.sign(quarter.cast.releaser, Key.RELEASE, [(SETTLEMENT, each) for each in approved])
        for settlement_id in approved:
            try:
                approvals.release(settlement_id=settlement_id, actor=quarter.cast.releaser, at=at)
                turned += 1
            except Rejected as refusal:
                refused = told(_("未放款：%(why)s"), why=refusal.title)
        said = [told(_("两把密码放款 %(count)s 张发票"), count=turned)] if turned else []
        said += [told(_("资金不足，待审批 %(count)s 张"), count=waiting)] if waiting else []
        return "，".join([*said, refused] if refused else said) or None

    return Step(Moment(on, KEYS), _("审批与放款"), turn)


def _this_round(quarter: Quarter, on: date, waiting: list[int]) -> list[int]:
    """What a keyholder turns of what waits: everything, until work is left to somebody."""
    if quarter.leaves_from is None or on < quarter.leaves_from:
        return waiting
    return waiting[: 2 * len(waiting) // 3] if on == quarter.leaves_from else []


def _in_state(fund: Fund, state: State, on: date) -> list[int]:
    """Invoices in ``state`` that had been issued before ``on``: a second run must not act on later ones."""
    return list(
        Settlement.objects.filter(fund=fund, state=state.value, issued_on__lt=on)
        .order_by("issued_on", "number")
        .values_list("pk", flat=True)
    )


def _pay_days(quarter: Quarter) -> Iterator[Step]:
    """Days on which the bank shows payments to the provider: released invoices are filed that morning."""
    payees = set(PayeeAccount.objects.filter(fund=quarter.fund).values_list("number", flat=True))
    days = {
        line.booked_on
        for line in quarter.pack.lines()
        if line.amount < 0 and line.counterparty_account in payees
    }
    for on in sorted(days):

        def pay(at: datetime, on: date = on) -> str | None:
            due = _in_state(quarter.fund, State.RELEASED, on)
            if not due:
                return None
            fund_id, maker = quarter.fund.pk, quarter.cast.maker
            try:
                batch = filing.instruct(
                    fund_id=fund_id, settlement_ids=due, execute_on=on, actor=maker, at=at
                )
            except Rejected as refusal:
                return told(_("未付款：%(why)s"), why=refusal.title)
            wait_until_sent(batch.pk)
            return told(_("%(count)s 笔付款指令 %(batch)s"), count=len(due), batch=batch.message_id)

        yield _keys(quarter, on - timedelta(days=1))
        yield Step(Moment(on, DESK), _("付款指令"), pay)


# ---------------------------------------------------------------------------- deposits, quarter end


def _deposits(quarter: Quarter) -> Iterator[Step]:
    """Each deposit is ordered and given both keys on the day it left, from the reserve if that covers it."""
    for deposit in deposits_in(quarter.pack.lines()):

        def place(at: datetime, deposit: Deposit = deposit) -> str | None:
            return _place(quarter, deposit, at)

        yield Step(Moment(deposit.out_on, DESK - 1), _("存放款项"), place)


def _place(quarter: Quarter, deposit: Deposit, at: datetime) -> str | None:
    fund, cast = quarter.fund, quarter.cast
    principal = yuan(deposit.principal)
    if Placement.objects.filter(fund=fund, ordered_on=deposit.out_on, principal=deposit.principal).exists():
        return None
    book = _book_for(fund, principal, deposit.out_on)
    budget = monthly_budget(fund.pk, deposit.out_on)
    try:
        order = orders.order(
            fund=fund,
            book=book,
            product=deposit.product,
            principal=principal,
            annual_rate=deposit.annual_rate,
            ordered_on=deposit.out_on,
            monthly_budget=budget,
            key=f"replay:{deposit.out_on}:{deposit.principal}",
            actor=cast.maker,
            at=at,
        )
        subject = [(keys.PLACEMENT, order.pk)]
        quarter.devices.sign(cast.approver, Key.APPROVE, subject)
        orders.approve(placement_id=order.pk, actor=cast.approver, at=at)
        quarter.devices.sign(cast.releaser, Key.RELEASE, subject)
        orders.release(placement_id=order.pk, monthly_budget=budget, actor=cast.releaser, at=at)
    except Rejected as refusal:
        return told(
            _("%(product)s %(amount)s 未获准：%(why)s"),
            product=deposit.product,
            amount=principal,
            why=str(refusal),
        )
    return told(_("%(product)s %(amount)s 两把密码放款"), product=deposit.product, amount=principal)


def _book_for(fund: Fund, principal: Money, on: date) -> Book:
    """The reserve if it keeps its own liquidity floor, else operating if that does, else the richer."""
    months = terms.liquidity_floor_months(fund.pk, on)
    spare = {}
    for book in (Book.MAINTENANCE, Book.OPERATING):
        available = reads.balance_or_nothing(fund.pk, book=book, kind="cash").available
        lines = BudgetLine.objects.filter(fund=fund, year=on.year, book=book)
        year = sum((line.annual_amount.amount for line in lines), Decimal(0))
        spare[book] = available.amount - principal.amount - months * year / 12
    return next((book for book, left in spare.items() if left >= 0), max(spare, key=lambda each: spare[each]))


def _quarter_end(quarter: Quarter) -> Iterator[Step]:
    """Custody fees once the last statement is in; the assessment last of all."""
    first, last = quarter.months[0], quarter.last_on

    def custody(at: datetime) -> str | None:
        before = _posted(quarter.fund)
        result = charges.accrue_custody_fees(
            fund_id=quarter.fund.pk, from_on=first, to_on=last, actor=quarter.cast.maker, at=at
        )
        said = told(
            _("信托报酬 %(trustee_fee)s，保管费 %(custody_fee)s"),
            trustee_fee=result.trustee_fee,
            custody_fee=result.custody_fee,
        )
        return said if _posted(quarter.fund) > before else None

    def assess(at: datetime) -> str | None:
        key = {"year": first.year, "quarter": (first.month - 1) // 3 + 1}
        if not Assessment.objects.filter(fund=quarter.fund, **key).exists():
            return _("本季度尚无考核得分，绩效酬金继续暂扣")
        before = _posted(quarter.fund)
        result = charges.fix_assessment(fund_id=quarter.fund.pk, actor=quarter.cast.maker, at=at, **key)
        said = told(
            _("绩效应付 %(payable)s，归还小区 %(lapsed)s"), payable=result.payable, lapsed=result.lapsed
        )
        return said if _posted(quarter.fund) > before else None

    over = next_month(quarter.months[-1])
    yield Step(Moment(over, CLOSE), _("托管费用计提"), custody)
    yield Step(Moment(max(over, _last_invoice(quarter)) + timedelta(days=2), CLOSE), _("绩效考核"), assess)


def _publications(quarter: Quarter) -> Iterator[Step]:
    """Each month to the owners on the ninth of the next; the quarter on the board four days later."""
    fund, maker = quarter.fund, quarter.cast.maker
    for month in quarter.months:

        def publish(at: datetime, month: date = month) -> str | None:
            return _edition(publish_month(fund=fund, month=month, actor=maker, at=at))

        yield Step(Moment(next_month(month) + timedelta(days=PUBLISHED_AFTER), CLOSE), _("公布账目"), publish)

    def post(at: datetime) -> str | None:
        return _edition(publish_board(fund=fund, quarter=quarter.months[0], actor=maker, at=at))

    on = next_month(quarter.months[-1]) + timedelta(days=POSTED_AFTER)
    yield Step(Moment(on, CLOSE), _("公示栏"), post)


def _edition(edition: Edition) -> str | None:
    return "\n".join(edition_told(edition)) if edition.new else None


def _posted(fund: Fund) -> int:
    """How many entries the fund's journal holds, to tell news from what was already so."""
    return reads.last_sequence(fund.pk)


def _last_invoice(quarter: Quarter) -> date:
    return max(_invoice_days(quarter), default=quarter.last_on)


def _invoice_days(quarter: Quarter) -> list[date]:
    return [] if quarter.pack.invoices is None else invoice_dates(quarter.pack.invoices)
