"""A bank charge by rule: to the bank itself, in a known wording, within what the deed lets go in a month."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from custody.files.intake import Handed
from custody.ledger import door
from custody.models import Key, LineKind
from custody.money_in.break_proposals import propose_explanation, turn_explanation_key
from custody.money_in.explanations import newest_explanations, unidentified_money
from tests.custody.ledger.raw import run
from tests.custody.money_in.small import AT, Said, Sheets, Small, item, small_estate
from tests.factories import member_of

pytestmark = pytest.mark.usefixtures("committed_db")
BANK = "中国工商银行成都高新支行"
CAP = "每月银行收费上限"


def kept_by(bank: str, *, cap: str | None = "50") -> "Spoil":
    return Spoil(bank, cap)


class Spoil:
    """The estate's bank by name, and its deed's cap or none."""

    def __init__(self, bank: str, cap: str | None) -> None:
        self.bank, self.cap = bank, cap

    def __call__(self, sheets: Sheets) -> None:
        item(sheets, "小区", "开户银行")[1] = self.bank
        row = item(sheets, "信托条款", CAP)
        if self.cap is None:
            sheets["信托条款"].remove(row)
        else:
            row[1] = self.cap


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path, kept_by(BANK))


def took(
    amount: str, name: str = BANK, *, memo: str = "账户管理费", account: str = "", on: str = "02"
) -> Said:
    return Said(f"2025-07-{on}", amount, name, account, "手续费", memo)


def kinds(small: Small) -> Sequence[str]:
    newest = newest_explanations(small.fund.pk).order_by("line__position")
    return list(newest.values_list("kind", flat=True))


def note(small: Small) -> str:
    (only,) = unidentified_money(small.fund.pk)
    return only.note


@pytest.mark.parametrize(
    "name",
    [
        BANK,
        " 中国工商银行 成都高新支行",
        "中国工商银行",
        "中国工商银行股份有限公司",
        "中国工商银行股份有限公司成都高新支行",
        "",
    ],
)
def test_the_bank_itself_takes_its_charge(small: Small, name: str) -> None:
    small.take(took("-30.00", name))

    assert kinds(small) == [LineKind.BANK_CHARGE]


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("中国工商银行成都武侯支行", "6222000000000000001"),
        ("中国农业银行", "6222000000000000001"),
        ("中国工商银行股份", "6222000000000000001"),
        ("工商银行", "6222000000000000001"),
        ("内部户", "6222000000000000001"),
        ("手续费收入", ""),
        ("", "6222000000000000001"),
    ],
)
def test_nobody_else_takes_a_bank_charge(small: Small, name: str, account: str) -> None:
    small.take(took("-30.00", name, account=account))

    assert (kinds(small), "本名" in note(small)) == ([LineKind.UNEXPLAINED], True)


def test_a_firm_that_is_called_like_a_bank_takes_no_charge(small: Small) -> None:
    small.take(
        Said("2025-07-02", "-900.00", "中银行健物业", "6222000000000000001", "转账", "物业管理费"),
        Said("2025-07-03", "-30.00", "中银行健物业", "6222000000000000001", "手续费", "账户管理费"),
    )

    assert kinds(small) == [LineKind.UNEXPLAINED, LineKind.UNEXPLAINED]


@pytest.mark.parametrize("memo", ["货款", "物业管理费", "服务费"])
def test_money_to_the_bank_in_other_words_stays_open(small: Small, memo: str) -> None:
    small.take(Said("2025-07-02", "-30.00", BANK, "", "转账", memo))

    assert kinds(small) == [LineKind.UNEXPLAINED]


@pytest.mark.parametrize(("amount", "kind"), [("-50.00", "bank_charge"), ("-50.01", "unexplained")])
def test_a_charge_is_booked_up_to_the_cap(small: Small, amount: str, kind: str) -> None:
    small.take(took(amount))

    assert kinds(small) == [kind]


def test_splitting_a_charge_does_not_avoid_the_months_cap(small: Small) -> None:
    small.take(took("-30.00"), took("-20.01", on="20"), took("-20.00", on="21"))

    assert kinds(small) == [LineKind.BANK_CHARGE, LineKind.UNEXPLAINED, LineKind.BANK_CHARGE]


def test_the_next_month_has_a_cap_of_its_own(small: Small) -> None:
    small.take(took("-50.00", on="31"), Said("2025-08-01", "-50.00", BANK, "", "手续费", "工本费"))

    assert kinds(small) == [LineKind.BANK_CHARGE, LineKind.BANK_CHARGE]


def test_where_the_deed_is_silent_nothing_is_booked_by_itself(tmp_path: Path) -> None:
    small = small_estate(tmp_path, kept_by(BANK, cap=None))
    small.take(took("-0.01"))

    assert (kinds(small), "没有约定" in note(small)) == ([LineKind.UNEXPLAINED], True)


def test_a_bank_without_the_word_in_its_name_is_known_by_all_of_it(tmp_path: Path) -> None:
    small = small_estate(tmp_path, kept_by("工行高新"))
    small.take(took("-1.00", "工行高新"), took("-1.00", "工行"))

    assert kinds(small) == [LineKind.BANK_CHARGE, LineKind.UNEXPLAINED]


def test_a_cap_nobody_can_read_lets_nothing_go(small: Small) -> None:
    """Even a term that the tables' owner adds past Python is no cap when it cannot be read as one."""
    run(
        "owner",
        "INSERT INTO custody_deedterm (fund_id, term, value, effective_from, resolution_id)"
        " SELECT fund_id, term, '1e9', '2025-06-30', resolution_id FROM custody_deedterm"
        " WHERE fund_id = %s AND term = 'bank_charge_cap'",
        (small.fund.pk,),
    )
    small.take(took("-30.00"))

    assert kinds(small) == [LineKind.UNEXPLAINED]


def test_what_is_booked_is_a_cost_of_the_fund(small: Small) -> None:
    small.take(took("-30.00"))

    account = door.open_account(fund_id=small.fund.pk, book="operating", kind="bank_charge")
    assert str(door.balance_of(account).posted.amount) == "30.00"


def test_a_charge_that_people_explained_leaves_the_cap_to_the_rules(small: Small) -> None:
    small.take(took("-260.00"))
    line = newest_explanations(small.fund.pk).get(line__fund=small.fund).line
    made = propose_explanation(
        line_id=line.pk, kind=LineKind.BANK_CHARGE, reason="年审询证函", paper=Handed("回单.pdf", b"%PDF"),
        actor=small.actor, at=AT,
    )  # fmt: skip
    for which, kind in ((Key.APPROVE, "committee"), (Key.RELEASE, "trustee")):
        who = member_of(small.fund, kind, "keyholder")
        turn_explanation_key(explanation_id=made.pk, which=which, actor=who, at=AT)
    small.take(took("-260.00"), took("-50.00", on="20"))

    assert kinds(small) == [LineKind.BANK_CHARGE, LineKind.BANK_CHARGE]
