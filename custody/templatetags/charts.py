"""Charts as SVG with classes: nothing inline, what they show stands in words and in a table beside them.

Refuses floats of money: positions are computed from Decimal, and drawn to a tenth.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from custody.templatetags.paper import in_yuan, on_day

register = template.Library()
WIDTH, HEIGHT, LEFT, TOP, FOOT = 600, 210, 60, 14, 24
STEPS = 4
ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@register.simple_tag
def cash_chart(days: Sequence[tuple[date, Decimal]], name: str) -> SafeString:
    """End-of-day amounts as a stepped curve over a filled ground; nothing for fewer than two days."""
    if len(days) < 2:
        return SafeString("")
    top = _round_up(max(amount for _on, amount in days))
    wide, high = Decimal(WIDTH - LEFT) / (len(days) - 1), Decimal(HEIGHT - TOP - FOOT)

    def across(at: int) -> str:
        return f"{LEFT + wide * at:.1f}"

    def up(amount: Decimal) -> str:
        return f"{TOP + high - high * max(amount, Decimal(0)) / top:.1f}"

    curve = f"M{across(0)} {up(days[0][1])}" + "".join(
        f"H{across(at)}V{up(amount)}" for at, (_on, amount) in enumerate(days[1:], 1)
    )
    grid = [(LEFT, WIDTH, up(level), LEFT - 6, f"{level:,.0f}") for level in _levels(top)]
    months = [(across(at), HEIGHT - 6, on_day(on)) for at, (on, _amount) in enumerate(days) if on.day == 1]
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img"><title>{}</title>{}{}'
        '<path class="area" d="{}V{}H{}Z"/><path class="curve" d="{}"/>'
        '<text class="say" x="{}" y="{}" text-anchor="end">{}</text></svg>',
        WIDTH, HEIGHT, name,
        format_html_join(
            "",
            '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
            '<text x="{3}" y="{2}" dy="4" text-anchor="end">{4}</text>',
            grid,
        ),
        format_html_join("", '<text x="{}" y="{}">{}</text>', months),
        curve, up(Decimal(0)), LEFT, curve,
        WIDTH, max(TOP, Decimal(up(days[-1][1])) - 6), in_yuan(days[-1][1]),
    )  # fmt: skip


def _levels(top: Decimal) -> list[Decimal]:
    return [top * step / STEPS for step in range(STEPS + 1)]


def _round_up(amount: Decimal) -> Decimal:
    """The next round figure that is not less: 1, 2, 2.5 or 5 times a power of ten."""
    if amount <= 0:
        return Decimal(STEPS)
    power = Decimal(10) ** amount.adjusted()
    return next(power * each for each in ROUND if power * each >= amount)
