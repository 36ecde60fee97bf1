"""A second account of the fund's own: its statements are read, and payments leave from it from its day on."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from custody.deeds.accounts import paying_account
from custody.kernel.money import ZERO
from custody.models import BankAccount, BankLine, LineKind
from custody.money_in.breaks import bank_difference
from custody.money_in.explanations import newest_explanations
from tests.custody.amendments.books import Desk, desk
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import Said
from tests.factories import close_period

pytestmark = pytest.mark.usefixtures("committed_db")
NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def at_desk(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def number(at_desk: Desk) -> str:
    return f"99{at_desk.small.account[2:]}"


def row(at_desk: Desk, use: str = "收付", on: date = NEW_YEAR) -> Sequence[Any]:
    return (number(at_desk), "新专户户名", "新银行", use, on)


def paying(at_desk: Desk, on: date) -> str:
    account = paying_account(at_desk.fund.pk, on)
    assert account is not None
    return account.number


def test_payments_leave_from_the_new_account_from_its_day_on(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_bank_accounts", at_desk.book("信托专户", row(at_desk)))
    before = paying(at_desk, NEW_YEAR)
    at_desk.keyed(amendment)

    old = at_desk.small.account
    assert (before, paying(at_desk, date(2025, 12, 31))) == (old, old)
    assert paying(at_desk, NEW_YEAR) == number(at_desk)


def test_an_account_that_only_takes_money_in_pays_nothing(at_desk: Desk) -> None:
    at_desk.enacted("import_bank_accounts", "信托专户", row(at_desk, use="只收"))

    assert paying(at_desk, NEW_YEAR) == at_desk.small.account


def test_the_statements_of_both_accounts_are_read_each_as_its_own(at_desk: Desk) -> None:
    at_desk.enacted("import_bank_accounts", "信托专户", row(at_desk, on=date(2025, 11, 15)))
    old = at_desk.small.statement([Said("2025-11-16", "100.00", "赵一", memo="5-1-101 物业费")])
    new = at_desk.small.statement(
        [Said("2025-11-17", "80.00", "钱二", memo="5-2-201 物业费")], opening="0", account=number(at_desk)
    )
    at_desk.run("import_bank_statement", old, new)

    lines = BankLine.objects.filter(fund=at_desk.fund).order_by("booked_on")
    assert [(each.account.number, each.position, each.balance.amount) for each in lines] == [
        (at_desk.small.account, 1, Decimal(1600)), (number(at_desk), 1, Decimal(80)),
    ]  # fmt: skip
    assert bank_difference(at_desk.fund.pk) == ZERO


def test_a_statement_that_names_no_account_is_refused_once_there_are_two(
    at_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    at_desk.enacted("import_bank_accounts", "信托专户", row(at_desk, on=date(2025, 11, 15)))
    path = at_desk.small.statement([Said("2025-11-16", "100.00", "赵一", memo="5-1-101")], account=None)

    with pytest.raises(CommandError):
        at_desk.run("import_bank_statement", path)
    assert "请导出写明本方账号的流水" in capsys.readouterr().err


def test_a_new_account_begins_empty(at_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    at_desk.enacted("import_bank_accounts", "信托专户", row(at_desk, on=date(2025, 11, 15)))
    path = at_desk.small.statement(
        [Said("2025-11-16", "5.00", "赵一", memo="5-1-101")], opening="1500", account=number(at_desk)
    )
    with pytest.raises(CommandError):
        at_desk.run("import_bank_statement", path)
    assert "余额" in capsys.readouterr().err


def moved(at_desk: Desk, *, arrives_first: bool) -> None:
    """700.00 from the old account to the new, each half as its own bank prints it."""
    out = at_desk.small.statement([Said("2025-11-16", "-700.00", "新专户户名", number(at_desk), memo="划转")])
    come = at_desk.small.statement(
        [Said("2025-11-17", "700.00", "旧专户", at_desk.small.account, memo="划转")],
        opening="0", account=number(at_desk),
    )  # fmt: skip
    for path in (come, out) if arrives_first else (out, come):
        at_desk.run("import_bank_statement", path)


@pytest.mark.parametrize("arrives_first", [False, True])
def test_money_moved_between_own_accounts_is_neither_a_break_nor_income(
    at_desk: Desk, arrives_first: bool
) -> None:
    at_desk.enacted("import_bank_accounts", "信托专户", row(at_desk, on=date(2025, 11, 15)))
    moved(at_desk, arrives_first=arrives_first)

    newest = newest_explanations(at_desk.fund.pk).values_list("kind", flat=True)
    assert set(newest) == {LineKind.OWN_TRANSFER}
    kinds = ("cash", "in_transit", "suspense", "unexplained")
    assert [at_desk.small.balance(kind) for kind in kinds] == [Decimal(1000), 0, 0, 0]
    assert bank_difference(at_desk.fund.pk) == ZERO


def test_money_from_an_own_account_that_sent_none_waits(at_desk: Desk) -> None:
    at_desk.enacted("import_bank_accounts", "信托专户", row(at_desk, on=date(2025, 11, 15)))
    come = at_desk.small.statement(
        [Said("2025-11-17", "700.00", "旧专户", at_desk.small.account)], opening="0", account=number(at_desk)
    )
    at_desk.run("import_bank_statement", come)

    assert at_desk.small.balance("suspense") == 700


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"number": "own"}, "已是信托专户"),
        ({"twice": True}, "账号重复"),
        ({"closed": True}, "账期已关闭至"),
    ],
)
def test_an_account_that_cannot_be_the_funds_is_refused(
    at_desk: Desk, change: dict[str, object], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = list(row(at_desk, on=date(2025, 10, 15)))
    if "number" in change:
        first[0] = at_desk.small.account
    if "closed" in change:
        through = date(2025, 10, 31)
        close_period(at_desk.fund, through, at_desk.at)
    rows = [first, first] if "twice" in change else [first]
    with pytest.raises(CommandError):
        at_desk.proposed("import_bank_accounts", at_desk.book("信托专户", *rows))
    assert sentence in capsys.readouterr().err


# ---- an account ends ----

LAST_DAY = date(2025, 11, 17)
FROM_THEN = date(2025, 11, 18)


def two_accounts(at_desk: Desk, *, emptied: bool = True) -> None:
    """The old account and a new one that pays; the old one's money moved over, or some of it left behind."""
    at_desk.enacted("import_bank_accounts", "信托专户", row(at_desk, on=date(2025, 11, 15)))
    left = "-1500.00" if emptied else "-1400.00"
    out = at_desk.small.statement([Said("2025-11-16", left, "新专户户名", number(at_desk), memo="划转")])
    come = at_desk.small.statement(
        [Said("2025-11-17", left[1:], "旧专户", at_desk.small.account, memo="划转")],
        opening="0", account=number(at_desk),
    )  # fmt: skip
    at_desk.run("import_bank_statement", out, come)


