"""What the API refuses, as problem+json (RFC 9457) from the house's one catalogue of errors.

Refuses to say more than a service said: what is not there and what is not theirs is one answer.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from djmoney.money import Money
from ninja import Schema

from custody.files.faults import Fault
from custody.kernel.errors import Conflict, DomainError, Forbidden, KeyReused, NotFound

PROBLEM_JSON = "application/problem+json"
STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (KeyReused, 422),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
)
OURS_ALONE = frozenset({"fund_id", "fund", "operator", "username"})  # numbers and names of the house's own


class ProblemFault(Schema):
    """One cell or field that is wrong, and what was expected there."""

    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    expected: str


class Problem(Schema):
    """Why nothing was done. ``code`` is stable; ``detail`` is a sentence for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    facts: dict[str, Any] = {}
    faults: list[ProblemFault] = []


def problem_answer(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    *,
    facts: Mapping[str, Any] | None = None,
    faults: Iterable[Fault] = (),
) -> JsonResponse:
    """The answer itself; ``detail`` as the service said it."""
    body = {
        "type": f"/problems/{code}",
        "title": _titles()[status],
        "status": status,
        "code": code,
        "detail": detail,
        "instance": request.path,
        "facts": {name: as_json(fact) for name, fact in (facts or {}).items() if name not in OURS_ALONE},
        "faults": [fault.as_dict() for fault in faults],
    }
    return JsonResponse(
        body, status=status, content_type=PROBLEM_JSON, json_dumps_params={"ensure_ascii": False}
    )


def not_found(request: HttpRequest) -> JsonResponse:
    """404: in the same words for what is not there and for what is not theirs."""
    return problem_answer(request, 404, "not-found", _("没有这一项，或不归您看"))


def refused_by_the_house(request: HttpRequest, refusal: DomainError) -> JsonResponse:
    """A service's refusal."""
    if isinstance(refusal, NotFound):
        return not_found(request)
    status = next((code for kind, code in STATUS if isinstance(refusal, kind)), 422)
    return problem_answer(request, status, refusal.code, refusal.title, facts=refusal.facts)


def refused_file(request: HttpRequest, faults: tuple[Fault, ...]) -> JsonResponse:
    """A file that was refused whole, with every reason."""
    detail = _("共 %(count)s 处问题，没有任何改动") % {"count": len(faults)}
    return problem_answer(request, 422, "file-refused", detail, faults=faults)


def as_json(fact: Any) -> Any:
    """A fact as JSON has it: money and decimals as text, days in ISO 8601."""
    if isinstance(fact, Money):
        return f"{fact.amount:f}"
    if isinstance(fact, Decimal):
        return f"{fact:f}"
    if isinstance(fact, Enum):
        return fact.value
    if isinstance(fact, dt.date | dt.datetime):
        return fact.isoformat()
    if fact is None or isinstance(fact, bool | int | str):
        return fact
    if isinstance(fact, Iterable) and not isinstance(fact, Promise | bytes):
        return [as_json(each) for each in fact]
    return str(fact)


def _titles() -> dict[int, str]:
    return {
        400: _("请求读不懂"),
        401: _("需要令牌"),
        403: _("无权操作"),
        404: _("未找到"),
        405: _("此处不能这样请求"),
        406: _("没有这种格式"),
        409: _("与已有记录冲突"),
        422: _("规则不允许"),
        429: _("请求太频繁"),
        500: _("出错了"),
    }
