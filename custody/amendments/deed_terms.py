"""Later deed terms from a dated workbook: each a new value from a day on; what was before stays as it was.

Refuses a value nobody could compute with, a term that begins in a closed period or twice on one day, and one
that would change a fee computed already.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from custody.amendments import enacting
from custody.amendments.enacting import Enacting, Facts, made_as
from custody.amendments.proposing import AmendmentImport
from custody.deeds.estate_file import TERMS_SHEET, TermRow
from custody.deeds.notation import NOTATIONS, TERMS_BY_TITLE
from custody.deeds.terms import TITLES, Term
from custody.files.faults import Fault
from custody.files.intake import Handed, take_in
from custody.files.outcomes import Outcome
from custody.files.typed_rows import Page
from custody.kernel.words import told
from custody.models import Amendment, DeedTerm, Fund, Operator, Resolution

OF_NO_FEE = (Term.LIQUIDITY_FLOOR_MONTHS, Term.PERMITTED_PLACEMENTS, Term.BANK_CHARGE_CAP)


def import_deed_terms(
    *,
    fund: Fund,
    path: Path | Handed,
    paper: Handed | None,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
) -> Outcome:
    """Propose the terms of the sheet 信托条款. Errors: Forbidden; Refused, nothing written."""
    return take_in(DeedTermImport(actor, at, dry_run, fund, paper), [path])


@dataclass
class DeedTermImport(AmendmentImport[TermRow]):
    """Each row one term from its day on."""

    kind = Amendment.Kind.DEED_TERMS
    sheet = TERMS_SHEET
    model = TermRow

    def form_faults(self, page: Page[TermRow]) -> Iterator[Fault]:
        """Values in no notation, and one term twice on one day."""
        seen: set[tuple[str, date]] = set()
        for row in page.rows:
            try:
                NOTATIONS[TERMS_BY_TITLE[row.name]](row.value)
            except ValueError as broken:
                yield page.fault(row, "value", str(broken))
            if (row.name, row.effective_from) in seen:
                expected = told(_("「%(term)s」在同一生效日期只能有一个取值"), term=row.name)
                yield page.fault(row, "name", expected)
            seen.add((row.name, row.effective_from))

    def facts_of(self, row: TermRow) -> tuple[Facts, str]:
        """The term as it will be computed with; its day is what a clerk looks at."""
        code = TERMS_BY_TITLE[row.name]
        return {
            "fund_id": self.fund.pk,
            "term": str(code),
            "value": NOTATIONS[code](row.value),
            "effective_from": row.effective_from.isoformat(),
        }, "effective_from"

    def resting_on(self, resolution: Resolution) -> Facts:
        """A term names its resolution itself."""
        return {"resolution_id": resolution.pk}


def _objection(fund: Fund, facts: Facts) -> str:
    """A closed day, a term that begins twice on one, fees that are computed."""
    on, code = date.fromisoformat(facts["effective_from"]), facts["term"]
    closed = enacting.closed_day(fund)
    if closed is not None and on <= closed:
        return told(_("账期已关闭至 %(closed)s，生效日期应在其后"), closed=closed)
    if DeedTerm.objects.filter(fund=fund, term=code, effective_from=on).exists():
        return told(_("「%(term)s」自该日起已有生效的取值"), term=TITLES[Term(code)])
    computed = None if Term(code) in OF_NO_FEE else _fees_computed_through(fund)
    if computed is not None and on <= computed:
        return told(
            _("费用已计提至 %(computed)s，生效日期应在其后，否则会改变已算出的费用"), computed=computed
        )
    return ""


def _fees_computed_through(fund: Fund) -> date | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_fees_computed_through(%s)", (fund.pk,))
        found: date | None = cursor.fetchone()[0]
    return found


def _reads(facts: Facts) -> str:
    sentence = _("自 %(on)s 起 %(term)s：%(value)s")
    return told(sentence, on=facts["effective_from"], term=TITLES[Term(facts["term"])], value=facts["value"])


TERMS_ENACTED = Enacting(made_as(DeedTerm), _objection, _reads)
