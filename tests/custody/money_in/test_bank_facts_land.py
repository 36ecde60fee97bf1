"""What the bank has booked is recorded however bad it is, and stops the fund until it is repaired.

Nothing of ours may use the way in: a key that only looks like the bank's takes nothing below zero.
"""

from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from custody.kernel.errors import InsufficientFunds, KeyReused, Rejected
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.door import Posted, balance_of
from custody.ledger.proof import verify_fund
from custody.models import BankLine
from settlement.decisions import approvals
from tests.concurrency.racing import accepted, race, refusals
from tests.custody.ledger.raw import RawLine, forged, refused, run
from tests.factories import unique
from tests.settlement.desk import AT, PAY_ON, Provider, fresh, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
THEFT = "400000"
POST = (
    "SELECT ledger_post(%s, %s, now(), %s, 'unexplained_payment', '2025-08-05', '', '', NULL, NULL,"
    " %s::integer[], %s::numeric[])"
)


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider(maintenance="3000")


def stolen(desk: Provider, amount: str = THEFT) -> BankLine:
    return desk.bank_line(f"-{amount}", "往来", account="6222000000000000009", name="某某")


def cash(desk: Provider, book: str = "operating") -> Decimal:
    return balance_of(desk.at.account("cash", book=book)).posted.amount


def unbooked(desk: Provider, amount: str) -> BankLine:
    """A line the bank's file brought, before any entry of it."""
    line = desk.bank_line("1", "往来", account="6222000000000000009", name="某某")
    return BankLine.objects.create(
        fund=desk.at.fund, account=desk.bank, position=line.position + 1_000_000, row=2,
        source_file=line.source_file, booked_on=PAY_ON, amount=yuan(amount), balance=yuan(0),
    )  # fmt: skip


def key_of(line: BankLine) -> str:
    return f"bank:{line.account.number}:{line.position}"


def post_raw(desk: Provider, key: str, amount: str, using: str = "default") -> None:
    """What anybody with the application's login could type."""
    accounts = [desk.at.account("cash").id, desk.at.account("unexplained").id]
    run(using, POST, (desk.at.fund.pk, desk.at.actor.pk, key, accounts, [f"-{amount}", amount]))


# ------------------------------------------------------------------------------------- it lands


def test_money_the_bank_let_go_beyond_what_was_there_is_recorded(desk: Provider) -> None:
    stolen(desk)

    assert cash(desk) == Decimal("100000") - Decimal(THEFT)
    assert balance_of(desk.at.account("unexplained")).posted == yuan(THEFT)
    assert verify_fund(desk.at.fund.pk) == []


def test_money_under_a_hold_that_the_bank_let_go_is_recorded(desk: Provider) -> None:
    settlement = desk.released()
    stolen(desk, "100000")

    assert balance_of(desk.at.account("cash")).available == -settlement.total


def test_a_second_theft_lands_on_the_first(desk: Provider) -> None:
    stolen(desk)
    stolen(desk, "5000")

    assert cash(desk) == Decimal("-305000")


def test_it_is_shown(desk: Provider) -> None:
    stolen(desk)
    said = StringIO()

    call_command("show_suspense", f"--fund={desk.at.fund.code}", stdout=said)

    assert "经营账短缺 300000.00" in said.getvalue()
    assert "-400,000.00" in said.getvalue()


def test_what_was_instructed_is_still_paid_by_its_line(desk: Provider) -> None:
    settlement = desk.released()
    desk.instructed(settlement)
    stolen(desk)

    desk.pays(settlement)

    assert fresh(settlement).state == "paid"
    assert verify_fund(desk.at.fund.pk) == []


# ------------------------------------------------------------------- everything but repair refused


def test_a_short_book_stops_releases(desk: Provider) -> None:
    settlement = desk.approved()
    stolen(desk)

    with pytest.raises(Rejected, match=r"经营账短缺 301000\.00") as caught:
        approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)

    assert caught.value.code == "break-open"


def test_a_short_book_stops_holds_on_the_other_book(desk: Provider) -> None:
    stolen(desk)
    account = desk.at.account("cash", book="maintenance")

    with pytest.raises(Rejected, match="补足"):
        door.hold(account, yuan(1), key="h", reason="", actor_id=desk.at.actor.pk, at=AT)


def test_nothing_of_ours_lessens_a_short_book(desk: Provider) -> None:
    stolen(desk)
    ours = forged(
        desk.at, [RawLine(desk.at.account("cash"), "-1"), RawLine(desk.at.account("bank_charge"), "1")]
    )

    with pytest.raises(InsufficientFunds):
        door.post(ours, key=unique("fee"), actor_id=desk.at.actor.pk, at=AT)


