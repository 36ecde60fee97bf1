"""A bank's export into a Statement: recognised by names, ordered oldest first, proved by its own balances.

Refuses only a file it cannot understand at all; whatever is wrong inside is a fault on its row.
"""

from decimal import Decimal
from pathlib import Path

from custody.bank import cells as parse
from custody.bank.chain import chain_faults, oldest_first
from custody.bank.header import Columns, find_columns
from custody.bank.layouts import Fact, Role
from custody.bank.rows import Reading
from custody.bank.statement import Statement, StatementLine
from custody.bank.surroundings import Stated, stated_on
from custody.files.faults import Fault, Refused, refuse
from custody.files.sniffing import Sheet, TabularFile, content_of, open_tabular_bytes

__all__ = [
    "Statement",
    "StatementLine",
    "read_statement",
    "read_statement_bytes",
    "read_statements",
    "read_statements_bytes",
]


def read_statement(path: Path) -> Statement:
    """Read an export that holds one statement; raises Refused when it is none, or holds several."""
    return read_statement_bytes(content_of(path), path.name)


def read_statement_bytes(content: bytes, name: str) -> Statement:
    """As ``read_statement``, for bytes that came under ``name``."""
    first, *others = read_statements_bytes(content, name)
    if others:
        accounts = "、".join(dict.fromkeys(each.account or "—" for each in (first, *others)))
        raise refuse(name, f"文件里有 {1 + len(others)} 份对账单(账号 {accounts}),此处只能读一份")
    return first


def read_statements(path: Path) -> tuple[Statement, ...]:
    """Every statement of any supported export, in the file's order; raises Refused when there is none."""
    return read_statements_bytes(content_of(path), path.name)


def read_statements_bytes(content: bytes, name: str) -> tuple[Statement, ...]:
    """As ``read_statements``, for bytes that came under ``name``."""
    return (_from_table(open_tabular_bytes(content, name)),)


def _from_table(file: TabularFile) -> Statement:
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
    breaks = chain_faults(file.name, sheet.name, lines, unread_rows=unread)
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
        titles = "、".join(sheet.name for sheet, _ in found)
        raise refuse(file.name, f"有多个工作表像对账单({titles}),请每个文件只保留一个账户一张表")
    if missing:
        raise Refused(missing)
    raise refuse(
        file.name, "找不到对账单的表头(应有日期、借贷金额或交易金额、余额等列),无法识别 (no statement found)"
    )


def _best_reading(file: TabularFile, sheet: Sheet, columns: Columns) -> Reading:
    """Read once; where a flag stands beside signed amounts, the balances say which of the two rules."""
    flagged = _read(file, sheet, columns, signed_amounts=False)
    if Role.FLAG not in columns.places or Role.AMOUNT not in columns.places or Role.DEBIT in columns.places:
        return flagged
    signed = _read(file, sheet, columns, signed_amounts=True)
    if all(line.amount > 0 for line in signed.lines):
        return flagged  # no signs in the column, so the flag alone decides
    if [line.amount for line in signed.lines] == [line.amount for line in flagged.lines]:
        return flagged
    broken = [len(chain_faults(file.name, "", oldest_first(way.lines))) for way in (flagged, signed)]
    if broken[0] == broken[1]:
        for one, other in zip(flagged.lines, signed.lines, strict=False):
            if one.amount != other.amount:
                flagged.fault(
                    one.row,
                    columns.name(Role.AMOUNT),
                    one.amount,
                    "金额的正负号与借贷方向矛盾,余额也无法判断",
                )
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
    for other in others:
        if fact is Fact.ACCOUNT and other is not None:
            reading.fault(values[other], str(fact), other, f"一个文件只能有一个本方账号,前面是 {first}")
    return first


def _currency(reading: Reading, stated: list[Stated]) -> str:
    """The file's currency: CNY, or the first foreign one, which is a fault."""
    for one in stated:
        if one.fact is Fact.CURRENCY:
            code = parse.currency(one.text)
            if code != "CNY":
                reading.fault(one.row, str(one.fact), one.text, "只接受人民币账户的对账单 (CNY only)")
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
        if one.fact in found and one.number != found[one.fact]:
            read = f"文件写明 {one.number},实际读到 {found[one.fact]} 笔;文件可能不完整 (line count differs)"
            reading.fault(one.row, one.label, one.text, read)
        elif one.fact in sums and abs(one.number) != abs(sums[one.fact]):
            read = f"文件写明 {one.number},逐笔合计为 {sums[one.fact]};文件可能不完整或被改动 (total differs)"
            reading.fault(one.row, one.label, one.text, read)
