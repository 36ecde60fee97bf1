"""How much of one file may be taken into memory: counted before it is built, so that no file exhausts it.

Refuses what is larger than any statement or workbook of an estate; the house stays below 400 MB.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from custody.files.faults import Refused, refuse

SIZE_BYTES_MAX = 20 * 1024 * 1024
ROWS_MAX = 100_000
COLUMNS_MAX = 256
AREA_MAX = 2_000_000  # cells in the rectangles all sheets span; parsers allocate all of them
FILLED_MAX = 1_000_000  # cells with something in them, over all sheets
TEXT_CHARS_MAX = 20_000_000  # characters in all cells together, each counted where it stands
SHEETS_MAX = 100


@dataclass(slots=True)
class Extent:
    """What one file has taken so far, over all its sheets."""

    name: str
    rows: int = 0
    area: int = 0
    filled: int = 0
    characters: int = 0

    def take(self, *, rows: int, columns: int, filled: int, characters: int = 0, sheet: str = "") -> None:
        """Count a sheet's rectangle and what fills it; raises Refused above what the house takes in."""
        self.area += rows * columns
        self.filled += filled
        self.characters += characters
        if rows > ROWS_MAX or columns > COLUMNS_MAX or self.area > AREA_MAX:
            raise too_large(self.name, rows=rows, columns=columns, sheet=sheet)
        if self.filled > FILLED_MAX or self.characters > TEXT_CHARS_MAX:
            raise too_full(self.name, filled=self.filled, characters=self.characters, sheet=sheet)

    def take_row(self, cells: tuple[str | None, ...]) -> None:
        """Count one more row, for readers that build a table row by row; raises Refused as ``take``."""
        self.rows += 1
        self.area += len(cells)
        self.filled += sum(cell is not None for cell in cells)
        if self.rows > ROWS_MAX or len(cells) > COLUMNS_MAX or self.area > AREA_MAX:
            raise too_large(self.name, rows=self.rows, columns=len(cells))
        if self.filled > FILLED_MAX:
            raise too_full(self.name, filled=self.filled, characters=self.characters)


def too_large(name: str, *, rows: int, columns: int, sheet: str = "") -> Refused:
    """A refusal of a table for its rectangle, ready to raise."""
    sentence = _(
        "表格过大（%(rows)s 行 × %(columns)s 列），上限 %(rows_max)s 行、%(columns_max)s 列、"
        "共 %(area_max)s 个单元格；请按月分段导出"
    )
    return refuse(
        name,
        sentence,
        sheet=sheet,
        rows=rows,
        columns=columns,
        rows_max=ROWS_MAX,
        columns_max=COLUMNS_MAX,
        area_max=AREA_MAX,
    )


def too_full(name: str, *, filled: int, characters: int, sheet: str = "") -> Refused:
    """A refusal of a table for what it holds, ready to raise."""
    sentence = _(
        "表格内容过多（%(filled)s 个单元格、%(characters)s 个字），"
        "上限 %(filled_max)s 个单元格、%(characters_max)s 个字；请按月分段导出"
    )
    return refuse(
        name,
        sentence,
        sheet=sheet,
        filled=filled,
        characters=characters,
        filled_max=FILLED_MAX,
        characters_max=TEXT_CHARS_MAX,
    )
