"""Onboards an estate from its workbook: custody's part, the budget, and the provider with its account.

Refuses the workbook with every fault of every sheet at once; the same estate again only if nothing differs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.db import connection
from django.db.models import TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.deeds import onboarding, people
from custody.deeds.estate_file import EstateFacts, EstateItems, account_number, credit_code, read_estate
from custody.files import archive
from custody.files.faults import Fault
from custody.files.intake import Handed, Import, take_in
from custody.files.outcomes import Became, Outcome, Verdict, note
from custody.files.tables import text_max
from custody.files.typed_rows import FileRow, Page, column, read_items, read_rows, title_of
from custody.kernel.errors import Conflict, Forbidden
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import BankAccount, Document, Fund, Operator, Organisation
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.contracts.budgets import BUDGET_SHEET, BudgetItem, budget_faults
from settlement.contracts.payee_file import clearing_number
from settlement.models import BudgetLine, PayeeAccount

PROVIDER_SHEET = "服务商"
DIFFERENCES_SHOWN_MAX = 10


class EstateCount(TextChoices):
    """What taking an estate on counts."""

    UNITS = "units", gettext_lazy("房屋")
    TERMS = "terms", gettext_lazy("信托条款")
    BUDGET_LINES = "budget-lines", gettext_lazy("预算科目")


class EstateNote(TextChoices):
    """What a clerk is told of an estate taken on."""

    OPENED = "opened", gettext_lazy("信托编码 %(fund)s，期初 %(opened_on)s 两本账合计 %(total)s 元")
    SAME = "same", gettext_lazy("信托编码 %(fund)s 已登记，内容一致")


class ProviderItems(FileRow):
    """The property firm and where it is paid."""

    name: str = column("名称", parse=text_max(200))
    credit_code: str = column("统一社会信用代码", parse=credit_code)
    holder: str = column("收款户名", parse=text_max(140))
    number: str = column("收款账号", parse=account_number)
    bank_name: str = column("开户行", parse=text_max(140))
    clearing_number: str = column("联行号", parse=clearing_number)


@dataclass(frozen=True, slots=True)
class EstateFile:
    """The workbook read whole: all five sheets."""

    handed: Handed
    facts: EstateFacts
    budget: Sequence[BudgetItem]
    provider: ProviderItems


def onboard_estate(*, path: Path | Handed, actor: Operator, at: datetime, dry_run: bool = False) -> Outcome:
    """Take the estate of the workbook ``path`` into trust, in one transaction.

    Errors: Refused with every fault; Conflict when the estate is on record with other content or an account
    serves another fund; Forbidden unless ``actor`` is of the desk of the trust company it names (the
    first estate of all brings that company with it). The same content again is already done.
    """
    return take_in(EstateImport(actor, at, dry_run), [path])


@dataclass
class EstateImport(Import[EstateFile | None]):
    """An estate by its code: a new one is opened, a known one must say the same."""

    known: Fund | None = field(init=False, default=None)
    acting: Organisation | None = field(init=False, default=None)

    def ask(self) -> None:
        """The desk's permit, once there is a desk."""
        if people.house_is_founded():
            self.acting = ask(Act.ONBOARD_ESTATE, fund_id=None, actor=self.actor, on=localdate(self.at))

    def read(self, handed: Handed) -> tuple[EstateFile | None, list[Fault]]:
        """All five sheets, or None with the faults of all of them together."""
        file = handed.table()
        facts, faults = read_estate(file)
        budget = read_rows(file, BudgetItem, sheet=BUDGET_SHEET)
        provider, provider_faults = read_items(file, ProviderItems, sheet=PROVIDER_SHEET)
        faults += [*provider_faults, *(budget.faults or _budget_faults(budget))]
        if faults or facts is None or provider is None:
            return None, faults
        return EstateFile(handed, facts, budget.rows, provider), []

    def lock(self) -> None:
        """Onboardings queue until the end of the transaction, so two at once see each other's estate."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('onboard_estate'))")

    def judge(self, taken: Sequence[EstateFile | None], *, whole: bool) -> Iterator[Fault]:
        """A known estate must be the same (Conflict); a new one needs accounts of its own."""
        for file in filter(None, taken):
            self._refuse_another_company(file.facts.estate.trustee)
            self.known = Fund.objects.filter(code=file.facts.estate.code).first()
            if self.known is None:
                yield from _shared_accounts(file)
            else:
                _refuse_differences(self.known, file)

    def _refuse_another_company(self, trustee: str) -> None:
        if self.acting is not None and self.acting.name != trustee:
            raise Forbidden(
                _("%(operator)s 代表%(organisation)s，不能为%(trustee)s%(act)s"),
                code="of-another-trust-company",
                act=Act.ONBOARD_ESTATE,
                operator=self.actor.username,
                organisation=self.acting.name,
                trustee=trustee,
            )

    def write(self, taken: Sequence[EstateFile | None]) -> Outcome:
        """Custody's part, the workbook as evidence, the budget and the provider, the opening entries."""
        (file,) = filter(None, taken)
        estate = file.facts.estate
        if self.known is not None:
            same = note(EstateNote.SAME, fund=self.known.code)
            return Outcome(
                already_done=True, verdicts=(Verdict(self.known.code, Became.KNOWN),), notes=(same,)
            )
        provider = onboarding.ProviderFacts(file.provider.name, file.provider.credit_code)
        opened = onboarding.open_estate(facts=file.facts, provider=provider, actor=self.actor)
        source = self.keep(file.handed, fund=opened.fund, kind=Document.Kind.ESTATE)
        _record_budget(opened, file)
        onboarding.hand_over(
            fund=opened.fund, facts=file.facts, source_file=source, actor=self.actor, at=self.at
        )
        total = estate.opening_operating + estate.opening_maintenance
        return Outcome(
            already_done=False,
            counts={
                EstateCount.UNITS: len(file.facts.units),
                EstateCount.TERMS: len(file.facts.terms),
                EstateCount.BUDGET_LINES: len(file.budget),
            },
            verdicts=(Verdict(estate.code, Became.TAKEN),),
            notes=(note(EstateNote.OPENED, fund=estate.code, opened_on=estate.opened_on, total=total),),
        )