def test_a_receipt_repairs_a_short_book_step_by_step(desk: Provider) -> None:
    stolen(desk)
    desk.bank_line("100", "往来", account="1", name="甲")

    assert cash(desk) == Decimal("-299900")


def test_the_banks_correction_opens_the_fund_again(desk: Provider) -> None:
    settlement = desk.approved()
    stolen(desk)
    desk.bank_line(THEFT, "错账冲正", summary="冲正", account="6222000000000000009", name="某某")

    approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)

    assert (cash(desk), fresh(settlement).state) == (Decimal("100000"), "released")


# ----------------------------------------------------------------------------------- past Python


@pytest.mark.parametrize("role", ["default", "owner"])
def test_a_key_that_names_no_line_takes_nothing_below_zero(desk: Provider, role: str) -> None:
    with refused(constraint="balance_never_short", using=role):
        post_raw(desk, f"bank:{desk.bank.number}:987654", THEFT, role)


def test_control_a_key_that_names_a_line_takes_its_amount(desk: Provider) -> None:
    post_raw(desk, key_of(unbooked(desk, f"-{THEFT}")), THEFT)

    assert cash(desk) < 0


@pytest.mark.parametrize("amount", ["399999.99", "400000.01"])
def test_a_line_of_another_amount_takes_nothing_below_zero(desk: Provider, amount: str) -> None:
    line = unbooked(desk, f"-{THEFT}")
    with refused(constraint="balance_never_short", using="default"):
        post_raw(desk, key_of(line), amount)


def test_a_line_of_another_fund_takes_nothing_below_zero(desk: Provider) -> None:
    line = unbooked(make_provider(), f"-{THEFT}")
    with refused(constraint="balance_never_short", using="default"):
        post_raw(desk, key_of(line), THEFT)


@pytest.mark.parametrize("second", [":again", ":identified:1"])
def test_two_entries_do_not_cite_one_line(desk: Provider, second: str) -> None:
    line = unbooked(desk, f"-{THEFT}")
    post_raw(desk, key_of(line), THEFT)
    with refused(using="default"):
        post_raw(desk, f"{key_of(line)}{second}", THEFT)


@pytest.mark.parametrize("before", ["0", "00"])
def test_a_place_spelled_otherwise_names_no_line(desk: Provider, before: str) -> None:
    line = unbooked(desk, f"-{THEFT}")
    with refused(constraint="balance_never_short", using="default"):
        post_raw(desk, f"bank:{desk.bank.number}:{before}{line.position}", THEFT)


def test_our_own_entry_beside_the_banks_in_one_call_is_refused(desk: Provider) -> None:
    line = unbooked(desk, f"-{THEFT}")
    stolen_entry, ours = (
        forged(desk.at, [RawLine(desk.at.account("cash"), f"-{each}"),
                         RawLine(desk.at.account("unexplained"), each)])
        for each in (THEFT, "1")
    )  # fmt: skip
    drafts = [door.Draft(stolen_entry, key_of(line)), door.Draft(ours, unique("fee"))]

    with pytest.raises(InsufficientFunds):
        door.post_many(drafts, actor_id=desk.at.actor.pk, at=AT)
    door.post_many(drafts[:1], actor_id=desk.at.actor.pk, at=AT)

    assert cash(desk) < 0


def taking(desk: Provider, key: str) -> Callable[[], Posted]:
    lines = [RawLine(desk.at.account("cash"), f"-{THEFT}"), RawLine(desk.at.account("unexplained"), THEFT)]
    theft = forged(desk.at, lines)
    return lambda: door.post(theft, key=key, actor_id=desk.at.actor.pk, at=AT)


def test_of_racing_entries_that_cite_one_line_one_lands(desk: Provider) -> None:
    line = unbooked(desk, f"-{THEFT}")

    answers = race([taking(desk, key_of(line)) for _ in range(4)])

    assert sum(not each.replayed for each in accepted(answers)) == 1
    assert refusals(answers) <= {KeyReused, InsufficientFunds}
    assert cash(desk) == Decimal("100001") - Decimal(THEFT)


def test_control_racing_entries_of_two_lines_both_land(desk: Provider) -> None:
    lines = [unbooked(desk, f"-{THEFT}"), unbooked(desk, f"-{THEFT}")]

    answers = race([taking(desk, key_of(line)) for line in lines])

    assert len(accepted(answers)) == 2
