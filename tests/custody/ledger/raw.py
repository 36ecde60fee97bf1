"""Statements a person with a database prompt could type, and how a refusal is recognised."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction

from custody.ledger import door
from custody.ledger.entries import AccountRef
from custody.models import LedgerHead
from tests.factories import AT, TestFund, unique

ON = date(2025, 7, 2)
JOURNAL = (
    "custody_entry", "custody_line", "custody_hold", "custody_hold_outcome", "custody_anchor",
    "custody_period_close", "custody_account", "custody_account_kind", "custody_balance",
    "custody_ledger_head",
)  # fmt: skip
MOVING = {"custody_balance", "custody_ledger_head"}
INSERT_LINES = (
    "INSERT INTO custody_line (fund_id, sequence, line_no, account_id, effective_on, amount) VALUES"
)


def run(
    alias: str, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> list[tuple[Any, ...]]:
    """One statement on one connection; rows if it answers any."""
    with connections[alias].cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def refused(*, constraint: str = "", state: str = "", using: str = "owner") -> Iterator[None]:
    """The block is refused by the database, by this constraint or SQLSTATE; whatever it did is undone."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(using=using):  # noqa: PT012
        yield
        pytest.fail("the database let it pass")  # inside, so that what passed is undone
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    diagnosis = cause.diag
    assert constraint in ("", diagnosis.constraint_name), str(caught.value)
    assert state in ("", diagnosis.sqlstate), str(caught.value)


@contextmanager
def undone(using: str = "owner") -> Iterator[None]:
    """The block is allowed, then rolled back, so the journal stays what the program made it."""
    with transaction.atomic(using=using):
        yield
        transaction.set_rollback(True, using=using)


@contextmanager
def citations_unjudged() -> Iterator[None]:
    """What only the tables' owner can do: while the block lasts, cash moves without citing the bank."""
    name = "custody_judge_citations"
    definition = run("owner", "SELECT pg_get_functiondef(%s::regproc)", [name])[0][0].replace("%", "%%")
    nothing = definition[: definition.index("AS $function$")] + "AS $function$ BEGIN END $function$"
    run("owner", nothing)
    try:
        yield
    finally:
        run("owner", definition)


@dataclass(frozen=True)
class RawLine:
    """A line as typed; anything goes."""

    account: AccountRef
    amount: str
    line_no: int | None = None
    effective_on: date | None = None


def insert_entry(trust: TestFund, lines: Sequence[RawLine], using: str = "owner", **columns: Any) -> None:
    """Insert an entry and its lines past every Python check, in one statement."""
    sequence = columns.pop("sequence", LedgerHead.objects.get(fund_id=trust.fund.pk).sequence + 1)
    row = {
        "fund_id": trust.fund.pk, "sequence": sequence, "template": "typed", "effective_on": ON,
        "recorded_at": AT, "actor_id": trust.actor.pk, "key": unique("raw"), "memo": "", "source": "",
        "reverses": None, "line_count": len(lines), "chain": bytes(32),
    } | columns  # fmt: skip
    placed = [
        (trust.fund.pk, sequence, number if line.line_no is None else line.line_no, line.account.id,
         line.effective_on or row["effective_on"], Decimal(line.amount))
        for number, line in enumerate(lines, 1)
    ]  # fmt: skip
    entry = f"INSERT INTO custody_entry ({','.join(row)}) VALUES ({','.join(['%s'] * len(row))})"
    if not placed:
        run(using, entry, list(row.values()))
        return
    values = ",".join(["(%s,%s,%s,%s,%s,%s)"] * len(placed))
    run(
        using,
        f"WITH e AS ({entry}) {INSERT_LINES} {values}",
        [*row.values(), *[value for line in placed for value in line]],
    )


def insert_lines(trust: TestFund, sequence: int, lines: Sequence[RawLine], using: str = "owner") -> None:
    """Insert lines alone, in one statement."""
    values = ",".join(["(%s,%s,%s,%s,%s,%s)"] * len(lines))
    run(
        using,
        f"{INSERT_LINES} {values}",
        [
            value
            for line in lines
            for value in (
                trust.fund.pk, sequence, line.line_no, line.account.id, line.effective_on or ON,
                Decimal(line.amount),
            )
        ],
    )  # fmt: skip


def move(trust: TestFund, amount: str = "10") -> list[RawLine]:
    """Two lines that would be in order."""
    return [RawLine(trust.account("cash"), amount), RawLine(trust.account("interest"), f"-{amount}")]


def forged(trust: TestFund, lines: list[RawLine], **fields: Any) -> Any:
    """What Entry's constructor would refuse, handed to the door all the same."""
    return SimpleNamespace(
        **{"template": "forged", "effective_on": ON, "memo": "", "source": "", "reverses": None, **fields},
        fund_id=trust.fund.pk,
        lines=tuple(SimpleNamespace(account=line.account, amount=line.amount) for line in lines),
    )


def post_forged(trust: TestFund, lines: list[RawLine], **fields: Any) -> None:
    made = forged(trust, lines, **fields)
    door.post(made, key=unique("forged"), actor_id=trust.actor.pk, at=AT)


def mirror(trust: TestFund, amount: str = "10") -> list[RawLine]:
    return [RawLine(trust.account("cash"), f"-{amount}"), RawLine(trust.account("interest"), amount)]
