"""Payment files are made up at the cut-offs of working days: what two keys released before one, and no more.

Nothing is filed at another hour by itself, so a release can be withdrawn until the next cut-off. A round that
comes late (a machine was down) still counts within the hour. Leaves out, saying why, what alone may not be
filed: a payment stayed by the protector, keys that no longer stand, another account of ours.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils.timezone import localdate, localtime, make_aware

from custody import keys
from custody.deeds.funds import lock_fund
from custody.kernel.errors import DomainError, Forbidden
from custody.models import Approval, Fund, Key, Operator, Payback
from custody.money_in.paybacks import PaybackState
from settlement.decisions.release import refuse_void_keys
from settlement.decisions.stays import refuse_stayed
from settlement.models import PaymentBatch, Settlement
from settlement.payments import filing, paying_back, sending
from settlement.states import State

CUT_OFF_MINUTES = 60
Leave = Callable[[str], object]
Row = TypeVar("Row", Settlement, Payback)


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What a cut-off made of one fund: the files, and a sentence for whatever stayed behind."""

    batches: tuple[PaymentBatch, ...]
    left: tuple[str, ...]


def cut_off_reached(at: datetime) -> datetime | None:
    """The cut-off that counts now: of this working day, and within the hour; None at any other time."""
    now = localtime(at)
    if not settings.WORK_CALENDAR.works(now.date()):
        return None
    past = [hour for hour in settings.CUT_OFFS if hour <= now.time()]
    latest = make_aware(datetime.combine(now.date(), max(past))) if past else None
    return latest if latest and at - latest < timedelta(minutes=CUT_OFF_MINUTES) else None


def next_cut_off(at: datetime) -> datetime:
    """When the next payment files are made up; until then a release can be withdrawn."""
    now = localtime(at)
    later = [hour for hour in settings.CUT_OFFS if hour > now.time()]
    today = later and settings.WORK_CALENDAR.works(now.date())
    day = now.date() if today else settings.WORK_CALENDAR.after(now.date())
    return make_aware(datetime.combine(day, min(later if today else settings.CUT_OFFS)))


def make_up_files(*, fund: Fund, cut_off: datetime, actor: Operator, at: datetime) -> MadeUp:
    """File what the fund released before the cut-off: invoices in one file, paybacks in another.

    Each in a transaction of its own; asked for again, or twice at once, it finds nothing left to file.
    What the fund itself refuses (an open break, a restore) is a sentence, not an error. Errors: Forbidden.
    """
    batches: list[PaymentBatch] = []
    left: list[str] = []
    for make_up in (_invoices, _paybacks):
        try:
            with transaction.atomic():
                lock_fund(fund)
                batch = make_up(fund, cut_off, actor, at, left.append)
        except Forbidden:
            raise
        except DomainError as refusal:
            left.append(refusal.title)
        else:
            batches += [batch] if batch else []
    return MadeUp(tuple(batches), tuple(dict.fromkeys(left)))


def _invoices(
    fund: Fund, cut_off: datetime, actor: Operator, at: datetime, leave: Leave
) -> PaymentBatch | None:
    released = Max("moves__moved_at", filter=Q(moves__target=State.RELEASED.value))
    rows = Settlement.objects.filter(fund=fund, state=State.RELEASED.value).annotate(released_at=released)
    due = rows.filter(released_at__lt=cut_off).order_by("pk")

    def refuse(each: Settlement) -> None:
        refuse_void_keys(each)
        refuse_stayed(each, at)
        filing.refuse_another_debtor([each], filing.debtor_account(fund.pk, localdate(at)))

    chosen = list(_free(due, refuse, leave))
    if not chosen:
        return None
    return filing.instruct(
        fund_id=fund.pk, settlement_ids=chosen, execute_on=localdate(at), actor=actor, at=at
    )


def _paybacks(
    fund: Fund, cut_off: datetime, actor: Operator, at: datetime, leave: Leave
) -> PaymentBatch | None:
    released = Approval.objects.filter(
        subject_kind=keys.PAYBACK, key=Key.RELEASE, withdrawal__isnull=True, given_at__lt=cut_off
    )
    due = Payback.objects.filter(
        fund=fund, state=PaybackState.RELEASED, pk__in=released.values("subject_id")
    ).order_by("pk")
    chosen = list(_free(due, lambda each: sending.refuse_void_payback(each.pk), leave))
    if not chosen:
        return None
    return paying_back.instruct_paybacks(
        fund_id=fund.pk, payback_ids=chosen, execute_on=localdate(at), actor=actor, at=at
    )


def _free(rows: Iterable[Row], refuse: Callable[[Row], object], leave: Leave) -> Iterator[int]:
    """The rows nothing speaks against, by key; of the others the reason is left behind."""
    for each in rows:
        try:
            refuse(each)
        except DomainError as refusal:
            leave(refusal.title)
        else:
            yield each.pk
