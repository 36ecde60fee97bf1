"""A changed payee's account comes in a workbook under a resolution, and is used after keys and days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from custody import keys
from custody.models import Key
from settlement.decisions import payees
from settlement.models import PayeeAccount
from tests.custody.amendments.books import Desk, desk
from tests.factories import unique

pytestmark = pytest.mark.usefixtures("committed_db")
FIRM = "小小物业有限公司"


@pytest.fixture
def at_desk(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def row(number: str = "510101040011111111", firm: str = FIRM, on: date | None = None) -> Sequence[Any]:
    return (firm, firm, number, "测试建行", "103651000026", on)


def handed_in(at_desk: Desk, *rows: Sequence[Any]) -> PayeeAccount:
    at_desk.run("import_payees", at_desk.book("收款账户", *rows), paper=at_desk.paper())
    return PayeeAccount.objects.filter(fund=at_desk.fund).latest("pk")


def keyed(at_desk: Desk, account: PayeeAccount) -> None:
    for actor in (at_desk.approver, at_desk.releaser):
        at_desk.run("turn_key", "payee", account.pk, by=actor)


def current(at_desk: Desk, account: PayeeAccount, on: date) -> str:
    pk = payees.current(fund_id=at_desk.fund.pk, organisation_id=account.organisation_id, on=on)
    return PayeeAccount.objects.get(pk__in=[pk]).number


def test_a_changed_account_is_paid_to_days_after_its_second_key(at_desk: Desk) -> None:
    account = handed_in(at_desk, row())
    keyed(at_desk, account)

    days = [date(2025, 11, 22), date(2025, 11, 23)]
    assert [current(at_desk, account, day) for day in days] == ["510101040099999999", account.number]
    assert account.resolution is not None
    assert account.source_file is not None


def test_an_account_agreed_for_a_later_day_is_used_from_it(at_desk: Desk) -> None:
    account = handed_in(at_desk, row(on=date(2026, 1, 1)))
    keyed(at_desk, account)

    days = [date(2025, 12, 31), date(2026, 1, 1)]
    assert [current(at_desk, account, day) for day in days] == ["510101040099999999", account.number]


def test_a_new_firm_is_paid_once_it_is_a_party_and_its_account_is_keyed(at_desk: Desk) -> None:
    new = unique("新物业")
    with pytest.raises(CommandError, match="import_parties"):
        handed_in(at_desk, row(firm=new))
    at_desk.enacted("import_parties", "当事人", ("服务商", new, "91510107MA0000003X", date(2026, 1, 1), None))
    account = handed_in(at_desk, row(firm=new))
    keyed(at_desk, account)

    assert current(at_desk, account, date(2026, 1, 1)) == account.number


def test_a_trust_account_is_nobodys_to_be_paid_on(at_desk: Desk) -> None:
    with pytest.raises(CommandError, match="信托专户"):
        handed_in(at_desk, row(number=at_desk.small.account))


def test_the_same_workbook_again_is_one_proposal(at_desk: Desk) -> None:
    path = at_desk.book("收款账户", row())
    at_desk.run("import_payees", path, paper=at_desk.paper())
    again = at_desk.run("import_payees", path)

    assert "无变化" in again
    assert PayeeAccount.objects.filter(fund=at_desk.fund).count() == 2


def test_the_keys_stand_on_the_resolution_too(at_desk: Desk) -> None:
    """What is keyed is the account as this workbook brought it under this resolution."""
    first = handed_in(at_desk, row())
    plain = payees.propose(
        fund=at_desk.fund, organisation=first.organisation, holder=FIRM, number="510101040022222222",
        bank_name="测试建行", clearing_number="103651000026", actor=at_desk.small.actor,
        at=datetime(2025, 11, 20, 2, 0, tzinfo=UTC),
    )  # fmt: skip
    assert plain.resolution is None
    assert keys.content_digest_of("payee", first.pk) != keys.content_digest_of("payee", plain.pk)
    keyed(at_desk, first)
    assert keys.stands("payee", first.pk, Key.RELEASE)
