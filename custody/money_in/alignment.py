"""Where a statement's lines belong in the stored chain: how many are known, and that the rest continue it.

Pure. Refuses a gap, a contradiction, and an overlap that fits in more than one place; never guesses.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from custody.kernel.words import told


@dataclass(frozen=True, slots=True)
class Link:
    """One line as the chain sees it: ``amount`` signed, ``balance`` after it, both yuan."""

    on: date
    amount: Decimal
    balance: Decimal

    @property
    def opening(self) -> Decimal:
        """The balance before the line."""
        return self.balance - self.amount


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a statement does not fit: ``index`` of the offending fresh line, and a sentence with the remedy."""

    index: int
    expected: str


def known_lines(stored: Sequence[Link], fresh: Sequence[Link], opening: Decimal) -> int | Misfit:
    """How many of ``fresh`` are stored already; the others follow the last stored line without a gap.

    ``opening`` is the balance before the first stored line. Identical lines are told apart by the balance
    after them. An export holds whole days, so the overlap is first sought at the first stored line of its
    first day; elsewhere only if exactly one place fits.
    """
    if not fresh:
        return 0
    start = bisect_left([link.on for link in stored], fresh[0].on)
    if _fits(stored, fresh, opening, start):
        return min(len(stored) - start, len(fresh))
    elsewhere = [at for at in range(start + 1, len(stored) + 1) if _fits(stored, fresh, opening, at)]
    if len(elsewhere) == 1:
        return min(len(stored) - elsewhere[0], len(fresh))
    if elsewhere:
        return Misfit(0, _("与已导入的流水有不止一种接法，无法确定；请导出从整日开始的流水"))
    return _misfit(stored, fresh, opening, start)


def _fits(stored: Sequence[Link], fresh: Sequence[Link], opening: Decimal, at: int) -> bool:
    """Whether ``fresh`` laid from place ``at`` agrees with everything stored there, or continues the end."""
    shared = min(len(stored) - at, len(fresh))
    if shared == 0:
        last = stored[-1] if stored else None
        return fresh[0].opening == (last.balance if last else opening) and (
            last is None or fresh[0].on >= last.on
        )
    return list(stored[at : at + shared]) == list(fresh[:shared])


def _misfit(stored: Sequence[Link], fresh: Sequence[Link], opening: Decimal, start: int) -> Misfit:
    """The sentence for a statement that fits nowhere."""
    first = fresh[0]
    if start < len(stored) and stored[start] == first:
        for index, (known, new) in enumerate(zip(stored[start:], fresh, strict=False)):
            if known != new:
                return Misfit(index, _contradiction(known, new))
    facts = {"expected": stored[-1].balance if stored else opening, "found": first.opening}
    if not stored:
        nothing = _(
            "余额不衔接：应接 %(expected)s（尚无流水，应从期初余额接起），文件期初为 %(found)s；"
            "请先导入更早的流水，或核对期初余额"
        )
        return Misfit(0, told(nothing, **facts))
    last_on = stored[-1].on
    broken = _("余额不衔接：应接 %(expected)s（已导入至 %(last_on)s），文件期初为 %(found)s")
    if first.on > last_on + timedelta(days=1):
        remedy = _("请先导入 %(from_on)s 至 %(to_on)s 之间缺少的流水")
        days = {"from_on": last_on, "to_on": first.on - timedelta(days=1)}
    else:
        remedy, days = _("请导出自 %(on)s 起的整日流水"), {"on": min(first.on, last_on)}
    parts = {"broken": told(broken, last_on=last_on, **facts), "remedy": told(remedy, **days)}
    return Misfit(0, told(_("%(broken)s；%(remedy)s"), **parts))


def _contradiction(known: Link, new: Link) -> str:
    """A line that returns with other content."""
    sentence = _(
        "与已导入的流水不符：已有 %(known_on)s 金额%(known_amount)s 余额%(known_balance)s，"
        "文件为 %(new_on)s 金额%(new_amount)s 余额%(new_balance)s"
    )
    sides = {"known": known, "new": new}
    facts = {
        f"{side}_{name}": getattr(link, name)
        for side, link in sides.items()
        for name in ("on", "amount", "balance")
    }
    return told(sentence, **facts)
