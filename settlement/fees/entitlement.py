"""The one question verification asks about remuneration: how much is due for a period, and is it settled yet.

Refuses to compute anything; ``settlement.fees.charges`` does, under the deed's terms.
"""

from datetime import date

from djmoney.money import Money

from custody.kernel.errors import DomainError
from custody.kernel.money import yuan
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
        return f"基础酬金无法计算:{refusal}"
    return _performance(fund_id, month)


def _performance(fund_id: int, month: date) -> Money | str:
    """What the quarter's assessment made payable, read from its entry."""
    if month.month % 3:
        return "绩效酬金按季结算,依据应为季末月份"
    key = f"accrual:performance:{month.year}Q{month.month // 3}:assessed"
    payable = reads.amounts_of(fund_id, key).get("performance_payable")
    return yuan(-payable) if payable is not None else "该季度绩效尚未按考核得分结算,不得支付"
