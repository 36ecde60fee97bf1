"""A fund as its writers meet it: under lock, one after another. Refuses to work outside a transaction."""

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import TransactionManagementError

from custody.models import Fund


def lock_fund(fund: Fund, *, using: str = DEFAULT_DB_ALIAS) -> Fund:
    """Writers of one fund queue here until their transaction ends, so two cannot store one thing twice.

    Through a function of the database: who may not change a fund, may not lock its row.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise TransactionManagementError("a lock ends with its transaction, and there is none")
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_lock_fund(%s)", (fund.pk,))
    return Fund.objects.using(using).get(pk=fund.pk)
