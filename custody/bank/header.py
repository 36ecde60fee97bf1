"""Which column means what: the header row found by names, never by position.

Refuses a table without a date, a balance or a way to tell in from out, and two columns for one role.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils import get_column_letter

from custody.bank.cells import account, amount, direction, is_direction, words
from custody.bank.layouts import (
    EITHER_ACCOUNT,
    EITHER_NAME,
    EXCLUSIVE,
    MAYBE_FLAG,
    ColumnRole,
    Fact,
    plain,
    role_of,
    spellings_of,
)
from custody.bank.surroundings import stated_on
from custody.files.faults import Fault, shown
from custody.files.sniffing import Cell, Sheet
from custody.kernel.words import told

_UNREAD = gettext_lazy(
    "该列写的是收支方向，但列名不认识，金额又没有相应的正负号；请把该列的列名改为「借贷标志」后再导入"
)
HEADER_ROWS_MAX = 50
FLAG_ROWS_LOOKED_AT = 200
AMOUNTS = (ColumnRole.BOOKED_AMOUNT, ColumnRole.AMOUNT)  # the first that is filled decides

_OTHER_SIDE = (ColumnRole.OTHER_ACCOUNT, ColumnRole.OTHER_INFO, ColumnRole.PAYEE_ACCOUNT)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each role stands: ``at`` is the header's 0-based row; ``ignored`` the headers no role claims."""

    at: int
    width: int
    places: dict[ColumnRole, int]
    memos: tuple[int, ...]
    headers: tuple[str, ...]
    ignored: tuple[str, ...]

    def cell(self, cells: Sequence[Cell], role: ColumnRole) -> Cell:
        """The row's cell of this role, None when the column or the cell is absent."""
        place = self.places.get(role)
        return cells[place] if place is not None and place < len(cells) else None

    def name(self, role: ColumnRole) -> str:
        """The header as the bank wrote it, else the role's own name."""
        place = self.places.get(role)
        return self.headers[place] if place is not None else str(role)

    @property
    def layout(self) -> str:
        """What was recognised, for a person: the direction and amount columns."""
        flag = [self.name(ColumnRole.FLAG)] if ColumnRole.FLAG in self.places else []
        if self.two_sided:
            return " + ".join([*flag, f"{self.name(ColumnRole.DEBIT)}/{self.name(ColumnRole.CREDIT)}"])
        amounts = "/".join(self.name(role) for role in AMOUNTS if role in self.places)
        if flag:
            return " + ".join([*flag, amounts])
        return told(_("%(column)s（带正负号）"), column=amounts)

    @property
    def two_sided(self) -> bool:
        """Whether money out and money in stand in columns of their own."""
        return {ColumnRole.DEBIT, ColumnRole.CREDIT} <= self.places.keys()

    def amount(self, cells: Sequence[Cell]) -> tuple[ColumnRole, Cell]:
        """The cell that gives the amount: as booked, or as traded where nothing is said to be booked."""
        for role in AMOUNTS:
            cell = self.cell(cells, role)
            if cell is not None and (not isinstance(cell, str) or words(cell)):
                return role, cell
        return next((role for role in AMOUNTS if role in self.places), ColumnRole.AMOUNT), None


def find_columns(file: str, sheet: Sheet) -> tuple[Columns | None, list[Fault]]:
    """The columns of the first row that can head a statement, or what the nearest row lacks."""
    nearest: tuple[int, list[Fault]] | None = None
    for at, cells in enumerate(sheet.rows[:HEADER_ROWS_MAX]):
        known = [role_of(cell) for cell in cells if isinstance(cell, str)]
        roles = {found[0] for found in known if found}
        if len(roles) < 2:
            continue
        columns, faults = _assign(file, sheet, at)
        if not faults:
            return columns, []
        if nearest is None or len(roles) > nearest[0]:
            nearest = len(roles), faults
    return None, nearest[1] if nearest else []


