"""The originals behind a decision: for the committee that turns a key on it, and the protector who watches.

Refuses every other paper of the fund as one that is not there: bank files name all owners. Each look is on
record for whom it names; a browser shows a PDF or a picture and saves anything else.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from custody.files import archive
from custody.models import Access, BreakExplanation, Document, Fund, OrganisationKind
from custody.permits.looking import note_access
from custody.web.desk.papers import paper_for_browser
from custody.web.visits import page, visit_of

SEEN = (Document.Kind.INVOICES, Document.Kind.WORK, Document.Kind.RESOLUTION, Document.Kind.AMENDMENT)


@require_GET
@page(OrganisationKind.COMMITTEE, OrganisationKind.PROTECTOR)
def original(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The kept bytes, proved by their digest."""
    visit = visit_of(request)
    fund = visit.fund(code)
    found = _seen(fund, number)
    if found is None or visit.organisation is None:
        raise Http404
    content = archive.bytes_of(found)
    note_access(
        fund_id=fund.pk, what=Access.OPENED, about=found.name, actor=visit.person,
        organisation=visit.organisation,
    )  # fmt: skip
    return paper_for_browser(found.name, content)


def _seen(fund: Fund, number: int) -> Document | None:
    """The paper of this number, if invoices, work, changes or an explanation rest on it."""
    found = Document.objects.filter(fund=fund, pk=number).first() if number < 2**62 else None
    if found is None or found.kind in SEEN:
        return found
    return found if BreakExplanation.objects.filter(fund=fund, document=found).exists() else None
