"""What one edition of a publication says otherwise than the one before, in words owners read. Pure.

Refuses to call an edition new for what only stands beside it: parties, scores, what is unpaid today.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

BESIDE = ("unpaid", "parties", "resolutions", "scores")
_FIGURES = ("opening", "received", "pending", "paid", "closing")
NUMBERS_TOLD = 20

Change = list[str]  # words, as it was, as it is


def compared(says: Mapping[str, Any]) -> dict[str, Any]:
    """What makes an edition another one."""
    return {key: value for key, value in says.items() if key not in BESIDE}


def changes_between(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Every figure of the page that differs, line by line."""
    titles = {
        "opening": _("期初"), "received": _("收到"), "pending": _("还不知道是谁交的"), "paid": _("付出"),
        "closing": _("期末"),
    }  # fmt: skip
    found = [
        [titles[key], before[key], now[key]]
        for key in _FIGURES
        if before.get(key) is not None and now.get(key) is not None and before[key] != now[key]
    ]
    was, stands = dict(_lines(before)), dict(_lines(now))
    for slug in dict.fromkeys([*stands, *was]):
        label, amount = stands.get(slug) or (was[slug][0], "0.00")
        then = was.get(slug, (label, "0.00"))[1]
        if then != amount:
            found.append([label, then, amount])
    return found


def entries_changed(before: Mapping[int, Any], now: Mapping[int, Any]) -> list[Change]:
    """Entries that came, and entries that are told otherwise."""
    found = []
    for words, numbers in (
        (_("新增的分录"), [each for each in now if each not in before]),
        (_("说法有变的分录"), [each for each in now if each in before and before[each] != now[each]]),
    ):
        if numbers:
            found.append([words, "", _told(numbers)])
    return found


def _told(numbers: Collection[int]) -> str:
    shown = " ".join(f"#{each}" for each in sorted(numbers)[:NUMBERS_TOLD])
    return shown if len(numbers) <= NUMBERS_TOLD else f"{shown} …"


def _lines(says: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for part in ("received_lines", "paid_lines", "other"):
        for line in says.get(part, ()):
            yield line["slug"], (line["label"], line["amount"])
