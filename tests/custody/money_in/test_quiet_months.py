"""A bank's file without a line is evidence of the days it names: nothing moved, and the balance stood."""

from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from custody.files.faults import Refused
from custody.files.outcomes import Outcome
from custody.models import BankPeriod, Document
from custody.money_in.bank_statements import import_statements
from tests import factories
from tests.custody.money_in.small import AT, Said, Small, small_estate, write_csv

pytestmark = pytest.mark.usefixtures("committed_db")

HEADER = ["交易时间", "借方发生额", "贷方发生额", "余额", "对方单位名称"]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def quiet(small: Small, days: str, closing: str = "1505.00") -> Path:
    above = [["账号", small.account], ["起止日期", days], ["期初余额", closing]]
    return write_csv(small.folder / f"quiet-{days[:10]}-{closing}.csv", [*above, HEADER])


def take(small: Small, *paths: Path, dry_run: bool = False) -> Outcome:
    return import_statements(fund=small.fund, paths=paths, actor=small.actor, at=AT, dry_run=dry_run)


def periods(small: Small) -> list[tuple[date, date]]:
    rows = BankPeriod.objects.filter(fund=small.fund).order_by("from_on", "to_on")
    return list(rows.values_list("from_on", "to_on"))


def test_a_quiet_month_is_on_record(small: Small) -> None:
    small.take(Said("2025-07-02", "5.00", "赵一"))

    take(small, quiet(small, "2025-08-01 至 2025-08-31"))

    assert periods(small) == [(date(2025, 8, 1), date(2025, 8, 31))]


def test_the_same_file_again_says_nothing_new(small: Small) -> None:
    small.take(Said("2025-07-02", "5.00", "赵一"))
    path = quiet(small, "2025-08-01 至 2025-08-31")
    take(small, path)
    take(small, path)

    assert len(periods(small)) == 1


def test_a_file_speaks_of_no_day_before_the_trust_nor_of_the_day_it_came(small: Small) -> None:
    small.take(Said("2025-07-02", "5.00", "赵一"))

    take(small, quiet(small, "2025-07-03 至 2025-12-31"))
    assert periods(small) == [(date(2025, 7, 3), date(2025, 10, 8))]


def test_a_rehearsal_leaves_no_period(small: Small) -> None:
    small.take(Said("2025-07-02", "5.00", "赵一"))

    take(small, quiet(small, "2025-08-01 至 2025-08-31"), dry_run=True)

    assert periods(small) == []


def refused(small: Small, path: Path) -> str:
    with pytest.raises(Refused) as refusal:
        take(small, path)
    return "\n".join(map(str, refusal.value.faults))


def test_silence_about_days_that_have_lines_is_refused(small: Small) -> None:
    small.take(Said("2025-07-02", "5.00", "赵一"))

    assert "已导入 1 笔" in refused(small, quiet(small, "2025-07-01 至 2025-07-31"))


def test_silence_with_another_balance_is_refused(small: Small) -> None:
    small.take(Said("2025-07-02", "5.00", "赵一"))

    assert "余额应为 1505.00" in refused(small, quiet(small, "2025-08-01 至 2025-08-31", "1400.00"))


def insert(small: Small, file: Document, from_on: str, to_on: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO custody_bankperiod (fund_id, account_id, source_file_id, from_on, to_on)"
            " SELECT %s, id, %s, %s, %s FROM custody_bankaccount WHERE fund_id = %s",
            (small.fund.pk, file.pk, from_on, to_on, small.fund.pk),
        )


def test_a_period_cites_a_paper_of_its_own_fund(small: Small, tmp_path: Path) -> None:
    other = factories.make_fund()

    with pytest.raises(DatabaseError, match="bank_period_from_its_funds_document"):
        insert(small, factories.make_document(other.fund, other.actor), "2025-08-01", "2025-08-31")


@pytest.mark.parametrize("days", [("2025-08-31", "2025-08-01"), ("2025-08-01", "infinity")])
def test_a_period_has_two_days_in_order(small: Small, days: tuple[str, str]) -> None:
    file = factories.make_document(small.fund, small.actor)

    with pytest.raises(DatabaseError, match=r"bank_period_(in_order|is_finite)"):
        insert(small, file, *days)


@pytest.mark.parametrize(
    "change", ["UPDATE custody_bankperiod SET to_on = to_on", "DELETE FROM custody_bankperiod"]
)
def test_a_period_stays_what_it_was(small: Small, change: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(change)