def end(at_desk: Desk, last_on: date = LAST_DAY, *, which: str = "") -> Sequence[Any]:
    return (which or at_desk.small.account, None, None, None, None, last_on)


def test_an_emptied_account_ends_and_pays_nothing_from_the_next_day(at_desk: Desk) -> None:
    two_accounts(at_desk)
    at_desk.enacted("import_bank_accounts", "信托专户", end(at_desk))

    old = BankAccount.objects.get(number=at_desk.small.account)
    assert old.end.usable_until == FROM_THEN
    assert paying(at_desk, FROM_THEN) == number(at_desk)
    assert BankLine.objects.filter(account=old).count() == 1
    with pytest.raises(CommandError):
        at_desk.proposed("import_bank_accounts", at_desk.book("信托专户", end(at_desk)))


@pytest.mark.parametrize(
    ("emptied", "ends", "sentence"),
    [
        (False, {}, "余额还有 100.00 元"),
        (True, {"last_on": date(2025, 11, 15)}, "还有流水"),
        (True, {"which": "123456789"}, "不是本信托在用的专户"),
    ],
)
def test_an_account_does_not_end_with_money_or_lines_left(
    at_desk: Desk, capsys: pytest.CaptureFixture[str], emptied: bool, ends: dict[str, Any], sentence: str
) -> None:
    two_accounts(at_desk, emptied=emptied)
    with pytest.raises(CommandError):
        at_desk.proposed("import_bank_accounts", at_desk.book("信托专户", end(at_desk, **ends)))
    assert sentence in capsys.readouterr().err


