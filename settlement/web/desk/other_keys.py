"""What besides invoices waits for the trust company's key: listed, shown whole, and put on a signing list.

Never turns a key. Refuses what is not of the visitor's funds as what is not there.
"""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from custody.models import OrganisationKind
from custody.permits.acts import Act
from custody.queue.keyed_subjects import kinds
from custody.web.visits import page, visit_of
from settlement.queue.desk_jobs import KeyedThing, second_keys


@dataclass(frozen=True, slots=True)
class TitledThing:
    """A thing with its kind in words."""

    thing: KeyedThing

    @property
    def title(self) -> str:
        """What kind of thing it is."""
        return str(kinds()[self.thing.kind].title)


@require_GET
@page(OrganisationKind.TRUSTEE)
def other_keys(request: HttpRequest) -> HttpResponse:
    """Everything of the visitor's funds, oldest first."""
    visit = visit_of(request)
    things = second_keys([each.pk for each in visit.funds], visit.person)
    return render(
        request,
        "desk/second_keys.html",
        {"things": [TitledThing(each) for each in things], "signing": visit.may(Act.TURN_SECOND_KEY)},
    )


@require_GET
@page(OrganisationKind.TRUSTEE)
def other_key(request: HttpRequest, code: str, kind: str, number: str) -> HttpResponse:
    """One thing, whole, as the digest holds it."""
    visit = visit_of(request)
    fund = visit.fund(code)
    subject = kinds().get(kind)
    if subject is None:
        raise Http404
    row = subject.find(fund.pk, number)
    return render(
        request,
        "desk/second_key.html",
        {
            "fund": fund,
            "kind": kind,
            "number": number,
            "title": subject.title,
            "shown": subject.shown(row),
            "amount": subject.amount(row),
            "signing": visit.may(Act.TURN_SECOND_KEY),
        },
    )
