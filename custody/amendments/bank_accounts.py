"""Another account of the fund's own from a day on, or the end of one.

Payments leave from it, or it only takes money in. Refuses an account that serves any fund, or is somebody's
to be paid on, a day in a closed period, the end of one that is not empty, and one after which none pays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.utils.translation import gettext as _

from custody.amendments import enacting
from custody.amendments.enacting import Enacting, Facts, made_as
from custody.amendments.proposing import AmendmentImport
from custody.deeds.accounts import paying_account
from custody.deeds.estate_file import account_number
from custody.files.faults import Fault
from custody.files.intake import Handed, take_in
from custody.files.outcomes import Outcome
from custody.files.tables import day, one_of, text_max
from custody.files.typed_rows import FileRow, Page, column
from custody.kernel.words import told
from custody.models import AccountEnd, Amendment, AmendmentRow, BankAccount, BankLine, Fund, Operator

ACCOUNTS_SHEET = "信托专户"
_OF_A_NEW_ONE = ("holder", "bank_name", "pays")
_PAYS = {"收付": True, "付款": True, "收支": True, "只收": False, "收款": False}


class AccountRow(FileRow):
    """One account of the fund's own from ``usable_from`` on, or one that is it through ``last_on``.

    ``pays``: payments leave from it.
    """

    number: str = column("信托专户账号", "账号", parse=account_number)
    holder: str | None = column("信托专户户名", "户名", parse=text_max(140), blank=None, required=False)
    bank_name: str | None = column("开户银行", "开户行", parse=text_max(140), blank=None, required=False)
    pays: bool | None = column("用途", parse=one_of(_PAYS), blank=None, required=False)
    usable_from: date | None = column("启用日期", "生效日期", parse=day, blank=None, required=False)
    last_on: date | None = column("终止日期", "销户日期", "最后一天", parse=day, blank=None, required=False)


def import_bank_accounts(
    *,
    fund: Fund,
    path: Path | Handed,
    paper: Handed | None,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
) -> Outcome:
    """Propose the accounts of the sheet 信托专户. Errors: Forbidden; Refused, nothing written."""
    return take_in(BankAccountsImport(actor, at, dry_run, fund, paper), [path])


@dataclass
class BankAccountsImport(AmendmentImport[AccountRow]):
    """Each row one account that begins, or one that ends."""

    kind = Amendment.Kind.BANK_ACCOUNTS
    sheet = ACCOUNTS_SHEET
    model = AccountRow

    def form_faults(self, page: Page[AccountRow]) -> Iterator[Fault]:
        """An account twice; one day a row, a beginning, which says all of the account, or an end."""
        seen: dict[str, int] = {}
        for row in page.rows:
            if row.number in seen:
                yield page.fault(row, "number", told(_("账号重复，第%(row)s行已有"), row=seen[row.number]))
            seen.setdefault(row.number, row.row)
            if (row.usable_from is None) == (row.last_on is None):
                yield page.fault(row, "usable_from", _("启用日期和终止日期填且只填一项"), value="")
            missing = next((each for each in _OF_A_NEW_ONE if getattr(row, each) is None), None)
            if row.usable_from is not None and missing is not None:
                yield page.fault(row, missing, _("新的信托专户应填户名、开户银行和用途"), value="")

    def facts_of(self, row: AccountRow) -> tuple[Facts, str]:
        """The account, whose number a clerk looks at, or the one that ends and when."""
        if row.last_on is not None:
            standing = BankAccount.objects.filter(fund=self.fund, number=row.number).first()
            until = row.last_on + timedelta(days=1)
            return {
                "fund_id": self.fund.pk,
                "account_id": None if standing is None else standing.pk,
                "usable_until": until.isoformat(),
            }, "number" if standing is None else "last_on"
        return {
            "fund_id": self.fund.pk,
            "number": row.number,
            "holder": row.holder,
            "bank_name": row.bank_name,
            "handover": False,
            "usable_from": row.usable_from.isoformat() if row.usable_from else None,
            "pays": row.pays,
        }, "number"


def _objection(fund: Fund, facts: Facts) -> str:
    """A closed day, an account of any fund, another that begins to pay on that very day."""
    closed = enacting.closed_day(fund)
    ends = "account_id" in facts
    on = date.fromisoformat(facts["usable_until" if ends else "usable_from"])
    if closed is not None and on <= closed:
        return told(_("账期已关闭至 %(closed)s，生效日期应在其后"), closed=closed)
    if ends:
        return _cannot_end(fund, facts["account_id"], on)
    if BankAccount.objects.filter(number=facts["number"]).exists():
        return _("该账号已是信托专户，一个账号只服务一个信托")
    if facts["pays"] and BankAccount.objects.filter(fund=fund, pays=True, usable_from=on).exists():
        return _("该日已有另一个付款专户启用，请改日期或用途")
    return ""


def _cannot_end(fund: Fund, account_id: int | None, on: date) -> str:
    """None of the fund's, money left on it, a line of that day or later, nobody to pay from then on."""
    account = BankAccount.objects.filter(pk=account_id or 0, fund=fund, end=None).first()
    if account is None:
        return _("不是本信托在用的专户，或已登记终止")
    last = BankLine.objects.filter(account=account).order_by("-position").first()
    if last is None and account.handover:
        return _("账户尚无对账单，余额不明，请先导入银行流水")
    if last is not None and last.balance.amount != 0:
        return told(_("账户余额还有 %(left)s 元，转空后方可终止"), left=f"{last.balance.amount:,.2f}")
    if last is not None and last.booked_on >= on:
        return told(_("账户在 %(last)s 还有流水，终止日期应不早于该日"), last=last.booked_on)
    paying = paying_account(fund.pk, on, without=account.pk)
    return "" if paying else _("该日起没有别的付款专户，请先登记并启用新的付款专户")


def _make(rows: Sequence[AmendmentRow]) -> object:
    """New accounts first: one that ends needs another that pays."""
    made_as(BankAccount)([each for each in rows if "account_id" not in each.facts])
    return made_as(AccountEnd)([each for each in rows if "account_id" in each.facts])


def _reads(facts: Facts) -> str:
    if "account_id" in facts:
        account = BankAccount.objects.get(pk=facts["account_id"])
        last_on = date.fromisoformat(facts["usable_until"]) - timedelta(days=1)
        return told(
            _("%(number)s %(bank)s 至 %(on)s 止"), number=account.number, bank=account.bank_name, on=last_on
        )
    return told(
        _("自 %(on)s 起 %(number)s %(holder)s %(bank)s（%(use)s）"),
        on=facts["usable_from"],
        number=facts["number"],
        holder=facts["holder"],
        bank=facts["bank_name"],
        use="收付" if facts["pays"] else "只收",
    )


ACCOUNTS_ENACTED = Enacting(_make, _objection, _reads)
