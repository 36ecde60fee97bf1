"""Charts as SVG with classes of the one stylesheet: the title says the finding; no inline style or script.

Refuses a chart of nothing: the empty text stands for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from custody.kernel.words import told

WIDTH, HEIGHT, LEFT, TOP = 450, 196, 40, 24
BASE = 174  # where nought is drawn
TICKS = 4
LABELS_MAX = 2
LEAST_NAMED = 1000  # yuan: a smaller movement would be called nought
MONTHS_END = WIDTH - 28  # where the last month's name may begin
WAN = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, its amount in yuan, and whether it is the one spoken of."""

    label: str
    amount: Decimal
    here: bool


def daily_chart(days: Sequence[tuple[date, Decimal]], title: str) -> SafeString:
    """Trust cash day by day as a stepped area; the largest movements are named."""
    if len(days) < 2:
        return SafeString()
    top = _ceiling(max(amount for _day, amount in days))
    wide = Decimal(WIDTH - 4 - LEFT) / (len(days) - 1)
    points = [(LEFT + wide * at, _height(amount, top)) for at, (_day, amount) in enumerate(days)]
    curve = f"M{points[0][0]:.1f} {points[0][1]:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in points[1:])
    area = f"{curve}V{BASE}H{LEFT}Z"
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img"><title>{}</title>{}{}'
        '<path class="area" d="{}"/><path class="curve" d="{}"/>{}</svg>',
        WIDTH, HEIGHT, title, _grid(top), _months(days, wide), area, curve, _named(days, points),
    )  # fmt: skip


def month_chart(bars: Sequence[Bar], line: Decimal | None, line_says: str, title: str) -> SafeString:
    """A bar a month; the dashed line is what a month may take by the budget."""
    top = max([bar.amount for bar in bars] + ([line] if line else []), default=Decimal(0))
    if not bars or top <= 0:
        return SafeString()
    drawn = [
        (
            "f1" if bar.here else "f2",
            6 + 76 * at,
            72 - bar.amount * 56 / top,
            bar.amount * 56 / top,
            bar.label,
        )
        for at, bar in enumerate(bars)
    ]
    rects = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="44" height="{}"/>'
        '<text x="{}" y="87" text-anchor="middle">{}</text>',
        ((kind, x, f"{y:.1f}", f"{high:.1f}", x + 22, label) for kind, x, y, high, label in drawn),
    )
    mark = SafeString()
    if line:
        y = f"{72 - line * 56 / top:.1f}"
        mark = format_html(
            '<line class="mark-line" x1="0" x2="226" y1="{}" y2="{}"/>'
            '<text class="say" x="232" y="{}">{}</text>',
            y, y, f"{76 - line * 56 / top:.1f}", line_says,
        )  # fmt: skip
    return format_html(
        '<svg class="chart" viewBox="0 0 300 92" role="img"><title>{}</title>{}{}'
        '<line class="axis" x1="0" x2="226" y1="72" y2="72"/></svg>',
        title, rects, mark,
    )  # fmt: skip


def month_label(day: date) -> str:
    """7月, or Jul."""
    return f"{day:%b}" if get_language() == "en" else told(_("%(month)s月"), month=day.month)


def in_wan(amount: Decimal) -> str:
    """A round figure for an axis: 60万, or 600k."""
    if get_language() == "en":
        return f"{amount / 1000:,.0f}k" if amount else "0"
    return told(_("%(amount)s万"), amount=_short(amount / WAN)) if amount else "0"


def _short(value: Decimal) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _ceiling(most: Decimal) -> Decimal:
    """The least round figure above all that ``TICKS`` even steps reach."""
    step = Decimal(1)
    while True:
        for part in (1, 2, 5):
            if step * part * TICKS >= most:
                return step * part * TICKS
        step *= 10


def _height(amount: Decimal, top: Decimal) -> Decimal:
    return BASE - max(amount, Decimal(0)) * (BASE - TOP) / top


def _grid(top: Decimal) -> SafeString:
    lines = []
    for at in range(TICKS + 1):
        y = _height(top * at / TICKS, top)
        lines.append(
            ("grid" if at else "axis", LEFT, WIDTH - 4, f"{y:.1f}", f"{y:.1f}", LEFT - 6, f"{y + 4:.1f}",
             in_wan(top * at / TICKS))
        )  # fmt: skip
    return format_html_join(
        "",
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        lines,
    )


def _months(days: Sequence[tuple[date, Decimal]], wide: Decimal) -> SafeString:
    begins = [(LEFT + wide * at, day) for at, (day, _amount) in enumerate(days) if day.day == 1]
    return format_html_join(
        "",
        '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="190">{}</text>',
        (
            (
                f"{x:.1f}",
                f"{x:.1f}",
                BASE,
                BASE + 4,
                f"{min(x + 4, MONTHS_END):.1f}",
                month_label(day),
            )
            for x, day in begins
        ),
    )


def _named(days: Sequence[tuple[date, Decimal]], points: Sequence[tuple[Decimal, Decimal]]) -> SafeString:
    """The largest movements of a day, with their amount; two that stand close share no place."""
    change_of = {at: days[at][1] - days[at - 1][1] for at in range(1, len(days))}
    chosen: list[int] = []
    for at in sorted(change_of, key=lambda at: -abs(change_of[at])):
        if abs(change_of[at]) < LEAST_NAMED:
            break
        if all(abs(days[at][0] - days[other][0]) > timedelta(days=len(days) // 6) for other in chosen):
            chosen.append(at)
        if len(chosen) == LABELS_MAX:
            break
    said = []
    for at in chosen:
        change = change_of[at]
        x, y = points[at]
        below = y + 18 if change < 0 else y - 8
        sign = "−" if change < 0 else "+"
        said.append((f"{x:.1f}", f"{y:.1f}", f"{x:.1f}", f"{below:.1f}", f"{sign}{in_wan(abs(change))}"))
    return format_html_join(
        "",
        '<circle class="dot" cx="{}" cy="{}" r="3"/>'
        '<text class="say" x="{}" y="{}" text-anchor="middle">{}</text>',
        said,
    )
