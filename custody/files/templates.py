"""Empty workbooks to fill in: the readers' own columns as headers, choices as drop-downs, one row as example.

The example opens with 示例, so the readers skip it. Refuses nothing: what is filled in is judged when it is
handed in.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from custody.files.choices import OneOf
from custody.files.tables import EXAMPLE, Column
from custody.files.typed_rows import FileRow, stated_columns
from custody.kernel.words import told

ROWS_MAX = 5_000  # rows a drop-down reaches down
CHOICES_LETTERS_MAX = 255  # a drop-down's list may be no longer
_FORMATS = {
    date: "yyyy-mm-dd",
    datetime: "yyyy-mm-dd hh:mm:ss",
    Decimal: "#,##0.00##",
    int: "0",
}
_TEXT = "@"  # keeps the digits of long numbers
_HEADER, _GREY = PatternFill("solid", fgColor="D9E1F2"), PatternFill("solid", fgColor="EEEEEE")
_EXAMPLE_FONT = Font(italic=True, color="808080")
_UNREADABLE = "？"  # no parser but one of text can make anything of it
_COMMENT_SIZE = 320, 110  # width and height in points


@dataclass(frozen=True, slots=True)
class TemplateSheet:
    """One sheet: a table by ``model``, or 项目/内容 pairs; ``example`` and ``choices`` by field name.

    ``rows`` of a table are filled in already, as far as they say, by field name.
    """

    title: str
    model: type[FileRow]
    example: Mapping[str, str]
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pairs: bool = False
    rows: Sequence[Mapping[str, str | int | Decimal]] = ()


def template_bytes(sheets: Sequence[TemplateSheet]) -> bytes:
    """The workbook, ready to be filled in."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        if sheet.pairs:
            _write_pairs(page, sheet)
        else:
            _write_table(page, sheet)
        page.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def choices_of(sheet: TemplateSheet) -> dict[str, tuple[str, ...]]:
    """What a clerk may choose from, by field name: the sheet's own, else the parser's."""
    found = {}
    for name, column in stated_columns(sheet.model).items():
        parser = column.parse
        words = sheet.choices.get(name) or (parser.choices if isinstance(parser, OneOf) else ())
        if words:
            found[name] = tuple(words)
    return found


def _write_table(page: Worksheet, sheet: TemplateSheet) -> None:
    choices = choices_of(sheet)
    for place, (name, column) in enumerate(stated_columns(sheet.model).items(), 1):
        letter = get_column_letter(place)
        shown = f"{EXAMPLE} {sheet.example[name]}" if place == 1 else sheet.example[name]
        header, example = page.cell(1, place, column.name), page.cell(2, place, shown)
        header.font, header.fill = Font(bold=True), _HEADER
        header.comment = _comment(column, choices.get(name, ()))
        example.font, example.fill, example.number_format = _EXAMPLE_FONT, _GREY, _TEXT
        page.column_dimensions[letter].width = max(_width(column.name), _width(shown))
        page.column_dimensions[letter].number_format = _format_of(sheet.model, name)
        if name in choices:
            page.add_data_validation(_drop_down(letter, choices[name]))
        for at, row in enumerate(sheet.rows, 3):
            _fill(page.cell(at, place), row.get(name), _format_of(sheet.model, name))


def _fill(cell: Cell | MergedCell, value: str | int | Decimal | None, number_format: str) -> None:
    """A value as the reader will meet it; text stays text, whatever it begins with."""
    cell.number_format = number_format
    if value is not None:
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"


def _write_pairs(page: Worksheet, sheet: TemplateSheet) -> None:
    """项目, 内容, and the example in a third column that no reader looks at."""
    headings = ("项目", "内容", EXAMPLE)
    for place, heading in enumerate(headings, 1):
        cell = page.cell(1, place, heading)
        cell.font, cell.fill = Font(bold=True), _HEADER
        page.column_dimensions[get_column_letter(place)].width = 36
    for row, (name, column) in enumerate(stated_columns(sheet.model).items(), 2):
        item, example = page.cell(row, 1, column.name), page.cell(row, 3, sheet.example[name])
        item.comment = _comment(column, ())
        page.cell(row, 2).number_format = _format_of(sheet.model, name)
        example.font, example.fill = _EXAMPLE_FONT, _GREY


def _comment(column: Column, choices: Sequence[str]) -> Comment:
    """What the readers expect of the column, in their own words."""
    said = [expected_of(column)]
    if choices:
        said.append(told(_("可选：%(choices)s"), choices=choices))
    if column.blank_ok or not column.required:
        said.append(_("可以不填"))
    if column.aliases:
        said.append(told(_("列名也可写作：%(aliases)s"), aliases=column.aliases))
    width, height = _COMMENT_SIZE
    return Comment("\n".join(said), _("模板"), width=width, height=height)


def expected_of(column: Column) -> str:
    """What a column's parser says of a cell it can make nothing of; text takes anything."""
    try:
        column.parse(_UNREADABLE)
    except ValueError as refusal:
        return str(refusal)
    return _("文字")


def _format_of(model: type[FileRow], name: str) -> str:
    annotation: Any = model.model_fields[name].annotation
    return _FORMATS.get(annotation, _TEXT)


def _drop_down(letter: str, choices: Sequence[str]) -> DataValidation:
    """A list that suggests: other spellings the readers know stay possible after a warning."""
    fit = [choice for choice in choices if not {",", '"'} & set(choice)]
    words = ",".join(fit)
    if len(words) > CHOICES_LETTERS_MAX:
        words = ",".join(fit[: words[:CHOICES_LETTERS_MAX].count(",")])
    made = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True, errorStyle="warning")
    made.showErrorMessage = True
    made.error = _("不在可选之列；若确为同义写法，可以保留")
    made.add(f"{letter}2:{letter}{ROWS_MAX}")
    return made


def _width(text: str) -> int:
    """Columns a text takes, a Chinese character two, with a little air."""
    return sum(1 if letter.isascii() else 2 for letter in text) + 4
