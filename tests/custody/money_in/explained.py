"""Open lines of a provider's desk, and what people say of them: builders for tests."""

from typing import Any

from custody.files.intake import Handed
from custody.kernel.errors import Rejected
from custody.ledger import door
from custody.models import BankLine, BreakExplanation, Key, LineExplanation, LineKind, Operator
from custody.money_in import break_proposals as proposals
from custody.money_in import breaks
from tests.settlement.desk import AT, Provider

STRANGER = "6222000000000000009"
PAPER = Handed("扣划通知书.pdf", b"%PDF-1.4 a court's notice")
EXPLAINED = tuple(proposals.ACCOUNTS)
PLAIN = tuple(kind for kind in EXPLAINED if kind is not LineKind.REFUND)


def lost(desk: Provider, amount: str = "500") -> BankLine:
    return desk.bank_line(f"-{amount}", "往来", account=STRANGER, name="某某")


def came(desk: Provider, amount: str = "500") -> BankLine:
    return desk.bank_line(amount, "往来", account=STRANGER, name="某某")


def proposed(
    desk: Provider,
    line: BankLine,
    kind: LineKind = LineKind.JUDICIAL,
    *,
    by: Operator | None = None,
    **said: Any,
) -> BreakExplanation:
    facts: dict[str, Any] = {"reason": "法院扣划，见通知书", "paper": PAPER, "at": AT} | said
    return proposals.propose_explanation(line_id=line.pk, kind=kind, actor=by or desk.at.actor, **facts)


def turned(desk: Provider, explanation: BreakExplanation, which: Key) -> LineKind | None:
    who = desk.at.committee_key if which is Key.APPROVE else desk.at.trustee_key
    return proposals.turn_explanation_key(explanation_id=explanation.pk, which=which, actor=who, at=AT)


def explained(desk: Provider, line: BankLine, kind: LineKind = LineKind.JUDICIAL, **said: Any) -> None:
    made = proposed(desk, line, kind, **said)
    turned(desk, made, Key.APPROVE)
    turned(desk, made, Key.RELEASE)


def stands(desk: Provider, kind: str, book: str = "operating") -> Any:
    return door.balance_of(desk.at.account(kind, book=book)).posted


def kind_of(line: BankLine) -> str:
    return LineExplanation.objects.filter(line=line).latest("pk").kind


def is_free(desk: Provider) -> bool:
    try:
        breaks.refuse_release(desk.at.fund.pk)
    except Rejected:
        return False
    return True
