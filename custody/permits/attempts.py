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
def on_record(*, actor: Operator | None = None, fund: Fund | None = None) -> Iterator[None]:
    """Whatever is forbidden inside is put on record, in a transaction of its own, and raised again.

    Every edge (a command, a page) stands around its services with this. ``actor`` and ``fund`` are what the
    edge knows; what the refusal itself names comes first.
    """
    try:
        yield
    except Forbidden as refusal:
        _record(refusal, actor, fund)
        raise


@transaction.atomic(durable=True)
def _record(refusal: Forbidden, actor: Operator | None, fund: Fund | None) -> None:
    facts = refusal.facts
    RefusedAttempt.objects.create(
        operator_id=facts.get("operator_id", None if actor is None else actor.pk),
        act=str(facts.get("act", "")),
        fund_id=facts.get("fund_id", None if fund is None else fund.pk),
        code=refusal.code,
        reason=refusal.title[:REASON_MAX],
    )
