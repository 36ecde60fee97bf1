"""Onboards an estate from its workbook: custody's part, the budget, and the provider with its account.

Refuses the workbook with every fault of every sheet at once; the same estate again only if nothing differs.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from custody.deeds import onboarding, people
from custody.deeds.estate_file import EstateFacts, account_number, collected, read_estate, sheet_rows
from custody.files import evidence
from custody.files.faults import Fault, Refused
from custody.files.outcomes import Outcome
from custody.files.sniffing import TabularFile, open_tabular
from custody.files.tables import (
    Column,
    Row,
    half_width,
    money,
    one_of,
    read_pairs,
    text,
    text_max,
    whole,
)
from custody.kernel.errors import Conflict
from custody.kernel.money import yuan
from custody.ledger.chart import BOOK_TITLES, BOOKS_BY_TITLE, Book
from custody.models import BankAccount, Fund, Operator, SourceFile
from settlement.models import BudgetLine, PayeeAccount

BUDGET_SHEET, PROVIDER_SHEET = "预算", "服务商"
DIFFERENCES_SHOWN_MAX = 10


def _year(cell: Any) -> int:
    year = whole(cell)
    if not 2000 <= year <= 2100:
        raise ValueError("应为年度,如 2025")
    return year


def _not_negative(cell: Any) -> Decimal:
    amount = money(cell)
    if amount < 0:
        raise ValueError("年度预算不能为负")
    return amount


def _clearing_number(cell: Any) -> str:
    digits = "".join(half_width(text(cell)).split())
    if not re.fullmatch("[0-9]{12}", digits):
        raise ValueError("联行号应为 12 位数字")
    return digits


def _credit_code(cell: Any) -> str:
    code = half_width(text(cell)).upper()
    if not re.fullmatch("[0-9A-Z]{18}", code):
        raise ValueError("统一社会信用代码应为 18 位数字和大写字母")
    return code


BUDGET_COLUMNS = (
    Column("年度", _year),
    Column("科目编码", text_max(20)),
    Column("科目名称", text_max(100)),
    Column("账本", one_of(BOOKS_BY_TITLE)),
    Column("年度预算", _not_negative),
)
PROVIDER_ITEMS = (
    Column("名称", text_max(200)),
    Column("统一社会信用代码", _credit_code),
    Column("收款户名", text_max(140)),
    Column("收款账号", account_number),
    Column("开户行", text_max(140)),
    Column("联行号", _clearing_number),
)


def onboard_estate(*, path: Path, actor: Operator | None, at: datetime, dry_run: bool = False) -> Outcome:
    """Take the estate of the workbook ``path`` into trust, in one transaction.

    Errors: Refused with every fault; Conflict when the estate is on record with other content or an account
    serves another fund. The same content again is already done. ``actor`` None is the console.
    """
    file = open_tabular(path)
    facts, budget, provider = _read(file)
    with transaction.atomic():
        _one_at_a_time()
        fund = Fund.objects.filter(code=facts.items["小区编码"]).first()
        if fund is not None:
            return _again(fund, file, facts, budget, provider)
        _refuse_shared_account(file, facts, provider)
        opened = onboarding.open_estate(
            facts=facts,
            provider=onboarding.ProviderFacts(provider["名称"], provider["统一社会信用代码"]),
            path=path,
            sha256=file.sha256,
            actor=actor or people.console_operator(),
            at=at,
        )
        _record_budget(opened, facts, budget, provider)
        evidence.undo_dry_run(dry_run=dry_run)
    counts = {"房屋": len(facts.units), "信托条款": len(facts.terms), "预算科目": len(budget)}
    total = sum((onboarding.opening_of(facts, book) for book in Book), Decimal(0))
    notes = (f"信托编码 {facts.items['小区编码']},期初 {facts.opened_on} 两本账合计 {total} 元",)
    return Outcome(already_done=False, counts=counts, notes=notes)


def _one_at_a_time() -> None:
    """Onboardings queue until the end of the transaction, so two at once see each other's estate."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('onboard_estate'))")


def _read(file: TabularFile) -> tuple[EstateFacts, list[Row], dict[str, Any]]:
    """All five sheets; Refused with the faults of all of them together."""
    facts, faults = read_estate(file)
    budget, budget_faults = sheet_rows(file, BUDGET_SHEET, BUDGET_COLUMNS)
    provider = collected(faults, lambda: read_pairs(file, sheet=PROVIDER_SHEET, items=PROVIDER_ITEMS))
    faults += budget_faults or _budget_faults(file, budget)
    if faults or facts is None or provider is None:
        raise Refused(faults)
    return facts, budget, provider


