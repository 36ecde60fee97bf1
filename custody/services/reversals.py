"""The bank takes an earlier line back (冲正): its entries are mirrored, and the money counts as nothing.

Refuses lines it cannot pair, and lines another machine answers for (payments and placements).
"""

from custody import postings
from custody.bank.matching import plain_name
from custody.ledger import Draft
from custody.models import BankLine, ChannelOrder, LineExplanation, LineKind, RevenueLine
from custody.selectors import bank, journal
from custody.services.desk import Desk
from custody.services.explaining import Explained
from custody.services.lumps import collected_key
from custody.services.periods import late_note

OTHERS_ANSWER_FOR = (LineKind.PAYMENT, LineKind.PLACEMENT_OUT, LineKind.PLACEMENT_BACK)


def bank_reversal(desk: Desk, line: BankLine) -> Explained | str:
    """The line as the undoing of the latest earlier one of opposite amount and the same counterparty."""
    original = _original(line)
    if original is None:
        return "冲正:没有找到金额相反、对方相同的原流水"
    explanation = bank.newest_explanations(desk.fund.pk).get(line=original)
    if explanation.kind in OTHERS_ANSWER_FOR:
        return f"冲正:原流水第{original.position}笔是{explanation.get_kind_display()},须人工处理"
    fund_id = desk.fund.pk
    day = desk.open_day(line.booked_on)
    recorded = journal.recorded_entry(fund_id, explanation.entry_sequence)
    collected = [
        (sequence, journal.recorded_entry(fund_id, sequence))
        for sequence in journal.standing_by_key(fund_id, collected_key(original))
    ]
    on = max([day, recorded.effective_on, *(each.effective_on for _, each in collected)])
    memo = f"冲正 流水第{original.position}笔"
    key = f"bank:{desk.bank_account.number}:{line.position}:undoes"

    def mark(sequence: int) -> None:
        LineExplanation.objects.create(
            line=original, fund=desk.fund, kind=LineKind.REVERSAL, entry_sequence=sequence,
            note=f"已被流水第{line.position}笔冲正", explained_at=desk.at,
        )  # fmt: skip
        ChannelOrder.objects.filter(bank_line=original).update(bank_line=None)
        RevenueLine.objects.filter(bank_line=original).update(bank_line=None)

    return Explained(
        LineKind.REVERSAL,
        postings.mirror(original=recorded, sequence=explanation.entry_sequence, on=on, memo=memo),
        unit_id=explanation.unit_id,
        note=late_note(f"冲正流水第{original.position}笔", line.booked_on, on),
        after=mark,
        before=tuple(
            Draft(postings.mirror(original=each, sequence=sequence, on=on, memo=memo), f"{key}:{sequence}")
            for sequence, each in collected
        ),
    )


def _original(line: BankLine) -> BankLine | None:
    """Same counterparty account when both have one, else same name, or none on both; not reversed before."""
    undone = bank.newest_explanations(line.fund_id).filter(kind=LineKind.REVERSAL).values("line_id")
    candidates = list(bank.earlier_lines(line, -line.amount.amount).exclude(pk__in=undone))
    for candidate in candidates:
        if line.counterparty_account and candidate.counterparty_account == line.counterparty_account:
            return candidate
    name = plain_name(line.counterparty_name)
    for candidate in candidates:
        either_silent = not (line.counterparty_account and candidate.counterparty_account)
        if either_silent and plain_name(candidate.counterparty_name) == name:
            return candidate
    return None
