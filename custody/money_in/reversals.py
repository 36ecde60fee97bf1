"""The bank takes an earlier line back (冲正), or gives back money it should not have paid out (退汇, 错账).

The earlier line's entries are mirrored, and the money counts as nothing. Refuses lines it cannot pair, and
lines another machine answers for (payments and placements).
"""

import re
from collections.abc import Sequence

from django.db.models import Q

from custody.bank.explaining import Explained
from custody.kernel.money import ZERO
from custody.ledger import postings, reads
from custody.ledger.door import Draft
from custody.ledger.periods import late_note
from custody.models import BankLine, ChannelOrder, LineExplanation, LineKind, RevenueLine
from custody.money_in import explanations, rules
from custody.money_in.desk import Desk
from custody.money_in.lumps import collected_key
from custody.money_in.parts import take_back
from custody.money_in.roster import folded_name, folded_text

GIVEN_BACK = re.compile("冲正|冲账|冲销|抹账|冲回|错账|退汇|退回|退票|退款")
OTHERS_ANSWER_FOR = (LineKind.PAYMENT, LineKind.PAYBACK, LineKind.PLACEMENT_OUT, LineKind.PLACEMENT_BACK)
_MAY_COME_BACK = (LineKind.UNEXPLAINED, LineKind.WRONG_ACCOUNT)


def bank_reversal(desk: Desk, line: BankLine) -> Explained | str:
    """The line as the undoing of the latest earlier one of opposite amount and the same counterparty."""
    original = _original(line)
    if original is None:
        return "冲正：没有找到金额相反、对方相同的原流水"
    explanation = explanations.newest_explanations(desk.fund.pk).get(line=original)
    if explanation.kind in OTHERS_ANSWER_FOR:
        return f"冲正：原流水第{original.position}笔是{explanation.get_kind_display()}，须人工处理"
    return _undoing(desk, line, explanation)


def break_given_back(desk: Desk, line: BankLine) -> Explained | None:
    """Money back for a payment nobody could explain, or for a transfer of ours: closed in its book."""
    broken = open_break_of(line)
    if broken is None:
        return None
    return _undoing(desk, line, explanations.newest_explanations(desk.fund.pk).get(line=broken))


def open_break_of(line: BankLine) -> BankLine | None:
    """The latest payment nobody could explain, or to a wrong account, that this credit says it gives back.

    So is money on its way to another account of the fund's own, while it has not arrived. Same amount, and
    same counterparty as for a reversal; never one that names other invoices.
    """
    said = f"{line.summary} {line.memo}"
    if line.amount <= ZERO or not GIVEN_BACK.search(folded_text(said)):
        return None
    unexplained = (
        explanations.newest_explanations(line.fund_id).filter(kind__in=_MAY_COME_BACK).values("line_id")
    )
    named = set(rules.invoice_numbers(said))
    candidates = []
    may = Q(pk__in=unexplained) | Q(pk__in=explanations.halves_under_way(line.fund_id))
    for candidate in explanations.earlier_lines(line, -line.amount.amount).filter(may):
        others = set(rules.invoice_numbers(f"{candidate.summary} {candidate.memo}"))
        if not (named and others and named.isdisjoint(others)):
            candidates.append(candidate)
    return _same_counterparty(line, candidates)


def _undoing(desk: Desk, line: BankLine, explanation: LineExplanation) -> Explained:
    """Mirrors what the explained line booked, and says on both lines which undid which."""
    original = explanation.line
    fund_id = desk.fund.pk
    day = desk.open_day(line.booked_on)
    recorded = reads.recorded_entry(fund_id, explanation.entry_sequence)
    collected = [
        (sequence, reads.recorded_entry(fund_id, sequence))
        for sequence in reads.standing_by_key(fund_id, collected_key(original))
    ]
    on = max([day, recorded.effective_on, *(each.effective_on for _, each in collected)])
    memo = f"冲正 {_cited(original)}"
    key = f"bank:{line.account.number}:{line.position}:undoes"

    def mark(sequence: int) -> None:
        LineExplanation.objects.create(
            line=original, fund=desk.fund, kind=LineKind.REVERSAL, entry_sequence=sequence,
            note=f"已被{_cited(line)}冲正", explained_at=desk.at,
        )  # fmt: skip
        take_back(original, desk.actor, f"已被{_cited(line)}冲正")
        ChannelOrder.objects.filter(bank_line=original).update(bank_line=None)
        RevenueLine.objects.filter(bank_line=original).update(bank_line=None)

    return Explained(
        LineKind.REVERSAL,
        postings.mirror(original=recorded, sequence=explanation.entry_sequence, on=on, memo=memo),
        unit_id=explanation.unit_id,
        note=late_note(f"冲正{_cited(original)}", line.booked_on, on),
        after=mark,
        before=tuple(
            Draft(postings.mirror(original=each, sequence=sequence, on=on, memo=memo), f"{key}:{sequence}")
            for sequence, each in collected
        ),
    )


def _cited(line: BankLine) -> str:
    """The line as the bank knows it: its day and its voucher, where it has one."""
    return f"流水 {line.booked_on} {line.voucher}".rstrip()


def _original(line: BankLine) -> BankLine | None:
    """Same counterparty account when both have one, else same name, or none on both; not reversed before."""
    undone = explanations.newest_explanations(line.fund_id).filter(kind=LineKind.REVERSAL).values("line_id")
    return _same_counterparty(
        line, list(explanations.earlier_lines(line, -line.amount.amount).exclude(pk__in=undone))
    )


def _same_counterparty(line: BankLine, candidates: Sequence[BankLine]) -> BankLine | None:
    """The first with the same account; else with the same name where an account is missing."""
    for candidate in candidates:
        if line.counterparty_account and candidate.counterparty_account == line.counterparty_account:
            return candidate
    name = folded_name(line.counterparty_name)
    for candidate in candidates:
        either_silent = not (line.counterparty_account and candidate.counterparty_account)
        if either_silent and folded_name(candidate.counterparty_name) == name:
            return candidate
    return None
