"""What waits for a person where the money is kept: breaks, suspense, keys missing, months to close.

Refuses nothing and writes nothing.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.terms import suspense_days
from custody.kernel.words import told
from custody.models import Approval, ChannelOrder, Fund, Key, LineExplanation, LineKind, PeriodAct, Placement
from custody.money_in import break_proposals, breaks, broken_files, explanations
from custody.permits.acts import Act
from custody.placements.states import PlacementState
from custody.proofs import closing
from custody.proofs.reissuing import outdated_statements
from custody.queue.amendment_turns import amendment_turns
from custody.queue.day_keys import day_turns
from custody.queue.waiting_items import KEY_ACTS, Waiting, start_of
from custody.seats import seating

_MISSING = {PlacementState.ORDERED: Key.APPROVE, PlacementState.APPROVED: Key.RELEASE}


def custody_turns(fund: Fund, at: datetime) -> list[Waiting]:
    """Everything of this fund in custody that waits for somebody's act, in no order."""
    return [
        *_lines(fund, localdate(at)),
        *_orders(fund),
        *_files(fund),
        *_differences(fund),
        *_placements(fund),
        *_explanations(fund),
        *_late(fund),
        *day_turns(fund),
        *_periods(fund, at),
        *_outdated(fund),
        *_seats(fund),
        *amendment_turns(fund),
    ]


def _lines(fund: Fund, today: date) -> Iterator[Waiting]:
    """Bank lines still in suspense, until when the deed would have them identified, or unexplained."""
    limit = timedelta(days=suspense_days(fund.pk, today))
    for each in explanations.open_explanations(fund.pk):
        line = each.line
        out = LineKind(each.kind) is LineKind.UNEXPLAINED
        sentence = _("待查付款：%(who)s %(text)s") if out else _("待确认款项：%(who)s %(text)s")
        yield Waiting(
            fund=fund.code,
            act=Act.EXPLAIN_BREAK if out else Act.IDENTIFY_RECEIPT,
            kind=each.kind,
            number=str(line.position),
            what=told(sentence, who=line.counterparty_name, text=_said(each)),
            since=start_of(line.booked_on),
            amount=line.amount.amount,
            due_on=None if out else line.booked_on + limit,
        )


def _said(explanation: LineExplanation) -> str:
    line = explanation.line
    return " ".join(filter(None, (line.summary, line.memo, explanation.note)))


def _orders(fund: Fund) -> Iterator[Waiting]:
    for order in ChannelOrder.objects.filter(fund=fund, unit__isnull=True):
        yield Waiting(
            fund=fund.code,
            act=Act.RECONSIDER_LINES,
            kind="channel_order",
            number=order.order_number,
            what=told(_("扫码支付对不上业主名册：%(who)s"), who=order.payer_name),
            since=start_of(order.paid_on),
            amount=order.amount.amount,
        )


def _files(fund: Fund) -> Iterator[Waiting]:
    for file in broken_files.waiting_files(fund.pk):
        yield Waiting(
            fund=fund.code,
            act=Act.IMPORT_BANK_STATEMENT,
            kind="broken_file",
            number=str(file.pk),
            what=str(file),
            since=start_of(file.last_on + timedelta(days=1)),
        )


def _differences(fund: Fund) -> Iterator[Waiting]:
    """Bank and books that differ though nobody's line says why."""
    difference = breaks.bank_difference(fund.pk)
    newest = fund.bank_lines.order_by("-booked_on", "-pk").first()
    if difference is None or not difference.amount or newest is None:
        return
    yield Waiting(
        fund=fund.code,
        act=Act.IMPORT_BANK_STATEMENT,
        kind="bank_difference",
        number=fund.code,
        what=told(_("银行余额与账面银行存款相差 %(amount)s"), amount=difference),
        since=start_of(newest.booked_on),
        amount=difference.amount,
    )


def _placements(fund: Fund) -> Iterator[Waiting]:
    """Orders for a deposit that lack a key."""
    waiting = Placement.objects.filter(fund=fund, state__in=list(_MISSING))
    for order in waiting:
        which = _MISSING[PlacementState(order.state)]
        first = Approval.objects.filter(
            subject_kind=keys.PLACEMENT, subject_id=order.pk, withdrawal__isnull=True
        ).first()
        yield Waiting(
            fund=fund.code,
            act=KEY_ACTS[which],
            kind=keys.PLACEMENT,
            number=order.order_key,
            what=told(_("存放 %(product)s，待%(key)s"), product=order.product, key=which.label),
            since=first.given_at if first else start_of(order.ordered_on),
            amount=order.principal.amount,
            not_by=frozenset({order.ordered_by_id} | ({first.operator_id} if first else set())),
        )


