"""A fund as its writers meet it: under lock, one after another. Refuses to work outside a transaction."""

from custody.models import Fund


def lock_fund(fund: Fund) -> Fund:
    """Writers of one fund queue here until their transaction ends, so two cannot store one thing twice."""
    return Fund.objects.select_for_update(of=("self",), no_key=True).get(pk=fund.pk)
