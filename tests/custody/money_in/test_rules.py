"""The memo rules, read as an operator would: order decides, and both 摘要 and 附言 count."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.models import LineKind
from custody.money_in import rules


@pytest.mark.parametrize(
    ("text", "amount", "kind"),
    [
        ("商户结算 商户结算0701 总额2727.36 手续费10.36", "2717.00", LineKind.MERCHANT_LUMP),
        ("转账 临停收入 批次070", "358.00", LineKind.PUBLIC_REVENUE),
        ("转存 转七天通知存款", "-200000", LineKind.PLACEMENT_OUT),
        ("转存 通知存款本息 本金200000 利息385.00", "200385", LineKind.PLACEMENT_BACK),
        ("转账 信托制物业激励资金", "50000", LineKind.GRANT),
        ("结息 季度结息", "98.76", LineKind.INTEREST),
        ("手续费 账户管理费", "-30", LineKind.BANK_CHARGE),
        ("转账 工本费", "-30", LineKind.BANK_CHARGE),
        ("转账 物业管理费", "-80000", None),
        ("转账 服务费", "-30", None),
        ("冲正 错账冲正", "-83.97", LineKind.REVERSAL),
        ("转账 5-2-301", "88", None),
        ("转账 货款", "-88", None),
        ("", "88", None),
    ],
)
def test_the_first_rule_that_fits_decides(text: str, amount: str, kind: LineKind | None) -> None:
    assert rules.read_kind(text=text, amount=Decimal(amount)) == kind


def test_a_merchant_lump_states_its_day_gross_and_fee() -> None:
    facts = rules.lump_facts("商户结算0701 总额2,727.36 手续费10.36", date(2025, 7, 2))

    assert facts == rules.LumpFacts(date(2025, 7, 1), Decimal("2727.36"), Decimal("10.36"))


@pytest.mark.parametrize(
    "text", ["商户结算0701", "商户结算 07-01", "商户结算20250701", "商户结算2025-07-01", "商户清算０７０１"]
)
def test_the_day_of_a_lump_is_read_in_every_spelling(text: str) -> None:
    assert rules.lump_facts(text, date(2025, 7, 2)).paid_on == date(2025, 7, 1)


def test_a_lump_booked_in_january_settles_december() -> None:
    assert rules.lump_facts("商户结算1231", date(2026, 1, 1)).paid_on == date(2025, 12, 31)


def test_a_day_that_does_not_exist_is_no_day() -> None:
    assert rules.lump_facts("商户结算0230", date(2025, 7, 2)).paid_on is None


@pytest.mark.parametrize(
    ("text", "batch"),
    [
        ("临停收入 批次070", "070"),
        ("批次07m", "07M"),
        ("批次:07AD", "07AD"),
        ("批次号 P-12", "P-12"),
        ("停车", None),
    ],
)
def test_a_batch_is_read_from_the_text(text: str, batch: str | None) -> None:
    assert rules.batch_of(text) == batch


@given(st.from_regex(r"[0-9A-Z]{1,8}", fullmatch=True))
def test_text_and_detail_spell_a_batch_alike(batch: str) -> None:
    assert (
        rules.batch_of(f"收入 批次{batch}") == rules.normal_batch(batch) == rules.normal_batch(f"批次{batch}")
    )


@pytest.mark.parametrize(
    ("source", "income"),
    [
        ("临时停车", "parking"),
        ("月租停车", "parking"),
        ("停车费", "parking"),
        ("电梯广告", "advertising"),
        ("广告费", "advertising"),
        ("彩票", None),
    ],
)
def test_a_source_of_public_revenue_is_known_or_refused(source: str, income: str | None) -> None:
    assert rules.revenue_source(source) == income


@pytest.mark.parametrize("text", ["", "批次", "二号", "07 0", "07;0"])
def test_what_is_no_batch_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="批次"):
        rules.normal_batch(text)


def test_a_space_ends_a_batch() -> None:
    assert rules.batch_of("临停 批次070 ab") == "070"
