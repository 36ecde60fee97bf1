"""identify_receipt --fund CODE --line LINE …: say what a receipt in suspense is, or take that back.

``--unit 7-1-102 --month 2025-07``, several months in one go, ``--part UNIT MONTH AMOUNT`` for several units
or part payments, ``--income KIND --document FILE`` for other income, ``--undo`` with a reason.
"""

import re
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.files.intake import handed_in
from custody.kernel.durable import retrying
from custody.kernel.errors import Rejected
from custody.kernel.money import yuan
from custody.models import BankLine, Fund, LineExplanation
from custody.money_in.explanations import line_called
from custody.money_in.identifying import (
    OTHER_INCOMES,
    FeePart,
    IncomePart,
    Part,
    fee_parts,
    identify_receipt,
    undo_identification,
    unit_called,
)

_MONTH = re.compile("(20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)


class Command(HouseCommand):
    """Edge of custody.money_in.identifying."""

    help = "认领待确认款项 / say what a receipt in suspense is"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The fund, the line, what it is, and who says so."""
        self.add_fund(parser)
        self.add_line(parser)
        parser.add_argument("--unit", metavar="UNIT", help="房屋，如 7-1-102 / the unit")
        parser.add_argument("--month", nargs="+", metavar="YYYY-MM", help="费用所属月份 / the months it pays")
        parser.add_argument(
            "--part", nargs=3, action="append", default=[], metavar=("UNIT", "YYYY-MM", "AMOUNT"),
            help="分项认领，可多次 / one part of it",
        )  # fmt: skip
        parser.add_argument("--income", choices=OTHER_INCOMES, help="其他收入 / other income")
        parser.add_argument("--document", type=Path, metavar="FILE", help="凭据 / what shows it")
        parser.add_argument("--undo", action="store_true", help="撤销认领 / take it back")
        parser.add_argument("--reason", default="", metavar="TEXT", help="撤销的理由 / why it is taken back")
        parser.add_argument("--dry-run", action="store_true", help="只校验，不写入 / validate only")
        self.add_actor(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Do it whole, and tell what the line is now."""
        now = retrying(lambda: self._once(options))
        self.stdout.write(f"{now.get_kind_display()} {now.note}".rstrip())
        if options["dry_run"]:
            self.stdout.write(_("校验通过，未写入 / valid, nothing written"))

    def _once(self, options: dict[str, Any]) -> LineExplanation:
        fund, actor = self.fund_called(options["fund"]), self.actor_named(options["actor"])
        line, at = line_called(fund.pk, options["line"]), self.now()
        with transaction.atomic():
            if options["undo"]:
                now = undo_identification(line=line, reason=options["reason"], actor=actor, at=at)
            else:
                evidence = handed_in(options["document"]) if options["document"] else None
                parts = _parts(fund, line, options)
                now = identify_receipt(line=line, parts=parts, evidence=evidence, actor=actor, at=at)
            transaction.set_rollback(options["dry_run"])
        return now


def _parts(fund: Fund, line: BankLine, options: dict[str, Any]) -> list[Part]:
    """What was said on the command line, as parts; what ``--part`` leaves over goes to unit or income."""
    parts: list[Part] = [
        FeePart(unit_called(fund.pk, unit, line.booked_on), _month(month), yuan(_yuan(amount)))
        for unit, month, amount in options["part"]
    ]
    left = line.amount - sum((each.amount for each in parts), yuan(0))
    if options["unit"] and options["month"]:
        unit = unit_called(fund.pk, options["unit"], line.booked_on)
        parts += fee_parts(unit, list(map(_month, options["month"])), left)
    elif options["unit"] or options["month"]:
        raise Rejected(_("--unit 和 --month 须同时给出"), code="unit-and-month")
    elif options["income"]:
        parts.append(IncomePart(options["income"], left))
    if not parts:
        raise Rejected(_("请说明来款是什么：--unit 与 --month、--part 或 --income"), code="nothing-said")
    return parts


def _month(said: str) -> date:
    found = _MONTH.fullmatch(said)
    if found is None:
        raise Rejected(_("月份「%(said)s」应写成 2025-07"), code="month-unreadable", said=said)
    return date(int(found.group(1)), int(found.group(2)), 1)


def _yuan(said: str) -> Decimal:
    try:
        return yuan(said.replace(",", "")).amount
    except (InvalidOperation, ValueError):
        raise Rejected(
            _("金额「%(said)s」应为元，最多两位小数"), code="amount-unreadable", said=said
        ) from None