def _budget_faults(page: Page[BudgetItem]) -> Iterator[Fault]:
    yield from budget_faults(page)
    if not page.rows:
        yield Fault(page.file, page.sheet, None, "", "", _("至少要有一个预算科目"))


def _shared_accounts(file: EstateFile) -> Iterator[Fault]:
    """No account serves two funds, and the provider is never paid into a trust account."""
    own, payee = file.facts.estate.account_number, file.provider.number
    if BankAccount.objects.filter(number=own).exists():
        expected = _("该账号已属于另一信托，一个账号只服务一个信托")
        column_name = title_of(EstateItems, "account_number")
        yield Fault(file.handed.name, "小区", None, column_name, own, expected)
    if payee == own or BankAccount.objects.filter(number=payee).exists():
        expected = _("收款账号是信托专户，服务商应有自己的账户")
        column_name = title_of(ProviderItems, "number")
        yield Fault(file.handed.name, PROVIDER_SHEET, None, column_name, payee, expected)


def _record_budget(opened: onboarding.Opened, file: EstateFile) -> None:
    BudgetLine.objects.bulk_create(
        BudgetLine(
            fund=opened.fund,
            year=row.year,
            code=row.code,
            name=row.name,
            book=row.book,
            annual_amount=yuan(row.annual_amount),
        )
        for row in file.budget
    )
    PayeeAccount.objects.create(
        fund=opened.fund,
        organisation=opened.provider,
        holder=file.provider.holder,
        number=file.provider.number,
        bank_name=file.provider.bank_name,
        clearing_number=file.provider.clearing_number,
        usable_from=file.facts.parties_from,
        handover=True,
    )


# ---- the same estate again ----


def _refuse_differences(fund: Fund, file: EstateFile) -> None:
    """Nothing for the same bytes, or when nothing differs; otherwise a Conflict naming what does."""
    if archive.found_file(fund=fund, kind=Document.Kind.ESTATE, sha256=file.handed.sha256):
        return
    was = onboarding.recorded(fund) | _recorded(fund)
    differing = onboarding.facts_that_differ(
        was, onboarding.stated(file.facts) | _stated(file.budget, file.provider)
    )
    if not differing:
        return
    shown = differing[:DIFFERENCES_SHOWN_MAX]
    if len(differing) > len(shown):
        shown.append(told(_("等共 %(count)s 处"), count=len(differing)))
    raise Conflict(
        _("小区编码 %(fund)s 已登记为其他内容：%(differences)s"),
        code="estate-differs",
        fund=fund.code,
        differences="；".join(shown),
    )


def _stated(budget: Sequence[BudgetItem], provider: ProviderItems) -> dict[str, str]:
    flat = {
        f"预算 {row.year} {row.code}": _budget_text(row.name, row.book, row.annual_amount) for row in budget
    }
    return flat | _provider_text(provider.model_dump(exclude={"row"}))


def _provider_text(values: dict[str, str]) -> dict[str, str]:
    """The provider's facts, by field name, under the labels of the sheet."""
    return {f"服务商 {title_of(ProviderItems, name)}": value for name, value in values.items()}


def _recorded(fund: Fund) -> dict[str, str]:
    """As first handed over: later budgets and payee accounts came on two keys of their own."""
    flat = {
        f"预算 {line.year} {line.code}": _budget_text(line.name, line.book, line.annual_amount.amount)
        for line in BudgetLine.objects.filter(fund=fund, enacts__isnull=True)
    }
    payee = PayeeAccount.objects.filter(fund=fund, handover=True).select_related("organisation").first()
    if payee is None:
        return flat
    return flat | _provider_text(
        {
            "name": payee.organisation.name,
            "credit_code": payee.organisation.credit_code,
            "holder": payee.holder,
            "number": payee.number,
            "bank_name": payee.bank_name,
            "clearing_number": payee.clearing_number,
        }
    )


def _budget_text(name: str, book: str, amount: Decimal) -> str:
    return f"{name} {BOOK_TITLES[Book(book)]} {amount:.2f}"
