"""An estate comes into trust whole: every fault of every sheet at once, or everything in one transaction."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from custody.deeds import people, terms
from custody.files.faults import Refused
from custody.kernel.errors import Conflict, Forbidden
from custody.models import (
    DeedTerm,
    Estate,
    Fund,
    FundParty,
    JournalEntry,
    Membership,
    Organisation,
    UnitFact,
)
from settlement.contracts.taking_on import EstateCount, onboard_estate
from settlement.models import BudgetLine, PayeeAccount
from tests import factories
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.packs import copy_pack, onboarded
from tests.custody.money_in.small import AT, TRUSTEE, Sheets, estate_sheets, item, small_estate, write_estate

pytestmark = pytest.mark.usefixtures("committed_db")
PARTY = """
    INSERT INTO custody_fundparty (fund_id, organisation_id, valid_from) VALUES (%s, %s, '2025-07-01')"""

Spoil = Callable[[Sheets], object]


def put(sheet: str, name: str, value: object) -> Spoil:
    """Set an item's content."""

    def spoil(sheets: Sheets) -> None:
        item(sheets, sheet, name)[1] = value

    return spoil


def cell(sheet: str, row: int, column: int, value: object) -> Spoil:
    """Set a cell by its 1-based row and 0-based column."""

    def spoil(sheets: Sheets) -> None:
        sheets[sheet][row - 1][column] = value

    return spoil


def drop(sheet: str, name: str) -> Spoil:
    """Leave an item out."""

    def spoil(sheets: Sheets) -> None:
        sheets[sheet].remove(item(sheets, sheet, name))

    return spoil


def add(sheet: str, *row: object) -> Spoil:
    """Add a row."""

    def spoil(sheets: Sheets) -> None:
        sheets[sheet].append(list(row))

    return spoil


def onboard(tmp_path: Path, *spoils: Spoil, sheets: Sheets | None = None) -> Sheets:
    """Onboard the small estate, spoiled; answers its sheets."""
    sheets = sheets or estate_sheets()
    for spoil in spoils:
        spoil(sheets)
    onboard_estate(
        path=write_estate(tmp_path / "estate.xlsx", sheets), actor=factories.desk_of(TRUSTEE), at=AT
    )
    fund = Fund.objects.filter(code=item(sheets, "小区", "小区编码")[1]).first()
    if fund is not None and fund.pk not in factories.MADE:
        factories.MADE.append(fund.pk)
    return sheets


def test_the_sample_estate_comes_in_whole(tmp_path: Path) -> None:
    fund, _ = onboarded(copy_pack(tmp_path / "pack"))

    areas = UnitFact.objects.filter(fund=fund).values_list("area", flat=True)
    assert (len(areas), sum(areas)) == (782, Decimal("83404.00"))
    assert BudgetLine.objects.filter(fund=fund).count() == 8
    assert PayeeAccount.objects.get(fund=fund).clearing_number == "103651000018"
    kinds = FundParty.objects.filter(fund=fund).values_list("organisation__kind", flat=True)
    assert set(kinds) == {"trustee", "assembly", "committee", "protector", "provider"}


def test_opening_balances_are_a_handover_the_day_before_the_trust_begins(tmp_path: Path) -> None:
    small = small_estate(tmp_path)

    assert {key: value for key, value in small.by_day().items() if key[1] == "cash"} == {
        ("operating", "cash", date(2025, 6, 30)): Decimal("1000.00"),
        ("maintenance", "cash", date(2025, 6, 30)): Decimal("500.00"),
    }


def test_an_empty_book_has_no_handover(tmp_path: Path) -> None:
    small = small_estate(tmp_path, put("小区", "期初余额-维修账", 0))

    assert JournalEntry.objects.filter(fund_id=small.fund.pk).count() == 1


def test_terms_are_kept_with_their_dates_and_a_resolution(tmp_path: Path) -> None:
    small = small_estate(tmp_path, add("信托条款", "基础酬金率", "15%", date(2025, 9, 1)))

    assert terms.rate_on(small.fund.pk, "base_rate", date(2025, 8, 31)) == Decimal("0.12")
    assert terms.rate_on(small.fund.pk, "base_rate", date(2025, 9, 1)) == Decimal("0.15")
    assert DeedTerm.objects.filter(fund=small.fund, resolution__fund=small.fund).count() == 12


def test_an_organisation_known_by_kind_and_name_serves_again(tmp_path: Path) -> None:
    name = factories.unique("两个小区的信托公司")
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        small_estate(tmp_path / folder, put("小区", "受托人", name))

    trustee = Organisation.objects.get(kind="trustee", name=name)
    assert FundParty.objects.filter(organisation=trustee).count() == 2


@pytest.mark.parametrize("kind", ["committee", "assembly"])
def test_bodies_of_two_estates_named_alike_are_two_organisations(tmp_path: Path, kind: str) -> None:
    name = factories.unique("同名")
    title = {"committee": "业委会", "assembly": "委托人"}[kind]
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        small_estate(tmp_path / folder, put("小区", title, name))

    parties = FundParty.objects.filter(organisation__kind=kind, organisation__name=name)
    assert len(set(parties.values_list("organisation", flat=True))) == 2


