"""The one question verification asks about remuneration: how much is due for a period, and is it settled yet.

Refuses to compute anything; ``settlement.fees.charges`` does, under the deed's terms.
"""

from datetime import date

from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.kernel.errors import DomainError
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger import reads
from settlement.fees import charges
from settlement.models import Basis


def due(*, basis: str, fund_id: int, month: date) -> Money | str:
    """The amount due for the period of ``month``, in yuan, or a sentence saying why none is.

    Base remuneration is due by month; performance by quarter, cited by the quarter's last month.
    """
    try:
        if basis == Basis.BASE_REMUNERATION:
            return charges.remuneration_of(fund_id, month).base_fee
    except DomainError as refusal:
        return told(_("基础酬金无法计算：%(why)s"), why=refusal.title)
    return _performance(fund_id, month)


def _performance(fund_id: int, month: date) -> Money | str:
    """What the quarter's assessment made payable, read from its entry."""
    if month.month % 3:
        return _("绩效酬金按季结算，依据应为季末月份，例如 2025-09")
    key = f"accrual:performance:{month.year}Q{month.month // 3}:assessed"
    payable = reads.amounts_of(fund_id, key).get("performance_payable")
    if payable is None:
        return told(
            _("%(year)s 年第 %(quarter)s 季度的绩效尚未按考核得分结算，不得支付"),
            year=month.year,
            quarter=month.month // 3,
        )
    return yuan(-payable)
