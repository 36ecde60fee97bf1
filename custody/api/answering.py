"""A program's write, done once: its ``Idempotency-Key``, what it asked and what it was told are one row.

The row is written in the transaction of the write itself. Refuses a missing key (400), the same key with
other content (422, naming the field) and a second call while the first is running (409). What was refused
wrote nothing and is not kept: the same key may be tried again.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Schema

from custody.api.callers import Caller, caller_of, submitting
from custody.api.shapes import WholeInstants
from custody.kernel.errors import Conflict, KeyReused
from custody.models import KeptAnswer
from custody.permits import attempts

HEADER = "Idempotency-Key"
KEY = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
WITH_KEY: dict[str, Any] = {
    "parameters": [
        {
            "name": HEADER,
            "in": "header",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
            "example": "2025-10-invoices-1",
            "description": "您自己的编号：同一编号、同样内容只办一次 / done once under this key",
        }
    ]
}


class KeyMissing(Exception):
    """A write without a usable ``Idempotency-Key``."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a write answers; ``after`` is what follows once it is committed."""

    status: int
    body: Schema
    location: str = ""
    after: Callable[[], None] | None = None


def key_in(request: HttpRequest) -> str:
    """The call's key. KeyMissing for none, and for one that is not 8 to 64 plain characters."""
    key = request.headers.get(HEADER, "")
    if not KEY.fullmatch(key):
        raise KeyMissing
    return key


def answered(
    request: HttpRequest,
    operation: str,
    said: Mapping[str, Any],
    write: Callable[[Caller], Written],
    *,
    fund: str | None = None,
) -> HttpResponse:
    """Do the write, or answer what it answered before. ``said``: each field of the request, as JSON has it.

    Errors: KeyMissing; Forbidden (put on record); Conflict; KeyReused; whatever the write refuses.
    """
    content = {name: _digest(value) for name, value in said.items()}
    with attempts.on_record(username=caller_of(request).visit.person.username, fund=fund):
        caller, key = submitting(request), key_in(request)
        kept, written = _once(caller, operation, key, content, write)
    if written is not None and written.after is not None:
        written.after()
    return _response(kept, known=written is None)


@transaction.atomic
def _once(
    caller: Caller, operation: str, key: str, content: Mapping[str, str], write: Callable[[Caller], Written]
) -> tuple[KeptAnswer, Written | None]:
    """The row of this key, and what was written for it now; None when it was there."""
    _alone(caller, operation, key)
    rows = KeptAnswer.objects.filter(operator=caller.visit.person, operation=operation, key=key)
    kept = rows.first()
    if kept is not None:
        _refuse_other(kept, content)
        return kept, None
    written = write(caller)
    kept = KeptAnswer.objects.create(
        operator=caller.visit.person, operation=operation, key=key, content=content,
        status=written.status, body=_as_text(written.body), location=written.location,
    )  # fmt: skip
    return kept, written


def _alone(caller: Caller, operation: str, key: str) -> None:
    """Hold the key until the transaction ends. Conflict while another call holds it."""
    name = f"api:{caller.visit.person.pk}:{operation}:{key}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            raise Conflict(_("同一幂等键的请求正在办理，请稍后再试"), code="in-flight")


def _refuse_other(kept: KeptAnswer, content: Mapping[str, str]) -> None:
    names = [*content, *kept.content]
    other = next((name for name in names if kept.content.get(name) != content.get(name)), None)
    if other is not None:
        raise KeyReused(_("同一幂等键已用于其他内容，不同之处：%(field)s"), field=other)


def _digest(value: Any) -> str:
    """Equal for equal JSON, whatever the order of its names."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return hashlib.sha256(
        json.dumps(value, cls=WholeInstants, sort_keys=True, ensure_ascii=True).encode()
    ).hexdigest()


def _as_text(body: Schema) -> str:
    return json.dumps(body.model_dump(), cls=WholeInstants, ensure_ascii=False)


def _response(kept: KeptAnswer, *, known: bool) -> HttpResponse:
    response = HttpResponse(kept.body, status=kept.status, content_type="application/json; charset=utf-8")
    if kept.location:
        response["Location"] = kept.location
    if known:
        response["Idempotent-Replayed"] = "true"
    return response
