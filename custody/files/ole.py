"""The OLE container and the BIFF records of a legacy .xls, read before any parser trusts them.

Refuses loops, sectors outside the file, passwords, macros and formulas; reads no cell's content.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct, error, pack, unpack_from

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAST_SECTOR = 0xFFFFFFFA  # from here up the numbers are marks (free, end of chain), not sectors
TABLE_SECTOR, END_OF_CHAIN, FREE = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
DIRECTORY_ENTRY = 128
MINI_SECTOR = 64
MACRO_STORAGES = frozenset({"_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA", "MACROS"})
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")  # the stream a locked .xlsx is wrapped in

BOF_RECORDS = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
EOF_RECORD = 0x000A
FILEPASS = 0x002F
SHEET_NAME = 0x0085
EXTENT = 0x0200
RUNS = frozenset({0x00BD, 0x00BE})  # several cells of one row in one record
SHARED_STRINGS, CONTINUE = 0x00FC, 0x003C
SHARED_STRING_BYTES_MIN = 3  # length and flags
FORMULAS = frozenset({0x0006, 0x0206, 0x0406})
BOOL_OR_ERROR = 0x0205
CELLS = frozenset(
    {0x0006, 0x0206, 0x0406, 0x0204, 0x00FD, 0x0203, 0x027E, 0x00BD, 0x0201, 0x00BE, 0x0205, 0x00D6}
)
VBA_MARKS = frozenset({0x00D3})
MACRO_SHEET_KINDS = frozenset({1, 6})  # Excel 4 macro sheets and Visual Basic modules

_WORD = Struct("<I")


class BrokenContainer(ValueError):
    """The bytes contradict themselves: cut short, looped, or pointing outside the file."""


@dataclass(frozen=True, slots=True)
class CellMark:
    """One cell worth naming: the sheet's name and the 0-based row and column."""

    sheet: str
    row: int
    column: int