def _explanations(fund: Fund) -> Iterator[Waiting]:
    """Explanations of open lines that lack a key."""
    for row in break_proposals.standing_explanations(fund.pk):
        turned = {each.key: each for each in keys.standing(keys.BREAK, row.pk)}
        for which in [key for key in Key if key not in turned]:
            others = {each.operator_id for each in turned.values()}
            yield Waiting(
                fund=fund.code,
                act=KEY_ACTS[which],
                kind=keys.BREAK,
                number=str(row.pk),
                what=told(
                    _("%(subject)s查明为%(kind)s：%(reason)s，待%(key)s"),
                    subject=break_proposals.subject_named(row), kind=row.get_kind_display(),
                    reason=row.reason, key=which.label,
                ),
                since=max([row.proposed_at, *(each.given_at for each in turned.values())]),
                amount=break_proposals.subject_amount(row),
                not_by=frozenset({row.proposed_by_id} | others),
            )  # fmt: skip


def _late(fund: Fund) -> Iterator[Waiting]:
    """Merchant orders that should have reached the bank, transfers that should have arrived."""
    for on, said in (*breaks.late_orders(fund.pk), *breaks.late_transfers(fund.pk)):
        yield Waiting(
            fund=fund.code, act=Act.EXPLAIN_BREAK, kind="in_transit", number=on.isoformat(), what=said,
            since=start_of(on),
        )  # fmt: skip


def _periods(fund: Fund, at: datetime) -> Iterator[Waiting]:
    """Proposals that lack a key; and where nobody proposed it, the oldest month that is over and open."""
    proposals = closing.waiting_proposals(fund)
    for row in proposals:
        content = keys.content_digest_of(closing.PERIOD, row.pk)
        standing = [each for each in keys.standing(closing.PERIOD, row.pk) if each.content_sha256 == content]
        for which in keys.HELD_BY.keys() - {each.key for each in standing}:
            said = _("%(act)s，此后关闭到 %(through)s，待%(key)s")
            yield Waiting(
                fund=fund.code,
                act=KEY_ACTS[Key(which)],
                kind=closing.PERIOD,
                number=str(row.pk),
                what=told(said, act=PeriodAct(row.act), through=row.through, key=Key(which).label),
                since=max((each.given_at for each in standing), default=row.proposed_at),
                not_by=frozenset({row.proposed_by_id, *(each.operator_id for each in standing)}),
            )
    through = _month_end(max(fund.opened_on, _next_day(closing.closed_through(fund), fund.opened_on)))
    if not proposals and through < localdate(at):
        yield Waiting(
            fund=fund.code,
            act=Act.CLOSE_PERIOD,
            kind="month",
            number=f"{through:%Y-%m}",
            what=told(_("%(month)s 已过，尚未关账"), month=f"{through:%Y-%m}"),
            since=start_of(through + timedelta(days=1)),
            next_command=f"close_period --through {through} --fund {fund.code}",
        )


def _outdated(fund: Fund) -> Iterator[Waiting]:
    """Statements handed out of days that were opened again since, changed, and are shut."""
    for each in outdated_statements(fund.pk):
        said = _("%(from_on)s 至 %(to_on)s 重开后有变动，此前出具的报表须重新出具")
        span = f"--from {each.from_on} --to {each.to_on}"
        yield Waiting(
            fund=fund.code,
            act=Act.ISSUE_STATEMENT,
            kind="statement",
            number=f"{each.kind}:{each.from_on}:{each.to_on}",
            what=told(said, from_on=each.from_on, to_on=each.to_on),
            since=each.shut_at,
            next_command=f"export_statement --kind {each.kind} {span} --out FILE --fund {fund.code}",
        )


def _next_day(closed: date | None, opened_on: date) -> date:
    return opened_on if closed is None else closed + timedelta(days=1)


def _month_end(day: date) -> date:
    """The last day of the month the day lies in."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _seats(fund: Fund) -> Iterator[Waiting]:
    """People to be seated, by the keys that lack."""
    for row in seating.waiting_seats(fund):
        turned = {each.key: each for each in keys.standing(seating.SEAT, row.pk)}
        for which in keys.HELD_BY.keys() - turned.keys():
            said = _("人员登记 %(name)s 代表%(organisation)s，待%(key)s")
            yield Waiting(
                fund=fund.code,
                act=KEY_ACTS[Key(which)],
                kind=seating.SEAT,
                number=str(row.pk),
                what=told(said, name=row.full_name, organisation=row.organisation.name, key=Key(which).label),
                since=max((each.given_at for each in turned.values()), default=row.proposed_at),
                not_by=frozenset({row.proposed_by_id, *(each.operator_id for each in turned.values())}),
            )
