"""accrue_fees: a month's performance fee, or a quarter's fees and what its score makes of the performance.

Brings accruals up to what the deed and the ledger give now: a second run posts only what late items changed.
Refuses a month or quarter that is not over.
"""

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from custody.models import Fund, Operator
from settlement.fees import charges
from settlement.fees.measures import first_of, last_of
from settlement.models import Assessment

MONTHS_IN_QUARTER = 3


def asked_month(text: str) -> date:
    """A month as YYYY-MM, by its first day."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        said = told(_("月份写作 YYYY-MM，而不是 %(text)s / not a month"), text=text)
        raise ArgumentTypeError(said) from None


def asked_quarter(text: str) -> tuple[int, int]:
    """A quarter as YYYYQn: year and number."""
    found = re.fullmatch(r"(20\d\d)Q([1-4])", text, re.ASCII)
    if found is None:
        raise ArgumentTypeError(told(_("季度写作 2025Q3，而不是 %(text)s / not a quarter"), text=text))
    return int(found[1]), int(found[2])


class Command(HouseCommand):
    """Edge of settlement.fees.charges."""

    help = "计提绩效酬金、信托报酬和保管费，按考核结算绩效 / accrue the fees of a month or a quarter"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--month YYYY-MM`` or ``--quarter YYYYQn``."""
        self.add_fund(parser)
        self.add_actor(parser)
        span = parser.add_mutually_exclusive_group(required=True)
        span.add_argument("--month", type=asked_month, metavar="YYYY-MM", help="该月绩效酬金")
        span.add_argument("--quarter", type=asked_quarter, metavar="YYYYQn", help="该季各项费用和绩效结算")

    def run(self, options: dict[str, Any]) -> None:
        """Tell each figure as it stands now."""
        fund, actor = self.fund_called(options["fund"]), self.actor_named(options["actor"])
        if options["month"]:
            self._month(fund, options["month"], actor, self.now())
        else:
            self._quarter(fund, options["quarter"], actor, self.now())

    def _month(self, fund: Fund, month: date, actor: Operator, at: datetime) -> None:
        amount = charges.accrue_performance(fund_id=fund.pk, month=month, actor=actor, at=at)
        said = _("%(month)s 绩效酬金累计计提 %(amount)s 元")
        self.stdout.write(told(said, month=f"{month:%Y-%m}", amount=amount))

    def _quarter(self, fund: Fund, asked: tuple[int, int], actor: Operator, at: datetime) -> None:
        year, quarter = asked
        last = MONTHS_IN_QUARTER * quarter
        months = [date(year, month, 1) for month in range(last - MONTHS_IN_QUARTER + 1, last + 1)]
        fees = charges.accrue_custody_fees(
            fund_id=fund.pk,
            from_on=max(months[0], fund.opened_on),
            to_on=last_of(months[-1]),
            actor=actor,
            at=at,
        )
        said = _("信托报酬 %(trustee_fee)s 元，保管费 %(custody_fee)s 元")
        self.stdout.write(told(said, trustee_fee=fees.trustee_fee, custody_fee=fees.custody_fee))
        if Assessment.objects.filter(fund=fund, year=year, quarter=quarter).exists():
            result = charges.fix_assessment(fund_id=fund.pk, year=year, quarter=quarter, actor=actor, at=at)
            said = _("绩效应付 %(payable)s 元，归还小区 %(lapsed)s 元")
            self.stdout.write(told(said, payable=result.payable, lapsed=result.lapsed))
            return
        for month in months:
            if month >= first_of(fund.opened_on):
                self._month(fund, month, actor, at)
        self.stdout.write(_("本季度尚无考核得分，绩效酬金继续暂扣"))
