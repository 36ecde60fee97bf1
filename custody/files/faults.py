"""What is wrong with a file, cell by cell, in a clerk's words. Refuses nothing without a reason."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from custody.kernel.invariants import invariant
from custody.kernel.words import told

VALUE_SHOWN_MAX = 60  # characters of a cell repeated back; the rest is the file's, not the message's


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where (``row`` 1-based, as a clerk sees it), what stood there, what was expected."""

    file: str
    sheet: str
    row: int | None
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        """One line: 文件 sheet 第N行 列「…」 值「…」：expected。"""
        where = [self.file]
        if self.sheet:
            where.append(self.sheet)
        if self.row is not None:
            where.append(told(_("第%(row)s行"), row=self.row))
        if self.column:
            where.append(told(_("列「%(column)s」"), column=self.column))
        if self.value:
            where.append(told(_("值「%(value)s」"), value=shown(self.value)))
        return told(_("%(place)s：%(expected)s"), place=" ".join(where), expected=self.expected)

    def as_dict(self) -> dict[str, str | int | None]:
        """The same facts for a machine, keys in reading order."""
        return asdict(self)


class Refused(Exception):
    """The whole file is refused; ``faults`` carries every reason, never none."""

    faults: tuple[Fault, ...]

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        invariant(self.faults, "a refusal gives at least one reason")
        super().__init__("\n".join(str(fault) for fault in self.faults))


def refuse(file: str, sentence: str | Promise, *, sheet: str = "", value: str = "", **facts: Any) -> Refused:
    """A refusal of the whole file for one reason, its facts told in ``sentence``, ready to raise."""
    worded = {name: str(fact) if isinstance(fact, Promise) else fact for name, fact in facts.items()}
    expected = told(str(sentence), **worded)
    return Refused([Fault(file=file, sheet=sheet, row=None, column="", value=value, expected=expected)])


def shown(value: object) -> str:
    """A cell's content on one line, short enough to read in a message."""
    text = " ".join(str(value).split()) if value is not None else ""
    return text if len(text) <= VALUE_SHOWN_MAX else text[: VALUE_SHOWN_MAX - 1] + "…"
