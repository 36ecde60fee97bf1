"""A person says what a receipt in suspense is: fees of units by month, or other income with its evidence.

Refuses parts that are not the line's whole amount, a month that is paid or would be paid beyond its fee,
other income without a paper that shows it, and a line that is no longer in suspense. Books what it is, dated
as the rules would have.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.bank.explaining import Explained
from custody.deeds.funds import lock_fund
from custody.deeds.units import BilledUnit, billed_units
from custody.files import archive
from custody.files.intake import Handed
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.kernel.money import ZERO, yuan
from custody.kernel.words import told
from custody.ledger import postings, references
from custody.ledger.chart import KINDS
from custody.ledger.periods import late_note
from custody.models import BankLine, Document, Identification, LineExplanation, LineKind, Operator
from custody.money_in import explanations, receipts, recording
from custody.money_in.collected import months_paid
from custody.money_in.desk import Desk
from custody.money_in.parts import PROPERTY_FEE, StandingPart, standing_parts, take_back
from custody.money_in.paybacks import promised_back
from custody.permits.acts import Act
from custody.permits.asking import ask

OTHER_INCOMES = ("parking", "advertising", "grant", "interest", "other_income")


@dataclass(frozen=True, slots=True)
class FeePart:
    """Yuan of a receipt that pay a unit's fee of one month (its first day)."""

    unit: BilledUnit
    month: date
    amount: Money


@dataclass(frozen=True, slots=True)
class IncomePart:
    """Yuan of a receipt that are another income, by the account's kind."""

    income: str
    amount: Money


Part = FeePart | IncomePart


@transaction.atomic
def identify_receipt(
    *, line: BankLine, parts: Sequence[Part], evidence: Handed | None, actor: Operator, at: datetime
) -> LineExplanation:
    """Book the line as its ``parts``, and keep them. The same parts said again change nothing.

    Errors: Forbidden; Conflict (``not-in-suspense``); Rejected (``identified-wrongly``) with every reason.
    """
    ask(Act.IDENTIFY_RECEIPT, fund_id=line.fund_id, actor=actor, on=localdate(at))
    desk = Desk(lock_fund(line.fund), actor, at)
    was = _newest(line)
    if was.kind == LineKind.IDENTIFIED and _same(parts, standing_parts(line=line)):
        return was
    if was.kind != LineKind.SUSPENSE:
        raise Conflict(
            _("第%(number)s笔流水已是「%(kind)s」，只有待确认款项可以认领"),
            code="not-in-suspense",
            number=line.position,
            kind=LineKind(was.kind),
        )
    if line.pk in promised_back(line.fund_id):
        raise Conflict(
            _("第%(number)s笔流水正在退还，先取消退还才能认领"), code="promised-back", number=line.position
        )
    faults = list(_faults(line, parts, evidence))
    if faults:
        raise Rejected(
            _("第%(number)s笔流水不能这样认领：%(reasons)s"),
            code="identified-wrongly",
            number=line.position,
            reasons=faults,
        )
    paper = _kept(line, evidence, actor, at)
    for each in parts:
        _keep_part(line, each, paper, actor)
    return recording.rebook(desk, was, _identified(desk, line, parts))


@transaction.atomic
def undo_identification(*, line: BankLine, reason: str, actor: Operator, at: datetime) -> LineExplanation:
    """Take back what a person found: the money is in suspense again, what was found stays on record.

    Errors: Forbidden; Rejected (``reason-missing``); Conflict when nobody identified the line.
    """
    ask(Act.IDENTIFY_RECEIPT, fund_id=line.fund_id, actor=actor, on=localdate(at))
    if not reason.strip():
        raise Rejected(_("请写明撤销认领的理由"), code="reason-missing")
    desk = Desk(lock_fund(line.fund), actor, at)
    was = _newest(line)
    if was.kind != LineKind.IDENTIFIED:
        raise Conflict(
            _("第%(number)s笔流水是「%(kind)s」，没有可撤销的认领"),
            code="not-identified",
            number=line.position,
            kind=LineKind(was.kind),
        )
    take_back(line, actor, reason.strip())
    note = told(_("认领已撤销：%(reason)s"), reason=reason.strip())
    return recording.rebook(desk, was, receipts.left_open(desk, line, note))


# ---------------------------------------------------------------------------------------------- parts


def fee_parts(unit: BilledUnit, months: Sequence[date], amount: Money) -> list[FeePart]:
    """The amount over ``months`` of one unit: each month's fee, and what is left with the last."""
    parts, left = [], amount
    for month in months[:-1]:
        parts.append(FeePart(unit, month, unit.monthly_fee))
        left -= unit.monthly_fee
    return [*parts, FeePart(unit, months[-1], left)]


