"""The API's one door: every room's routers, what each refusal answers, and reads that may be asked again.

Refuses whoever shows no token, before anything else is looked at.
"""

import hashlib
import uuid
from typing import Any

import structlog
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation
from ninja.renderers import JSONRenderer

from custody.api import funds, suspense
from custody.api.answering import KeyMissing
from custody.api.callers import MINUTE_SECONDS, BearerToken, TooManyCalls
from custody.api.problems import not_found, problem_answer, refused_by_the_house, refused_file
from custody.api.shapes import WholeInstants
from custody.files.faults import Fault, Refused
from custody.kernel.errors import DomainError
from reporting.api import events, packs, statements
from settlement.api import budgets, invoices, payments, uploads

_log = structlog.get_logger(__name__)


class Renderer(JSONRenderer):
    """JSON as it is read: characters as they are, instants whole."""

    encoder_class = WholeInstants
    json_dumps_params = {"ensure_ascii": False}


class Api(NinjaAPI):
    """Ninja's, with an ``ETag`` on every read and operations called by their functions' names."""

    def create_response(
        self,
        request: HttpRequest,
        data: Any,
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        """The answer; 304 where the caller holds it already."""
        answer = super().create_response(request, data, status=status, temporal_response=temporal_response)
        return tagged(request, answer)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's name, which is one in the house."""
        return operation.view_func.__name__


def tagged(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """A read with its ``ETag``, or 304 for a caller who holds these very bytes."""
    if request.method != "GET" or answer.status_code != 200:
        return answer
    mark = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    if mark in (each.strip() for each in request.headers.get("If-None-Match", "").split(",")):
        answer.content, answer.status_code = b"", 304
    answer["ETag"] = mark
    answer["Cache-Control"] = "private, no-cache"
    answer["Vary"] = "Authorization, Accept"
    return answer


def _unfit(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422 with a fault a field."""
    faults = [
        Fault("", str(each["loc"][0]), None, ".".join(str(part) for part in each["loc"][1:]), "", each["msg"])
        for each in error.errors
    ]
    return problem_answer(request, 422, "unfit", _("请求中有不合要求的字段，没有任何改动"), faults=faults)


def _unknown(request: HttpRequest, error: Exception) -> HttpResponse:
    answer = problem_answer(request, 401, "token-required", _("请在 Authorization 中出示有效的令牌"))
    answer["WWW-Authenticate"] = "Bearer"
    return answer


def _too_many(request: HttpRequest, error: Exception) -> HttpResponse:
    answer = problem_answer(request, 429, "too-many-calls", _("这把令牌本分钟的请求已到上限"))
    answer["Retry-After"] = str(MINUTE_SECONDS)
    return answer


def _keyless(request: HttpRequest, error: Exception) -> HttpResponse:
    said = _("每次报送都要带 Idempotency-Key：8 到 64 个字母、数字或 _ . : -")
    return problem_answer(request, 400, "idempotency-key-missing", said)


def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_answer(request, 400, "unreadable", _("这个请求读不懂，没有任何改动"))


def _by_ninja(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _unreadable(request, error) if error.status_code == 400 else _failed(request, error)


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    number = uuid.uuid4().hex[:8]
    _log.error("api failed", number=number, path=request.path, exc_info=error)
    said = _("出错了，编号 %(number)s。这一步没有完成，请把编号告诉系统管理员")
    return problem_answer(request, 500, "failed", said % {"number": number}, facts={"number": number})


def open_door() -> Api:
    """The API with every room's resources."""
    api = Api(
        title="物业服务信托 API",
        version="1.0.0",
        description="每家单位的程序读取账目、报送文件。令牌不能办理审批和放款。",
        urls_namespace="api",
        docs_url=None,
        openapi_url=None,
        auth=BearerToken(),
        renderer=Renderer(),
    )
    for room in (funds, budgets, uploads, invoices, payments, suspense, statements, packs, events):
        api.add_router("", room.router)
    handlers: list[tuple[type[Exception], Any]] = [
        (Exception, _failed),
        (HttpError, _by_ninja),
        (AuthenticationError, _unknown),
        (ValidationError, _unfit),
        (TooManyCalls, _too_many),
        (KeyMissing, _keyless),
        (Http404, lambda request, error: not_found(request)),
        (DomainError, refused_by_the_house),
        (Refused, lambda request, error: refused_file(request, error.faults)),
        *((kind, _unreadable) for kind in (BadRequest, SuspiciousOperation, MultiPartParserError)),
    ]
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)
    return api


api = open_door()