def _assign(file: str, sheet: Sheet, at: int) -> tuple[Columns, list[Fault]]:
    headers = tuple("" if cell is None else shown(cell) for cell in sheet.rows[at])
    claims: dict[ColumnRole, list[tuple[int, int]]] = {}
    either: list[int] = []
    unknown: list[int] = []
    for place, header in enumerate(headers):
        found = role_of(header) if header else None
        if found:
            claims.setdefault(found[0], []).append((found[1], place))
        elif header and any(name in EITHER_ACCOUNT | EITHER_NAME for name in spellings_of(header)):
            either.append(place)
        elif header:
            unknown.append(place)
    _decide_either(sheet, at, headers, either, claims)
    flags = claims.get(ColumnRole.FLAG, [])
    if len(flags) > 1 and _agree(sheet, at, [place for _rank, place in flags]):
        claims[ColumnRole.FLAG] = [min(flags)]
    sentence = _("有两列都像「%(role)s」，无法确定用哪一列")
    faults = [
        Fault(file, sheet.name, at + 1, headers[twice[1][1]], "", told(sentence, role=role.value))
        for role, twice in claims.items()
        if len(twice) > 1 and _ambiguous(role, sorted(twice))
    ]
    memos = tuple(sorted(place for _, place in claims.pop(ColumnRole.MEMO, [])))
    places = {role: min(claim)[1] for role, claim in claims.items()}
    _claim_flag(sheet, at, headers, places, unknown)
    faults += [
        Fault(file, sheet.name, at + 1, what, "", _("缺少该列，无法读懂这份对账单"))
        for what in _missing(places)
    ]
    read = {*places.values(), *memos}
    ignored = tuple(header for place, header in enumerate(headers) if header and place not in read)
    width = max((place + 1 for place, header in enumerate(headers) if header), default=0)
    columns = Columns(at, width, places, memos, headers, ignored)
    return columns, faults or _unread_directions(file, sheet, columns)


def _unread_directions(file: str, sheet: Sheet, columns: Columns) -> list[Fault]:
    """Where signs alone would decide: every unread column whose words of direction contradict them."""
    if columns.two_sided or ColumnRole.FLAG in columns.places:
        return []
    read = {*columns.places.values(), *columns.memos} - {columns.places.get(ColumnRole.SUMMARY)}
    return [
        Fault(
            file, sheet.name, columns.at + 1, column_name(columns.headers, place), shown(word), str(_UNREAD)
        )
        for place in range(len(columns.headers))
        if place not in read and (word := _contradicting(sheet, columns, place)) is not None
    ]


def _contradicting(sheet: Sheet, columns: Columns, place: int) -> Cell:
    """A word of direction in this column against its amount's sign, if such words fill the column."""
    met = told_directions = 0
    against: Cell = None
    for cells in sheet.rows[columns.at + 1 :]:
        cell = cells[place] if place < len(cells) else None
        sign = _sign(columns.amount(cells)[1]) if cell is not None else 0
        if not sign:
            continue
        met += 1
        if is_direction(cell):
            told_directions += 1
            against = cell if against is None and direction(cell) != sign else against
        elif met >= FLAG_ROWS_LOOKED_AT and not told_directions:
            return None
    return against if told_directions * 2 > met else None


def _sign(cell: Cell) -> int:
    try:
        value = amount(cell)
    except ValueError:
        return 0
    return 0 if not value else 1 if value > 0 else -1


def column_name(headers: Sequence[str], place: int) -> str:
    """The header, or the letter a clerk sees above a column without one."""
    return headers[place] or get_column_letter(place + 1)


def _agree(sheet: Sheet, at: int, places: Sequence[int]) -> bool:
    """Whether columns of directions say the same in every row that holds one."""
    for cells in sheet.rows[at + 1 :]:
        told_here = [cells[place] for place in places if place < len(cells) and cells[place] is not None]
        if len({direction(cell) for cell in told_here if is_direction(cell)}) > 1:
            return False
    return True


def _ambiguous(role: ColumnRole, ranked: list[tuple[int, int]]) -> bool:
    """Exclusive roles bear one column; others only fail when the best spelling stands twice."""
    return role in EXCLUSIVE or (role is not ColumnRole.MEMO and ranked[0][0] == ranked[1][0])


