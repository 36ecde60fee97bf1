"""One cell of a bank's export into a value. Refuses what is malformed; guesses at nothing."""

import re
from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext as _

from custody.bank.layouts import CURRENCIES, FLAGS_IN, FLAGS_OUT, plain
from custody.files import tables
from custody.files.sniffing import Cell

_FORCED_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # how a csv keeps a workbook from eating leading zeros
_DASHES = re.compile(r"[-—–_*/\s]*")
_DECORATED = re.compile(
    r"(?P<open>\()?(?P<sign>[+-]?)(?:¥|rmb|cny)?"
    r"(?P<inner>[+-]?)(?P<digits>[\d,.]+)元?(?P<close>\))?"
)
_FLAG_WORDS = re.compile(r"[a-z]+|[^\W\d_a-z]+|\d+")  # 贷cr is two words, 借(支出) too
_NAME_AND_NUMBER = re.compile(r"(?P<name>.*?)[\s/|,;:()]*(?P<number>(?=[\d*]*\d)[\d*]{8,})\)?", re.DOTALL)


def words(cell: Cell) -> str:
    """Text as the bank typed it, trimmed; a run of dashes is nothing. Raises ValueError on lost digits."""
    if cell is None:
        return ""
    text = tables.text(cell)
    forced = _FORCED_TEXT.fullmatch(text)
    text = (forced[1] if forced else text).strip(" \t\r\n\u3000'`")
    return "" if _DASHES.fullmatch(text) else text


def amount(cell: Cell) -> Decimal | None:
    """Yuan: ¥, 元, signs, thousands, (brackets for minus); blank or dashes are None. Raises ValueError."""
    if cell is None:
        return None
    if isinstance(cell, int | Decimal | date):
        return tables.money(cell)
    text = words(cell)
    if not text:
        return None
    folded = "".join(tables.half_width(text).split()).lower().replace("−", "-")
    matched = _DECORATED.fullmatch(folded)
    bracketed = bool(matched and matched["open"])
    if not matched or bracketed != bool(matched["close"]) or (matched["sign"] and matched["inner"]):
        raise ValueError(_("金额应为不超过两位小数的数字，如 1,234.50"))
    value = tables.money(matched["digits"])
    negative = bracketed != ("-" in (matched["sign"], matched["inner"]))
    return -value if negative else value


def account(cell: Cell) -> str:
    """An account number without its spacing; masked digits stay masked."""
    return re.sub(r"[\s\[\]-]", "", tables.half_width(words(cell))) if cell is not None else ""


def direction(cell: Cell) -> int:
    """−1 for money out (借), +1 for money in (贷), also 借 Dr and 贷(收入). ValueError on anything else."""
    flags = _FLAG_WORDS.findall(plain(words(cell)))
    if flags and all(flag in FLAGS_OUT for flag in flags):
        return -1
    if flags and all(flag in FLAGS_IN for flag in flags):
        return 1
    raise ValueError(_("应为“借”或“贷”、“收入”或“支出”、“往账”或“来账”、D 或 C"))


def is_direction(cell: Cell) -> bool:
    """Whether a cell holds a direction and nothing else."""
    try:
        return bool(direction(cell))
    except ValueError:
        return False


def currency(cell: Cell) -> str:
    """The ISO code of a currency as banks write it; an unknown one comes back as written."""
    name = plain(words(cell)).replace("(", "").replace(")", "")
    return CURRENCIES.get(name, name.upper()) if name else "CNY"


def name_and_number(text: str) -> tuple[str, str]:
    """A counterparty written in one cell, split into its name and the account that ends it."""
    matched = _NAME_AND_NUMBER.fullmatch(text)
    return (matched["name"].strip(), matched["number"]) if matched else (text, "")


def day_and_time(cell: Cell) -> tuple[date, datetime | None]:
    """A date that may carry its time: 20250701081327, 2025-07-01 08:13:27, 2025/7/1. Raises ValueError."""
    if isinstance(cell, datetime):
        return cell.date(), cell
    if isinstance(cell, date):
        return cell, None
    text = words(cell)
    if not text:
        raise ValueError(_("缺少日期"))
    if len(text) > 10 and not text.endswith("日"):
        stamp = tables.moment(text)
        return stamp.date(), stamp
    return tables.day(text), None


def time_of_day(cell: Cell, on: date) -> datetime | None:
    """The instant a time column gives: a time on ``on``, or a whole date and time. Raises ValueError."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return None
    text = words(tables.half_width(cell).zfill(6) if isinstance(cell, int) else cell)
    if not text:
        return None
    if len(text) > 8 and not re.fullmatch(r"\d{1,2}:\d{2}:\d{2}\.\d+", text):
        return day_and_time(text)[1]
    if tables.folded(text).isdigit() and len(text) == 8:
        return None  # a compact date repeated
    at: time = tables.clock(text)
    return datetime.combine(on, at)