@dataclass(slots=True)
class WorkbookSurvey:
    """What the records say about a workbook, before its cells are read; sizes as a parser would allocate."""

    encrypted: bool = False
    macros: bool = False
    formulas: list[CellMark] = field(default_factory=list)
    error_cells: list[CellMark] = field(default_factory=list)
    rows_max: int = 0
    columns_max: int = 0
    strings_promised: int = 0
    string_bytes: int = 0
    depth: int = 0
    names: dict[int, str] = field(default_factory=dict)
    sheet: str = ""
    last_kind: int = 0

    def note(self, at: int, kind: int, body: bytes) -> None:
        """Take one record into account; ``at`` is its offset in the stream."""
        if kind in BOF_RECORDS:
            self.depth += 1
            self.sheet = self.names.get(at, self.sheet)
        elif kind == EOF_RECORD:
            self.depth -= 1
        elif kind == FILEPASS:
            self.encrypted = True
        elif kind == SHEET_NAME:
            place, self.names[place], macro = _sheet_name(body)
            self.macros = self.macros or macro
        elif kind in VBA_MARKS:
            self.macros = True
        elif kind == SHARED_STRINGS:
            self.strings_promised, self.string_bytes = unpack_from("<I", body, 4)[0], len(body)
        elif kind == CONTINUE and self.last_kind == SHARED_STRINGS:
            self.string_bytes += len(body)
            return
        else:
            self._note_cell(kind, body)
        self.last_kind = kind

    def _note_cell(self, kind: int, body: bytes) -> None:
        if kind == EXTENT:
            row_first, row_last, column_first, column_last = unpack_from(
                "<IIHH" if len(body) >= 14 else "<4H", body
            )
            if row_first > row_last or column_first > column_last:
                raise BrokenContainer("a sheet's extent runs backwards")
            self._stretch(row_last, column_last)
        elif kind in CELLS:
            row, column = unpack_from("<HH", body)
            self._stretch(row + 1, column + 1 + (len(body) // 6 if kind in RUNS else 0))
            if kind in FORMULAS:
                self.formulas.append(CellMark(self.sheet, row, column))
            elif kind == BOOL_OR_ERROR and body[7]:
                self.error_cells.append(CellMark(self.sheet, row, column))

    def _stretch(self, rows: int, columns: int) -> None:
        self.rows_max, self.columns_max = max(self.rows_max, rows), max(self.columns_max, columns)


class Container:
    """An OLE compound file held in memory: its stream names and one stream's bytes at a time."""

    def __init__(self, raw: bytes) -> None:
        """Raises BrokenContainer when the header, the tables or the directory cannot be followed."""
        self._raw = raw
        try:
            self._open()
        except (error, IndexError) as broken:
            raise BrokenContainer(str(broken)) from broken

    def _open(self) -> None:
        raw = self._raw
        shift, mini_shift = unpack_from("<HH", raw, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise BrokenContainer("sector size")
        self._size = 1 << shift
        directory, self._cutoff, mini_table, mini_count = (
            unpack_from("<I", raw, 48)[0],
            unpack_from("<I", raw, 56)[0],
            *unpack_from("<II", raw, 60),
        )
        table: list[int] = []
        for sector in self._table_sectors():
            table.extend(word for (word,) in _WORD.iter_unpack(self._sector(sector)))
        self._table = table
        listing = b"".join(self._sector(sector) for sector in self._chain(directory, self._table))
        self._entries = list(_entries(listing))
        mini = b"".join(self._sector(s) for s in self._chain(mini_table, self._table)) if mini_count else b""
        self._mini_table = [word for (word,) in _WORD.iter_unpack(mini)]

    @property
    def names(self) -> frozenset[str]:
        """Every stream and storage name, upper case."""
        return frozenset(name.upper() for name, *_ in self._entries)

    def stream(self, *wanted: str) -> bytes | None:
        """The bytes of the first stream bearing one of these names, or None."""
        for name, kind, start, length in self._entries:
            if kind == 2 and name.upper() in wanted:
                return self._content(start, length)
        return None

    def _content(self, start: int, length: int) -> bytes:
        if length >= self._cutoff:
            whole = b"".join(self._sector(sector) for sector in self._chain(start, self._table))
        else:
            _, _, root_start, root_length = next(
                (e for e in self._entries if e[1] == 5), ("", 5, LAST_SECTOR, 0)
            )
            pool = b"".join(self._sector(sector) for sector in self._chain(root_start, self._table))[
                :root_length
            ]
            pieces = [
                pool[n * MINI_SECTOR : (n + 1) * MINI_SECTOR] for n in self._chain(start, self._mini_table)
            ]
            whole = b"".join(pieces)
        if len(whole) < length:
            raise BrokenContainer("a stream is shorter than it says")
        return whole[:length]

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        piece = self._raw[at : at + self._size]
        if len(piece) < self._size:
            raise BrokenContainer("a sector lies outside the file")
        return piece

    def _table_sectors(self) -> Iterator[int]:
        count, extra, extra_count = (unpack_from("<I", self._raw, at)[0] for at in (44, 68, 72))
        listed = list(unpack_from("<109I", self._raw, 76))
        seen: set[int] = set()
        while extra < LAST_SECTOR and len(seen) < extra_count:
            if extra in seen:
                raise BrokenContainer("the sector list loops")
            seen.add(extra)
            *more, extra = (word for (word,) in _WORD.iter_unpack(self._sector(extra)))
            listed.extend(more)
        used = [sector for sector in listed if sector < LAST_SECTOR]
        if len(used) < count or count * self._size > len(self._raw):
            raise BrokenContainer("the sector list is short")
        return iter(used[:count])

    def _chain(self, start: int, table: list[int]) -> Iterator[int]:
        seen = 0
        while start < LAST_SECTOR:
            seen += 1
            if start >= len(table) or seen > len(table):
                raise BrokenContainer("a chain of sectors loops or leaves the file")
            yield start
            start = table[start]


def rebuilt(book: bytes) -> bytes:
    """A fresh container holding only this Workbook stream, so no parser follows the original's tables."""
    size = 4096
    data = book.ljust(-(-max(len(book), size) // size) * size, b"\0")
    used = len(data) // size
    per_sector = size // 4
    tables = -(-(used + 2) // (per_sector - 1))
    links = [*range(1, used), END_OF_CHAIN, END_OF_CHAIN, *[TABLE_SECTOR] * tables]
    links += [FREE] * (tables * per_sector - len(links))
    listed = [*range(used + 1, used + 1 + tables)]
    header = (
        SIGNATURE
        + bytes(16)
        + pack(
            "<HHHHH6xIIIIIIIIII",
            62,
            4,
            0xFFFE,
            12,
            6,
            1,
            tables,
            used,
            0,
            size,
            END_OF_CHAIN,
            0,
            END_OF_CHAIN,
            0,
            0,
        )
    )
    header = header[:76] + pack("<109I", *listed, *[FREE] * (109 - tables))
    directory = _entry("Root Entry", 5, used, 0, child=1) + _entry("Workbook", 2, 0, len(data), child=FREE)
    return b"".join(
        (header.ljust(size, b"\0"), data, directory.ljust(size, b"\0"), pack(f"<{len(links)}I", *links))
    )


def _entry(name: str, kind: int, start: int, length: int, *, child: int) -> bytes:
    label = name.encode("utf-16-le") + b"\0\0"
    return label.ljust(64, b"\0") + pack(
        "<HBBIII36xIII", len(label), kind, 1, FREE, FREE, child, start, length, 0
    )


def _entries(listing: bytes) -> Iterator[tuple[str, int, int, int]]:
    for at in range(0, len(listing) - DIRECTORY_ENTRY + 1, DIRECTORY_ENTRY):
        length, kind = unpack_from("<HB", listing, at + 64)
        if kind in (1, 2, 5) and 2 <= length <= 64:
            name = listing[at : at + length - 2].decode("utf-16-le", "replace")
            start, size = unpack_from("<II", listing, at + 116)
            yield name, kind, start, size


def survey_workbook(book: bytes) -> WorkbookSurvey:
    """What a Workbook stream's records hold; raises BrokenContainer when they do not add up."""
    survey = WorkbookSurvey()
    try:
        for at, kind, body in _records(book):
            survey.note(at, kind, body)
            if survey.encrypted:
                return survey  # what follows is ciphertext
    except (error, IndexError) as broken:
        raise BrokenContainer(str(broken)) from broken
    if survey.depth:
        raise BrokenContainer("a sheet does not end")
    if survey.strings_promised * SHARED_STRING_BYTES_MIN > survey.string_bytes:
        raise BrokenContainer("more shared strings promised than the file can hold")
    return survey


def _records(book: bytes) -> Iterator[tuple[int, int, bytes]]:
    at, depth = 0, 0
    while at + 4 <= len(book):
        kind, length = unpack_from("<HH", book, at)
        body = book[at + 4 : at + 4 + length]
        if len(body) < length:
            raise BrokenContainer("a record is cut short")
        if kind == 0 and length == 0 and depth == 0:
            return  # padding after the last sheet
        depth += (kind in BOF_RECORDS) - (kind == EOF_RECORD)
        yield at, kind, body
        at += 4 + length


def _sheet_name(body: bytes) -> tuple[int, str, bool]:
    """Where a sheet starts, what it is called, and whether it is a macro sheet."""
    place, _, kind, length = unpack_from("<IBBB", body)
    wide = len(body) >= 8 + 2 * length and body[7] & 1
    name = (
        body[8 : 8 + 2 * length].decode("utf-16-le", "replace")
        if wide
        else body[8 : 8 + length].decode("latin-1")
    )
    return place, name, kind in MACRO_SHEET_KINDS
