"""Named posting templates of paying the provider: facts in, Entry out. No queries, no branches.

Amounts are positive ``Money`` in yuan. Refuses what ``Entry`` refuses: unbalanced lines and two funds.
"""

from collections.abc import Mapping
from datetime import date

from djmoney.money import Money

from custody.ledger.entries import AccountRef, Entry, credit, debit, entry


def settlement_paid(
    *, cash: AccountRef, spent: Mapping[AccountRef, Money], total: Money, on: date, memo: str, source: str
) -> Entry:
    """Cash of the book leaves for what each budget line bought."""
    spending = (debit(account, amount) for account, amount in spent.items())
    return entry("settlement_paid", on, (*spending, credit(cash, total)), memo=memo, source=source)
