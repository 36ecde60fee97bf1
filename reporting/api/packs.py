"""Signed packs for programs of the trust company and its supervisors: the newest of a period, as issued.

Refuses (404) a period that nobody packed, as one that is none. That it was taken is on record.
"""

from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Router

from custody.api.callers import caller_of, shown_to
from custody.models import OrganisationKind
from reporting.statements.named_periods import period_named
from reporting.web.papers import in_house_language, pack_downloaded

_OCTETS = {"type": "string", "format": "binary"}
router = Router(tags=["packs"])
PeriodSlug = Annotated[str, Path(examples=["2025Q3"])]


@router.get(
    "/packs/{code}/{period}",
    response={200: None},
    openapi_extra={"responses": {200: {"content": {"application/zip": {"schema": _OCTETS}}}}},
)
@shown_to(OrganisationKind.TRUSTEE, OrganisationKind.REGULATOR)
def read_pack(request: HttpRequest, code: str, period: PeriodSlug) -> HttpResponse:
    """The newest ``pack.zip`` of a month, quarter, year or of days; what checks it is in it."""
    visit = caller_of(request).visit
    fund = visit.fund(code)
    try:
        days = period_named(period)
    except ValueError as error:
        raise Http404 from error
    with in_house_language():
        pack = pack_downloaded(visit, fund, days)
    if pack is None:
        raise Http404
    return pack
