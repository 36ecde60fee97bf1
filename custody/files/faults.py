"""What is wrong with a file, cell by cell, in a clerk's words. Refuses nothing without a reason."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from custody.kernel.invariants import invariant

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
        """One line: 文件 sheet 第N行 列「…」 值「…」:expected."""
        where = [self.file]
        if self.sheet:
            where.append(self.sheet)
        if self.row is not None:
            where.append(f"第{self.row}行")
        if self.column:
            where.append(f"列「{self.column}」")
        if self.value:
            where.append(f"值「{shown(self.value)}」")
        return f"{' '.join(where)}:{self.expected}"

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


def refuse(file: str, expected: str, *, sheet: str = "", value: str = "") -> Refused:
    """A refusal of the whole file for one reason, ready to raise."""
    return Refused([Fault(file=file, sheet=sheet, row=None, column="", value=value, expected=expected)])


def shown(value: object) -> str:
    """A cell's content on one line, short enough to read in a message."""
    text = " ".join(str(value).split()) if value is not None else ""
    return text if len(text) <= VALUE_SHOWN_MAX else text[: VALUE_SHOWN_MAX - 1] + "…"
