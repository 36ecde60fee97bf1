"""One hold backs one thing: a settlement's money is not promised to a placement as well."""

from pathlib import Path

import pytest
from pytest_django import Settings

from custody.kernel.money import yuan
from custody.models import Placement
from settlement.decisions import approvals
from tests.custody.ledger.raw import refused, run
from tests.factories import unique
from tests.settlement.desk import AT, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
ROLES = ["default", "owner"]
TAKE_UP = "UPDATE custody_placement SET hold_id = %s WHERE id = %s"


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def ordered(desk: Provider, amount: str = "1000") -> Placement:
    return Placement.objects.create(
        fund=desk.at.fund, book="operating", product="活期存款", principal=yuan(amount), ordered_on=AT.date(),
        ordered_by=desk.at.actor, order_key=unique("order"),
    )  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_a_settlements_hold_backs_no_placement(desk: Provider, role: str) -> None:
    settlement, placement = desk.approved("1000"), ordered(desk)

    with refused(constraint="hold_backs_one_thing", using=role):
        run(role, TAKE_UP, (settlement.hold_id, placement.pk))


def test_a_hold_given_up_backs_nothing_else_later(desk: Provider) -> None:
    settlement, placement = desk.approved("1000"), ordered(desk)
    hold = settlement.hold_id
    approvals.withdraw(settlement_id=settlement.pk, actor=desk.at.committee_key, reason="再想想", at=AT)

    with refused(constraint="hold_backs_one_thing"):
        run("owner", TAKE_UP, (hold, placement.pk))


@pytest.mark.parametrize("change", ["DELETE FROM", "TRUNCATE"])
def test_who_took_up_a_hold_is_not_forgotten(desk: Provider, change: str) -> None:
    with refused(constraint="append_only"):
        run("owner", f"{change} settlement_hold_use")


def test_the_application_takes_up_no_hold_by_hand(desk: Provider) -> None:
    with refused(state="42501", using="default"):
        run("default", "INSERT INTO settlement_hold_use VALUES (1, 'x', 1)")
