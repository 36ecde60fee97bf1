"""The chart of a trust's cash: what moved much is named, and nothing leaves the frame."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from settlement.web.charts import WIDTH, daily_chart

FIRST = date(2025, 9, 25)


def chart(*amounts: str) -> str:
    days = [(FIRST + timedelta(at), Decimal(amount)) for at, amount in enumerate(amounts)]
    return str(daily_chart(days, "资金"))


@pytest.mark.parametrize(
    ("moved", "named"), [("60999.99", []), ("61000.00", ["+0.1万"]), ("18000.00", ["−4.2万"])]
)
def test_only_a_movement_that_has_a_figure_is_named(moved: str, named: list[str]) -> None:
    said = re.findall(r'class="say"[^>]*>([^<]*)', chart("60000.00", moved, moved))

    assert said == named


def test_the_last_months_name_ends_within_the_frame() -> None:
    drawn = chart(*["60000.00"] * 7)  # the last day is 1 October
    ((x, _name),) = re.findall(r'<text x="([0-9.]+)" y="190">([^<]*)', drawn)

    assert float(x) + 28 <= WIDTH
