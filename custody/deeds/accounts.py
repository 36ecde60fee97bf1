"""A fund's own accounts, and the one its payments leave from on a day. Refuses a fund without one."""

from datetime import date

from django.db.models import F, Q
from django.utils.translation import gettext as _

from custody.kernel.errors import NotFound
from custody.models import BankAccount, Fund


def accounts_of(fund: Fund) -> list[BankAccount]:
    """The one of the handover first, then as they became usable. NotFound when there is none."""
    rows = BankAccount.objects.filter(fund=fund)
    found = list(rows.order_by("-handover", F("usable_from").asc(nulls_first=True), "pk"))
    if not found:
        raise NotFound(_("信托 %(fund)s 没有登记信托专户"), fund=fund.code)
    return found


def paying_account(fund_id: int, on: date, *, without: int = 0) -> BankAccount | None:
    """The account payments leave from on ``on``: of those that pay the last one usable that day.

    ``without``: as if there were no account of this id.
    """
    begun = BankAccount.objects.filter(Q(handover=True) | Q(usable_from__lte=on), fund_id=fund_id, pays=True)
    usable = begun.exclude(end__usable_until__lte=on).exclude(pk=without)
    return usable.order_by("handover", "-usable_from").first()
