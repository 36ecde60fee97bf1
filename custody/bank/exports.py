"""A bank's table into a Statement: recognised by names, ordered oldest first, proved by its own balances.

Refuses only a file it cannot understand at all; whatever is wrong inside is a fault on its row.
"""

from decimal import Decimal

from django.utils.translation import gettext as _

from custody.bank import cells as parse
from custody.bank.balances import balance_faults, oldest_first
from custody.bank.header import AMOUNTS, Columns, find_columns
from custody.bank.layouts import ColumnRole, Fact
from custody.bank.rows import Reading
from custody.bank.statement import Statement, StatementLine
from custody.bank.surroundings import Stated, stated_days, stated_on
from custody.files.faults import Fault, Refused, refuse
from custody.files.sniffing import Sheet, TabularFile
from custody.kernel.words import told


def statement_of(file: TabularFile) -> Statement:
    """The one statement a table holds; raises Refused when it holds none, or several."""
    sheet, columns = _statement_sheet(file)
    reading = _best_reading(file, sheet, columns)
    above = [
        fact for n, cells in enumerate(sheet.rows[: columns.at], start=1) for fact in stated_on(n, cells)
    ]
    stated = [*above, *reading.stated]
    account = _one_value(reading, stated, Fact.ACCOUNT, reading.own_accounts)
    name = _one_value(reading, stated, Fact.NAME, reading.own_names)
    currency = _currency(reading, stated)
    lines = oldest_first(reading.lines)
    unread = reading.unread_rows
    breaks = balance_faults(file.name, sheet.name, lines, unread_rows=unread)
    opening = closing = None
    if lines and lines[0].balance is not None:
        opening, closing = lines[0].balance - lines[0].amount, lines[-1].balance
    elif not unread:
        opening = closing = _number(stated, Fact.OPENING)
    _check_stated(reading, stated, lines)
    faults = sorted([*reading.faults, *breaks], key=lambda fault: fault.row or 0)
    return Statement(
        file=file.name,
        sha256=file.sha256,
        layout=columns.layout,
        account=account,
        account_name=name,
        currency=currency,
        opening=opening,
        closing=closing,
        lines=tuple(lines),
        faults=tuple(faults),
        unread=columns.ignored,
        period=stated_days(stated),
    )


def _statement_sheet(file: TabularFile) -> tuple[Sheet, Columns]:
    """The one sheet that holds a statement; none, or several, and the file is refused."""
    found: list[tuple[Sheet, Columns]] = []
    missing: list[Fault] = []
    for sheet in file.sheets:
        columns, faults = find_columns(file.name, sheet)
        if columns:
            found.append((sheet, columns))
        else:
            missing.extend(faults)
    if len(found) == 1:
        return found[0]
    if found:
        titles = [sheet.name for sheet, _columns in found]
        raise refuse(
            file.name, _("有多个工作表像对账单（%(sheets)s），请每个文件只保留一个账户一张表"), sheets=titles
        )
    if missing:
        raise Refused(missing)
    raise refuse(file.name, _("找不到对账单的表头（应有日期、借贷金额或交易金额、余额等列），无法识别"))


def _best_reading(file: TabularFile, sheet: Sheet, columns: Columns) -> Reading:
    """Read once; where a flag stands beside signed amounts, the balances say which of the two rules."""
    flagged = _read(file, sheet, columns, signed_amounts=False)
    if ColumnRole.FLAG not in columns.places or columns.two_sided:
        return flagged
    signed = _read(file, sheet, columns, signed_amounts=True)
    if all(line.amount >= 0 for line in signed.lines):
        return flagged  # no signs in the column, so the flag alone decides
    if [line.amount for line in signed.lines] == [line.amount for line in flagged.lines]:
        return flagged
    broken = [len(balance_faults(file.name, "", oldest_first(way.lines))) for way in (flagged, signed)]
    if broken[0] == broken[1]:
        for one, other in zip(flagged.lines, signed.lines, strict=False):
            if one.amount != other.amount:
                amount_column = columns.name(next(role for role in AMOUNTS if role in columns.places))
                contradiction = _("金额的正负号与借贷方向矛盾，余额也无法判断")
                flagged.fault(one.row, amount_column, one.amount, contradiction)
    return signed if broken[1] < broken[0] else flagged


def _read(file: TabularFile, sheet: Sheet, columns: Columns, *, signed_amounts: bool) -> Reading:
    reading = Reading(file=file.name, sheet=sheet, columns=columns, signed_amounts=signed_amounts)
    reading.read_rows()
    return reading


def _one_value(reading: Reading, stated: list[Stated], fact: Fact, on_rows: dict[str, int]) -> str | None:
    """The one account (or name) the file speaks of; a second one is a fault where it first appears."""
    values: dict[str, int] = {}
    for one in stated:
        if one.fact is fact:
            values.setdefault(parse.account(one.text) if fact is Fact.ACCOUNT else one.text, one.row)
    for value, row in on_rows.items():
        values.setdefault(value, row)
    first, *others = values or [None]
    several = told(_("一个文件只能有一个本方账号，前面是 %(first)s"), first=first)
    for other in others:
        if fact is Fact.ACCOUNT and other is not None:
            reading.fault(values[other], str(fact), other, several)
    return first


def _currency(reading: Reading, stated: list[Stated]) -> str:
    """The file's currency: CNY, or the first foreign one, which is a fault."""
    for one in stated:
        if one.fact is Fact.CURRENCY:
            code = parse.currency(one.text)
            if code != "CNY":
                reading.fault(one.row, str(one.fact), one.text, _("只接受人民币账户的对账单"))
                return code
    return "CNY"


def _number(stated: list[Stated], fact: Fact) -> Decimal | None:
    return next((one.number for one in stated if one.fact is fact and one.number is not None), None)


def _check_stated(reading: Reading, stated: list[Stated], lines: list[StatementLine]) -> None:
    """Hold what the file says about itself against what was read; sums only when every row was readable."""
    found = {Fact.COUNT: reading.count}
    sums = {}
    if not reading.unread_rows:
        found |= {Fact.OUT_COUNT: reading.out_count, Fact.IN_COUNT: reading.in_count}
        sums = {Fact.OUT_TOTAL: abs(reading.out_total), Fact.IN_TOTAL: reading.in_total}
        if lines and lines[0].balance is not None and lines[-1].balance is not None:
            sums |= {Fact.OPENING: lines[0].balance - lines[0].amount, Fact.CLOSING: lines[-1].balance}
    for one in stated:
        if one.number is None:
            continue
        slack = reading.zero_count if one.fact in (Fact.OUT_COUNT, Fact.IN_COUNT) else 0
        if one.fact in found and not 0 <= one.number - found[one.fact] <= slack:
            sentence = _("文件写明 %(stated)s，实际读到 %(read)s 笔；文件可能不完整")
            told_so = told(sentence, stated=one.number, read=found[one.fact])
            reading.fault(one.row, one.label, one.text, told_so)
        elif one.fact in sums and abs(one.number) != abs(sums[one.fact]):
            sentence = _("文件写明 %(stated)s，逐笔合计为 %(sum)s；文件可能不完整或被改动")
            told_so = told(sentence, stated=one.number, sum=sums[one.fact])
            reading.fault(one.row, one.label, one.text, told_so)
