"""The frame round every page: which of the house's places a visitor finds, and where they begin.

Rooms add theirs when the house starts, so that a lower room never names a page of a higher one. Refuses a
visitor who acts for nobody any place at all.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custody.models import OrganisationKind
from custody.web.visits import Visit, visit_of

SECTIONS: dict[str, Promise | str] = {"": "", "todo": _("待办"), "money": _("资金"), "office": _("管理")}
BEGINS = {
    OrganisationKind.TRUSTEE: "desk",
    OrganisationKind.PROVIDER: "firm",
    OrganisationKind.COMMITTEE: "keys",
    OrganisationKind.PROTECTOR: "watch",
    OrganisationKind.REGULATOR: "oversight",
}
DESK_FRAME, BAR_FRAME, PHONE_FRAME = "frames/desk.html", "frames/bar.html", "frames/phone.html"
FRAMES = {
    OrganisationKind.TRUSTEE: DESK_FRAME,
    OrganisationKind.PROVIDER: BAR_FRAME,
    OrganisationKind.REGULATOR: BAR_FRAME,
    OrganisationKind.PROTECTOR: BAR_FRAME,
    OrganisationKind.COMMITTEE: PHONE_FRAME,
}


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the navigation; ``waiting`` counts what waits there, where that is cheap.

    Lines of one section stand by ``rank``, and as they were added where it is the same.
    """

    kind: OrganisationKind
    section: str
    name: str
    title: Promise | str
    waiting: Callable[[Visit], int] | None = None
    rank: int = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A place as one page shows it."""

    title: str
    address: str
    here: bool
    waiting: int


_places: list[Place] = []


def add_places(*places: Place) -> None:
    """Put places into the navigation, in this order; one that is there already stays where it is."""
    known = {(each.kind, each.name) for each in _places}
    _places.extend(each for each in places if (each.kind, each.name) not in known)


def tell_waiting(request: HttpRequest, name: str, count: int) -> None:
    """What waits at a place, from a page that has counted it: the navigation counts it no second time."""
    told: dict[str, int] = getattr(request, "_waiting", {})
    request._waiting = {**told, name: count}  # type: ignore[attr-defined]


def begins(visit: Visit) -> str:
    """The address where this person's day begins; empty for somebody who acts for nobody."""
    kind = OrganisationKind(visit.kind) if visit.kind else None
    return reverse(BEGINS[kind]) if kind in BEGINS else ""


def shell(request: HttpRequest) -> dict[str, object]:
    """For templates: the visit, its frame and the places by section, for whoever is signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"visit": None, "frame": "frames/plain.html", "places": []}
    visit = visit_of(request)
    kind = OrganisationKind(visit.kind) if visit.kind else None
    return {
        "visit": visit,
        "begins": begins(visit),
        "frame": FRAMES.get(kind, "frames/plain.html") if kind else "frames/plain.html",
        "places": _sections(request, visit),
    }


def _sections(request: HttpRequest, visit: Visit) -> list[tuple[str, list[Shown]]]:
    mine = sorted((each for each in _places if each.kind == visit.kind), key=lambda each: each.rank)
    address = {each.name: reverse(each.name) for each in mine}
    under = [each for each in address.values() if request.path.startswith(each)]
    here = max(under, key=len, default="")
    return [
        (
            str(title),
            [
                Shown(
                    str(each.title),
                    address[each.name],
                    address[each.name] == here,
                    _waits(request, visit, each),
                )
                for each in mine
                if each.section == section
            ],
        )
        for section, title in SECTIONS.items()
        if any(each.section == section for each in mine)
    ]


def _waits(request: HttpRequest, visit: Visit, place: Place) -> int:
    told: dict[str, int] = getattr(request, "_waiting", {})
    if place.name in told:
        return told[place.name]
    return place.waiting(visit) if place.waiting else 0
