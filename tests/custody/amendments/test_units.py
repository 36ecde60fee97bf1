"""A flat is sold, a price changes: from their day on, on two keys; what was before stays."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from custody.deeds import units
from custody.models import LineExplanation, LineKind, Unit, UnitFact
from custody.money_in.candidates import candidates
from tests.custody.amendments.books import Desk, desk
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import Said
from tests.factories import close_period

pytestmark = pytest.mark.usefixtures("committed_db")
SOLD_ON = date(2025, 11, 10)


@pytest.fixture
def at_desk(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def row(
    owner: str | None = None, price: object = None, on: date = SOLD_ON, room: str = "101"
) -> Sequence[Any]:
    """Unit 5-1-101 (or another room of that entrance), whose founding owner is 赵一."""
    return (5, 1, room, None, owner, price, on)


def owner(at_desk: Desk, on: date) -> str:
    return next(
        each.owner_name for each in units.facts_on(at_desk.fund.pk, on) if each.unit.address == "5-1-101"
    )


def test_a_sold_flat_has_its_new_owner_from_the_day_and_the_old_one_before_it(at_desk: Desk) -> None:
    at_desk.enacted("import_units", "房屋", row("郑九"))

    assert [owner(at_desk, day) for day in (date(2025, 11, 9), SOLD_ON)] == ["赵一", "郑九"]


def test_a_receipt_is_matched_with_the_roster_of_its_own_day(at_desk: Desk) -> None:
    """赵一 sold on the tenth: his name is a household's before it, and 郑九's from then on, in one file."""
    at_desk.enacted("import_units", "房屋", row("郑九"))
    statement = at_desk.small.statement(
        [
            Said("2025-11-09", "100.00", "赵一", memo="物业费"),
            Said("2025-11-09", "101.00", "郑九", memo="物业费"),
            Said("2025-11-10", "102.00", "郑九", memo="物业费"),
            Said("2025-11-11", "103.00", "赵一", memo="物业费"),
        ]
    )
    at_desk.run("import_bank_statement", statement)

    kinds = LineExplanation.objects.filter(fund=at_desk.fund).order_by("line__position")
    fee, open_ = LineKind.PROPERTY_FEE, LineKind.SUSPENSE
    assert list(kinds.values_list("kind", flat=True)) == [fee, open_, fee, open_]


def test_a_changed_price_leaves_the_owner_and_the_months_before(at_desk: Desk) -> None:
    at_desk.enacted("import_units", "房屋", row(price="1.5元"))
    before, after = (
        next(f for f in units.facts_on(at_desk.fund.pk, day) if f.unit.address == "5-1-101")
        for day in (date(2025, 11, 9), SOLD_ON)
    )

    assert (before.monthly_price, after.monthly_price, after.owner_name) == (
        Decimal(1),
        Decimal("1.5"),
        "赵一",
    )


def test_a_new_unit_needs_all_of_it(at_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError):
        at_desk.proposed("import_units", at_desk.book("房屋", row("郑九", room="909")))
    assert "没有这套房屋" in capsys.readouterr().err
    assert not Unit.objects.filter(fund=at_desk.fund, room="909").exists()

    at_desk.enacted("import_units", "房屋", (5, 1, "909", 88.5, "郑九", "1元", SOLD_ON))
    assert len(units.facts_on(at_desk.fund.pk, SOLD_ON)) == 9
    assert len(units.facts_on(at_desk.fund.pk, date(2025, 11, 9))) == 8


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row()], "至少填一项"),
        ([row("郑九"), row("王十", on=date(2025, 12, 1))], "房屋地址重复"),
        ([row("郑九", on=date(2025, 1, 1))], "该户自 2025-01-01 起已有变更"),
    ],
)
def test_rows_nobody_could_mean_are_refused(
    at_desk: Desk, rows: list[Sequence[Any]], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError):
        at_desk.proposed("import_units", at_desk.book("房屋", *rows))
    assert sentence in capsys.readouterr().err


def test_no_owner_is_put_into_a_closed_period(at_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    close_period(at_desk.fund, SOLD_ON, at_desk.at)
    with pytest.raises(CommandError):
        at_desk.proposed("import_units", at_desk.book("房屋", row("郑九")))
    assert "账期已关闭至" in capsys.readouterr().err


def test_a_price_proposed_before_a_sale_was_keyed_does_not_bring_the_old_owner_back(at_desk: Desk) -> None:
    price = at_desk.proposed("import_units", at_desk.book("房屋", row(price="2元", on=date(2026, 1, 1))))
    at_desk.enacted("import_units", "房屋", row("郑九"))

    with pytest.raises(CommandError, match="按现状重新登记"):
        at_desk.keyed(price)
    assert owner(at_desk, date(2026, 1, 1)) == "郑九"


def ends(why: str, on: date = SOLD_ON, room: str = "101") -> Sequence[Any]:
    return (*row(on=on, room=room), why)


def addresses(at_desk: Desk, on: date) -> set[str]:
    return {each.address for each in units.billed_units(at_desk.fund.pk, on)}


def test_a_unit_merged_into_another_is_none_of_the_estates_from_its_day_on(at_desk: Desk) -> None:
    bigger = (5, 2, "201", "180", None, None, SOLD_ON, None)
    before = addresses(at_desk, date(2025, 11, 9))
    at_desk.enacted("import_units", "房屋", ends("合并"), bigger)

    assert before - addresses(at_desk, SOLD_ON) == {"5-1-101"}
    assert addresses(at_desk, date(2025, 11, 9)) == before
    gone = units.billed_units(at_desk.fund.pk, SOLD_ON, gone_too=True)
    assert {each.address for each in gone} == before
    with pytest.raises(CommandError, match="合并"):
        at_desk.proposed("import_units", at_desk.book("房屋", row("郑九", on=date(2025, 12, 1))))


def test_money_for_a_unit_that_is_no_more_waits_and_a_person_may_still_say_whose_it_is(at_desk: Desk) -> None:
    paid = at_desk.small.statement([Said("2025-11-05", "100.00", "赵一", "6222001", memo="物业费")])
    at_desk.run("import_bank_statement", paid)
    at_desk.enacted("import_units", "房屋", ends("拆除"))
    late = at_desk.small.statement(
        [Said("2025-11-12", "100.00", "赵一", "6222001", memo="补交物业费")], opening="1600"
    )
    at_desk.run("import_bank_statement", late)

    newest = LineExplanation.objects.filter(fund=at_desk.fund).order_by("-pk")[0]
    assert newest.kind == LineKind.SUSPENSE
    found = candidates(at_desk.fund.pk).get(newest.line_id, ())
    assert "5-1-101" not in {each.unit.address for each in found}
    said = at_desk.run("identify_receipt", line="2", unit="5-1-101", month=["2025-10"])
    assert "已认领" in said


# ---- by raw SQL, as the application ----

FACT_SQL = """
    INSERT INTO custody_unitfact (fund_id, unit_id, valid_from, area, owner_name, monthly_price, enacts_id)
    SELECT fund_id, id, %s, 100.5, %s, 1, %s FROM custody_unit WHERE fund_id = %s AND room = '101' LIMIT 1"""


def test_no_owner_is_written_past_the_keys(at_desk: Desk) -> None:
    with refused(constraint="changed_by_two_keys", using="default"):
        run("default", FACT_SQL, ["2025-11-10", "王十", None, at_desk.fund.pk])


def test_no_other_owner_is_written_than_was_keyed(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_units", at_desk.book("房屋", row("郑九")))
    at_desk.keyed_by_hand(amendment)
    key = amendment.rows.get().pk
    with refused(constraint="changed_as_keyed", using="default"):
        run("default", FACT_SQL, ["2025-12-10", "王十", key, at_desk.fund.pk])


@pytest.mark.parametrize("on", ["2025-01-01", "2024-12-31"])
def test_no_fact_stands_before_one_that_stands(at_desk: Desk, on: str) -> None:
    with refused(constraint="unit_facts_in_order"):
        run("owner", FACT_SQL, [on, "王十", None, at_desk.fund.pk])


@pytest.mark.parametrize("table", ["custody_unit", "custody_unitfact"])
@pytest.mark.parametrize("act", ["UPDATE {} SET fund_id = fund_id", "DELETE FROM {}"])
def test_units_and_their_facts_are_never_rewritten(at_desk: Desk, table: str, act: str) -> None:
    with refused(constraint="append_only"):
        run("owner", act.format(table))


def test_a_fact_is_of_its_own_funds_unit(at_desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = desk(tmp_path / "other")
    theirs = Unit.objects.filter(fund=other.fund).first()
    assert theirs is not None
    with refused(constraint="unit_fact_of_its_funds_unit"):
        run(
            "owner",
            "INSERT INTO custody_unitfact (fund_id, unit_id, valid_from, area, owner_name, monthly_price)"
            " VALUES (%s, %s, '2027-01-01', 1, 'x', 1)",
            [at_desk.fund.pk, theirs.pk],
        )


def test_a_whole_estate_changes_in_one_workbook(at_desk: Desk) -> None:
    rows = [
        (each.unit.building, each.unit.entrance, each.unit.room, None, None, "1.2元", date(2026, 1, 1))
        for each in units.facts_on(at_desk.fund.pk, SOLD_ON)
    ]
    at_desk.enacted("import_units", "房屋", *rows)

    prices = [each.monthly_price for each in units.facts_on(at_desk.fund.pk, date(2026, 1, 1))]
    assert prices == [Decimal("1.2")] * 8
    assert UnitFact.objects.filter(fund=at_desk.fund).count() == 16
