"""The people of the estates that are opened: who sits where, and what they are called.

Invents nobody twice: the trust company's people and the regulator serve every estate. Refuses an estate more
than there are people for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from config.replay.cast import SEATS, seated
from custody.kernel.errors import Rejected
from custody.models import Fund, FundParty, Membership, Operator, Organisation, OrganisationKind, Role

REGULATOR = "成都市物业服务信托监管专班"


@dataclass(frozen=True, slots=True)
class Townsperson:
    """Somebody at the place ``seat`` of a replay, or at one that a replay has not (empty)."""

    username: str
    full_name: str
    kind: OrganisationKind
    role: Role
    seat: str = ""

    @property
    def position(self) -> str:
        """Whom they act for and as what, as ``logins.json`` names it: ``trustee-maker``."""
        return f"{self.kind}-{self.role}"


def _at(seat: str, username: str, full_name: str) -> Townsperson:
    kind, role, _title = SEATS[seat]
    return Townsperson(username, full_name, kind, role, seat)


COMPANY = (
    _at("maker", "linjing", "林静"),
    _at("releaser", "zhouheng", "周恒"),
    Townsperson("zhengyi", "郑毅", OrganisationKind.TRUSTEE, Role.KEYHOLDER),
    Townsperson("shenlan", "沈岚", OrganisationKind.TRUSTEE, Role.CHECKER),
)
TIMER = Townsperson("timer", "定时任务", OrganisationKind.TRUSTEE, Role.MACHINE)  # signs in nowhere
OFFICE = (Townsperson("panyue", "潘越", OrganisationKind.REGULATOR, Role.VIEWER),)
ESTATES = (
    (
        _at("approver", "chenguiying", "陈桂英"),
        Townsperson("wujianguo", "吴建国", OrganisationKind.COMMITTEE, Role.KEYHOLDER),
        _at("acceptor", "hexiaomei", "何晓梅"),
        _at("firm", "tangwei", "唐伟"),
        _at("protector", "luoying", "罗英"),
    ),
    (
        _at("approver", "songzhiyuan", "宋志远"),
        Townsperson("fangyun", "方芸", OrganisationKind.COMMITTEE, Role.KEYHOLDER),
        _at("acceptor", "caomin", "曹敏"),
        _at("firm", "jiangtao", "江涛"),
        _at("protector", "xuefang", "薛芳"),
    ),
)


def everybody(estates: int) -> tuple[Townsperson, ...]:
    """All people of the first so many estates. Rejected where there are not people enough."""
    if not 1 <= estates <= len(ESTATES):
        raise Rejected(_("可以打开一至 %(most)s 个小区"), code="too-many-estates", most=len(ESTATES))
    return (*COMPANY, *(person for some in ESTATES[:estates] for person in some), *OFFICE)


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The people around one estate, by its place among those that are opened."""

    place: int

    @property
    def people(self) -> tuple[Townsperson, ...]:
        """Those of the trust company and of the estate; not the regulator."""
        return (*COMPANY, *ESTATES[self.place])

    def called(self, seat: str, _organisation: Organisation) -> tuple[str, str]:
        """Username and full name of whoever sits there, as ``cast.enrol`` asks."""
        found = next(each for each in self.people if each.seat == seat)
        return found.username, found.full_name

    def seat_everybody(self, fund: Fund) -> None:
        """Seat those whom a replay has no seat for, in the fund's own parties."""
        for each in (*self.people, TIMER):
            party = fund.parties.select_related("organisation").get(
                organisation__kind=each.kind, valid_until__isnull=True
            )
            seated(each.username, each.full_name, party.organisation, each.role)


def let_the_regulator_in(funds: list[Fund]) -> None:
    """The regulator as a party to every fund, as the owner: all at once, so that it tells all is done."""
    with transaction.atomic(using="owner"):
        office, _made = Organisation.objects.using("owner").get_or_create(
            kind=OrganisationKind.REGULATOR, name=REGULATOR
        )
        for fund in funds:
            FundParty.objects.using("owner").get_or_create(
                fund_id=fund.pk, organisation_id=office.pk, defaults={"valid_from": fund.opened_on}
            )
    for each in OFFICE:
        seated(each.username, each.full_name, office, each.role)


def has_been_let_in(funds: list[Fund]) -> bool:
    """Whether the regulator is a party to all these funds, and there are any."""
    known = FundParty.objects.filter(fund__in=funds, organisation__name=REGULATOR)
    return bool(funds) and known.count() == len(funds)


def memberships() -> Iterator[tuple[Operator, Membership]]:
    """Everybody who is seated and signs in, with their seat."""
    rows = Membership.objects.filter(valid_until__isnull=True).exclude(role=Role.MACHINE)
    for each in rows.select_related("operator", "organisation").order_by("pk"):
        yield each.operator, each