def test_the_last_account_that_pays_does_not_end(at_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    out = at_desk.small.statement([Said("2025-11-16", "-1500.00", "某人", memo="转出")])
    at_desk.run("import_bank_statement", out)
    with pytest.raises(CommandError):
        at_desk.proposed("import_bank_accounts", at_desk.book("信托专户", end(at_desk)))
    assert "没有别的付款专户" in capsys.readouterr().err


# ---- by raw SQL, as the application ----

END_SQL = """
    INSERT INTO custody_accountend (fund_id, account_id, usable_until, enacts_id)
    SELECT fund_id, id, %s, %s FROM custody_bankaccount WHERE number = %s"""


def end_by_hand(at_desk: Desk) -> int:
    """The number of a row on which both keys stand and nothing is made of it."""
    amendment = at_desk.proposed("import_bank_accounts", at_desk.book("信托专户", end(at_desk)))
    at_desk.keyed_by_hand(amendment)
    return amendment.rows.get().pk


def test_no_account_ends_past_the_keys_nor_another_nor_on_another_day(at_desk: Desk) -> None:
    two_accounts(at_desk)
    key, old = end_by_hand(at_desk), at_desk.small.account
    waiting = at_desk.proposed("import_bank_accounts", at_desk.book("信托专户", end(at_desk)))
    with refused(constraint="changed_by_two_keys", using="default"):
        run("default", END_SQL, [FROM_THEN, waiting.rows.get().pk, old])
    with refused(constraint="changed_as_keyed", using="default"):
        run("default", END_SQL, [date(2025, 12, 1), key, old])
    run("default", END_SQL, [FROM_THEN, key, old])
    for act in (
        "UPDATE custody_accountend SET usable_until = '2099-01-01'",
        "DELETE FROM custody_accountend",
    ):
        with refused(constraint="append_only"):
            run("owner", act)


def test_an_account_with_money_since_it_was_keyed_does_not_end(at_desk: Desk) -> None:
    two_accounts(at_desk)
    key = end_by_hand(at_desk)
    late = at_desk.small.statement([Said("2025-11-17", "30.00", "赵一", memo="5-1-101 物业费")], opening="0")
    at_desk.run("import_bank_statement", late)
    with refused(constraint="account_ends_empty", using="default"):
        run("default", END_SQL, [FROM_THEN, key, at_desk.small.account])


def test_an_account_does_not_end_when_no_other_pays_by_then(at_desk: Desk) -> None:
    two_accounts(at_desk)
    key = end_by_hand(at_desk)
    run("owner", "UPDATE custody_bankaccount SET pays = false WHERE number = %s", [number(at_desk)])
    with refused(constraint="another_account_pays", using="default"):
        run("default", END_SQL, [FROM_THEN, key, at_desk.small.account])


ACCOUNT_SQL = """
    INSERT INTO custody_bankaccount
        (fund_id, number, holder, bank_name, handover, usable_from, pays, enacts_id)
    VALUES (%s, %s, %s, '新银行', false, '2026-01-01', true, %s)"""


def test_no_account_of_the_fund_is_added_past_the_keys(at_desk: Desk) -> None:
    with refused(constraint="changed_by_two_keys", using="default"):
        run("default", ACCOUNT_SQL, [at_desk.fund.pk, number(at_desk), "贼", None])


def test_no_other_account_is_added_than_was_keyed(at_desk: Desk) -> None:
    amendment = at_desk.proposed("import_bank_accounts", at_desk.book("信托专户", row(at_desk)))
    at_desk.keyed_by_hand(amendment)
    with refused(constraint="changed_as_keyed", using="default"):
        run("default", ACCOUNT_SQL, [at_desk.fund.pk, number(at_desk), "贼", amendment.rows.get().pk])
    run("default", ACCOUNT_SQL, [at_desk.fund.pk, number(at_desk), "新专户户名", amendment.rows.get().pk])
    assert BankAccount.objects.filter(fund=at_desk.fund).count() == 2
