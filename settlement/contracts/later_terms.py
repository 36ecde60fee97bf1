"""Why later deed terms would change what settlement has computed. Refuses nothing itself; it says why."""

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from custody.amendments.deed_terms import OF_NO_FEE
from custody.amendments.enacting import Facts
from custody.deeds.terms import Term
from custody.kernel.words import told
from custody.models import Fund


def claimed_already(fund: Fund, facts: Facts) -> str:
    """Base remuneration of a month that an invoice claims stays as it was computed."""
    if Term(facts["term"]) in OF_NO_FEE:
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_remuneration_claimed(%s)", (fund.pk,))
        month: date | None = cursor.fetchone()[0]
    if month is None or date.fromisoformat(facts["effective_from"]) > month:
        return ""
    return told(_("%(month)s 的基础酬金已申报，生效日期应在该月首日之后"), month=f"{month:%Y-%m}")
