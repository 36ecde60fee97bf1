"""Figures, numbers and signs as our papers and pages write them.

Money: two decimals, thousands by comma, − for minus, — for nil. Refuses a float: money is Decimal.
"""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language

from custody.web.handed import base64url
from custody.web.label_words import label_in_words

register = template.Library()
NIL = "—"
FOUR = 4


@register.filter
def in_yuan(value: object) -> str:
    """18,333.33; −1.00; — for nothing at all."""
    amount = _decimal(value)
    return NIL if amount is None else f"{amount:,.2f}".replace("-", "−")


@register.filter
def in_yuan_or_nil(value: object) -> str:
    """As ``in_yuan``, and — for nought."""
    return in_yuan(value) if _decimal(value) else NIL


@register.filter
def in_percent(rate: Decimal) -> str:
    """A rate as people say it: 0.011 is 1.1%."""
    return f"{(rate * 100).normalize():f}%"


@register.filter
def in_words(label: object) -> str:
    """A label of a table in the visitor's language."""
    return label_in_words(str(label))


@register.filter
def opposite(value: object) -> Decimal | None:
    """The amount with its sign turned."""
    amount = _decimal(value)
    return None if amount is None else -amount


@register.filter
def big_yuan(value: object) -> SafeString:
    """The one great figure of a page: ¥, and the fen smaller."""
    whole, fen = in_yuan(value).split(".") if _decimal(value) is not None else (NIL, "")
    return format_html(
        '<span class="big"><span class="yuan">¥</span>{}<span class="fen">{}</span></span>',
        whole,
        f".{fen}" if fen else "",
    )


@register.filter
def in_fours(number: object) -> SafeString:
    """A long number in groups of four; copied, it is whole. What is no number of digits stays as it is."""
    text = str(number)
    if not text.isdigit():
        return format_html("{}", text)
    groups = [(text[at : at + FOUR],) for at in range(0, len(text), FOUR)]
    return format_html('<span class="id">{}</span>', format_html_join("", "<i>{}</i>", groups))


@register.filter
def tail(number: object) -> str:
    """The last four of a number."""
    return str(number)[-FOUR:]


@register.filter
def on_day(value: date | datetime | str | None) -> str:
    """9月28日, or 28 Sep; of an instant its day at Shanghai; of a text the day it writes (ISO 8601)."""
    if not value:
        return NIL
    if isinstance(value, str):
        return on_day(date.fromisoformat(value))
    on = localtime(value).date() if isinstance(value, datetime) else value
    if get_language() == "en":
        return f"{on.day} {on:%b}"
    return f"{on.month}月{on.day}日"


@register.filter
def in_month(value: date | str) -> str:
    """9月, or Sep."""
    on = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{on:%b}" if get_language() == "en" else f"{on.month}月"


@register.filter
def at_instant(value: datetime | None) -> str:
    """9月28日 15:00, or 28 Sep 15:00, at Shanghai."""
    return NIL if value is None else f"{on_day(value)} {localtime(value):%H:%M}"


@register.filter
def days_until(first: date, last: date) -> int:
    """How many days lie between two."""
    return (last - first).days


@register.filter
def b64(raw: bytes | memoryview) -> str:
    """Bytes as scripts read them: unpadded base64url."""
    return base64url(bytes(raw))


@register.simple_tag
def new_uuid() -> str:
    """A form's own key: what it does is done once."""
    return str(uuid.uuid4())


@register.simple_tag
def share_of(part: object, whole: object) -> str:
    """part ÷ whole as 76.9%; — when there is no whole."""
    of, all_of = _decimal(part), _decimal(whole)
    return NIL if of is None or not all_of else f"{of * 100 / all_of:.1f}%"


@register.simple_tag
def share_bar(whole: object, *parts: object) -> SafeString:
    """A bar of up to two parts of a whole, as SVG with classes; what it says stands in words beside it."""
    total = _decimal(whole) or Decimal(1)
    at, drawn = Decimal(0), []
    for number, part in enumerate(parts, 1):
        width = max(Decimal(0), min(Decimal(1000) - at, (_decimal(part) or Decimal(0)) * 1000 / total))
        drawn.append((number, f"{at:.1f}", f"{width:.1f}"))
        at += width + 2
    return format_html(
        '<svg class="chart bar" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="f3" width="1000" height="8"/>{}</svg>',
        format_html_join("", '<rect class="f{}" x="{}" width="{}" height="8"/>', drawn),
    )


def _decimal(value: Any) -> Decimal | None:
    """The amount, of Money too."""
    if value is None or value == "":
        return None
    amount = getattr(value, "amount", value)
    if isinstance(amount, float):
        raise TypeError("money is Decimal")
    return Decimal(amount)
