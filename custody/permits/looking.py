"""Who looked at a fund's papers and pages, on record for everybody it names.

Refuses to be written for somebody who acts for no party to the fund; the caller has asked who may look.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from custody.models import Access, AccessRecord, Fund, Operator, Organisation, OrganisationKind

ABOUT_MAX = 200


@dataclass(frozen=True, slots=True)
class Looked:
    """One record as a page shows it; ``number`` is the cursor of the next page."""

    number: int
    at: datetime
    person: str
    organisation: str
    fund: str
    what: str
    about: str
    own: bool


def note_access(
    *, fund_id: int, what: Access, about: str, actor: Operator, organisation: Organisation
) -> None:
    """Put on record that ``actor`` did this to ``about``, a page's or paper's own title."""
    AccessRecord.objects.create(
        fund_id=fund_id, what=what, about=about[:ABOUT_MAX], operator=actor, organisation=organisation
    )


def accesses(
    viewer: Operator,
    organisation: Organisation,
    funds: Collection[Fund],
    *,
    after: int | None = None,
    most: int,
) -> list[Looked]:
    """The newest ``most`` records of these funds before number ``after``; a firm reads only its own."""
    rows = AccessRecord.objects.filter(fund__in=[fund.pk for fund in funds])
    if organisation.kind == OrganisationKind.PROVIDER:
        rows = rows.filter(organisation=organisation)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    newest = rows.select_related("operator", "organisation", "fund__estate").order_by("-pk")[:most]
    return [
        Looked(
            number=row.pk,
            at=row.at,
            person=row.operator.full_name or row.operator.username,
            organisation=row.organisation.name,
            fund=row.fund.estate.name,
            what=str(Access(row.what).label),
            about=row.about,
            own=row.operator_id == viewer.pk,
        )
        for row in newest
    ]
