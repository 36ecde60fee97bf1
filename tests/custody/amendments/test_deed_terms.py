"""Later deed terms change no closed period and no fee that is computed already."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError

from custody.deeds import terms
from custody.models import AmendmentRow, Key
from settlement.fees import charges
from tests.custody.amendments.books import Desk, desk
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import Said
from tests.factories import close_period

pytestmark = pytest.mark.usefixtures("committed_db")
OCTOBER = date(2025, 10, 1)


@pytest.fixture
def at_desk(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def term(on: date, value: str = "15%", name: str = "基础酬金率") -> tuple[str, str, date]:
    return (name, value, on)


def close(at_desk: Desk, through: date) -> None:
    close_period(at_desk.fund, through, at_desk.at)


def accrue_october(at_desk: Desk) -> None:
    charges.accrue_custody_fees(
        fund_id=at_desk.fund.pk,
        from_on=OCTOBER,
        to_on=date(2025, 10, 31),
        actor=at_desk.small.actor,
        at=at_desk.at,
    )


def test_a_term_of_a_closed_period_is_refused_with_its_row(
    at_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    close(at_desk, date(2025, 10, 31))

    with pytest.raises(CommandError):
        at_desk.proposed("import_deed_terms", at_desk.book("信托条款", term(date(2025, 10, 31))))
    assert "第2行 列「生效日期」" in capsys.readouterr().err
    at_desk.enacted("import_deed_terms", "信托条款", term(date(2025, 11, 1)))


def test_a_period_closed_between_proposal_and_key_makes_it_too_late(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", term(OCTOBER)))
    at_desk.turn(amendment, Key.APPROVE)
    close(at_desk, date(2025, 10, 31))

    with pytest.raises(CommandError, match="账期已关闭至"):
        at_desk.turn(amendment, Key.RELEASE)
    assert terms.rate_on(at_desk.fund.pk, "base_rate", date(2025, 12, 1)) == Decimal("0.12")


def test_a_term_that_would_change_an_accrued_fee_is_refused(
    at_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    accrue_october(at_desk)

    with pytest.raises(CommandError):
        at_desk.proposed(
            "import_deed_terms", at_desk.book("信托条款", term(date(2025, 10, 15), "0.5%", "信托报酬年费率"))
        )
    assert "费用已计提至" in capsys.readouterr().err


def test_a_changed_fee_rate_moves_the_days_from_its_own_on_and_no_earlier_one(at_desk: Desk) -> None:
    accrue_october(at_desk)
    before = charges.custody_fees_of(at_desk.fund.pk, OCTOBER, date(2025, 10, 31))
    at_desk.enacted("import_deed_terms", "信托条款", term(date(2025, 11, 1), "0.6%", "信托报酬年费率"))

    after = charges.custody_fees_of(at_desk.fund.pk, OCTOBER, date(2025, 10, 31))
    november = charges.custody_fees_of(at_desk.fund.pk, date(2025, 11, 1), date(2025, 11, 30))
    assert after == before
    assert november.trustee_fee.amount == (Decimal(1500) * 30 * Decimal("0.006") / 365).quantize(
        Decimal("0.01")
    )


def test_a_changed_remuneration_rate_leaves_the_months_before_it(at_desk: Desk) -> None:
    at_desk.small.take(Said("2025-07-03", "1000.00", "赵一", memo="5-1-101 物业费"))
    before = charges.remuneration_of(at_desk.fund.pk, date(2025, 7, 1))
    at_desk.enacted("import_deed_terms", "信托条款", term(date(2025, 8, 1), "20%"))

    assert charges.remuneration_of(at_desk.fund.pk, date(2025, 7, 1)) == before
    assert before.base_fee.amount == Decimal("120.00")


def test_what_no_fee_is_computed_from_may_change_though_fees_are(at_desk: Desk) -> None:
    accrue_october(at_desk)
    at_desk.enacted("import_deed_terms", "信托条款", term(date(2025, 10, 2), "3", "流动性底线月数"))

    assert terms.liquidity_floor_months(at_desk.fund.pk, date(2025, 10, 2)) == 3


def test_two_changes_of_one_term_and_day_cannot_both_be_in_force(at_desk: Desk) -> None:
    first = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", term(date(2026, 1, 1))))
    other = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", term(date(2026, 1, 1), "16%")))
    at_desk.keyed(first)

    with pytest.raises(CommandError, match="已有生效的取值"):
        at_desk.turn(other, Key.APPROVE)


def test_a_value_nobody_can_compute_with_is_one_fault(
    at_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError):
        at_desk.proposed("import_deed_terms", at_desk.book("信托条款", term(date(2026, 1, 1), "很多")))
    assert "列「取值」 值「很多」" in capsys.readouterr().err


@pytest.mark.parametrize("through", ["closed", "accrued"])
def test_the_database_takes_no_late_term_though_both_keys_stand(at_desk: Desk, through: str) -> None:
    """Keyed in time by hand, then overtaken: the guard asks at the moment of writing."""
    amendment = at_desk.proposed("import_deed_terms", at_desk.book("信托条款", term(date(2025, 10, 15))))
    row = AmendmentRow.objects.get(amendment=amendment)
    at_desk.keyed_by_hand(amendment)
    if through == "closed":
        close(at_desk, date(2025, 10, 31))
    else:
        accrue_october(at_desk)
    name = {"closed": "begins_in_an_open_period", "accrued": "term_changes_no_computed_fee"}[through]

    with refused(constraint=name, using="default"):
        run(
            "default",
            "INSERT INTO custody_deedterm (fund_id, term, value, effective_from, resolution_id, enacts_id)"
            " VALUES (%s, 'base_rate', '0.15', '2025-10-15', %s, %s)",
            [at_desk.fund.pk, amendment.resolution_id, row.pk],
        )
