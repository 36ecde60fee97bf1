"""Open breaks: money that left a fund without a known reason stops every further release from it.

Refuses a release while one is open, naming the bank's line and what ends it; the database refuses it again.
"""

from django.db import connection

from custody.kernel.errors import Rejected
from custody.models import LineExplanation, LineKind
from custody.money_in import explanations

_REMEDY = "请向银行查明,待冲正或退回的款项到账、导入流水后再放款"


def refuse_release(fund_id: int) -> None:
    """Rejected (``break-open``) while the fund's unexplained accounts do not stand at zero.

    The caller holds the fund's lock, so no import can open a break meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_break_open(%s)", (fund_id,))
        if not cursor.fetchone()[0]:
            return
    unexplained = [
        each
        for each in explanations.open_explanations(fund_id)
        if LineKind(each.kind) is LineKind.UNEXPLAINED
    ]
    said = "、".join(map(told, unexplained)) or "账上待查付款余额不为零"
    raise Rejected(
        f"本信托有待查付款未查明,不能放款:{said}。{_REMEDY} (open break)", code="break-open", fund=fund_id
    )


def told(unexplained: LineExplanation) -> str:
    """One open break as the bank shows it: day, amount in yuan, place in the statement."""
    line = unexplained.line
    return f"{line.booked_on} 付出 {-line.amount.amount}(流水第{line.position}笔)"
