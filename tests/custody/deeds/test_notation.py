"""An estate's terms and units are read as clerks spell them; what could mean two things is refused."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from custody.deeds import estate_file
from custody.deeds.notation import NOTATIONS, TERMS_BY_TITLE
from custody.deeds.terms import TITLES, Term
from custody.models import DeedTerm, Unit
from settlement.contracts.taking_on import onboard_estate
from tests import factories
from tests.custody.money_in.small import AT, TRUSTEE, estate_sheets, item, small_estate, write_estate


@pytest.mark.parametrize(
    ("term", "spelled", "stored"),
    [
        (Term.REMUNERATION_BASE, "实收收入", "COLLECTED_INCOME"),
        (Term.REMUNERATION_BASE, "collected_income", "COLLECTED_INCOME"),
        (Term.REMUNERATION_BASE, "应收收入", "RECOGNISED_INCOME"),
        (Term.REMUNERATION_BASE, "批准预算", "APPROVED_BUDGET"),
        (Term.REMUNERATION_BASE, "经批准的支出", "APPROVED_EXPENDITURE"),
        (Term.REMUNERATION_BASE, "固定：8.6万元", "FIXED:86000.00"),
        (Term.BASE_RATE, "１２％", "0.12"),
        (Term.CUSTODY_FEE_RATE, "千分之0.2", "0.0002"),
        (Term.FEE_BASIS, "日均", "日均余额"),
        (Term.DAY_COUNT, "ａｃｔ／365", "ACT/365"),
        (Term.DAY_COUNT, "360天", "ACT/360"),
        (Term.LIQUIDITY_FLOOR_MONTHS, "2个月", "2"),
        (Term.PERMITTED_PLACEMENTS, "通知存款、国债", "通知存款;国债"),
    ],
)
def test_a_term_is_stored_in_the_notation_the_house_computes_with(
    term: Term, spelled: str, stored: str
) -> None:
    assert NOTATIONS[term](spelled) == stored


@pytest.mark.parametrize(
    ("term", "spelled"),
    [
        (Term.REMUNERATION_BASE, "收入"),
        (Term.REMUNERATION_BASE, "固定"),
        (Term.REMUNERATION_BASE, "固定:6万5"),
        (Term.BASE_RATE, "12"),
        (Term.DAY_COUNT, "30/360"),
        (Term.LIQUIDITY_FLOOR_MONTHS, "6万"),
        (Term.LIQUIDITY_FLOOR_MONTHS, "1年"),
    ],
)
def test_a_term_that_could_mean_two_things_is_refused(term: Term, spelled: str) -> None:
    with pytest.raises(ValueError, match="应为"):
        NOTATIONS[term](spelled)


def test_every_term_has_a_title_and_a_notation() -> None:
    assert set(NOTATIONS) == set(TITLES) == set(TERMS_BY_TITLE.values()) == set(Term)


@pytest.mark.parametrize(
    "cell", ["2.10", "2.10元", "￥2.10", "2.10元/㎡·月", "2.10 元/月/平方米", Decimal("2.1")]
)
def test_a_unit_price_is_yuan_a_square_metre_and_month(cell: Any) -> None:
    assert estate_file.unit_price(cell) == Decimal("2.10")


@pytest.mark.parametrize("cell", ["2.10元/年", "210元/户", "150元/月", "6万", "二元一"])
def test_a_price_of_another_measure_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="应为"):
        estate_file.unit_price(cell)


@pytest.mark.parametrize(
    ("cell", "room"), [("101室", "101"), ("１０１", "101"), (101, "101"), ("12A", "12A")]
)
def test_a_room_is_its_number(cell: Any, room: str) -> None:
    assert estate_file.room(cell) == room


@pytest.mark.usefixtures("committed_db")
def test_a_workbook_in_clerks_spellings_says_the_same_as_a_plain_one(tmp_path: Path) -> None:
    plain = small_estate(tmp_path)
    sheets = estate_sheets()
    for row in sheets["房屋"][1:]:
        row[0], row[1], row[2], row[5] = f"{row[0]}栋", f"第{row[1]}单元", f"{row[2]}室", f"{row[5]}元"
    for row in sheets["信托条款"][1:]:
        row[1] = {"COLLECTED_INCOME": "实收收入", "0.12": "12%"}.get(str(row[1]), row[1])
    item(sheets, "小区", "户数")[1] = f"{item(sheets, '小区', '户数')[1]}户"

    desk = factories.desk_of(TRUSTEE)
    onboard_estate(path=write_estate(tmp_path / "spelled.xlsx", sheets), actor=desk, at=AT)

    spelled = Unit.objects.exclude(fund=plain.fund).latest("pk").fund
    factories.MADE.append(spelled.pk)
    units = [
        list(
            Unit.objects.filter(fund=f)
            .order_by("pk")
            .values_list("building", "entrance", "room", "facts__monthly_price")
        )
        for f in (plain.fund, spelled)
    ]
    terms = [set(DeedTerm.objects.filter(fund=f).values_list("term", "value")) for f in (plain.fund, spelled)]
    assert (units[0], terms[0]) == (units[1], terms[1])
