"""A program of an organisation for tests: its machine, its token, and short verbs over the API."""

import itertools
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.utils.timezone import localdate

from custody.models import Fund, Operator, Organisation, TokenScope
from custody.seats.tokens import issue_token
from tests.factories import make_operator

WHO_MAKES_ONE = {"committee": "keyholder"}
WRITTEN_WITHIN_SECONDS = 120
_keys = itertools.count(1)


@dataclass(frozen=True)
class Program:
    """What it sends is signed with its token; every POST has a key of its own unless one is given."""

    text: str
    machine: Operator
    prefix: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.text}"}

    def get(self, path: str, **headers: str) -> Any:
        return Client().get(f"/api/v1/{path}", headers=self.headers | headers)

    def events(self, after: str = "") -> Any:
        """What it is told once everything is written that began before, by any test on this server."""
        all_written()
        return self.get(f"events?after={after}" if after else "events").json()

    def post(self, path: str, said: Any = None, *, key: str = "", **headers: str) -> Any:
        sent = self.headers | {"Idempotency-Key": key or f"test-key-{next(_keys)}"} | headers
        return Client().post(
            f"/api/v1/{path}", json.dumps(said), content_type="application/json", headers=sent
        )

    def hand_in(self, path: str, file: Any, *, key: str = "", **fields: str) -> Any:
        sent = self.headers | {"Idempotency-Key": key or f"test-key-{next(_keys)}"}
        return Client().post(f"/api/v1/{path}", {**fields, "file": file}, headers=sent)


def all_written() -> None:
    """Wait until whatever writes now, in whichever database of the server, is over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (begun,) = cursor.fetchone()
        until = time.monotonic() + WRITTEN_WITHIN_SECONDS
        while time.monotonic() < until:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %s", [begun])
            if cursor.fetchone()[0]:
                return
            time.sleep(0.05)
    raise AssertionError("somebody writes on and on")


def now() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_now()")
        return cursor.fetchone()[0]


def program_of(fund: Fund, organisation: Organisation, scope: str = "submit") -> Program:
    """A program of this party with a token good for a month."""
    at = now()
    machine = make_operator(organisation, "machine")
    made = issue_token(
        fund=fund,
        machine=machine.username,
        name="测试程序",
        scope=TokenScope(scope),
        expires_on=localdate(at) + timedelta(days=30),
        actor=make_operator(organisation, WHO_MAKES_ONE.get(organisation.kind, "maker")),
        at=at,
    )
    return Program(made.text, machine, made.token.prefix)
