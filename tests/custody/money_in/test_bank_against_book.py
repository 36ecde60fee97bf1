"""A break is that bank and book differ: no template and no hand hides it, and nothing leaves meanwhile."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from custody.kernel.errors import Rejected
from custody.kernel.money import yuan
from custody.ledger import door
from custody.models import BankLine
from custody.money_in import breaks
from settlement.decisions import approvals
from tests.custody.ledger.raw import RawLine, citations_unjudged, forged
from tests.factories import balance_after, unique
from tests.settlement.desk import AT, PAY_ON, Provider, fresh, make_provider
from tests.settlement.test_guards import ROLES, key_sql, refusal, to

pytestmark = pytest.mark.usefixtures("committed_db")
GUARD = "no_release_over_an_open_break"


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider(maintenance="3000")


def hand(desk: Provider, template: str, amount: str, against: str = "corpus") -> None:
    """A posting nobody's evidence asked for, past the guard that asks for it."""
    lines = [RawLine(desk.at.account("cash"), amount), RawLine(desk.at.account(against), str(-int(amount)))]
    made = forged(desk.at, lines, template=template)
    with citations_unjudged():
        door.post(made, key=unique("hand"), actor_id=desk.at.actor.pk, at=AT)


def stolen(desk: Provider) -> BankLine:
    return desk.bank_line("-500", "往来", account="6222000000000000009", name="某某")


def release(desk: Provider, settlement: object) -> None:
    approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)  # type: ignore[attr-defined]


@pytest.mark.parametrize("template", ["unexplained_explained", "handover", "interest_received", "typed"])
def test_no_template_hides_a_theft(desk: Provider, template: str) -> None:
    settlement = desk.approved()
    stolen(desk)
    hand(desk, template, "500", "unexplained")
    assert door.balance_of(desk.at.account("unexplained")).posted == yuan(0)

    with pytest.raises(Rejected, match=r"相差 -500\.00") as caught:
        release(desk, settlement)

    assert caught.value.code == "break-open"


@pytest.mark.parametrize("amount", ["7", "-7"])
def test_money_of_no_bank_line_is_a_break(desk: Provider, amount: str) -> None:
    settlement = desk.approved()
    desk.bank_line("1", "往来", account="6222000000000000009", name="某某")
    hand(desk, "typed", amount)

    with pytest.raises(Rejected, match="相差"):
        release(desk, settlement)


def test_a_bank_line_that_was_never_booked_is_a_break(desk: Provider) -> None:
    settlement = desk.approved()
    line = desk.bank_line("1", "往来", account="6222000000000000009", name="某某")
    BankLine.objects.create(
        fund=desk.at.fund, account=desk.bank, position=line.position + 1_000_000, row=2,
        source_file=line.source_file, booked_on=PAY_ON, amount=yuan("-9"),
        balance=balance_after(desk.at.fund, "-9"),
    )  # fmt: skip

    assert breaks.bank_difference(desk.at.fund.pk) == yuan("-9")
    with pytest.raises(Rejected, match="相差"):
        release(desk, settlement)


def test_control_bank_and_book_in_step_release(desk: Provider) -> None:
    settlement = desk.approved()
    desk.bank_line("1", "往来", account="6222000000000000009", name="某某")

    release(desk, settlement)

    assert fresh(settlement).state == "released"


def test_before_the_banks_first_line_there_is_nothing_to_differ_from(desk: Provider) -> None:
    assert breaks.bank_difference(desk.at.fund.pk) is None


def test_it_is_shown(desk: Provider) -> None:
    stolen(desk)
    hand(desk, "typed", "500", "unexplained")
    said = StringIO()

    call_command("show_suspense", f"--fund={desk.at.fund.code}", stdout=said)

    assert "银行余额与账面银行存款相差 -500.00" in said.getvalue()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("move", ["released", "instructed"])
def test_the_database_refuses_a_move_while_they_differ(desk: Provider, role: str, move: str) -> None:
    at = desk.at
    settlement = desk.approved() if move == "released" else desk.released()
    stolen(desk)
    hand(desk, "typed", "500", "unexplained")
    key = [key_sql(desk, settlement, "release", at.trustee_key, at.trustee)] if move == "released" else []

    assert refusal(role, *key, *to(settlement, move)) == GUARD
