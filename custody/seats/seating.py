"""Seating a person in an organisation: proposed by the trust company's desk, done by both keys of a fund.

Refuses an organisation that is no party to the fund, a person who acts for somebody already, and a name that
is somebody else's. The second key, whichever comes last, seats the person in the same transaction; the day is
the proposal's or today, whichever is later. Gives nobody a password and nobody a key to sign with.
"""

from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.models import Fund, Key, Membership, Operator, Organisation, Role, SeatProposal
from custody.permits.acts import Act
from custody.permits.asking import acting_for, ask

SEAT = "seat"
keys.register_subject(SEAT, "SELECT custody_seat_content(%s)")


@transaction.atomic
def propose_seat(
    *,
    fund: Fund,
    organisation: Organisation,
    username: str,
    full_name: str,
    role: Role,
    from_on: date,
    actor: Operator,
    at: datetime,
) -> SeatProposal:
    """Ask that a person act for a party to the fund. Asked again, it is the proposal already there.

    Errors: Forbidden; Rejected (no name); Conflict (the person acts for somebody, or the name is another's).
    """
    ask(Act.ENROL_PERSON, fund_id=fund.pk, actor=actor, on=localdate(at))
    if not username.strip() or not full_name.strip():
        raise Rejected(_("请写明用户名和姓名"), code="name-missing")
    lock_fund(fund)
    said = {
        "fund": fund, "organisation": organisation, "username": username.strip(),
        "full_name": full_name.strip(), "role": role, "from_on": from_on,
    }  # fmt: skip
    known = SeatProposal.objects.filter(**said).order_by("-pk").first()
    if known is not None:
        return known
    _refuse_seated(username.strip(), full_name.strip(), max(from_on, localdate(at)))
    return SeatProposal.objects.create(**said, proposed_by=actor, proposed_at=at)


@transaction.atomic
def turn_seat_key(*, seat_id: int, which: Key, actor: Operator, at: datetime) -> bool:
    """Turn one of the two keys; answers whether the person sits now. NotFound, Forbidden, Conflict."""
    seat = _locked(seat_id)
    on = max(seat.from_on, localdate(at))
    _refuse_seated(seat.username, seat.full_name, on)
    keys.turn(
        kind=SEAT,
        subject_id=seat.pk,
        fund_id=seat.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=seat.proposed_by_id,
    )
    if not all(keys.stands(SEAT, seat.pk, key) for key in keys.HELD_BY):
        return False
    person, _made = Operator.objects.get_or_create(
        username=seat.username, defaults={"full_name": seat.full_name, "password": make_password(None)}
    )
    Membership.objects.create(
        operator=person, organisation=seat.organisation, role=seat.role, valid_from=on, seat=seat
    )
    return True


@transaction.atomic
def withdraw_seat_key(*, seat_id: int, actor: Operator, reason: str, at: datetime) -> int:
    """Take back the key of the actor's organisation before the other is turned; answers how many were.

    Errors: NotFound, Forbidden, Rejected (no reason), Conflict (the person sits already).
    """
    seat = _locked(seat_id)
    organisation = ask(Act.WITHDRAW_KEY, fund_id=seat.fund_id, actor=actor, on=localdate(at))
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    which = next(key for key, kind in keys.HELD_BY.items() if kind == organisation.kind)
    return keys.withdraw_all(kind=SEAT, subject_id=seat.pk, keys={which}, actor=actor, at=at, reason=reason)


def waiting_seats(fund: Fund) -> list[SeatProposal]:
    """The fund's proposals that nobody sits by yet, oldest first."""
    return list(SeatProposal.objects.filter(fund=fund, membership__isnull=True).order_by("pk"))


def _refuse_seated(username: str, full_name: str, on: date) -> None:
    person = Operator.objects.filter(username=username).first()
    if person is None:
        return
    if person.full_name and person.full_name != full_name:
        raise Conflict(
            _("用户名 %(username)s 是 %(known)s，不是 %(full_name)s"), code="name-taken",
            username=username, known=person.full_name, full_name=full_name,
        )  # fmt: skip
    membership = acting_for(person, on)
    if membership is not None:
        raise Conflict(
            _("%(username)s 在 %(on)s 已代表%(organisation)s"), code="seated-already",
            username=username, on=on, organisation=membership.organisation.name,
        )  # fmt: skip


def _locked(seat_id: int) -> SeatProposal:
    """The proposal behind its fund's lock, while nobody sits by it. NotFound, Conflict."""
    seat = SeatProposal.objects.select_related("fund", "organisation").filter(pk=seat_id).first()
    if seat is None:
        raise NotFound(_("没有编号为 %(seat)s 的人员登记"), seat=seat_id)
    lock_fund(seat.fund)
    if Membership.objects.filter(seat=seat).exists():
        raise Conflict(_("人员登记 %(seat)s 早已生效"), code="seated-already", seat=seat_id)
    return seat
