"""Refused attempts on record: who tried what, on which fund, when, and why the house said no.

Refuses to write inside the transaction that was refused: what it undoes must not take the record along.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from custody.kernel.errors import Forbidden
from custody.models import Fund, Operator, RefusedAttempt

REASON_MAX = 500


@contextmanager
def on_record(*, username: str | None = None, fund: str | None = None) -> Iterator[None]:
    """Whatever is forbidden inside is put on record, in a transaction of its own, and raised again.

    Every edge (a command, a page) stands around its services with this. ``username`` and ``fund`` (its code)
    are what the edge was told; whom and what the refusal itself names comes first.
    """
    try:
        yield
    except Forbidden as refusal:
        _record(refusal, username, fund)
        raise


@transaction.atomic(durable=True)
def _record(refusal: Forbidden, username: str | None, fund: str | None) -> None:
    facts = refusal.facts
    who = facts.get("operator", facts.get("username", username))
    where = {"pk": facts["fund_id"]} if facts.get("fund_id") else {"code": fund}
    RefusedAttempt.objects.create(
        operator=Operator.objects.filter(username=who).first(),
        act=str(facts.get("act", "")),
        fund=Fund.objects.filter(**where).first(),
        code=refusal.code,
        reason=refusal.title[:REASON_MAX],
    )
