"""The table's rows into lines: money signed, dates real, sums kept to hold against the footer.

Refuses no file; a row that does not make sense is a fault on that row and is left out of the lines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

from custody.bank import cells as parse
from custody.bank.header import Columns
from custody.bank.layouts import ColumnRole, plain
from custody.bank.statement import StatementLine
from custody.bank.surroundings import Stated, is_page_total, is_total, stated_on
from custody.files.faults import Fault, shown
from custody.files.sniffing import Cell, Sheet
from custody.kernel.words import told

Cells = Sequence[Cell]
Value = TypeVar("Value")


@dataclass(slots=True)
class Reading:
    """What the table yields: lines in the file's order, facts its totals state, faults, and unread rows."""

    file: str
    sheet: Sheet
    columns: Columns
    signed_amounts: bool
    lines: list[StatementLine] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unread_rows: list[int] = field(default_factory=list)
    own_accounts: dict[str, int] = field(default_factory=dict)
    own_names: dict[str, int] = field(default_factory=dict)
    out_total: Decimal = Decimal(0)
    in_total: Decimal = Decimal(0)
    out_count: int = 0
    in_count: int = 0
    zero_count: int = 0  # lines of 0.00, which a bank's own count may put on either side
    _notes: list[tuple[int, Cells]] = field(default_factory=list)
    _ended_at: int = 0

    @property
    def count(self) -> int:
        """Data rows met, readable or not."""
        return len(self.lines) + len(self.unread_rows)

    def read_rows(self) -> None:
        """Go through every row under the header, once."""
        header = _plain_row(self.sheet.rows[self.columns.at])
        for number, cells in enumerate(self.sheet.rows[self.columns.at + 1 :], start=self.columns.at + 2):
            if all(cell is None for cell in cells):
                continue
            if _plain_row(cells[: len(header)]) == header:
                continue  # a header repeated on a new page
            if not self._has_day(cells) and is_total(cells):
                self._total(number, cells)
            elif self._is_note(cells):
                self._notes.append((number, cells))
            else:
                self._data(number, cells)
        for number, words in self._notes:
            self.stated.extend(stated_on(number, words))

    def fault(self, row: int | None, column: str, value: object, expected: str) -> None:
        """Note one thing wrong."""
        self.faults.append(Fault(self.file, self.sheet.name, row, column, shown(value), expected))

    def _has_day(self, cells: Cells) -> bool:
        for role in (ColumnRole.BOOKED_DAY, ColumnRole.TRADED_DAY, ColumnRole.TIME):
            try:
                if (cell := self.columns.cell(cells, role)) is not None and parse.day_and_time(cell):
                    return True
            except ValueError:
                continue
        return False

    def _is_note(self, cells: Cells) -> bool:
        """A remark under the table: no day, no figures, and its first words do not start like a cut line."""
        if self._has_day(cells):
            return False
        money = (
            ColumnRole.AMOUNT,
            ColumnRole.BOOKED_AMOUNT,
            ColumnRole.DEBIT,
            ColumnRole.CREDIT,
            ColumnRole.BALANCE,
        )
        if any(self.columns.cell(cells, role) is not None for role in money):
            return False
        return not str(next(cell for cell in cells if cell is not None)).lstrip(" \t'\"=")[:1].isdigit()

    def _total(self, number: int, cells: Cells) -> None:
        if is_page_total(cells):
            return
        self._ended_at = number
        facts = stated_on(number, cells)
        for role, total in ((ColumnRole.DEBIT, "借方合计"), (ColumnRole.CREDIT, "贷方合计")):
            cell = self.columns.cell(cells, role)
            if not facts and cell is not None:
                facts.extend(stated_on(number, [f"{total}:{shown(cell)}"]))
        self.stated.extend(facts)

    def _data(self, number: int, cells: Cells) -> None:
        if self._ended_at:
            self.fault(number, "", "", told(_("第%(row)s行已是合计行，其后不应再有明细"), row=self._ended_at))
        for note, words in self._notes:
            first = next(cell for cell in words if cell is not None)
            self.fault(note, "", first, _("既不是交易明细也不是合计，无法识别"))
        self._notes.clear()
        before = len(self.faults)
        line = self._line(number, cells)
        if line is None or len(self.faults) > before:
            self.unread_rows.append(number)
        else:
            self.lines.append(line)

    def _line(self, number: int, cells: Cells) -> StatementLine | None:
        if any(cell is not None for cell in cells[self.columns.width :]):
            self.fault(number, "", "", _("单元格多于表头的列数，可能是文字中有未加引号的分隔符"))
        on, at = self._when(number, cells)
        amount = self._amount(number, cells)
        before = len(self.faults)
        balance = self._parsed(number, cells, ColumnRole.BALANCE, parse.amount)
        if balance is None and len(self.faults) == before:
            self.fault(number, self.columns.name(ColumnRole.BALANCE), "", _("缺少余额"))
        currency = self._parsed(number, cells, ColumnRole.CURRENCY, parse.currency) or "CNY"
        if currency != "CNY":
            self.fault(
                number, self.columns.name(ColumnRole.CURRENCY), currency, _("只接受人民币账户的对账单")
            )
        if on is None or amount is None or balance is None:
            return None
        name, account, bank = self._other_side(number, cells, amount)
        memo = dict.fromkeys(
            filter(None, (self._words_at(number, cells, place) for place in self.columns.memos))
        )
        return StatementLine(
            row=number,
            booked_on=on,
            booked_at=at,
            amount=amount,
            balance=balance,
            counterparty_name=name,
            counterparty_account=account,
            counterparty_bank=bank,
            summary=self._words(number, cells, ColumnRole.SUMMARY),
            memo=" ".join(memo),
            voucher=self._words(number, cells, ColumnRole.VOUCHER),
            currency=currency,
        )

    def _when(self, number: int, cells: Cells) -> tuple[date | None, datetime | None]:
        role = next(
            (r for r in (ColumnRole.BOOKED_DAY, ColumnRole.TRADED_DAY) if r in self.columns.places),
            ColumnRole.TIME,
        )
        found = self._parsed(number, cells, role, parse.day_and_time)
        if found is None:
            if self.columns.cell(cells, role) is None:
                self.fault(number, self.columns.name(role), "", _("缺少日期"))
            return None, None
        on, at = found
        if role is not ColumnRole.TIME and ColumnRole.TIME in self.columns.places:
            at = self._parsed(number, cells, ColumnRole.TIME, lambda cell: parse.time_of_day(cell, on)) or at
        return on, at

    def _amount(self, number: int, cells: Cells) -> Decimal | None:
        """The signed amount, counted towards its side; None after noting why not.

        A line of 0.00 (a tax on interest, say) is a line that moves nothing and needs no direction.
        """
        before = len(self.faults)
        sign = self._parsed(number, cells, ColumnRole.FLAG, parse.direction)
        find = self._debit_or_credit if self.columns.two_sided else self._one_amount
        amount = find(number, cells, sign)
        if amount is None or len(self.faults) > before:
            return None
        side, value = amount
        if not value:
            self.zero_count += 1
        elif side < 0:
            self.out_total, self.out_count = self.out_total + value, self.out_count + 1
        else:
            self.in_total, self.in_count = self.in_total + value, self.in_count + 1
        return side * value

    def _one_amount(self, number: int, cells: Cells, sign: int | None) -> tuple[int, Decimal] | None:
        before = len(self.faults)
        role, cell = self.columns.amount(cells)
        value = self._parsed_cell(number, role, cell, parse.amount)
        if value is None and len(self.faults) == before:
            self.fault(number, self.columns.name(role), "", _("缺少金额"))
        if value is None:
            return None
        if ColumnRole.FLAG not in self.columns.places or self.signed_amounts:
            return (-1, -value) if value < 0 else (1, value)
        if sign is None and value and not self.columns.cell(cells, ColumnRole.FLAG):
            self.fault(number, self.columns.name(ColumnRole.FLAG), "", _("缺少借贷方向"))
        return sign or 1, value

    def _debit_or_credit(self, number: int, cells: Cells, sign: int | None) -> tuple[int, Decimal] | None:
        before = len(self.faults)
        debit = self._parsed(number, cells, ColumnRole.DEBIT, parse.amount)
        credit = self._parsed(number, cells, ColumnRole.CREDIT, parse.amount)
        if len(self.faults) > before:
            return None
        names = f"{self.columns.name(ColumnRole.DEBIT)}/{self.columns.name(ColumnRole.CREDIT)}"
        if debit and credit:
            self.fault(number, names, f"{debit} / {credit}", _("借方和贷方同时有金额，只能有一方"))
        elif debit is None and credit is None:
            self.fault(number, names, "", _("借方和贷方都没有金额"))
        side, value = (-1, debit) if debit else (1, credit or Decimal(0))
        if value and sign is not None and sign != side:
            flag = self.columns.cell(cells, ColumnRole.FLAG)
            self.fault(number, self.columns.name(ColumnRole.FLAG), flag, _("与金额所在的列矛盾"))
        return side, value

    def _other_side(self, number: int, cells: Cells, amount: Decimal) -> tuple[str, str, str]:
        roles = (ColumnRole.OTHER_NAME, ColumnRole.OTHER_ACCOUNT, ColumnRole.OTHER_BANK)
        ours = (ColumnRole.OWN_NAME, ColumnRole.OWN_ACCOUNT)
        if ColumnRole.PAYER_NAME in self.columns.places and ColumnRole.PAYEE_NAME in self.columns.places:
            payer = (ColumnRole.PAYER_NAME, ColumnRole.PAYER_ACCOUNT, ColumnRole.PAYER_BANK)
            payee = (ColumnRole.PAYEE_NAME, ColumnRole.PAYEE_ACCOUNT, ColumnRole.PAYEE_BANK)
            roles, ours = (payee, payer[:2]) if amount < 0 else (payer, payee[:2])
        name, account, bank = (self._words(number, cells, role) for role in roles)
        info = self._words(number, cells, ColumnRole.OTHER_INFO)
        if info and not (name and account):
            told, told_account = parse.name_and_number(info)
            name, account = name or told, account or told_account
        for role, known in zip(ours, (self.own_names, self.own_accounts), strict=True):
            own = self._words(number, cells, role)
            if own:
                known.setdefault(parse.account(own) if known is self.own_accounts else own, number)
        return name, parse.account(account), bank

    def _words(self, number: int, cells: Cells, role: ColumnRole) -> str:
        place = self.columns.places.get(role)
        return "" if place is None else self._words_at(number, cells, place)

    def _words_at(self, number: int, cells: Cells, place: int) -> str:
        cell = cells[place] if place < len(cells) else None
        try:
            return parse.words(cell)
        except ValueError as broken:
            self.fault(number, self.columns.headers[place], cell, str(broken))
            return ""

    def _parsed(
        self, number: int, cells: Cells, role: ColumnRole, parser: Callable[[Cell], Value]
    ) -> Value | None:
        return self._parsed_cell(number, role, self.columns.cell(cells, role), parser)

    def _parsed_cell(
        self, number: int, role: ColumnRole, cell: Cell, parser: Callable[[Cell], Value]
    ) -> Value | None:
        if cell is None:
            return None
        try:
            return parser(cell)
        except ValueError as broken:
            self.fault(number, self.columns.name(role), cell, str(broken))
            return None


def _plain_row(cells: Cells) -> list[str]:
    return [plain(cell) if cell is not None else "" for cell in cells]
