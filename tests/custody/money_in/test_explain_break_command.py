"""explain_break and what follows it: what they print and exit with; who may not stays on record."""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody.kernel.money import yuan
from custody.ledger import door
from custody.models import BankLine, BreakExplanation, RefusedAttempt
from tests.settlement.desk import Provider, make_provider
from tests.settlement.queue.running import acted, ran

pytestmark = pytest.mark.usefixtures("committed_db")
EXPLAIN = "explain_break"


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


@pytest.fixture
def line(desk: Provider) -> BankLine:
    return desk.bank_line("-500", "往来", account="6222000000000000009", name="某某")


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "notice.pdf"
    path.write_bytes(b"%PDF-1.4 notice")
    return path


def said(line: BankLine, paper: Path, kind: str = "judicial") -> tuple[object, ...]:
    return "--line", line.position, "--kind", kind, "--reason", "法院扣划", "--document", paper


def proposed(desk: Provider, line: BankLine, paper: Path) -> BreakExplanation:
    assert acted(desk, desk.at.actor, EXPLAIN, *said(line, paper))[0] == 0
    return BreakExplanation.objects.get(line=line)


def stands(desk: Provider, kind: str) -> object:
    return door.balance_of(desk.at.account(kind)).posted


def test_a_break_is_explained_from_the_console(desk: Provider, line: BankLine, paper: Path) -> None:
    code, out, _ = acted(desk, desk.at.actor, EXPLAIN, *said(line, paper))
    made = BreakExplanation.objects.get(line=line)
    first = acted(desk, desk.at.committee_key, "turn_key", "break", made.pk)
    second = acted(desk, desk.at.trustee_key, "turn_key", "break", made.pk)

    assert (code, f"查明建议 {made.pk}" in out, first[0], second[0]) == (0, True, 0, 0)
    assert all(word in first[1] for word in ("司法扣划", "-500.00", "notice.pdf", made.document.sha256))
    assert (stands(desk, "judicial"), stands(desk, "unexplained")) == (yuan("500"), yuan(0))


def test_a_rehearsal_proposes_nothing(desk: Provider, line: BankLine, paper: Path) -> None:
    code, _, _ = acted(desk, desk.at.actor, EXPLAIN, *said(line, paper), "--dry-run")

    assert (code, BreakExplanation.objects.filter(line=line).exists()) == (0, False)


def test_a_proposal_is_taken_back(desk: Provider, line: BankLine, paper: Path) -> None:
    made = proposed(desk, line, paper)
    code, out, _ = acted(desk, desk.at.actor, "withdraw_explanation", made.pk, "--reason", "凭据有误")

    assert (code, "已撤回" in out) == (0, True)
    assert acted(desk, desk.at.committee_key, "turn_key", "break", made.pk)[0] == 2


def test_a_key_is_taken_back_before_the_second(desk: Provider, line: BankLine, paper: Path) -> None:
    made = proposed(desk, line, paper)
    acted(desk, desk.at.committee_key, "turn_key", "break", made.pk)
    code, _, _ = acted(desk, desk.at.committee_key, "withdraw_key", "break", made.pk, "--reason", "再看看")
    acted(desk, desk.at.trustee_key, "turn_key", "break", made.pk)

    assert (code, stands(desk, "unexplained")) == (0, yuan("500"))


def test_a_key_on_what_is_booked_stays(desk: Provider, line: BankLine, paper: Path) -> None:
    made = proposed(desk, line, paper)
    for who in (desk.at.committee_key, desk.at.trustee_key):
        acted(desk, who, "turn_key", "break", made.pk)

    code, _, err = acted(desk, desk.at.trustee_key, "withdraw_key", "break", made.pk, "--reason", "x")
    assert (code, "已入账" in err) == (2, True)


def test_who_may_not_is_refused_and_put_on_record(desk: Provider, line: BankLine, paper: Path) -> None:
    code, _, err = acted(desk, desk.at.provider_clerk, EXPLAIN, *said(line, paper))

    assert (code, "未执行" in err) == (2, True)
    assert RefusedAttempt.objects.filter(operator=desk.at.provider_clerk, act=EXPLAIN).exists()


@pytest.mark.parametrize("wrong", ["line", "paper", "refund of nothing"])
def test_what_is_wrong_is_told_and_exits_2(desk: Provider, line: BankLine, paper: Path, wrong: str) -> None:
    if wrong == "line":
        line.position += 1_000_000
    arguments = said(
        line,
        paper.with_name("nowhere.pdf") if wrong == "paper" else paper,
        "refund" if wrong == "refund of nothing" else "judicial",
    )
    code, _, err = acted(desk, desk.at.actor, EXPLAIN, *arguments)

    assert (code, bool(err.strip()), stands(desk, "unexplained")) == (2, True, yuan("500"))


def test_a_proposal_of_another_fund_is_not_found(desk: Provider, line: BankLine, paper: Path) -> None:
    made, other = proposed(desk, line, paper), make_provider()

    assert acted(other, other.at.committee_key, "turn_key", "break", made.pk)[0] == 2


def test_what_was_proposed_is_shown_and_waits_for_both_keyholders(
    desk: Provider, line: BankLine, paper: Path
) -> None:
    made = proposed(desk, line, paper)
    _, out, _ = ran("show_suspense", "--fund", desk.at.fund.code)
    queues = [
        ran("show_queue", "--actor", who.username)[1]
        for who in (desk.at.committee_key, desk.at.trustee_key, desk.at.provider_clerk)
    ]

    assert f"查明建议 {made.pk}" in out
    assert ["查明为司法扣划" in queue for queue in queues] == [True, True, False]
