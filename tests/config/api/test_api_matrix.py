"""Every operation of the API × kind of token × own and foreign fund, generated from its own description."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from config.api.describing import described
from config.api.door import api
from custody.models import FundParty, Organisation
from tests.config.api.programs import Program, program_of
from tests.factories import AT, make_fund, unique

pytestmark = pytest.mark.usefixtures("committed_db")
KINDS = ("trustee", "committee", "provider", "protector", "regulator")
NO_SUCH = {"on": "1999-01-01"}  # of the rest, a number nothing has
SAYS = {"sha256": "0" * 64, "from": "2025-07-01", "to": "2025-07-31"}


def operations() -> list[tuple[str, str, str]]:
    """(operation, method, path) as the description has them, with what a query must say."""
    return [
        (said["operationId"], method, path.removeprefix("/api/v1/") + must_say(said))
        for path, found in described(api)["paths"].items()
        for method, said in found.items()
    ]


def must_say(said: dict[str, Any]) -> str:
    """The query that an operation does not go without."""
    must = [each["name"] for each in said["parameters"] if each["in"] == "query" and each["required"]]
    return "?" + "&".join(f"{name}={SAYS[name]}" for name in must) if must else ""


@cache
def audiences() -> dict[tuple[str, str], frozenset[str]]:
    """(operation, method) → the kinds of organisation it is for."""
    table = Path(__file__).parents[1] / "web" / "matrix.toml"
    return {
        (name, method): frozenset(row["audience"])
        for row in tomllib.loads(table.read_text())["api"]
        for method in ("get", "post")
        for name in row.get(method, [])
    }


@pytest.fixture(scope="module")
def cast() -> dict[str, Any]:
    return {}


@pytest.fixture
def programs(committed_db: None, cast: dict[str, Any]) -> dict[str, Any]:
    """One fund with a program of every party, and a fund none of them knows."""
    if not cast:
        fund = make_fund()
        regulator = Organisation.objects.create(kind="regulator", name=unique("regulator"))
        FundParty.objects.using("owner").create(
            fund_id=fund.fund.pk, organisation_id=regulator.pk, valid_from=AT.date()
        )
        parties = {kind: getattr(fund, kind, regulator) for kind in KINDS}
        cast.update(own=fund.fund.code, foreign=make_fund().fund.code)
        for kind, party in parties.items():
            cast[kind] = program_of(fund.fund, party)
            cast[f"{kind}/read"] = program_of(fund.fund, party, "read")
    return cast


def address(path: str, code: str) -> str:
    return re.sub(
        r"{(\w+)}", lambda part: code if part[1] == "code" else NO_SUCH.get(part[1], "987654321"), path
    )


def asked(program: Program, method: str, path: str) -> Any:
    return program.get(path) if method == "get" else program.post(path, {})


def told(answer: Any, *codes: str) -> tuple[int, str]:
    """Status and words, with the fund's code and the instance it stands in left out."""
    words = re.sub(r'"instance": "[^"]*"', "", answer.content.decode())
    for code in codes:
        words = words.replace(code, "")
    return answer.status_code, words


def test_every_operation_has_its_line() -> None:
    assert sorted(audiences()) == sorted((name, method) for name, method, _ in operations())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_finds_its_own_and_nothing_else(programs: dict[str, Any], kind: str) -> None:
    program, reader, wrong = programs[kind], programs[f"{kind}/read"], []
    nowhere = told(program.get("no-such"))
    for name, method, path in operations():
        answer = asked(program, method, address(path, programs["own"]))
        mine = kind in audiences()[name, method]
        nested = bool(set(re.findall(r"{(\w+)}", path)) - {"code"})
        if not mine and method == "get" and told(answer) != nowhere:
            wrong.append(f"{method} {name}: {answer.status_code}, not as what is not there")
        if mine and method == "get" and answer.status_code not in ((404, 422) if nested else (200,)):
            wrong.append(f"{method} {name}: {answer.status_code}")
        if method == "post" and not 400 <= answer.status_code < 500:
            wrong.append(f"{method} {name}: {answer.status_code} for an empty write")
        if method == "post" and asked(reader, method, address(path, programs["own"])).status_code < 400:
            wrong.append(f"{method} {name}: written by a token that reads")

    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_fund_answers_a_program_as_one_that_is_not_there(
    programs: dict[str, Any], kind: str
) -> None:
    wrong = []
    for name, method, path in operations():
        if "{code}" in path:
            foreign, nowhere = (
                told(asked(programs[kind], method, address(path, code)), code)
                for code in (programs["foreign"], "NO-SUCH-FUND")
            )
            if foreign != nowhere or foreign[0] < 400:
                wrong.append(f"{method} {name}: {foreign[0]}")

    assert wrong == []


def test_without_a_token_nothing_is_answered_and_no_other_verb_is_known(programs: dict[str, Any]) -> None:
    verbs: dict[str, set[str]] = {}
    for _name, method, path in operations():
        verbs.setdefault(path.partition("?")[0], set()).add(method)
    wrong = []
    for path, known in verbs.items():
        where = "/api/v1/" + address(path, programs["own"])
        for method in ("get", "post", "put", "patch", "delete"):
            status = getattr(Client(), method)(where).status_code
            if status != (401 if method in known else 405):
                wrong.append(f"{method} {path}: {status}")

    assert wrong == []


def test_the_description_is_for_anybody_and_names_nobody_elses_host() -> None:
    page, said = Client().get("/api/v1/docs"), Client().get("/api/v1/openapi.json").json()

    assert said["openapi"] == "3.1.0"
    assert page.status_code == 200
    assert "<script" not in page.content.decode().partition("<main")[2]
    assert "//" not in re.sub(
        r"/api/v1/|https?://testserver", "", page.content.decode().partition("<main")[2]
    )
    for name, _method, _path in operations():
        assert f'id="{name}"' in page.content.decode()
