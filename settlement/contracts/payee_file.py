"""Changed payee accounts from a dated workbook: each with two keys of its own and its days of cooling off.

Refuses a payee who is no party to the deed, and a trust account as a payee's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db.models import Q, TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.amendments.proposing import ResolvedImport, Workbook
from custody.deeds.estate_file import account_number
from custody.files.faults import Fault
from custody.files.intake import Handed, take_in
from custody.files.outcomes import Became, Note, Outcome, Verdict, note
from custody.files.tables import day, half_width, text, text_max
from custody.files.typed_rows import FileRow, column
from custody.models import BankAccount, Document, Fund, FundParty, Operator, Organisation, OrganisationKind
from custody.permits.acts import Act
from settlement.decisions import payees
from settlement.decisions.payees import Origin

PAYEES_SHEET = "收款账户"


class PayeeCount(TextChoices):
    """What a workbook of payees' accounts counts."""

    ACCOUNTS = "accounts", gettext_lazy("收款账户变更")


class PayeeNote(TextChoices):
    """What a clerk must know of an account put on record."""

    PROPOSED = (
        "payee-proposed",
        gettext_lazy("收款账户 %(account)s（%(payee)s）已登记，两把密码并满 %(days)s 天后启用"),
    )


def clearing_number(cell: Any) -> str:
    """A CNAPS number (联行号): twelve digits."""
    digits = "".join(half_width(text(cell)).split())
    if not re.fullmatch("[0-9]{12}", digits):
        raise ValueError(_("联行号应为 12 位数字"))
    return digits


class PayeeRow(FileRow):
    """Where one payee is paid from ``usable_from`` on, at the earliest."""

    payee: str = column("收款人", "名称", parse=text_max(200))
    holder: str = column("收款户名", parse=text_max(140))
    number: str = column("收款账号", parse=account_number)
    bank_name: str = column("开户行", parse=text_max(140))
    clearing_number: str = column("联行号", parse=clearing_number)
    usable_from: date | None = column("启用日期", parse=day, blank=None, required=False)


def import_payees(
    *,
    fund: Fund,
    path: Path | Handed,
    paper: Handed | None,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
) -> Outcome:
    """Propose the accounts of the sheet 收款账户. Errors: Forbidden; Refused, nothing written."""
    return take_in(PayeesImport(actor, at, dry_run, fund, paper), [path])


@dataclass
class PayeesImport(ResolvedImport[PayeeRow]):
    """Each row one payee's account, proposed as any other; said again it is the one on record."""

    act = Act.PROPOSE_PAYEE
    sheet = PAYEES_SHEET
    model = PayeeRow

    def judge(self, taken: Sequence[Workbook[PayeeRow]], *, whole: bool) -> Iterator[Fault]:
        """The resolution, the payee as a party, and the account as nobody's but the payee's."""
        for book in taken if whole else ():
            yield from self.resolution_faults(book)
            for row in book.page.rows:
                if self._payee(row) is None:
                    yield book.page.fault(row, "payee", _("不是本信托的服务商，请先用 import_parties 登记"))
                if BankAccount.objects.filter(number=row.number).exists():
                    own = _("收款账号是信托专户，服务商应有自己的账户")
                    yield book.page.fault(row, "number", own)

    def write(self, taken: Sequence[Workbook[PayeeRow]]) -> Outcome:
        """Each account on record, not usable yet."""
        (book,) = taken
        origin = Origin(
            self.resolution_of(book),
            self.keep(book.handed, fund=self.fund, kind=Document.Kind.AMENDMENT),
        )
        new, notes = 0, list[Note]()
        for row in book.page.rows:
            payee = self._payee(row)
            if payee is None:
                raise AssertionError("a payee who is no party is refused before")
            account, made = payees.put_on_record(
                fund=self.fund,
                organisation=payee,
                said={
                    "holder": row.holder,
                    "number": row.number,
                    "bank_name": row.bank_name,
                    "clearing_number": row.clearing_number,
                },
                usable_from=max(row.usable_from or localdate(self.at), localdate(self.at)),
                origin=origin,
            )
            new += made
            days = payees.cooling_off_days()
            notes.append(note(PayeeNote.PROPOSED, account=account.pk, payee=payee.name, days=days))
        became = Became.TAKEN if new else Became.KNOWN
        return Outcome(
            already_done=not new,
            counts={PayeeCount.ACCOUNTS: new},
            verdicts=(Verdict(book.handed.name, became),),
            notes=tuple(notes),
        )

    def _payee(self, row: PayeeRow) -> Organisation | None:
        """The firm of this name that is a party today, or is to be one."""
        today = localdate(self.at)
        party = FundParty.objects.filter(
            Q(valid_until=None) | Q(valid_until__gt=today),
            fund=self.fund,
            organisation__kind=OrganisationKind.PROVIDER,
            organisation__name=row.payee,
        )
        found = party.select_related("organisation").first()
        return None if found is None else found.organisation