def _decide_either(
    sheet: Sheet,
    at: int,
    headers: tuple[str, ...],
    either: list[int],
    claims: dict[ColumnRole, list[tuple[int, int]]],
) -> None:
    """账号 beside 对方账号 is ours; after the other side's name, or where ours is known otherwise, theirs."""
    for place in sorted(either, key=lambda place: _names_an_account(headers[place]), reverse=True):
        if _names_an_account(headers[place]):
            known = any(role in claims for role in _OTHER_SIDE)
            follows = any(name == place - 1 for _, name in claims.get(ColumnRole.OTHER_NAME, []))
            theirs = (
                follows or ColumnRole.OWN_ACCOUNT in claims or _is_not_the_stated_account(sheet, at, place)
            )
            role = ColumnRole.OTHER_ACCOUNT if theirs and not known else ColumnRole.OWN_ACCOUNT
        else:
            known = any(
                role in claims
                for role in (ColumnRole.OTHER_NAME, ColumnRole.OTHER_INFO, ColumnRole.PAYEE_NAME)
            )
            beside = any(abs(number - place) == 1 for _, number in claims.get(ColumnRole.OTHER_ACCOUNT, []))
            role = ColumnRole.OTHER_NAME if beside and not known else ColumnRole.OWN_NAME
        claims.setdefault(role, []).append((100, place))


def _names_an_account(header: str) -> bool:
    return any(name in EITHER_ACCOUNT for name in spellings_of(header))


def _is_not_the_stated_account(sheet: Sheet, at: int, place: int) -> bool:
    """The preamble names our account and the first value in this column is another."""
    facts = [one for row, cells in enumerate(sheet.rows[:at], start=1) for one in stated_on(row, cells)]
    ours = {account(one.text) for one in facts if one.fact is Fact.ACCOUNT}
    values = (
        cells[place] for cells in sheet.rows[at + 1 :] if place < len(cells) and cells[place] is not None
    )
    first = next(values, None)
    return bool(ours) and isinstance(first, str) and account(first) not in ours


def _claim_flag(
    sheet: Sheet, at: int, headers: tuple[str, ...], places: dict[ColumnRole, int], unknown: list[int]
) -> None:
    """交易类型 and its like give the direction only when every value in the column is one."""
    if ColumnRole.FLAG in places or not places.keys() & set(AMOUNTS):
        return
    candidates = [*unknown, places[ColumnRole.SUMMARY]] if ColumnRole.SUMMARY in places else [*unknown]
    for place, header in enumerate(headers):
        if place not in candidates and plain(header) in MAYBE_FLAG:
            candidates.append(place)
    for place in candidates:
        if plain(headers[place]) in MAYBE_FLAG and _all_directions(sheet, at, place):
            places[ColumnRole.FLAG] = place
            if places.get(ColumnRole.SUMMARY) == place:
                del places[ColumnRole.SUMMARY]
            return


def _all_directions(sheet: Sheet, at: int, place: int) -> bool:
    rows = sheet.rows[at + 1 : at + 1 + FLAG_ROWS_LOOKED_AT]
    values = [cells[place] for cells in rows if place < len(cells) and cells[place] is not None]
    return bool(values) and all(is_direction(value) for value in values)


def _missing(places: dict[ColumnRole, int]) -> list[str]:
    missing = []
    if not {ColumnRole.BOOKED_DAY, ColumnRole.TRADED_DAY, ColumnRole.TIME} & places.keys():
        missing.append(ColumnRole.TRADED_DAY.value)
    sides = {ColumnRole.DEBIT, ColumnRole.CREDIT}
    lacking = sides - places.keys()
    if len(lacking) == 1:
        missing.append(lacking.pop().value)
    elif lacking and not places.keys() & set(AMOUNTS):
        missing.append(_("借方金额/贷方金额（或交易金额）"))
    if ColumnRole.BALANCE not in places:
        missing.append(ColumnRole.BALANCE.value)
    return missing
