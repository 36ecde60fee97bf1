"""Whose names and which numbers an estate's public pages may not spell out, from roster and accounts.

Refuses nothing: a name that nobody knows is covered by what it looks like (``paper_words.covered``).
"""

from collections.abc import Iterable
from datetime import date

from custody.deeds.units import owners_until
from custody.models import BankAccount, BankLine
from reporting.statements.masks import Masks
from reporting.statements.paper_words import covered
from settlement.models import PayeeAccount

NAME_LENGTH_MIN = 2


def masks_of(fund_id: int, through: date, parties: Iterable[str] = ()) -> Masks:
    """The masks for what is published of days through ``through``; ``parties`` are payers met there."""
    roster = owners_until(fund_id, through)
    people = {name for name in parties if covered(name) != name}
    own = BankAccount.objects.filter(fund_id=fund_id).values_list("number", flat=True)
    paid = PayeeAccount.objects.filter(fund_id=fund_id).values_list("number", flat=True)
    theirs = (
        BankLine.objects.filter(fund_id=fund_id).order_by().values_list("counterparty_account", flat=True)
    )
    numbers = {number.strip() for number in (*own, *paid, *theirs.distinct())}
    return Masks(
        names=frozenset(name for name in roster | people if len(name) >= NAME_LENGTH_MIN),
        numbers=frozenset(number for number in numbers if len(number) > 4),
    )
