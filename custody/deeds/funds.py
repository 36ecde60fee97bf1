"""A fund as its writers meet it: under lock, one after another. Refuses to work outside a transaction."""

from django.db import connection
from django.db.transaction import TransactionManagementError

from custody.models import Fund


def lock_fund(fund: Fund) -> Fund:
    """Writers of one fund queue here until their transaction ends, so two cannot store one thing twice.

    Through a function of the database: the application may not change a fund, so may not lock its row.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a lock ends with its transaction, and there is none")
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_lock_fund(%s)", (fund.pk,))
    return Fund.objects.get(pk=fund.pk)
