"""A merchant order that does not reach the bank in time is a break; two keys may say that it never will."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.timezone import localdate

from custody.files.intake import Handed
from custody.kernel.errors import Conflict, DomainError, Rejected
from custody.ledger.proof import verify_fund
from custody.models import BreakExplanation, ChannelOrder, Key, Operator
from custody.money_in import break_proposals as proposals
from custody.money_in import breaks
from custody.money_in.channel import import_channel_detail
from custody.money_in.explanations import newest_explanations
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import AT, Said, Sheets, Small, item, small_estate
from tests.factories import member_of, unique
from tests.settlement.queue.running import ran

pytestmark = pytest.mark.usefixtures("committed_db")
NONE = Decimal(0)
PAPER = Handed("商户说明.pdf", b"%PDF-1.4 the payer took it back")
LUMP = Said("2025-07-02", "99.62", "银联", summary="商户结算", memo="商户结算0701 总额100.00 手续费0.38")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def paid(small: Small, at: str = "2025-07-01 09:00:00", *, room: str = "5-1-101") -> ChannelOrder:
    """One order of 100 yuan, handed in this moment."""
    number = unique("QR")
    file = small.channel((number, at, room, "赵一", "100.00", "0.38"))
    import_channel_detail(fund=small.fund, paths=[file], actor=small.actor, at=timezone.now())
    return ChannelOrder.objects.get(fund=small.fund, order_number=number)


def days_ago(days: int) -> str:
    on = localdate(timezone.now()) - timedelta(days=days)
    return f"{on} 00:00:01"


def is_free(small: Small) -> bool:
    try:
        breaks.refuse_release(small.fund.pk)
    except Rejected:
        return False
    return True


def keyholders(small: Small) -> dict[Key, Operator]:
    return {
        Key.APPROVE: member_of(small.fund, "committee", "keyholder"),
        Key.RELEASE: member_of(small.fund, "trustee", "keyholder"),
    }


def proposed(small: Small, order: ChannelOrder, at: datetime = AT) -> BreakExplanation:
    return proposals.propose_void(
        order_id=order.pk, reason="商户已退给业主", paper=PAPER, actor=small.actor, at=at
    )


def void(small: Small, order: ChannelOrder) -> None:
    made = proposed(small, order)
    for which, who in keyholders(small).items():
        proposals.turn_explanation_key(explanation_id=made.pk, which=which, actor=who, at=AT)


# --------------------------------------------------------------------------------------------- late


def test_an_order_long_on_its_way_is_a_break(small: Small) -> None:
    paid(small)

    assert not is_free(small)


def test_an_order_of_the_last_days_is_none(small: Small) -> None:
    paid(small, days_ago(10))

    assert is_free(small)


def test_one_day_more_is(small: Small) -> None:
    paid(small, days_ago(11))

    assert not is_free(small)


def test_the_deed_says_how_long(tmp_path: Path) -> None:
    def three_days(sheets: Sheets) -> None:
        row = item(sheets, "信托条款", "每月银行收费上限")
        sheets["信托条款"].append(["在途收款期限", "3天", row[2]])

    small = small_estate(tmp_path, three_days)
    paid(small, days_ago(3))
    free = is_free(small)
    paid(small, days_ago(4))

    assert (free, is_free(small)) == (True, False)


def test_it_ends_when_the_money_comes(small: Small) -> None:
    paid(small)
    small.take(LUMP)

    assert is_free(small)


def test_it_is_shown_and_waits_for_the_desk(small: Small) -> None:
    paid(small)
    _, shown, _ = ran("show_suspense", "--fund", small.fund.code)
    _, queue, _ = ran("show_queue", "--actor", small.actor.username, "--fund", small.fund.code)

    assert "2025-07-01 扫码收款 100.00（1 笔）逾期未到账，期限 10 天" in shown
    assert "逾期未到账" in queue


# --------------------------------------------------------------------------------------------- void


def test_two_keys_say_that_it_never_came(small: Small) -> None:
    order = paid(small)
    void(small, order)

    assert (small.balance("property_fee"), small.balance("in_transit"), is_free(small)) == (NONE, NONE, True)
    assert verify_fund(small.fund.pk) == []


def test_one_key_says_nothing(small: Small) -> None:
    made = proposed(small, paid(small))
    proposals.turn_explanation_key(
        explanation_id=made.pk, which=Key.APPROVE, actor=keyholders(small)[Key.APPROVE], at=AT
    )

    assert (is_free(small), small.balance("in_transit")) == (False, Decimal(100))


def test_an_order_of_nobody_is_no_money_to_identify_once_void(small: Small) -> None:
    void(small, paid(small, room="99-9-999"))
    _, shown, _ = ran("show_suspense", "--fund", small.fund.code)

    assert (small.balance("suspense"), "共 0 项" in shown) == (NONE, True)


def test_no_lump_settles_what_never_came(small: Small) -> None:
    void(small, paid(small))
    small.take(LUMP)

    kind = newest_explanations(small.fund.pk).get(line__fund=small.fund).kind
    assert (kind, small.balance("in_transit")) == ("suspense", NONE)


def test_what_the_bank_confirmed_is_not_void(small: Small) -> None:
    order = paid(small)
    made = proposed(small, order)
    small.take(LUMP)

    with pytest.raises(Conflict) as refusal:
        proposed(small, order)
    assert refusal.value.code == "order-not-open"
    with pytest.raises(DomainError):
        proposals.turn_explanation_key(
            explanation_id=made.pk, which=Key.APPROVE, actor=keyholders(small)[Key.APPROVE], at=AT
        )


def test_it_is_said_and_keyed_from_the_console(small: Small, tmp_path: Path) -> None:
    order, paper = paid(small), tmp_path / "说明.pdf"
    paper.write_bytes(b"%PDF-1.4")
    said = ("--order", order.order_number, "--reason", "商户已退", "--document", paper)
    fund = ("--fund", small.fund.code)
    first = ran("explain_break", *fund, "--actor", small.actor.username, *said)
    number = BreakExplanation.objects.get(order=order).pk
    turned = [
        ran("turn_key", *fund, "--actor", who.username, "break", number) for who in keyholders(small).values()
    ]

    assert [first[0], *(each[0] for each in turned)] == [0, 0, 0]
    assert order.order_number in turned[0][1]
    assert is_free(small)


# -------------------------------------------------------------------------------------- past Python


def test_undoing_the_entry_by_hand_frees_nothing(small: Small) -> None:
    order = paid(small)
    income, transit = (
        run("default", "SELECT ledger_open_account(%s, 'operating', %s, '')", (small.fund.pk, kind))[0][0]
        for kind in ("property_fee", "in_transit")
    )
    run(
        "default",
        "SELECT ledger_post(%s, %s, now(), %s, 'merchant_order_collected', '2025-07-01', '', '', %s, NULL,"
        " %s::integer[], %s::numeric[])",
        (
            small.fund.pk,
            small.actor.pk,
            f"order:{order.order_number}:{unique('by')}",
            order.entry_sequence,
            [transit, income],
            [-100, 100],
        ),
    )

    assert not is_free(small)


def test_the_database_settles_no_order_that_is_void(small: Small) -> None:
    order = paid(small)
    void(small, order)
    small.take(Said("2025-07-02", "99.62", "银联", memo="往来"))
    line = newest_explanations(small.fund.pk).get(line__fund=small.fund).line_id

    with refused(constraint="voided_for_good", using="default"):
        run("default", "UPDATE custody_channelorder SET bank_line_id = %s WHERE id = %s", (line, order.pk))


@pytest.mark.parametrize("kind", ["judicial", "order_void"])
def test_an_order_is_void_and_nothing_else_and_a_line_is_never_void(small: Small, kind: str) -> None:
    order = paid(small)
    small.take(Said("2025-07-02", "-5.00", "某某"))
    line = newest_explanations(small.fund.pk).get(line__fund=small.fund).line_id
    made = proposed(small, order)
    which = {"judicial": (None, order.pk), "order_void": (line, None)}[kind]

    with refused(constraint="break_of_a_line_or_an_order", using="default"):
        run(
            "default",
            "INSERT INTO custody_breakexplanation (fund_id, line_id, order_id, kind, reason, document_id,"
            " proposed_by_id, proposed_at) VALUES (%s, %s, %s, %s, 'x', %s, %s, %s)",
            (small.fund.pk, *which, kind, made.document_id, small.actor.pk, AT),
        )