@pytest.mark.parametrize("role", ["default", "owner"])
@pytest.mark.parametrize("kind", ["committee", "assembly"])
def test_no_body_of_one_estate_is_a_party_to_another_even_in_sql(
    tmp_path: Path, role: str, kind: str
) -> None:
    mine = small_estate(tmp_path).fund
    body = FundParty.objects.get(fund=mine, organisation__kind=kind).organisation
    other = factories.make_fund().fund

    with refused(constraint="body_of_its_own_estate", using=role):
        run(role, PARTY, [other.pk, body.pk])


def test_the_console_takes_on_the_first_estate_of_all_and_is_its_maker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "house_is_founded", lambda: False)
    sheets, console = estate_sheets(), people.console_operator()
    put("小区", "受托人", factories.unique("新信托"))(sheets)

    onboard_estate(path=write_estate(tmp_path / "estate.xlsx", sheets), actor=console, at=AT)

    factories.MADE.append(Fund.objects.get(code=item(sheets, "小区", "小区编码")[1]).pk)
    assert Membership.objects.get(operator=console).role == "maker"


def test_a_desk_takes_on_no_estate_of_another_trust_company(tmp_path: Path) -> None:
    path = write_estate(tmp_path / "estate.xlsx", estate_sheets())

    with pytest.raises(Forbidden, match=TRUSTEE):
        onboard_estate(path=path, actor=factories.desk_of("另一家信托有限公司"), at=AT)


def test_the_console_takes_on_no_estate_once_somebody_acts_for_a_trust_company(tmp_path: Path) -> None:
    factories.desk_of(TRUSTEE)
    sheets, console = estate_sheets(), people.console_operator()
    put("小区", "受托人", factories.unique("新信托"))(sheets)
    path = write_estate(tmp_path / "estate.xlsx", sheets)

    with pytest.raises(Forbidden, match="console"):
        onboard_estate(path=path, actor=console, at=AT)
    assert not console.has_usable_password()


def test_the_same_estate_again_is_already_done_even_saved_anew(tmp_path: Path) -> None:
    sheets = onboard(tmp_path)

    outcome = onboard_estate(
        path=write_estate(tmp_path / "again.xlsx", sheets), actor=factories.desk_of(TRUSTEE), at=AT
    )

    assert outcome.already_done


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (put("小区", "期初余额-经营账", 1001), "期初余额-经营账：已登记「1000」，文件为「1001」"),
        (put("小区", "业委会", "别家业委会"), "业委会"),
        (cell("信托条款", 3, 1, "0.13"), "base_rate"),
        (cell("房屋", 2, 4, "新业主"), "房屋 5-1-101"),
        (cell("预算", 2, 4, 1300), "预算 2025 CLN"),
        (put("服务商", "收款账号", "510101040099999998"), "收款账号"),
    ],
)
def test_the_same_code_with_other_content_is_refused_naming_it(
    tmp_path: Path, spoil: Spoil, named: str
) -> None:
    sheets = onboard(tmp_path)

    with pytest.raises(Conflict) as conflict:
        onboard(tmp_path, spoil, sheets=sheets)
    assert named in str(conflict.value)


