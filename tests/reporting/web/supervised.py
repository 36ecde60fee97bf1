"""An estate with its quarter, and the supervising body that is a party to its deed."""

from dataclasses import dataclass
from datetime import date

from custody.models import Access, AccessRecord, FundParty, Operator, Organisation
from reporting.exporting import Asked, build_statement
from reporting.models import Handout, PaperFormat
from reporting.papers.forms import paper_of
from reporting.papers.handing_out import hand_out
from tests.factories import AT, make_operator
from tests.reporting.builders import FROM, TO, Quarter, worked_quarter


@dataclass(frozen=True)
class Supervised:
    """``clerk`` may have papers made, ``reader`` may only read."""

    quarter: Quarter
    clerk: Operator
    reader: Operator

    @property
    def code(self) -> str:
        """The fund's."""
        return self.quarter.code

    @property
    def address(self) -> str:
        """The quarter's page."""
        return f"/oversight/{self.code}/2025Q3/"

    def issued(self, kind: str = "fund", form: PaperFormat = PaperFormat.XLSX) -> Handout:
        """A paper that the desk handed out."""
        fund, report = build_statement(asked := Asked(self.code, kind, FROM, TO))
        return hand_out(fund=fund, paper=paper_of(asked, report, form), actor=self.quarter.made.actor, at=AT)

    def looks(self, person: Operator) -> list[tuple[str, str]]:
        """What is on record of the person, oldest first."""
        rows = AccessRecord.objects.filter(operator=person).order_by("pk")
        return [(Access(row.what), row.about) for row in rows]


def supervised() -> Supervised:
    """A new one."""
    quarter = worked_quarter()
    body = Organisation.objects.create(kind="regulator", name=f"住建局{quarter.code}")
    FundParty.objects.using("owner").create(
        fund_id=quarter.made.fund.pk, organisation_id=body.pk, valid_from=date(2020, 1, 1)
    )
    return Supervised(quarter, make_operator(body, "maker"), make_operator(body, "viewer"))
