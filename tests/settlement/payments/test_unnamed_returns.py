"""A payment taken back under a credit that names no invoice: tied by one person, counted on another's key."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from custody.files.intake import Handed
from custody.kernel.errors import Conflict, Forbidden, NotFound, Rejected
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.proof import verify_fund
from custody.models import BankLine, LineExplanation
from settlement.models import ReturnTie, Settlement
from settlement.payments import unnamed_returns as returns
from tests.custody.ledger.raw import citations_unjudged, refused, run
from tests.factories import make_operator
from tests.settlement.desk import AT, Provider, fresh, make_provider
from tests.settlement.queue.running import acted, ran

pytestmark = pytest.mark.usefixtures("committed_db")
PAPER = Handed("冲正通知.pdf", b"%PDF-1.4 the bank's notice of reversal")
TIE = """
    INSERT INTO settlement_returntie
        (order_id, fund_id, line_id, reason, document_id, reported_by_id, reported_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)"""


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def paid(desk: Provider) -> Settlement:
    settlement = desk.released("1000")
    desk.instructed(settlement)
    desk.pays(settlement)
    assert fresh(settlement).state == "paid"
    return settlement


def back(desk: Provider, amount: str = "1000", memo: str = "错账冲正") -> BankLine:
    """The bank's credit without the invoice's number."""
    return desk.bank_line(amount, memo, summary="冲正")


def reported(desk: Provider, settlement: Settlement, line: BankLine, **said: Any) -> ReturnTie:
    facts: dict[str, Any] = {"reason": "银行通知书", "paper": PAPER, "actor": desk.at.actor, "at": AT} | said
    return returns.report_return(settlement_id=settlement.pk, line_id=line.pk, **facts)


def confirmed(desk: Provider, tie: ReturnTie) -> Settlement:
    return returns.confirm_return(return_id=tie.pk, actor=desk.at.trustee_key, at=AT)


def kind_of(line: BankLine) -> str:
    return LineExplanation.objects.filter(line=line).latest("pk").kind


def test_it_stays_open_by_itself(desk: Provider) -> None:
    settlement = paid(desk)
    line = back(desk)

    assert (kind_of(line), fresh(settlement).state) == ("suspense", "paid")


def test_one_persons_word_moves_nothing(desk: Provider) -> None:
    settlement, line = paid(desk), back(desk)
    reported(desk, settlement, line)

    assert (kind_of(line), fresh(settlement).state) == ("suspense", "paid")


def test_on_a_second_persons_key_the_payment_is_reversed(desk: Provider) -> None:
    settlement, line = paid(desk), back(desk)

    done = confirmed(desk, reported(desk, settlement, line))

    assert (done.state, kind_of(line)) == ("reversed", "reversal")
    assert door.balance_of(desk.at.account("cash")).posted == yuan("100000")
    assert door.balance_of(desk.at.account("budget_spending", "CLN")).posted == yuan("0")
    assert verify_fund(desk.at.fund.pk) == []


def test_who_reported_it_does_not_confirm_it(desk: Provider) -> None:
    tie = reported(desk, paid(desk), back(desk), actor=desk.at.trustee_key)

    with pytest.raises(Forbidden) as refusal:
        confirmed(desk, tie)
    assert refusal.value.code == "maker-turns-no-key"


@pytest.mark.parametrize("who", ["committee_key", "provider_clerk"])
def test_only_people_of_the_trust_company_report(desk: Provider, who: str) -> None:
    with pytest.raises(Forbidden):
        reported(desk, paid(desk), back(desk), actor=getattr(desk.at, who))


def test_another_amount_is_no_return(desk: Provider) -> None:
    with pytest.raises(Rejected) as refusal:
        reported(desk, paid(desk), back(desk, "999.99"))
    assert refusal.value.code == "not-the-whole-of-it"


def test_money_that_came_before_the_payment_is_no_return(desk: Provider) -> None:
    settlement = desk.released("1000")
    line = back(desk)
    desk.instructed(settlement)
    desk.pays(settlement)

    with pytest.raises(Rejected):
        reported(desk, settlement, line)


def test_an_unpaid_invoice_has_nothing_to_come_back(desk: Provider) -> None:
    with pytest.raises(Conflict):
        reported(desk, desk.released("1000"), back(desk))


def test_it_is_said_why(desk: Provider) -> None:
    with pytest.raises(Rejected, match="理由"):
        reported(desk, paid(desk), back(desk), reason=" ")


def test_a_payment_comes_back_once(desk: Provider) -> None:
    settlement = paid(desk)
    ties = [reported(desk, settlement, each) for each in (back(desk), back(desk))]
    confirmed(desk, ties[0])

    with pytest.raises(Conflict) as refusal:
        confirmed(desk, ties[1])
    assert (refusal.value.code, kind_of(ties[1].line)) == ("state-moved-on", "suspense")


def test_a_line_recognised_meanwhile_is_no_return(desk: Provider) -> None:
    settlement, line = paid(desk), back(desk)
    ties = [reported(desk, settlement, line, reason=why) for why in ("甲", "乙")]
    confirmed(desk, ties[0])

    with pytest.raises(Conflict):
        confirmed(desk, ties[1])


def test_the_same_said_again_is_the_same_report(desk: Provider) -> None:
    settlement, line = paid(desk), back(desk)

    assert reported(desk, settlement, line).pk == reported(desk, settlement, line).pk


def test_a_report_nobody_made_is_not_found(desk: Provider) -> None:
    with pytest.raises(NotFound):
        returns.confirm_return(return_id=0, actor=desk.at.trustee_key, at=AT)


def test_from_the_console(desk: Provider, tmp_path: Path) -> None:
    settlement, line = paid(desk), back(desk)
    paper = tmp_path / "notice.pdf"
    paper.write_bytes(PAPER.content)
    said = (settlement.number, "--line", line.position, "--reason", "银行通知", "--document", paper)
    dry = acted(desk, desk.at.actor, "tie_return", *said, "--dry-run")
    assert (dry[0], ReturnTie.objects.filter(line=line).exists()) == (0, False)
    code, out, _ = acted(desk, desk.at.actor, "tie_return", *said)
    tie = ReturnTie.objects.get(line=line)
    queue = ran("show_queue", "--actor", desk.at.trustee_key.username)[1]
    own = acted(desk, desk.at.actor, "turn_key", "return", tie.pk)
    second = acted(desk, desk.at.trustee_key, "turn_key", "return", tie.pk)

    assert (code, str(tie.pk) in out, "退汇" in queue, own[0], second[0]) == (0, True, True, 2, 0)
    assert (settlement.number in second[1], fresh(settlement).state) == (True, "reversed")


# ---------------------------------------------------------------------------------------- past Python


@pytest.mark.parametrize(
    "wrong", ["reason", "amount", "by the firm", "of another fund's trust company", "recognised already"]
)
def test_the_database_refuses_a_report_that_is_none(desk: Provider, wrong: str) -> None:
    settlement = paid(desk)
    line = back(desk, "999" if wrong == "amount" else "1000")
    if wrong == "recognised already":
        confirmed(desk, reported(desk, settlement, line))
    by = {
        "by the firm": desk.at.provider_clerk,
        "of another fund's trust company": make_operator(make_provider().at.trustee, "maker"),
    }.get(wrong, desk.at.actor)
    order = settlement.orders.get()
    document = line.source_file_id

    with refused(constraint="return_reported_by_trustee", using="default"):
        reason = " " if wrong == "reason" else "x"
        run("default", TIE, (order.pk, desk.at.fund.pk, line.pk, reason, document, by.pk, AT))


def test_a_report_stays_as_it_was_made(desk: Provider) -> None:
    tie = reported(desk, paid(desk), back(desk))
    for alias in ("default", "owner"):
        with refused(using=alias):
            run(alias, "UPDATE settlement_returntie SET reason = 'y' WHERE id = %s", (tie.pk,))


def test_the_database_reverses_no_payment_by_a_line_that_nobody_keyed(desk: Provider) -> None:
    """The entry mirrored and the line called a reversal by hand, and no key: the settlement stays paid."""
    settlement, line = paid(desk), back(desk)
    reported(desk, settlement, line)
    cash, spent = desk.at.account("cash").id, desk.at.account("budget_spending", "CLN").id
    fund = desk.at.fund.pk
    (paid_by,) = run(
        "default",
        "SELECT sequence FROM custody_hold_outcome WHERE hold_id = %s",
        (fresh(settlement).hold_id,),
    )[0]

    with citations_unjudged(), refused(constraint="settlement_follows_its_payment", using="default"):
        (mirror,) = run(
            "default",
            "SELECT ledger_post(%s, %s, now(), 'typed', 'settlement_paid', '2025-08-05', '', '', %s, NULL,"
            " %s::integer[], %s::numeric[])",
            (fund, desk.at.actor.pk, paid_by, [spent, cash], [-1000, 1000]),
        )[0]
        run(
            "default",
            "INSERT INTO custody_lineexplanation (line_id, fund_id, kind, entry_sequence, note, explained_at)"
            " VALUES (%s, %s, 'reversal', %s, '', now())",
            (line.pk, fund, mirror),
        )
        run(
            "default",
            "INSERT INTO settlement_settlementmove (settlement_id, fund_id, step, source, target, actor_id,"
            " moved_at, reason)"
            " SELECT settlement_id, fund_id, step + 1, target, 'reversed', actor_id, now(), ''"
            " FROM settlement_settlementmove WHERE settlement_id = %s ORDER BY step DESC LIMIT 1",
            (settlement.pk,),
        )
        run("default", "UPDATE settlement_settlement SET state = 'reversed' WHERE id = %s", (settlement.pk,))
