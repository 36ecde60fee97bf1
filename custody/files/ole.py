"""The OLE container and the BIFF records of a legacy .xls, read before any parser trusts them.

Refuses loops, sectors outside the file, passwords, macros and formulas; reads no cell's content.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import error, pack, unpack_from
from typing import Any

import olefile

from custody.files.limits import SHEETS_MAX

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TABLE_SECTOR, LAST_SECTOR, FREE = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
ENTRIES_MAX = 1_000  # streams and storages of one container
TABLES_SPARE = 8
WORKBOOK_NAMES = frozenset({"WORKBOOK", "BOOK"})
MACRO_STORAGES = frozenset({"_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA", "MACROS"})
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")  # the stream a locked .xlsx is wrapped in

BOF_RECORDS = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
EOF_RECORD = 0x000A
FILEPASS = 0x002F
SHEET_NAME = 0x0085
EXTENT = 0x0200
RUN_OF_NUMBERS, RUN_OF_BLANKS = 0x00BD, 0x00BE  # several cells of one row in one record
BLANKS = frozenset({0x0201, RUN_OF_BLANKS})
SHARED_STRING_CELL = 0x00FD
MARKS_MAX = 200  # cells named one by one; more would help nobody
SHARED_STRINGS, CONTINUE = 0x00FC, 0x003C
SHARED_STRING_BYTES_MIN = 3  # length and flags
FORMULAS = frozenset({0x0006, 0x0206, 0x0406})
BOOL_OR_ERROR = 0x0205
CELLS = frozenset(
    {0x0006, 0x0206, 0x0406, 0x0204, 0x00FD, 0x0203, 0x027E, 0x00BD, 0x0201, 0x00BE, 0x0205, 0x00D6}
)
VBA_MARKS = frozenset({0x00D3})
MACRO_SHEET_KINDS = frozenset({1, 6})  # Excel 4 macro sheets and Visual Basic modules


class BrokenContainer(ValueError):
    """The bytes contradict themselves: cut short, looped, or pointing outside the file."""


@dataclass(frozen=True, slots=True)
class CellMark:
    """One cell worth naming: the sheet's name and the 0-based row and column."""

    sheet: str
    row: int
    column: int


@dataclass(slots=True)
class SheetExtent:
    """How far one sheet's cells reach and how many are filled, as a parser would allocate them."""

    sheet: str
    rows: int = 1
    columns: int = 1
    filled: int = 0
    strings: "array[int]" = field(default_factory=lambda: array("I"))  # which shared string each cell shows


@dataclass(slots=True)
class WorkbookSurvey:
    """What the records say about a workbook, before its cells are read."""

    encrypted: bool = False
    macros: bool = False
    formulas: list[CellMark] = field(default_factory=list)
    error_cells: list[CellMark] = field(default_factory=list)
    extents: list[SheetExtent] = field(default_factory=list)
    string_pieces: list[bytes] = field(default_factory=list)
    depth: int = 0
    names: dict[int, str] = field(default_factory=dict)
    starts: set[int] = field(default_factory=set)
    last_kind: int = 0

    def note(self, at: int, kind: int, body: bytes) -> None:
        """Take one record into account; ``at`` is its offset in the stream."""
        if kind in BOF_RECORDS:
            if self.depth == 0:
                self._begin(at)
            self.depth += 1
        elif kind == EOF_RECORD:
            self.depth -= 1
        elif kind == FILEPASS:
            self.encrypted = True
        elif kind == SHEET_NAME:
            place, name, macro = _sheet_name(body)
            if place in self.names or len(self.names) >= SHEETS_MAX:
                raise BrokenContainer("too many sheets, or one sheet under two names")
            self.names[place] = name
            self.macros = self.macros or macro
        elif kind in VBA_MARKS:
            self.macros = True
        elif kind == SHARED_STRINGS:
            self.string_pieces = [body]
        elif kind == CONTINUE and self.last_kind == SHARED_STRINGS:
            self.string_pieces.append(body)
            return
        else:
            self._note_cell(kind, body)
        self.last_kind = kind

    def characters(self) -> list[int]:
        """For each of ``extents`` the characters of shared strings, counted in every cell showing them."""
        if not any(extent.strings for extent in self.extents):
            return [0] * len(self.extents)
        try:
            lengths = _string_lengths(self.string_pieces)
        except (error, IndexError) as broken:
            raise BrokenContainer(str(broken)) from broken
        known = len(lengths)
        return [sum(lengths[at] for at in extent.strings if at < known) for extent in self.extents]

    def _begin(self, at: int) -> None:
        self.starts.add(at)
        self.extents.append(SheetExtent(self.names.get(at, "")))
        if len(self.extents) > 1 + 2 * SHEETS_MAX:
            raise BrokenContainer("too many sheets")

    def _note_cell(self, kind: int, body: bytes) -> None:
        if kind != EXTENT and kind not in CELLS:
            return
        if not self.extents:
            raise BrokenContainer("a cell outside every sheet")
        extent = self.extents[-1]
        if kind == EXTENT:
            row_first, row_last, column_first, column_last = unpack_from(
                "<IIHH" if len(body) >= 14 else "<4H", body
            )
            if row_first > row_last or column_first > column_last:
                raise BrokenContainer("a sheet's extent runs backwards")
            extent.rows, extent.columns = max(extent.rows, row_last), max(extent.columns, column_last)
            return
        row, column = unpack_from("<HH", body)
        run = len(body) // 6 if kind == RUN_OF_NUMBERS else len(body) // 2 if kind == RUN_OF_BLANKS else 1
        extent.rows, extent.columns = max(extent.rows, row + 1), max(extent.columns, column + run)
        extent.filled += run if kind not in BLANKS else 0
        if kind == SHARED_STRING_CELL:
            extent.strings.append(unpack_from("<I", body, 6)[0])
        elif kind in FORMULAS and len(self.formulas) < MARKS_MAX:
            self.formulas.append(CellMark(extent.sheet, row, column))
        elif kind == BOOL_OR_ERROR and body[7] and len(self.error_cells) < MARKS_MAX:
            self.error_cells.append(CellMark(extent.sheet, row, column))


