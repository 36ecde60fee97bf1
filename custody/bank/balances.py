"""The proof a statement carries: each balance is the one before plus the line's amount, oldest first.

Refuses to mend: a break is named on its row with what was expected; the order is what the evidence gives.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise

from django.utils.translation import gettext as _

from custody.bank.statement import StatementLine
from custody.files.faults import Fault
from custody.kernel.words import told

Lines = Sequence[StatementLine]


def oldest_first(lines: Lines) -> list[StatementLine]:
    """The lines in booking order, by their days, and within a day by the way the balances follow."""
    days = [line.booked_on for line in lines]
    rising = all(earlier <= later for earlier, later in pairwise(days))
    falling = all(earlier >= later for earlier, later in pairwise(days))
    forward, backward = list(lines), list(reversed(lines))
    if rising and falling:
        return _by_balance_then_time(forward, backward)
    if rising:
        return _turn_days(forward)
    if falling:
        return _turn_days(backward)
    best = min((forward, backward), key=_breaks)
    return best if not _breaks(best) else _turn_days(sorted(best, key=lambda line: line.booked_on))


def balance_faults(file: str, sheet: str, lines: Lines, *, unread_rows: Sequence[int] = ()) -> list[Fault]:
    """Every balance that does not follow; a step across a row that could not be read is not judged."""
    faults = []
    for earlier, later in pairwise(lines):
        low, high = sorted((earlier.row, later.row))
        if _holds(earlier, later) or any(low < row < high for row in unread_rows):
            continue
        sentence = _("余额不连续：按第%(row)s行余额应为 %(before)s + (%(amount)s) = %(due)s，实际 %(found)s")
        expected = told(
            sentence,
            row=earlier.row,
            before=earlier.balance,
            amount=later.amount,
            due=(earlier.balance or 0) + later.amount,
            found=later.balance,
        )
        faults.append(Fault(file, sheet, later.row, "余额", str(later.balance), expected))
    return faults


def _holds(earlier: StatementLine, later: StatementLine) -> bool:
    if earlier.balance is None or later.balance is None:
        return False
    return earlier.balance + later.amount == later.balance


def _breaks(lines: Lines) -> int:
    return sum(not _holds(earlier, later) for earlier, later in pairwise(lines))


def _by_balance_then_time(forward: list[StatementLine], backward: list[StatementLine]) -> list[StatementLine]:
    """One day only: the direction in which more balances follow; equally good, the one whose times rise."""
    there, back = _breaks(forward), _breaks(backward)
    if there != back:
        return forward if there < back else backward
    times = [line.booked_at for line in forward if line.booked_at]
    falls = len(times) > 1 and times[0] > times[-1]
    return backward if falls else forward


def _turn_days(lines: list[StatementLine]) -> list[StatementLine]:
    """Days in order already; a day whose balances follow better the other way round is turned."""
    if not _breaks(lines):
        return lines
    ordered: list[StatementLine] = []
    for _day, group in groupby(lines, key=lambda line: line.booked_on):
        day = list(group)
        turned = list(reversed(day))
        before = ordered[-1:]
        ordered.extend(turned if _breaks([*before, *turned]) < _breaks([*before, *day]) else day)
    return ordered
