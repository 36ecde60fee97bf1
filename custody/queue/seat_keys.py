"""Keys on the seating of a person: called by the proposal's number, shown whole."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.kernel.errors import NotFound
from custody.models import OrganisationKind, Role, SeatProposal
from custody.queue.keyed_subjects import Shown, Subject, register
from custody.seats import seating


def register_seats() -> None:
    """Make the kind known, once the house starts."""
    register(
        Subject(
            seating.SEAT, gettext_lazy("人员登记"), seat_numbered, _seat,
            lambda hand: seating.turn_seat_key(
                seat_id=hand.subject_id, which=hand.which, actor=hand.person, at=hand.at
            ),
            lambda hand, reason: seating.withdraw_seat_key(
                seat_id=hand.subject_id, actor=hand.person, reason=reason, at=hand.at
            ),
        )
    )  # fmt: skip


def seat_numbered(fund_id: int, number: str) -> int:
    """The proposal of this number, as ``enrol_person`` told it. NotFound."""
    plain = number if number.isascii() and number.isdigit() and len(number) < 19 else "0"
    row = SeatProposal.objects.filter(fund_id=fund_id, pk=int(plain)).first()
    if row is None:
        raise NotFound(_("没有编号为 %(seat)s 的人员登记"), seat=number)
    return row.pk


def _seat(seat_id: int) -> Shown:
    row = SeatProposal.objects.select_related("organisation", "proposed_by").get(pk=seat_id)
    kind = OrganisationKind(row.organisation.kind).label
    return [
        (_("编号"), str(row.pk)),
        (_("用户名"), row.username),
        (_("姓名"), row.full_name),
        (_("代表"), f"{row.organisation.name}（{kind}）"),
        (_("角色"), str(Role(row.role).label)),
        (_("起始日期"), row.from_on.isoformat()),
        (_("提议人"), row.proposed_by.username),
    ]