def _budget_faults(file: TabularFile, rows: Sequence[Row]) -> list[Fault]:
    faults: list[Fault] = []
    seen: dict[tuple[int, str], int] = {}
    for row in rows:
        key = (row["年度"], row["科目编码"])
        if key in seen:
            expected = f"科目编码在同一年度重复,第{seen[key]}行已有"
            faults.append(Fault(file.name, BUDGET_SHEET, row.number, "科目编码", key[1], expected))
        seen.setdefault(key, row.number)
    if not rows:
        faults.append(Fault(file.name, BUDGET_SHEET, None, "", "", "至少要有一个预算科目"))
    return faults


def _refuse_shared_account(file: TabularFile, facts: EstateFacts, provider: dict[str, Any]) -> None:
    """No account serves two funds, and the provider is never paid into a trust account."""
    faults = []
    own = facts.items["信托专户账号"]
    if BankAccount.objects.filter(number=own).exists():
        expected = "该账号已属于另一信托,一个账号只服务一个信托"
        faults.append(Fault(file.name, "小区", None, "信托专户账号", own, expected))
    payee = provider["收款账号"]
    if payee == own or BankAccount.objects.filter(number=payee).exists():
        expected = "收款账号是信托专户,服务商应有自己的账户"
        faults.append(Fault(file.name, PROVIDER_SHEET, None, "收款账号", payee, expected))
    if faults:
        raise Refused(faults)


def _record_budget(
    opened: onboarding.Opened, facts: EstateFacts, budget: list[Row], provider: dict[str, Any]
) -> None:
    BudgetLine.objects.bulk_create(
        BudgetLine(
            fund=opened.fund,
            year=row["年度"],
            code=row["科目编码"],
            name=row["科目名称"],
            book=row["账本"],
            annual_amount=yuan(row["年度预算"]),
        )
        for row in budget
    )
    PayeeAccount.objects.create(
        fund=opened.fund,
        organisation=opened.provider,
        holder=provider["收款户名"],
        number=provider["收款账号"],
        bank_name=provider["开户行"],
        clearing_number=provider["联行号"],
        usable_from=facts.parties_from,
    )


# ---- the same estate again ----


def _again(
    fund: Fund, file: TabularFile, facts: EstateFacts, budget: list[Row], provider: dict[str, Any]
) -> Outcome:
    """Already done for the same bytes, or when nothing differs; otherwise a Conflict naming what does."""
    done = Outcome(already_done=True, notes=(f"信托编码 {fund.code} 已登记,内容一致",))
    if evidence.found_file(fund=fund, kind=SourceFile.Kind.ESTATE, sha256=file.sha256):
        return done
    was = onboarding.recorded(fund) | _recorded(fund)
    differing = onboarding.differences(was, onboarding.stated(facts) | _stated(budget, provider))
    if differing:
        shown = differing[:DIFFERENCES_SHOWN_MAX]
        if len(differing) > len(shown):
            shown.append(f"等共 {len(differing)} 处")
        raise Conflict(f"小区编码 {fund.code} 已登记为其他内容:" + ";".join(shown), code="estate-differs")
    return done


def _stated(budget: list[Row], provider: dict[str, Any]) -> dict[str, str]:
    flat = {
        f"预算 {row['年度']} {row['科目编码']}": _budget_text(row["科目名称"], row["账本"], row["年度预算"])
        for row in budget
    }
    return flat | {f"服务商 {item}": value for item, value in provider.items()}


def _recorded(fund: Fund) -> dict[str, str]:
    """As first handed over: later payee accounts came on two keys of their own."""
    flat = {
        f"预算 {line.year} {line.code}": _budget_text(line.name, line.book, line.annual_amount.amount)
        for line in BudgetLine.objects.filter(fund=fund)
    }
    payee = PayeeAccount.objects.filter(fund=fund).select_related("organisation").order_by("pk").first()
    if payee is None:
        return flat
    return flat | {
        "服务商 名称": payee.organisation.name,
        "服务商 统一社会信用代码": payee.organisation.credit_code,
        "服务商 收款户名": payee.holder,
        "服务商 收款账号": payee.number,
        "服务商 开户行": payee.bank_name,
        "服务商 联行号": payee.clearing_number,
    }


def _budget_text(name: str, book: str, amount: Decimal) -> str:
    return f"{name} {BOOK_TITLES[Book(book)]} {amount:.2f}"
