"""Fees that wait to be accrued and scores that wait to be handed in, once their months are over."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.models import Fund
from custody.permits.acts import Act
from custody.queue.waiting_items import Waiting, start_of
from settlement.fees.due_fees import FeeSpan, due_accruals, due_scores

FEES = "fees"
SCORE = "assessment"


def fee_turns(fund: Fund, at: datetime) -> Iterator[Waiting]:
    """Each month or quarter by itself, since the day after it ended."""
    today = localdate(at)
    for span in due_accruals(fund, today):
        asked = "--quarter" if "Q" in span.name else "--month"
        what = told(_("%(span)s 已过，费用尚未计提"), span=span.name)
        yield _waiting(fund, span, Act.ACCRUE_FEES, FEES, what, f"accrue_fees {asked} {span.name}")
    for span in due_scores(fund, today):
        what = told(_("%(span)s 已过，考核得分尚未登记"), span=span.name)
        yield _waiting(fund, span, Act.ACCEPT_WORK, SCORE, what, "import_work FILE")


def _waiting(fund: Fund, span: FeeSpan, act: Act, kind: str, what: str, command: str) -> Waiting:
    return Waiting(
        fund=fund.code, act=act, kind=kind, number=span.name, what=what,
        since=start_of(span.to_on + timedelta(days=1)), next_command=f"{command} --fund {fund.code}",
    )  # fmt: skip
