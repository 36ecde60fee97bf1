"""What a clerk says a receipt in suspense is, read from the form, done by the service that it names.

Refuses what cannot be read, each with the field it stands in (``facts["field"]``); the rest is the services'.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from custody.files.intake import Handed
from custody.kernel.errors import NotFound, Rejected
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger.chart import KINDS
from custody.models import BankLine
from custody.money_in.collected import month_after
from custody.money_in.identifying import FeePart, IncomePart, Part, fee_parts, identify_receipt, unit_called
from custody.money_in.notes import note_line
from custody.money_in.paybacks import PayerAccount, propose_payback
from custody.web.handed import handed_file
from custody.web.visits import Visit

MONTH = re.compile("(20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
MONTHS_MAX = 24
UNIT, INCOME, BACK = "unit", "income", "back"


@dataclass(frozen=True, slots=True)
class Said:
    """The form as it was sent: ``who`` is a choice, or a candidate as ``unit|first month|months``."""

    who: str
    unit: str
    month: str
    months: str
    income: str
    bank: str
    clearing: str
    number: str
    holder: str
    why: str
    paper: Handed | None = None


def said_of(request: HttpRequest) -> Said:
    """What was typed. Rejected for a file that cannot be taken."""
    post = request.POST
    names = ("who", "unit", "month", "months", "income", "bank", "clearing", "number", "holder", "why")
    typed = {name: post.get(name, "").strip() for name in names}
    return Said(**typed, paper=handed_file(request, "paper"))


@transaction.atomic
def record_finding(line: BankLine, said: Said, visit: Visit) -> str:
    """Identify the receipt or ask for its return, and keep what was said beside it; answers a sentence.

    Errors: Rejected and NotFound with ``field``, and the services' own.
    """
    if said.who == BACK:
        return _pay_back(line, said, visit)
    parts: Sequence[Part] = (
        [IncomePart(_income(said), line.amount)] if said.who == INCOME else _fees(line, said)
    )
    now = identify_receipt(
        line=line,
        parts=parts,
        evidence=said.paper,
        actor=visit.person,
        at=visit.at,
    )
    if said.why:
        note_line(line=line, text=said.why, actor=visit.person, at=visit.at)
    return told(_("已认领：%(note)s"), note=now.note)


def _pay_back(line: BankLine, said: Said, visit: Visit) -> str:
    payback = propose_payback(
        line=line,
        to=PayerAccount(said.bank, said.clearing, said.number, said.holder),
        reason=said.why,
        evidence=said.paper,
        actor=visit.person,
        at=visit.at,
    )
    return told(_("退还编号 %(number)s，待两把密码"), number=payback.pk)


def _income(said: Said) -> str:
    if said.income not in KINDS:
        raise Rejected(_("请选收入种类"), code="income-missing", field="income")
    return said.income


def _fees(line: BankLine, said: Said) -> list[FeePart]:
    unit_said, month_said, count_said = said.unit, said.month, said.months or "1"
    if said.who != UNIT:
        unit_said, month_said, count_said = [*said.who.split("|", 2), "", "", ""][:3]
    if not unit_said:
        raise Rejected(_("请选是谁的，或写明房号"), code="unit-missing", field="unit")
    try:
        unit = unit_called(line.fund_id, unit_said, line.booked_on)
    except NotFound as error:
        raise Rejected(error.title, code=error.code, field="unit") from error
    return fee_parts(unit, _months(month_said, count_said), yuan(line.amount.amount))


def _months(first_said: str, count_said: str) -> list[date]:
    found = MONTH.fullmatch(first_said)
    if found is None:
        raise Rejected(
            _("月份「%(said)s」应写成 2025-07"), code="month-unreadable", said=first_said, field="month"
        )
    if not (count_said.isascii() and count_said.isdigit() and 0 < int(count_said[:4]) <= MONTHS_MAX):
        raise Rejected(_("月数应为 1 至 %(most)s"), code="months-unreadable", most=MONTHS_MAX, field="months")
    months = [date(int(found.group(1)), int(found.group(2)), 1)]
    while len(months) < int(count_said):
        months.append(month_after(months[-1]))
    return months
