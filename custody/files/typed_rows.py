"""Typed rows: a pydantic model names the columns of a sheet, in every spelling, and how each cell is read.

One model serves files and, by field name, the API: both run the same cell parsers. Every fault is told with
its row and column. Refuses what ``custody.files.tables`` refuses.

    class OrderRow(FileRow):
        number: str = column("订单号", "商户订单号", parse=order_number)
        payer: str = column("付款人", "付款方", parse=text_max(100), blank="")
        amount: Decimal = column("订单金额", "金额", parse=positive_money)

    page = read_rows(file, OrderRow, sheet="订单")
    for row in page.rows: row.amount ...; page.fault(row, "amount", told(_("…")))
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from custody.files.faults import Fault, Refused
from custody.files.sniffing import Cell, TabularFile
from custody.files.tables import Column, Parse, folded, read_pairs, readable_rows, sheet_of

_NEVER_BLANK: Any = object()


class FileRow(BaseModel):
    """A row, or a sheet of items, read by named columns; ``row`` is 1-based as a clerk sees it, else 0."""

    model_config = ConfigDict(frozen=True, validate_by_name=True, validate_by_alias=True)

    row: int = 0


Model = TypeVar("Model", bound=FileRow)


def column(*names: str, parse: Parse, blank: Any = _NEVER_BLANK, required: bool = True) -> Any:
    """A field read from the column of the first of ``names``, or one spelled as any of the others.

    ``parse`` reads a filled cell or raises ValueError saying what was expected. ``blank`` is the value of an
    empty cell, which is a fault without it. A column that is not ``required`` may be missing (then None).
    """
    name, *others = names
    blank_ok = blank is not _NEVER_BLANK
    default: Any = blank if blank_ok else None if not required else ...
    made: FieldInfo = Field(default=default, validation_alias=AliasChoices(*names), title=name)
    made.metadata += [
        BeforeValidator(_unless_none(parse)),
        Column(name, parse, tuple(others), required=required, blank_ok=blank_ok),
    ]
    return made


@dataclass(slots=True)
class Page(Generic[Model]):
    """One sheet as read: the rows that could be, and the faults of form in the others."""

    file: str
    sheet: str
    model: type[Model]
    rows: list[Model] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether every row could be read, so that what is missing is truly missing."""
        return not self.faults

    def fault(self, row: Model, name: str, expected: str, value: object = None) -> Fault:
        """What is wrong with field ``name`` of ``row``; ``value`` when it should not be told as read."""
        stood = getattr(row, name) if value is None else value
        return Fault(self.file, self.sheet, row.row, title_of(self.model, name), str(stood), expected)


def read_rows(
    file: TabularFile, model: type[Model], *, sheet: str | None = None, optional: bool = False
) -> Page[Model]:
    """The rows of ``sheet`` (the first, when None); a missing sheet is one fault, unless ``optional``."""
    try:
        page = Page(file.name, sheet_of(file, sheet).name, model)
        read, page.faults = readable_rows(file, sheet=sheet, columns=list(columns_of(model).values()))
    except Refused as refusal:
        missing = [] if optional and not has_sheet(file, sheet or "") else list(refusal.faults)
        return Page(file.name, sheet or "", model, faults=missing)
    page.rows = [_made(model, row.values, row.number) for row in read]
    return page


def read_items(file: TabularFile, model: type[Model], *, sheet: str) -> tuple[Model | None, list[Fault]]:
    """The facts of a 项目/内容 sheet, or None with every fault in it."""
    try:
        return _made(model, read_pairs(file, sheet=sheet, items=list(columns_of(model).values())), 0), []
    except Refused as refusal:
        return None, list(refusal.faults)


def has_sheet(file: TabularFile, name: str) -> bool:
    """Whether the file has a sheet of this name."""
    return any(folded(page.name) == folded(name) for page in file.sheets)


def title_of(model: type[FileRow], name: str) -> str:
    """The column's name as the template spells it."""
    return columns_of(model)[name].name


def titles_of(model: type[FileRow]) -> list[str]:
    """Every column's name as the template spells it, in order."""
    return [each.name for each in columns_of(model).values()]


@cache
def columns_of(model: type[FileRow]) -> dict[str, Column]:
    """The columns a model names, each parsed by the very validators the model itself runs."""
    return {
        name: replace(stated, parse=_validated(TypeAdapter(_annotated(model.model_fields[name]))))
        for name, stated in stated_columns(model).items()
    }


def stated_columns(model: type[FileRow]) -> dict[str, Column]:
    """The columns as the model states them, each with the parser it was given."""
    stated = {
        name: next((each for each in info.metadata if isinstance(each, Column)), None)
        for name, info in model.model_fields.items()
    }
    return {name: column for name, column in stated.items() if column is not None}


def _annotated(info: FieldInfo) -> Any:
    """The field's type with its validators."""
    return Annotated[(info.annotation, *info.metadata)]


def _validated(adapter: TypeAdapter[Any]) -> Parse:
    """A cell parser that answers only what the field's type allows."""

    def parse(cell: Cell) -> object:
        try:
            return adapter.validate_python(cell)
        except ValidationError as broken:
            first = broken.errors(include_url=False)[0]
            raise ValueError(str(first.get("ctx", {}).get("error", first["msg"]))) from broken

    return parse


def _unless_none(parse: Parse) -> Parse:
    def parsed(cell: Cell) -> object:
        return None if cell is None else parse(cell)

    return parsed


def _made(model: type[Model], values: Any, number: int) -> Model:
    """A row from values that were validated cell by cell; a blank is the field's own default."""
    by_title = {each.name: name for name, each in columns_of(model).items()}
    filled = {by_title[title]: value for title, value in values.items() if value is not None}
    return model.model_construct(row=number, **filled)


def in_file_order(faults: Sequence[Fault]) -> list[Fault]:
    """File by file and sheet by sheet as first named, then by row; what belongs to no row comes last."""
    places = list(dict.fromkeys((fault.file, fault.sheet) for fault in faults))
    files = list(dict.fromkeys(fault.file for fault in faults))

    def place(fault: Fault) -> tuple[int, int, bool, int]:
        at = places.index((fault.file, fault.sheet))
        return files.index(fault.file), at, fault.row is None, fault.row or 0

    return sorted(faults, key=place)
