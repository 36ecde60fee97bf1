"""Writes the outbox: from what waits now, at most one digest a person and day, and each urgent matter once.

The queue is what waits; this keeps what was told of it. Run twice, at once, or after it was killed half-way,
it writes nothing a second time: a person's letters are one transaction under one lock, and the database
holds both rules. Machines and viewers are told nothing, nor whoever sits nowhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import localdate, localtime

from custody.models import Fund, FundParty, Membership, Role
from custody.permits.asking import funds_of, permitted_acts
from custody.queue.custody_turns import custody_turns
from custody.queue.waiting_items import Seat, Waiting
from settlement.models import Notice, NoticeKind, NoticeMatter, NoticeMode
from settlement.notices.ladder import KEYS, Rung, matter_of, raised_to, step_of
from settlement.notices.wanted import choice_of
from settlement.notices.wording import body_of, earliest_due, subject_of
from settlement.queue.settlement_turns import settlement_turns


@dataclass(frozen=True, slots=True)
class Seated:
    """Somebody who is told, and their seat."""

    membership: Membership
    seat: Seat

    def is_party_to(self, code: str) -> bool:
        """Whether the fund of this code is one of theirs."""
        return any(fund.code == code for fund in self.seat.funds)


def write_notices(*, at: datetime, fund: Fund | None = None) -> int:
    """Write what is to be told now, to everybody or to one fund's people; answers how many letters."""
    people = _everybody(at, fund)
    funds = {each.code: each for who in people for each in who.seat.funds}
    estates = {code: each.estate.name for code, each in funds.items()}
    items = [
        item for each in funds.values() for item in (*custody_turns(each, at), *settlement_turns(each, at))
    ]
    raised = _raised(items, people, at)
    written = 0
    for each in people:
        mine = each.seat.mine(item for item in items if each.is_party_to(item.fund))
        written += _told(each, mine, raised.get(each.membership.pk, []), estates, at)
    return written


def _everybody(at: datetime, fund: Fund | None) -> list[Seated]:
    """Everybody who sits somewhere today, or at a party to this fund's deed; machines apart."""
    on = localdate(at)
    rows = Membership.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=on), valid_from__lte=on, operator__is_active=True
    ).exclude(role__in=[Role.MACHINE, Role.VIEWER])
    if fund is not None:
        rows = rows.filter(organisation__in=FundParty.objects.filter(fund=fund).values("organisation"))
    found: list[Seated] = []
    funds: dict[int, tuple[Fund, ...]] = {}
    acts: dict[tuple[str, str], frozenset[str]] = {}
    for each in rows.select_related("operator", "organisation").order_by("pk"):
        who = each.organisation
        if who.pk not in funds:
            funds[who.pk] = tuple(funds_of(who, on))
        if (who.kind, each.role) not in acts:
            acts[who.kind, each.role] = permitted_acts(each)
        if funds[who.pk] and (fund is None or fund in funds[who.pk]):
            found.append(Seated(each, Seat(each.operator, who, acts[who.kind, each.role], funds[who.pk])))
    return found


def _raised(items: list[Waiting], people: list[Seated], at: datetime) -> dict[int, list[Waiting]]:
    """What is raised to whom, by seat."""
    found: dict[int, list[Waiting]] = {}
    for item in items:
        if step_of(item, localdate(at)) < Rung.RAISED:
            continue
        near = [each for each in people if each.is_party_to(item.fund)]
        for kind, roles in raised_to(item.act):
            told_now = [
                each for each in near if each.seat.organisation.kind == kind and each.membership.role in roles
            ]
            for each in told_now:
                found.setdefault(each.membership.pk, []).append(item)
            if told_now:
                break
    return found


def _told(
    who: Seated, mine: list[Waiting], raised: list[Waiting], estates: Mapping[str, str], at: datetime
) -> int:
    """One person's letters, in one transaction."""
    on = localdate(at)
    urgent = [each for each in mine if step_of(each, on) >= Rung.URGENT]
    if not (mine or raised):
        return 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext('notices'), %s)", (who.seat.person.pk % 2**31,)
            )
        mode = choice_of(who.seat.person).mode
        if mode != NoticeMode.ALL:
            holds = who.membership.role == Role.KEYHOLDER
            urgent, raised = [each for each in urgent if holds and each.act in KEYS], []
        written = 0
        if mine and mode != NoticeMode.OFF and _digest_is_due(who, at):
            _write(who, NoticeKind.DIGEST, mine, estates, at)
            written += 1
        for kind, matters in ((NoticeKind.URGENT, urgent), (NoticeKind.RAISED, raised)):
            new = _untold(who, kind, matters)
            if new:
                _write(who, kind, list(new.values()), estates, at, new)
                written += 1
        return written


def _digest_is_due(who: Seated, at: datetime) -> bool:
    """On working days from the hour of the digest on, once."""
    on = localdate(at)
    if not settings.WORK_CALENDAR.works(on) or localtime(at).hour < settings.NOTICE_HOUR:
        return False
    return not Notice.objects.filter(operator=who.seat.person, told_on=on, kind=NoticeKind.DIGEST).exists()


def _untold(who: Seated, kind: NoticeKind, items: list[Waiting]) -> dict[str, Waiting]:
    """By name, what the person was not told of at this step."""
    named = {matter_of(each): each for each in items}
    known = NoticeMatter.objects.filter(operator=who.seat.person, step=kind, matter__in=named)
    for told_before in known.values_list("matter", flat=True):
        del named[told_before]
    return named


def _write(
    who: Seated,
    kind: NoticeKind,
    items: list[Waiting],
    estates: Mapping[str, str],
    at: datetime,
    matters: Iterable[str] = (),
) -> None:
    on = localdate(at)
    notice = Notice.objects.create(
        operator=who.seat.person, membership=who.membership, kind=kind, told_on=on, made_at=at,
        subject=subject_of(kind, items, on), body=body_of(kind, items, estates), due_on=earliest_due(items),
    )  # fmt: skip
    NoticeMatter.objects.bulk_create(
        NoticeMatter(notice=notice, operator=who.seat.person, step=kind, matter=each) for each in matters
    )
