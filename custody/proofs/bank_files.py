"""Every kept file of the bank's read again and compared with the lines on record, both ways. Writes nothing.

Names a line its file does not hold or holds otherwise, a line of a file that is not on record, and balances
of one account that do not follow.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from django.db import connections
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from custody.bank.reading import StatementLine, read_account_bytes
from custody.files import archive
from custody.files.faults import Refused
from custody.kernel.errors import DomainError
from custody.kernel.words import told
from custody.ledger.sourced import handed_over
from custody.models import BankAccount, BankLine, Document, Fund

_BALANCES = """
SELECT number, position FROM (
    SELECT k.number, l.position, l.amount, l.balance, k.handover,
           lag(l.position, 1, 0) OVER w AS place_before, lag(l.balance) OVER w AS balance_before
      FROM custody_bankline l JOIN custody_bankaccount k ON k.id = l.account_id
     WHERE l.fund_id = %(fund)s WINDOW w AS (PARTITION BY l.account_id ORDER BY l.position)) AS lines
 WHERE position <> place_before + 1
    OR balance <> amount + coalesce(balance_before,
                                    CASE WHEN handover THEN %(opening)s ELSE balance - amount END)
 ORDER BY number, position
"""
Facts = dict[str, object]


def kept_bank_files(fund: Fund, after: int, using: str) -> Iterator[tuple[int, list[str]]]:
    """Each kept file beyond ``after`` by its number, with what does not hold of it."""
    papers = Document.objects.using(using).filter(fund=fund, kind=Document.Kind.BANK, pk__gt=after)
    for document in papers.order_by("pk").iterator():
        yield document.pk, list(_faults_of(document, fund, using))


def following_balances(fund: Fund, after: int, using: str) -> Iterator[tuple[int, list[str]]]:
    """Places of each account without a gap, and each balance the one before and the amount."""
    sentence = _("流水 %(account)s 第 %(position)s 笔与前一笔余额不衔接或缺号")
    with connections[using].chunked_cursor() as cursor:
        cursor.execute(_BALANCES, {"fund": fund.pk, "opening": handed_over(fund.pk, using=using)})
        yield 1, [told(sentence, account=number, position=position) for number, position in cursor]


def _faults_of(document: Document, fund: Fund, using: str) -> Iterator[str]:
    stored = BankLine.objects.using(using).filter(source_file=document).select_related("account")
    first = stored.order_by("position").first()
    account = first.account if first else BankAccount.objects.using(using).filter(fund=fund).first()
    try:
        content = archive.bytes_of(document)
        statement, _others = read_account_bytes(content, document.name, account.number if account else "")
    except (DomainError, Refused) as problem:
        yield told(_("银行文件「%(file)s」无法重读：%(why)s"), file=document.name, why=problem)
        return
    by_row = defaultdict(list)
    for read in statement.lines:
        by_row[read.row].append(_as_read(read))
    for line in stored.order_by("position").iterator():
        if why := _unlike(_as_stored(line), by_row[line.row]):
            sentence = _(
                "流水 %(account)s 第 %(position)s 笔与银行文件「%(file)s」第 %(row)s 行不符：%(why)s"
            )
            yield told(
                sentence, account=line.account.number, position=line.position, file=document.name,
                row=line.row, why=why,
            )  # fmt: skip
    if account is not None:
        yield from _not_on_record(document, statement.lines, account, fund, using)


def _not_on_record(
    document: Document, lines: Iterable[StatementLine], account: BankAccount, fund: Fund, using: str
) -> Iterator[str]:
    """Lines of the file, moved money since the trust began, that no line of the account says."""
    due = [line for line in lines if line.amount and line.booked_on >= fund.opened_on]
    if not due:
        return
    days = (min(line.booked_on for line in due), max(line.booked_on for line in due))
    there: set[tuple[date, Decimal, Decimal]] = {
        (line.booked_on, line.amount.amount, line.balance.amount)
        for line in BankLine.objects.using(using).filter(account=account, booked_on__range=days).iterator()
    }
    for line in due:
        if (line.booked_on, line.amount, line.balance) not in there:
            sentence = _("银行文件「%(file)s」第 %(row)s 行（%(on)s %(amount)s）没有登记为流水")
            yield told(sentence, file=document.name, row=line.row, on=line.booked_on, amount=line.amount)


def _unlike(stored: Facts, candidates: list[Facts]) -> str:
    """In which facts the stored line differs from the file's row; empty when it does not."""
    if stored in candidates:
        return ""
    if not candidates:
        return _("文件中没有这一行")
    read = candidates[0]
    names = [name for name, value in stored.items() if read[name] != value]
    sentence = _("%(fact)s 登记为 %(stored)s，文件为 %(read)s")
    return "；".join(told(sentence, fact=name, stored=stored[name], read=read[name]) for name in names)


def _as_read(line: StatementLine) -> Facts:
    """A line of the file, cut to what a stored line holds."""
    return {
        "booked_on": line.booked_on,
        "booked_at": line.booked_at,
        "amount": line.amount,
        "balance": line.balance,
        "counterparty_name": line.counterparty_name.strip()[:200],
        "counterparty_account": line.counterparty_account[:64],
        "summary": line.summary[:200],
        "memo": line.memo[:500],
        "voucher": line.voucher[:64],
    }


def _as_stored(line: BankLine) -> Facts:
    return {
        "booked_on": line.booked_on,
        "booked_at": localtime(line.booked_at).replace(tzinfo=None) if line.booked_at else None,
        "amount": line.amount.amount,
        "balance": line.balance.amount,
        "counterparty_name": line.counterparty_name,
        "counterparty_account": line.counterparty_account,
        "summary": line.summary,
        "memo": line.memo,
        "voucher": line.voucher,
    }