def test_an_account_of_another_fund_is_refused(tmp_path: Path) -> None:
    taken = item(onboard(tmp_path), "小区", "信托专户账号")[1]

    with pytest.raises(Refused, match="另一信托"):
        onboard(tmp_path, put("小区", "信托专户账号", taken))


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (drop("小区", "户数"), ("小区", None, "户数")),
        (add("小区", "物业类型", "住宅"), ("小区", 21, "项目")),
        (put("小区", "户数", 9), ("房屋", None, "房号")),
        (put("小区", "住宅面积", 800), ("房屋", None, "建筑面积")),
        (put("小区", "期初余额-经营账", "1,00.5"), ("小区", 19, "期初余额-经营账")),
        (put("小区", "期初余额-经营账", -1), ("小区", 19, "期初余额-经营账")),
        (put("小区", "期初日期", "2025-02-30"), ("小区", 18, "期初日期")),
        (put("小区", "信托专户账号", "44-AB"), ("小区", 17, "信托专户账号")),
        (cell("房屋", 3, 3, 0), ("房屋", 3, "建筑面积")),
        (cell("房屋", 2, 5, "免费"), ("房屋", 2, "月单价")),
        (cell("房屋", 2, 5, 10_000), ("房屋", 2, "月单价")),
        (cell("房屋", 2, 5, 1e308), ("房屋", 2, "月单价")),
        (cell("房屋", 2, 3, 10**8), ("房屋", 2, "建筑面积")),
        (drop("信托条款", "计息天数"), ("信托条款", None, "条款")),
        (add("信托条款", "赠品", "1", date(2025, 1, 1)), ("信托条款", 13, "条款")),
        (cell("信托条款", 2, 1, "PROFIT"), ("信托条款", 2, "取值")),
        (cell("信托条款", 3, 1, "1.2"), ("信托条款", 3, "取值")),
        (cell("信托条款", 5, 1, "80:0.50;90:1.00"), ("信托条款", 5, "取值")),
        (cell("信托条款", 5, 1, "90:0.50;80:1.00;0:0"), ("信托条款", 5, "取值")),
        (cell("信托条款", 9, 1, "30/360"), ("信托条款", 9, "取值")),
        (cell("信托条款", 11, 1, "彩票"), ("信托条款", 11, "取值")),
        (cell("信托条款", 10, 2, date(2026, 1, 1)), ("信托条款", None, "生效日期")),
        (add("信托条款", "基础酬金率", "0.2", date(2025, 1, 1)), ("信托条款", 13, "条款")),
        (cell("预算", 2, 3, "小金库"), ("预算", 2, "账本")),
        (add("预算", 2025, "CLN", "再次清洁", "经营账", 1), ("预算", 4, "科目编码")),
        (cell("预算", 2, 4, -1), ("预算", 2, "年度预算")),
        (put("服务商", "联行号", "10365100001"), ("服务商", 7, "联行号")),
        (put("服务商", "统一社会信用代码", "91510107"), ("服务商", 3, "统一社会信用代码")),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place_and_nothing_is_written(
    tmp_path: Path, spoil: Spoil, where: tuple[str, int | None, str]
) -> None:
    sheets = estate_sheets()

    with pytest.raises(Refused) as refused:
        onboard(tmp_path, spoil, sheets=sheets)

    assert where in [(fault.sheet, fault.row, fault.column) for fault in refused.value.faults]
    assert not Estate.objects.filter(code=item(sheets, "小区", "小区编码")[1]).exists()


def test_a_term_nobody_can_read_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        onboard(tmp_path, cell("信托条款", 5, 1, "90:0.50;80:1.00;0:0"))

    assert [(fault.row, fault.column) for fault in refused.value.faults] == [(5, "取值")]


def test_a_duplicate_address_is_told_with_both_rows(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"第3行 .*第2行已有"):
        onboard(tmp_path, cell("房屋", 3, 1, 1), cell("房屋", 3, 2, "101"))


def test_the_faults_of_all_sheets_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        onboard(
            tmp_path,
            put("小区", "建成年份", "从前"),
            cell("信托条款", 3, 1, "1.2"),
            cell("房屋", 3, 3, "大"),
            cell("预算", 2, 3, "小金库"),
            put("服务商", "联行号", "1"),
        )

    assert {fault.sheet for fault in refused.value.faults} == {"小区", "信托条款", "房屋", "预算", "服务商"}


def test_a_missing_sheet_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="服务商"):
        onboard(tmp_path, lambda sheets: sheets.pop("服务商"))


def test_a_rehearsal_writes_nothing(tmp_path: Path) -> None:
    sheets = estate_sheets()
    path = write_estate(tmp_path / "estate.xlsx", sheets)

    outcome = onboard_estate(path=path, actor=factories.desk_of(TRUSTEE), at=AT, dry_run=True)

    assert outcome.counts[EstateCount.UNITS] == 8
    assert not Estate.objects.filter(code=item(sheets, "小区", "小区编码")[1]).exists()


@pytest.mark.parametrize(
    ("row", "value", "code", "kept"),
    [
        (2, "approved_expenditure", "remuneration_base", "APPROVED_EXPENDITURE"),
        (2, "FIXED:86000", "remuneration_base", "FIXED:86000.00"),
        (3, 0.1, "base_rate", "0.1"),
        (5, "85：1.00；60：0.6；0：0", "performance_tiers", "85:1.00;60:0.6;0:0"),
        (5, "0:0;85:1.00;60:0.6", "performance_tiers", "85:1.00;60:0.6;0:0"),
        (9, "act/360", "day_count", "ACT/360"),
        (11, "大额存单、国债", "permitted_placements", "大额存单;国债"),
    ],
)
def test_a_term_is_kept_in_the_notation_the_house_computes_with(
    tmp_path: Path, row: int, value: object, code: str, kept: str
) -> None:
    small = small_estate(tmp_path, cell("信托条款", row, 1, value))

    assert terms.term(small.fund.pk, code, date(2025, 7, 1)) == kept


def test_a_cell_nobody_can_read_hides_no_other_fault_of_its_sheet(tmp_path: Path) -> None:
    sheets = estate_sheets()
    sheets["房屋"].append(list(sheets["房屋"][1]))

    with pytest.raises(Refused) as refusal:
        onboard(tmp_path, cell("房屋", 3, 3, "很大"), cell("信托条款", 2, 0, "没有的条款"), sheets=sheets)

    told = " ".join(map(str, refusal.value.faults))
    assert all(said in told for said in ("很大", "房屋地址重复", "没有的条款"))
