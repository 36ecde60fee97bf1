"""Figures as clerks write them: ￥2.10, 2.10元, 1.5万元, 12%, 千分之三, 1栋, 第三季度, all in either width.

Answers None for what could mean two things (6万5, 1,23.4, 6万 of things that are counted): never guesses.
"""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

DIGITS_MAX = 15  # of a figure before its point; more are an account number, not a figure

_GROUPED = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,{DIGITS_MAX}}})"
_DECIMAL = rf"{_GROUPED}(?:\.\d{{1,12}})?"
_MARK = "(?:¥|RMB|CNY|人民币)"
_AMOUNT = re.compile(
    rf"(?:(?P<sign>[+-])?\s*{_MARK}?|{_MARK}\s*(?P<inner>[+-]))\s*(?P<figure>{_DECIMAL})\s*"
    r"(?:(?P<scale>[万亿])\s*[元圆]?|[元圆][整正]?)?",
    re.ASCII | re.IGNORECASE,
)
_SCALES = {None: Decimal(1), "万": Decimal(10**4), "亿": Decimal(10**8)}
_FIGURE = re.compile(rf"[+-]?{_DECIMAL}", re.ASCII)
_M2, _AND = "(?:m2|平方米|平米)", "[/每·*.]"
_PRICE = re.compile(rf"(?P<figure>[0-9.,]+)元(?:[/每]{_M2}(?:{_AND}?月)?|[/每]月{_AND}{_M2})?")
_WHOLE = re.compile(rf"[+-]?{_GROUPED}(?:\.0+)?", re.ASCII)
_PERCENT = re.compile(r"(?P<figure>\d{1,3}(?:\.\d{1,12})?)\s*(?P<of>[%‰]?)", re.ASCII)
_PARTS_OF = re.compile(
    r"(?P<of>[百千])分之(?P<figure>\d{1,3}(?:\.\d{1,12})?|[零一二三四五六七八九十]+)", re.ASCII
)
_DENOMINATORS = {"": 1, "%": 100, "‰": 1000, "百": 100, "千": 1000}
_CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
_CHINESE = re.compile("零|两|(?:(?P<tens>[一二三四五六七八九])?(?P<ten>十))?(?P<ones>[一二三四五六七八九])?")


def narrow(text: str) -> str:
    """Full-width digits, letters and signs as half-width ones, the edges trimmed."""
    return unicodedata.normalize("NFKC", text).strip()


def folded_word(text: str) -> str:
    """A word for comparing: half-width, without spaces, lower case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def amount_in(text: str) -> Decimal | None:
    """Yuan, exact: 1,234.50, ￥2.10, 2.10元, 1.5万元."""
    found = _AMOUNT.fullmatch(narrow(text))
    if found is None:
        return None
    figure = _decimal(found["figure"]) * _SCALES[found["scale"]]
    return -figure if "-" in (found["sign"], found["inner"]) else figure


def quantity_in(text: str, units: Iterable[str] = ()) -> Decimal | None:
    """A figure that may carry one of ``units``: 95.05 or 95.05㎡."""
    bare = _without_unit(narrow(text), units)
    return _decimal(bare) if _FIGURE.fullmatch(bare) else None


def price_in(text: str) -> Decimal | None:
    """Yuan per m² and month: 2.10, ￥2.10, 2.10元, 2.10元/㎡·月; None for a price of another measure."""
    bare = narrow(text).replace(" ", "").removeprefix("¥")
    priced = _PRICE.fullmatch(bare)
    return quantity_in(priced["figure"] if priced else bare)


def whole_in(text: str, units: Iterable[str] = ()) -> int | None:
    """A whole number; with ``units`` also 1栋, 第1栋, 一栋."""
    units = tuple(units)
    bare = _without_unit(narrow(text), units)
    if units:
        bare = bare.removeprefix("第").strip()
    if _WHOLE.fullmatch(bare):
        return int(_decimal(bare))
    return _chinese(bare) if units else None


def fraction_in(text: str) -> Decimal | None:
    """A share of one: 0.12, 12%, 3‰, 百分之12, 千分之三."""
    folded = narrow(text)
    found = _PERCENT.fullmatch(folded) or _PARTS_OF.fullmatch(folded)
    if found is None:
        return None
    chinese = _chinese(found["figure"])
    if chinese is None and not _FIGURE.fullmatch(found["figure"]):
        return None
    figure = _decimal(found["figure"]) if chinese is None else Decimal(chinese)
    return figure / _DENOMINATORS[found["of"]]


def _without_unit(text: str, units: Iterable[str]) -> str:
    """``text`` without the longest of ``units`` that ends it."""
    for unit in sorted(map(narrow, units), key=len, reverse=True):
        if text.lower().endswith(unit.lower()) and len(text) > len(unit):
            return text[: -len(unit)].strip()
    return text


def _chinese(text: str) -> int | None:
    """零 to 九十九 as a number."""
    found = _CHINESE.fullmatch(text)
    if not text or found is None:
        return None
    if text in _CHINESE_DIGITS:
        return _CHINESE_DIGITS[text]
    tens = _CHINESE_DIGITS[found["tens"] or "一"]
    return tens * 10 + _CHINESE_DIGITS[found["ones"] or "零"]


def _decimal(figure: str) -> Decimal:
    return Decimal(figure.replace(",", ""))
