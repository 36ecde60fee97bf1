"""Money moved between the fund's own accounts that does not arrive in time is a break, and how that ends."""

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from custody.files.intake import Handed
from custody.kernel.errors import Conflict, Rejected
from custody.ledger import door
from custody.ledger.proof import verify_fund
from custody.models import BankLine, Key, LineKind
from custody.money_in import break_proposals as proposals
from custody.money_in import breaks
from custody.money_in.explanations import newest_explanations
from settlement.queue.settlement_turns import queue_of
from tests.custody.amendments.books import Desk, desk
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import Said
from tests.custody.money_in.test_orders_in_transit import days_ago

pytestmark = pytest.mark.usefixtures("committed_db")
LONG_AGO = "2025-11-16"
PAPER = Handed("银行说明.pdf", b"%PDF-1.4 it went astray")
ROLES = ["default", "owner"]
PROPOSE = """
    INSERT INTO custody_breakexplanation
        (fund_id, line_id, kind, reason, document_id, proposed_by_id, proposed_at)
    SELECT %s, %s, 'wrong_account', '误', d.id, %s, now()
      FROM custody_document d WHERE d.fund_id = %s ORDER BY d.id LIMIT 1"""


@pytest.fixture
def two(tmp_path: Path) -> Desk:
    """An estate with a second account of its own, usable since 15 November."""
    made = desk(tmp_path)
    made.enacted(
        "import_bank_accounts", "信托专户", (other(made), "新专户户名", "新银行", "收付", date(2025, 11, 15))
    )
    made.at = timezone.now()
    return made


def other(two: Desk) -> str:
    return f"99{two.small.account[2:]}"


def leaves(two: Desk, *days: str, amount: str = "-100.00", more: tuple[Said, ...] = ()) -> list[BankLine]:
    """A statement of the old account: on each of the days a transfer to the other leaves; then ``more``."""
    out = [Said(day, amount, "新专户户名", account=other(two), memo="划转") for day in days]
    two.run("import_bank_statement", two.small.statement([*out, *more]))
    lines = BankLine.objects.filter(fund=two.fund, account__number=two.small.account)
    return list(lines.select_related("account", "fund").order_by("position"))


def arrives(two: Desk, *days: str) -> None:
    said = [Said(day, "100.00", "旧专户", account=two.small.account, memo="划转") for day in days]
    two.run("import_bank_statement", two.small.statement(said, opening="0", account=other(two)))


def is_free(two: Desk) -> bool:
    try:
        breaks.refuse_release(two.fund.pk)
    except Rejected:
        return False
    return True


def kind_of(two: Desk, line: BankLine) -> str:
    return str(newest_explanations(two.fund.pk).get(line=line).kind)


def stands(two: Desk, kind: str) -> Decimal:
    ref = door.open_account(fund_id=two.fund.pk, book="operating", kind=kind)
    return Decimal(door.balance_of(ref).posted.amount)


def explained(two: Desk, line: BankLine) -> None:
    """Both keys say that the line's money went to a wrong account."""
    made = proposals.propose_explanation(
        line_id=line.pk,
        kind=LineKind.WRONG_ACCOUNT,
        reason="未到账",
        paper=PAPER,
        actor=two.small.actor,
        at=two.at,
    )
    for which, who in ((Key.APPROVE, two.approver), (Key.RELEASE, two.releaser)):
        proposals.turn_explanation_key(explanation_id=made.pk, which=which, actor=who, at=two.at)


def test_a_transfer_long_on_its_way_is_a_break(two: Desk) -> None:
    leaves(two, LONG_AGO)

    assert not is_free(two)


def test_a_transfer_of_the_last_days_is_none(two: Desk) -> None:
    leaves(two, days_ago(10)[:10])

    assert is_free(two)


def test_one_day_more_is_late(two: Desk) -> None:
    leaves(two, days_ago(11)[:10])

    assert not is_free(two)


def test_what_has_arrived_is_on_its_way_no_more(two: Desk) -> None:
    leaves(two, LONG_AGO)
    arrives(two, "2025-11-17")

    assert is_free(two)


def test_of_two_alike_the_one_that_did_not_arrive_is_late(two: Desk) -> None:
    leaves(two, LONG_AGO, "2025-11-18")
    arrives(two, "2025-11-17")

    assert [on for on, _said in breaks.late_transfers(two.fund.pk)] == [date(2025, 11, 18)]


def test_what_the_bank_sent_back_is_on_its_way_no_more(two: Desk) -> None:
    back = Said("2025-11-17", "100.00", "新专户户名", account=other(two), memo="退汇")
    sent, returned = leaves(two, LONG_AGO, more=(back,))

    assert (kind_of(two, sent), kind_of(two, returned)) == ("reversal", "reversal")
    assert (is_free(two), stands(two, "in_transit")) == (True, Decimal(0))


def test_a_transfer_that_arrived_is_not_taken_for_sent_back(two: Desk) -> None:
    (sent,) = leaves(two, LONG_AGO)
    arrives(two, "2025-11-17")
    back = Said("2025-11-18", "100.00", "新专户户名", account=other(two), memo="退汇")
    out = Said(LONG_AGO, "-100.00", "新专户户名", account=other(two), memo="划转")
    two.run("import_bank_statement", two.small.statement([out, back]))

    assert kind_of(two, sent) == "own_transfer"


def test_it_is_shown_with_its_day_and_where_it_should_have_come(two: Desk) -> None:
    leaves(two, LONG_AGO)

    told = StringIO()
    call_command("show_suspense", fund=two.fund.code, stdout=told)

    assert "2025-11-16 专户间划转" in told.getvalue()
    assert f"逾期未到 {other(two)}，期限 10 天" in told.getvalue()


def test_it_waits_in_the_queue_of_the_desk(two: Desk) -> None:
    leaves(two, LONG_AGO)

    mine = queue_of(two.small.actor, two.at, among=[two.fund.code])
    waiting = [each.what for each in mine if each.kind == "in_transit"]

    assert [f"逾期未到 {other(two)}" in each for each in waiting] == [True]


def test_two_keys_end_it_by_what_they_say_of_the_money(two: Desk) -> None:
    (sent,) = leaves(two, LONG_AGO)

    explained(two, sent)

    assert kind_of(two, sent) == "wrong_account"
    assert is_free(two)
    assert (stands(two, "in_transit"), stands(two, "recoverable")) == (Decimal(0), Decimal(100))
    assert verify_fund(two.fund.pk) == []


def test_a_transfer_within_its_days_is_explained_by_nobody(two: Desk) -> None:
    (sent,) = leaves(two, days_ago(10)[:10])

    with pytest.raises(Conflict, match="不待查明"):
        explained(two, sent)


@pytest.mark.parametrize("role", ROLES)
def test_the_database_takes_no_explanation_of_a_transfer_within_its_days(two: Desk, role: str) -> None:
    (sent,) = leaves(two, days_ago(10)[:10])

    with refused(constraint="break_is_open", using=role):
        run(role, PROPOSE, [two.fund.pk, sent.pk, two.small.actor.pk, two.fund.pk])


def test_the_database_holds_the_break(two: Desk) -> None:
    leaves(two, LONG_AGO)

    assert run("default", "SELECT custody_break_open(%s)", [two.fund.pk]) == [(True,)]
