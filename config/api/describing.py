"""The API's description: OpenAPI 3.1 as ninja writes it, with every refusal, the write's key and what to try.

Refuses nothing: it is what a program's maker reads before there is a token.
"""

import copy
from functools import cache
from typing import Any

from ninja import NinjaAPI

from custody.api.answering import WITH_KEY
from custody.api.problems import PROBLEM_JSON, Problem

REFUSALS = {
    "400": "请求读不懂，或缺 Idempotency-Key / unreadable, or no key",
    "401": "没有有效的令牌 / no valid token",
    "403": "这把令牌不能这样做 / not permitted",
    "404": "没有，或不归您看 / not there, or not yours",
    "409": "与已有记录冲突，或正在办理 / conflict, or in flight",
    "422": "规则不允许，或字段不合要求 / refused, with reasons",
    "429": "请求太频繁 / too many calls",
}
ONLY_WRITES = frozenset({"409"})
PROBLEM_REF = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEM_EXAMPLE = {
    "type": "/problems/key-reused",
    "title": "规则不允许",
    "status": 422,
    "code": "key-reused",
    "detail": "同一幂等键已用于其他内容，不同之处：total",
    "instance": "/api/v1/invoices",
    "facts": {"field": "total"},
    "faults": [],
}


@cache
def described(api: NinjaAPI) -> dict[str, Any]:
    """The whole description, made once."""
    said = copy.deepcopy(dict(api.get_openapi_schema()))
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    said["components"]["schemas"].update(problem.pop("$defs", {}))
    said["components"]["schemas"]["Problem"] = problem | {"examples": [PROBLEM_EXAMPLE]}
    for operations in said["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation)
    return said


def _complete(method: str, operation: dict[str, Any]) -> None:
    writes = method == "post"
    for status, told in REFUSALS.items():
        if writes or status not in ONLY_WRITES:
            operation["responses"][status] = {"description": told, "content": PROBLEM_REF}
    if writes:
        operation.setdefault("parameters", []).extend(copy.deepcopy(WITH_KEY["parameters"]))
    else:
        operation["responses"]["304"] = {"description": "与您已有的相同 / not modified"}


def told_by_tag(said: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every operation under its tag, in the description's order, as the page shows it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            row = {
                "method": method.upper(),
                "path": path,
                "anchor": operation["operationId"],
                "about": operation.get("description", ""),
                "parameters": operation.get("parameters", []),
                "body": list(operation.get("requestBody", {}).get("content", {})),
                "statuses": sorted(operation["responses"], key=str),
            }
            found.setdefault(operation.get("tags", [""])[0], []).append(row)
    return list(found.items())
