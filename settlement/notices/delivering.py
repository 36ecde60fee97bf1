"""Hands letters of the outbox to the courier until it takes them: each by itself, one hand at a time.

Refuses to send what is no longer for its reader (a seat lost meanwhile, a digest of another day), and waits
where nobody knows an address. Killed between the courier's yes and the row that says so, a letter goes twice,
under the same name.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import cast

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from custody.kernel.courier import Courier, Letter
from settlement.models import Notice, NoticeAttempt, NoticeKind
from settlement.notices.wanted import choice_of

AGAIN_MINUTES = 15
TRIED_DAYS = 30
SAID_MAX = 300


class Delivery(StrEnum):
    """What became of a letter."""

    SENT = "sent"
    FAILED = "failed"
    WAITS = "waits"
    NO_ADDRESS = "no-address"
    LAPSED = "lapsed"

    @property
    def label(self) -> Promise | str:
        """In words."""
        return _LABELS[self]


_LABELS = {
    Delivery.SENT: _("已发出"),
    Delivery.FAILED: _("没有发出，会再试"),
    Delivery.WAITS: _("等着发出"),
    Delivery.NO_ADDRESS: _("没有地址"),
    Delivery.LAPSED: _("不再告知"),
}


def present_courier() -> Courier:
    """The courier that the house is set to."""
    return cast(Courier, import_string(settings.COURIER)())


def waiting_notices(on: date) -> QuerySet[Notice]:
    """Letters that no courier has taken and that are worth a try on this day, oldest first."""
    taken = NoticeAttempt.objects.filter(notice=OuterRef("pk"), accepted=True)
    fresh = Q(told_on=on) | (~Q(kind=NoticeKind.DIGEST) & Q(told_on__gt=on - timedelta(days=TRIED_DAYS)))
    return Notice.objects.filter(fresh, ~Exists(taken)).order_by("pk")


def standing_of(notice: Notice, at: datetime, *, address: str | None = None) -> Delivery:
    """Where the letter stands now; ``address`` is its reader's, where the caller knows it."""
    tried = list(notice.attempts.all())
    if any(each.accepted for each in tried):
        return Delivery.SENT
    if not _is_for_its_reader(notice, at):
        return Delivery.LAPSED
    if not (_address_of(notice) if address is None else notice.address or address):
        return Delivery.NO_ADDRESS
    return Delivery.FAILED if tried else Delivery.WAITS


@transaction.atomic
def deliver_notice(*, notice_id: int, courier: Courier, at: datetime) -> Delivery:
    """Try once, unless it was tried a moment ago or somebody else is at it; answers what became of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('notice'), %s)", (notice_id % 2**31,))
        if not cursor.fetchone()[0]:
            return Delivery.WAITS
    notice = Notice.objects.select_related("operator", "membership").get(pk=notice_id)
    stands = standing_of(notice, at)
    if stands not in (Delivery.WAITS, Delivery.FAILED) or _tried_lately(notice, at):
        return stands
    said = ""
    try:
        courier.carry(Letter(notice.pk, _address_of(notice), notice.subject, notice.body))
    except Exception as failure:  # noqa: BLE001 - whatever one letter does, the others leave
        said = f"{type(failure).__name__}: {failure}"[:SAID_MAX]
    NoticeAttempt.objects.create(notice=notice, accepted=not said, said=said, attempted_at=at)
    return Delivery.FAILED if said else Delivery.SENT


def _address_of(notice: Notice) -> str:
    return notice.address or choice_of(notice.operator).address


def _is_for_its_reader(notice: Notice, at: datetime) -> bool:
    """Whether its reader still sits where it was written for, and a digest is today's."""
    if notice.kind == NoticeKind.ADDRESS:
        return True
    on = localdate(at)
    if notice.kind == NoticeKind.DIGEST and notice.told_on != on:
        return False
    seat = notice.membership
    return (
        seat is not None and notice.operator.is_active and (seat.valid_until is None or seat.valid_until > on)
    )


def _tried_lately(notice: Notice, at: datetime) -> bool:
    return notice.attempts.filter(attempted_at__gt=at - timedelta(minutes=AGAIN_MINUTES)).exists()