def unit_called(fund_id: int, said: str, on: date) -> BilledUnit:
    """The unit that ``said`` spells, as it is on ``on``. NotFound unless it is exactly one of the roster.

    One that is no more counts too: what it owed may still be paid.
    """
    units = {each.id: each for each in billed_units(fund_id, on, gone_too=True)}
    named = Desk.roster_of(units.values()).by_address(said)
    if named.unit_id is None:
        raise NotFound(
            _("业主名册没有房屋「%(said)s」，请写成 楼栋-单元-房号"), code="unit-unknown", said=said
        )
    return units[named.unit_id]


def _same(parts: Sequence[Part], standing: Sequence[StandingPart]) -> bool:
    asked: dict[tuple[str, int | None, date | None], Decimal] = defaultdict(Decimal)
    for each in parts:
        asked[_about(each)] += each.amount.amount
    found: dict[tuple[str, int | None, date | None], Decimal] = defaultdict(Decimal)
    for part in standing:
        found[part.income, part.unit_id, part.month] += part.amount
    return asked == found


def _about(part: Part) -> tuple[str, int | None, date | None]:
    if isinstance(part, FeePart):
        return PROPERTY_FEE, part.unit.id, part.month
    return part.income, None, None


def _faults(line: BankLine, parts: Sequence[Part], evidence: Handed | None) -> Iterator[str]:
    """Everything that speaks against these parts of the line."""
    total = sum((each.amount for each in parts), ZERO)
    if total != line.amount:
        yield told(_("各项合计 %(total)s 元，来款是 %(amount)s 元"), total=total, amount=line.amount)
    if any(each.amount <= ZERO for each in parts):
        yield _("每项金额应大于零")
    incomes = [each.income for each in parts if isinstance(each, IncomePart)]
    for income in incomes:
        if income not in OTHER_INCOMES:
            yield told(_("不认识的收入「%(income)s」"), income=income)
    if incomes and evidence is None:
        yield _("其他收入须附凭据（--document）")
    yield from _months_overpaid(line.fund_id, [each for each in parts if isinstance(each, FeePart)])


def _months_overpaid(fund_id: int, parts: Sequence[FeePart]) -> Iterator[str]:
    paid = months_paid(fund_id, list({each.unit.id: each.unit for each in parts}.values()))
    for each in parts:
        unit, before = each.unit, paid[each.unit.id].get(each.month, Decimal(0))
        beyond = before + each.amount.amount - unit.monthly_fee.amount
        if beyond > 0:
            yield told(
                _(
                    "%(unit)s %(month)s 的物业费是 %(fee)s 元，已收 %(before)s 元，"
                    "多出 %(beyond)s 元，请认领到其他月份"
                ),
                unit=unit.address,
                month=f"{each.month:%Y-%m}",
                fee=unit.monthly_fee,
                before=before,
                beyond=beyond,
            )
        paid[unit.id][each.month] = before + each.amount.amount


def _kept(line: BankLine, evidence: Handed | None, actor: Operator, at: datetime) -> Document | None:
    if evidence is None:
        return None
    return archive.keep(
        fund=line.fund, kind=Document.Kind.EVIDENCE, name=evidence.name, content=evidence.content,
        actor=actor, at=at,
    )  # fmt: skip


def _keep_part(line: BankLine, part: Part, paper: Document | None, actor: Operator) -> None:
    income, unit_id, month = _about(part)
    Identification.objects.create(
        line=line, fund_id=line.fund_id, income=income, unit_id=unit_id, month=month, document=paper,
        amount=part.amount, identified_by=actor,
    )  # fmt: skip


# -------------------------------------------------------------------------------------------- booking


def _identified(desk: Desk, line: BankLine, parts: Sequence[Part]) -> Explained:
    """The line's own amount on cash against what its parts are."""
    sums: dict[str, Money] = defaultdict(lambda: ZERO)
    for each in parts:
        sums[_about(each)[0]] += each.amount
    on = desk.open_day(line.booked_on)
    units = {each.unit.id for each in parts if isinstance(each, FeePart)}
    return Explained(
        LineKind.IDENTIFIED,
        postings.suspense_identified(
            cash=desk.account("cash"),
            incomes={desk.account(kind): amount for kind, amount in sorted(sums.items())},
            amount=yuan(line.amount.amount),
            on=on,
            memo=line.memo[:200],
            source=references.bank_line(line),
        ),
        unit_id=units.pop() if len(units) == 1 else None,
        note=late_note("；".join(map(_part_told, parts)), line.booked_on, on),
    )


def _part_told(part: Part) -> str:
    if isinstance(part, FeePart):
        return told(
            _("%(unit)s %(month)s 物业费 %(amount)s 元"), unit=part.unit.address, month=f"{part.month:%Y-%m}",
            amount=part.amount,
        )  # fmt: skip
    return told(_("%(income)s %(amount)s 元"), income=KINDS[part.income].title, amount=part.amount)


def _newest(line: BankLine) -> LineExplanation:
    return explanations.newest_explanations(line.fund_id).select_related("line__account").get(line=line)
