"""Listed demand-deposit rates (活期存款挂牌利率), as dated data, for comparison only.

Refuses days before the table begins. A fraction a year: 0.0005 is 0.05 %; interest is charged on 360 days.
Source: the listed rates the large state-owned commercial banks announced on these days.
"""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from custody.kernel.errors import NotFound

SOURCE = "大型商业银行人民币活期存款挂牌利率（各行公告）"
DEMAND_RATES = (
    (date(2022, 9, 15), Decimal("0.0025")),
    (date(2023, 6, 8), Decimal("0.0020")),
    (date(2024, 7, 25), Decimal("0.0015")),
    (date(2024, 10, 18), Decimal("0.0010")),
    (date(2025, 5, 20), Decimal("0.0005")),
)
DAYS_IN_YEAR = 360


def demand_rate(on: date) -> Decimal:
    """The listed rate in force on a day; NotFound before the table begins."""
    for since, rate in reversed(DEMAND_RATES):
        if on >= since:
            return rate
    raise NotFound(_("%(on)s 没有登记的活期挂牌利率，登记自 %(first)s 起"), on=on, first=DEMAND_RATES[0][0])
