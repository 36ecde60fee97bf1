"""Why an account of the fund's own cannot end yet: a payment from it is out. Refuses nothing itself."""

from django.db import connection
from django.utils.translation import gettext as _

from custody.amendments.enacting import Facts
from custody.models import Fund


def paying_still(_fund: Fund, facts: Facts) -> str:
    """A sentence while the end of some payment from the account is not known; empty otherwise."""
    if facts.get("account_id") is None:
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_pays_from(%s)", (facts["account_id"],))
        asked: bool = cursor.fetchone()[0]
    return _("该账户还有付款在银行等待结果，待其了结后再终止") if asked else ""
