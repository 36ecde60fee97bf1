"""费用分配表: what each party gets, recomputed from the deed and beside what the ledger accrued."""

from datetime import date
from decimal import Decimal

import pytest

from custody.kernel.errors import Rejected
from reporting.exporting import Asked, build_statement
from reporting.statements.report import Cell, Report
from settlement.fees import charges
from tests.reporting.builders import AT, FROM, TO, Quarter, empty_quarter, worked_quarter, yuan_in
from tests.settlement.fees import builders

pytestmark = pytest.mark.usefixtures("committed_db")


def statement(q: Quarter, from_on: date = FROM, to_on: date = TO) -> Report:
    return build_statement(Asked(q.code, "fee-split", from_on, to_on))[1]


def settled(score: int) -> Quarter:
    """The worked quarter with its performance assessed and its custody fees accrued."""
    q = worked_quarter()
    fund_id, actor = q.made.fund.pk, q.made.actor
    builders.score(q.made, score)
    charges.fix_assessment(fund_id=fund_id, year=2025, quarter=3, actor=actor, at=AT)
    charges.accrue_custody_fees(fund_id=fund_id, from_on=FROM, to_on=TO, actor=actor, at=AT)
    return q


def rows(report: Report, sheet: str) -> list[tuple[Cell, ...]]:
    return [row.cells for row in next(t for t in report.sheets if t.title == sheet).rows]


def shares(report: Report) -> dict[Cell, Cell]:
    return {cells[1]: cells[2] for cells in rows(report, "分配")}


def test_a_months_remuneration_is_the_deeds_rate_on_its_base() -> None:
    july = rows(statement(worked_quarter()), "分月酬金")[0]

    assert july[:5] == ("2025-07", "实收服务资金", Decimal("6000.00"), Decimal("0.12"), Decimal("720.00"))


def test_performance_not_yet_assessed_is_withheld() -> None:
    assert shares(statement(worked_quarter()))["绩效酬金（待考核）"] == Decimal("180.00")


def test_an_accrual_not_yet_run_is_stated_as_a_difference() -> None:
    (proof,) = [p for p in statement(worked_quarter()).proofs if p.claim.startswith("绩效酬金重算数")]

    assert (proof.difference, proof.verdict) == (Decimal("180.00"), "重算数与账面计提之差，待补计提")


@pytest.mark.parametrize(
    ("score", "payable", "lapsed"), [(92, "180.00", "0.00"), (85, "90.00", "90.00"), (60, "0.00", "180.00")]
)
def test_the_score_decides_what_is_payable_and_what_lapses(score: int, payable: str, lapsed: str) -> None:
    split = shares(statement(settled(score)))

    assert (split["绩效酬金（考核应付）"], split["绩效酬金（考核未达，退回）"]) == (
        Decimal(payable),
        Decimal(lapsed),
    )


def test_the_shares_sum_to_the_base() -> None:
    *parts, total = rows(statement(settled(85)), "分配")

    assert sum(yuan_in(cells[2]) for cells in parts) == total[2] == Decimal("6000.00")


def test_recomputed_and_accrued_agree_once_everything_is_accrued() -> None:
    assert {proof.verdict for proof in statement(settled(92)).proofs} == {"一致"}


def test_the_custody_fees_state_their_formula() -> None:
    trustee = rows(statement(settled(92)), "信托报酬与保管费")[0]

    assert (trustee[3], trustee[4], trustee[6]) == (
        Decimal("48.56"), Decimal("48.56"), "每日资金之和 5,907,694.30 × 0.3% ÷ 365 = 48.56",
    )  # fmt: skip


def test_a_quarter_assessed_is_not_split_over_a_single_month() -> None:
    report = statement(settled(85), date(2025, 9, 1), TO)

    assert shares(report)["绩效酬金（考核应付）"] == Decimal("0.00")


def test_a_period_of_broken_months_is_refused() -> None:
    with pytest.raises(Rejected, match="整月"):
        statement(empty_quarter(), date(2025, 7, 2), TO)


def test_making_the_statement_posts_nothing() -> None:
    from custody.models import LedgerHead

    q = worked_quarter()
    before = LedgerHead.objects.get(fund_id=q.made.fund.pk).sequence
    statement(q)

    assert LedgerHead.objects.get(fund_id=q.made.fund.pk).sequence == before