def _string_lengths(pieces: list[bytes]) -> list[int]:
    """How many characters each shared string has; a string may go on in the next piece."""
    lengths: list[int] = []
    (promised,) = unpack_from("<I", pieces[0], 4)
    if promised * SHARED_STRING_BYTES_MIN > sum(map(len, pieces)):
        raise BrokenContainer("more shared strings promised than the file can hold")
    piece, at = 0, 8
    for _ in range(promised):
        if at >= len(pieces[piece]):
            piece, at = piece + 1, 0
        length, flags = unpack_from("<HB", pieces[piece], at)
        at += 3
        runs = unpack_from("<H", pieces[piece], at)[0] if flags & 8 else 0
        at += 2 if flags & 8 else 0
        extra = unpack_from("<I", pieces[piece], at)[0] if flags & 4 else 0
        at += 4 if flags & 4 else 0
        lengths.append(length)
        left = length
        while left:
            width = 2 if flags & 1 else 1
            taken = min(left, (len(pieces[piece]) - at) // width)
            left, at = left - taken, at + taken * width
            if left:
                piece, at, flags = piece + 1, 1, pieces[piece + 1][0]
        beyond = 4 * runs + extra
        while beyond > len(pieces[piece]) - at:
            beyond -= len(pieces[piece]) - at
            piece, at = piece + 1, 0
        at += beyond
    return lengths


class Container(olefile.OleFileIO):
    """An OLE compound file, strictly read: whatever contradicts itself is broken, however harmless."""

    def _load_direntry(self, sid: int) -> Any:
        """Read one directory entry; a directory of thousands would be searched with their square."""
        if sid >= ENTRIES_MAX:
            raise BrokenContainer("more streams than a workbook has")
        return super()._load_direntry(sid)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Streams:
    """What a container holds: every stream's and storage's name in upper case, and the workbook's bytes."""

    names: frozenset[str]
    book: bytes | None


def opened(raw: bytes) -> Streams:
    """The names and the workbook of a container; raises BrokenContainer when it cannot be followed."""
    try:
        _check_tables(raw)
        with Container(raw, raise_defects=olefile.DEFECT_INCORRECT) as container:  # type: ignore[no-untyped-call]
            if len(raw) % container.sector_size and container.fat[container.nb_sect - 1] != FREE:
                raise BrokenContainer("the last sector is cut short")
            paths = container.listdir(streams=True, storages=True)
            found = next((path for path in paths if path[-1].upper() in WORKBOOK_NAMES), None)
            names = frozenset(step.upper() for path in paths for step in path)
            return Streams(names, container.openstream(found).read() if found else None)
    except (OSError, ValueError, IndexError, TypeError, AttributeError, RecursionError, error) as broken:
        raise BrokenContainer(str(broken)) from broken


def _check_tables(raw: bytes) -> None:
    """No more tables than the file's sectors need: olefile copies what it has read for each."""
    (shift,) = unpack_from("<H", raw, 30)
    tables, mini_tables, lists = (unpack_from("<I", raw, at)[0] for at in (44, 64, 72))
    if shift not in (9, 12):
        raise BrokenContainer("sector size")
    most = (len(raw) >> shift) // (1 << shift - 2) + TABLES_SPARE
    if max(tables, mini_tables, lists) > most:
        raise BrokenContainer("more tables than the file has sectors for")


def rebuilt(book: bytes) -> bytes:
    """A fresh container holding only this Workbook stream, so no parser follows the original's tables."""
    size = 4096
    data = book.ljust(-(-max(len(book), size) // size) * size, b"\0")
    used = len(data) // size
    per_sector = size // 4
    tables = -(-(used + 2) // (per_sector - 1))
    links = [*range(1, used), LAST_SECTOR, LAST_SECTOR, *[TABLE_SECTOR] * tables]
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
            LAST_SECTOR,
            0,
            LAST_SECTOR,
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
    if not survey.names.keys() <= survey.starts:
        raise BrokenContainer("a sheet begins where none does")
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
