"""An open line explained by people: a reason, a paper, two keys; booked as what it is, by nothing less.

The attempts past Python are typed under the application's own login.
"""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody import keys
from custody.files import archive
from custody.kernel.errors import Conflict, DomainError, Forbidden, NotFound, Rejected
from custody.kernel.money import yuan
from custody.models import (
    ApprovalWithdrawal,
    BreakExplanation,
    Key,
    LineKind,
)
from custody.money_in import break_proposals as proposals
from custody.money_in.recording import reconsider_lines
from tests.custody.money_in.explained import (
    EXPLAINED,
    PAPER,
    PLAIN,
    STRANGER,
    came,
    explained,
    is_free,
    kind_of,
    lost,
    proposed,
    stands,
    turned,
)
from tests.settlement.desk import AT, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider(maintenance="3000")


# -------------------------------------------------------------------------------------- what it becomes


@pytest.mark.parametrize("kind", PLAIN)
def test_with_two_keys_a_break_is_booked_as_what_it_is_and_the_fund_is_free(
    desk: Provider, kind: LineKind
) -> None:
    line = lost(desk)
    explained(desk, line, kind)

    account = proposals.ACCOUNTS[kind]
    assert (kind_of(line), stands(desk, account), stands(desk, "unexplained")) == (kind, yuan("500"), yuan(0))
    assert (stands(desk, "cash"), is_free(desk)) == (yuan("99500"), True)


def test_a_refund_lessens_what_was_collected(desk: Provider) -> None:
    receipt = desk.bank_line("800", "信托制物业激励资金", account=STRANGER, name="街道办")
    line = lost(desk)
    explained(desk, line, LineKind.REFUND, gives_back_id=receipt.pk)

    assert (kind_of(receipt), kind_of(line), stands(desk, "refund")) == ("grant", "refund", yuan("500"))


def test_the_book_that_paid_bears_it(desk: Provider) -> None:
    desk.approved("99000")
    explained(desk, lost(desk, "2500"))

    assert (stands(desk, "judicial"), stands(desk, "judicial", "maintenance")) == (yuan(0), yuan("2500"))


def test_a_break_beyond_what_was_there_is_explained_too(desk: Provider) -> None:
    explained(desk, lost(desk, "400000"))

    assert (stands(desk, "judicial"), stands(desk, "cash")) == (yuan("400000"), yuan("-300000"))
    assert not is_free(desk)


def test_either_key_may_be_the_first(desk: Provider) -> None:
    made = proposed(desk, lost(desk))

    assert (turned(desk, made, Key.RELEASE), turned(desk, made, Key.APPROVE)) == (None, LineKind.JUDICIAL)


@pytest.mark.parametrize("which", list(Key))
def test_one_key_moves_nothing(desk: Provider, which: Key) -> None:
    line = lost(desk)

    assert turned(desk, proposed(desk, line), which) is None
    assert (kind_of(line), stands(desk, "unexplained"), is_free(desk)) == ("unexplained", yuan("500"), False)


def test_money_paid_to_a_wrong_account_comes_back_by_its_text(desk: Provider) -> None:
    line = lost(desk)
    explained(desk, line, LineKind.WRONG_ACCOUNT)
    desk.bank_line("500", "错账退回", summary="退汇", account=STRANGER, name="某某")

    assert (stands(desk, "recoverable"), stands(desk, "cash"), kind_of(line)) == (
        yuan(0), yuan("100000"), "reversal",
    )  # fmt: skip


def test_what_the_court_gives_back_is_explained_on_two_keys_too(desk: Provider) -> None:
    explained(desk, lost(desk))
    back = came(desk, "200")
    explained(desk, back)

    assert (stands(desk, "judicial"), stands(desk, "suspense"), kind_of(back)) == (
        yuan("300"), yuan(0), "judicial",
    )  # fmt: skip


def test_no_more_comes_back_than_went(desk: Provider) -> None:
    explained(desk, lost(desk))
    made = proposed(desk, came(desk, "500.01"))
    turned(desk, made, Key.APPROVE)

    with pytest.raises(DomainError):
        turned(desk, made, Key.RELEASE)


def test_the_paper_is_kept_and_found_behind_the_explanation(desk: Provider) -> None:
    made = proposed(desk, lost(desk))

    assert archive.bytes_of(made.document) == PAPER.content
    assert (made.document.kind, made.document.retention) == ("evidence", "years30")


def test_asking_again_leaves_what_was_explained(desk: Provider) -> None:
    line = lost(desk)
    explained(desk, line)
    reconsider_lines(fund=desk.at.fund, actor=desk.at.actor, at=AT)

    assert kind_of(line) == "judicial"


# ------------------------------------------------------------------------------------------- refusals


def test_the_same_said_again_is_the_same_proposal(desk: Provider) -> None:
    line = lost(desk)

    assert proposed(desk, line).pk == proposed(desk, line).pk


@pytest.mark.parametrize("kind", [each for each in LineKind if each not in EXPLAINED])
def test_other_kinds_are_not_explained_by_hand(desk: Provider, kind: LineKind) -> None:
    with pytest.raises(Rejected) as refusal:
        proposed(desk, lost(desk), kind)

    assert refusal.value.code == "kind-not-explained-by-hand"


def test_an_explanation_says_why(desk: Provider) -> None:
    with pytest.raises(Rejected, match="理由"):
        proposed(desk, lost(desk), reason=" ")


def test_a_line_that_is_not_open_needs_no_explanation(desk: Provider) -> None:
    line = desk.bank_line("800", "信托制物业激励资金", account=STRANGER, name="街道办")

    with pytest.raises(Conflict) as refusal:
        proposed(desk, line)
    assert refusal.value.code == "line-not-open"


def test_a_line_nobody_has_is_not_found(desk: Provider) -> None:
    with pytest.raises(NotFound):
        proposals.propose_explanation(
            line_id=0, kind=LineKind.JUDICIAL, reason="x", paper=PAPER, actor=desk.at.actor, at=AT
        )


def test_what_the_bank_cleared_up_meanwhile_is_not_booked_again(desk: Provider) -> None:
    line = lost(desk)
    made = proposed(desk, line)
    turned(desk, made, Key.APPROVE)
    desk.bank_line("500", "错账冲正", summary="冲正", account=STRANGER, name="某某")

    with pytest.raises(Conflict) as refusal:
        turned(desk, made, Key.RELEASE)
    assert (refusal.value.code, stands(desk, "judicial")) == ("line-not-open", yuan(0))


@pytest.mark.parametrize("said", ["nothing", "too little", "suspense", "not a refund"])
def test_a_refund_gives_back_a_receipt_that_was_that_much(desk: Provider, said: str) -> None:
    grant = desk.bank_line("499.99", "信托制物业激励资金", account=STRANGER, name="街道办")
    receipt = {"nothing": None, "too little": grant, "suspense": came(desk, "900"), "not a refund": grant}[
        said
    ]
    kind = LineKind.JUDICIAL if said == "not a refund" else LineKind.REFUND

    with pytest.raises(Rejected):
        proposed(desk, lost(desk), kind, gives_back_id=None if receipt is None else receipt.pk)


def test_a_receipt_is_given_back_once(desk: Provider) -> None:
    receipt = desk.bank_line("800", "信托制物业激励资金", account=STRANGER, name="街道办")
    explained(desk, lost(desk), LineKind.REFUND, gives_back_id=receipt.pk)
    second = lost(desk, "300.01")

    with pytest.raises(Rejected):
        proposed(desk, second, LineKind.REFUND, gives_back_id=receipt.pk)


@pytest.mark.parametrize("who", ["committee_key", "provider_clerk"])
def test_only_people_of_the_trust_company_propose(desk: Provider, who: str) -> None:
    with pytest.raises(Forbidden):
        proposed(desk, lost(desk), by=getattr(desk.at, who))


def test_who_proposed_turns_no_key(desk: Provider) -> None:
    made = proposed(desk, lost(desk), by=desk.at.trustee_key)

    with pytest.raises(Forbidden) as refusal:
        turned(desk, made, Key.RELEASE)
    assert refusal.value.code == "maker-turns-no-key"


# ---------------------------------------------------------------------------------------- taking back


def test_a_proposal_is_taken_back_with_its_key_before_the_second(desk: Provider) -> None:
    line = lost(desk)
    made = proposed(desk, line)
    turned(desk, made, Key.APPROVE)

    for _ in range(2):
        proposals.withdraw_explanation(explanation_id=made.pk, reason="凭据有误", actor=desk.at.actor, at=AT)

    assert not keys.standing(keys.BREAK, made.pk)
    assert (
        ApprovalWithdrawal.objects.filter(
            approval__subject_kind="break", approval__subject_id=made.pk
        ).count()
        == 1
    )
    with pytest.raises(Conflict):
        turned(desk, made, Key.RELEASE)
    explained(desk, line, LineKind.BANK_CHARGE)
    assert kind_of(line) == "bank_charge"


def test_what_is_booked_is_not_taken_back(desk: Provider) -> None:
    line = lost(desk)
    explained(desk, line)
    made = BreakExplanation.objects.get(line=line)

    with pytest.raises(Conflict) as refusal:
        proposals.withdraw_explanation(explanation_id=made.pk, reason="x", actor=desk.at.actor, at=AT)
    assert refusal.value.code == "break-booked"
