"""What a person says a receipt is: booked, kept by unit and month, taken back, refused with reasons."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from custody.files.intake import Handed
from custody.kernel.errors import Conflict, Forbidden, NotFound, Rejected
from custody.kernel.money import yuan
from custody.ledger.proof import verify_fund
from custody.models import BankLine, Document, Identification, LineKind
from custody.money_in import explanations
from custody.money_in.bank_statements import import_statements
from custody.money_in.candidates import candidates
from custody.money_in.channel import import_channel_detail
from custody.money_in.collected import months_paid
from custody.money_in.explanations import unidentified_money
from custody.money_in.identifying import (
    FeePart,
    IncomePart,
    Part,
    fee_parts,
    identify_receipt,
    undo_identification,
    unit_called,
)
from custody.money_in.parts import standing_parts
from custody.money_in.public_revenue import import_public_revenue
from custody.money_in.recording import reconsider_lines
from tests import factories
from tests.custody.money_in.packs import copy_pack, onboarded
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.custody.money_in.test_commands import at_desk, ran

pytestmark = pytest.mark.usefixtures("committed_db")

JULY, AUGUST = date(2025, 7, 1), date(2025, 8, 1)
PAPER = Handed("合同.pdf", b"a contract")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A receipt of 100.50 in suspense, which is 5-1-101's fee of a month."""
    small = small_estate(tmp_path)
    small.take(Said("2025-07-20", "100.50", "路人", "6222009"))
    return small


def line_of(small: Small) -> BankLine:
    return BankLine.objects.select_related("fund", "account").filter(fund=small.fund).earliest("position")


def fee(small: Small, month: date = JULY, amount: str = "100.50", unit: str = "5-1-101") -> FeePart:
    return FeePart(unit_called(small.fund.pk, unit, JULY), month, yuan(amount))


def identify(small: Small, *parts: Part, evidence: Handed | None = None) -> str:
    now = identify_receipt(
        line=line_of(small), parts=parts, evidence=evidence, actor=small.actor, at=AT
    )  # fmt: skip
    return now.kind


def undo(small: Small, reason: str = "认错了") -> None:
    undo_identification(line=line_of(small), reason=reason, actor=small.actor, at=AT)


def balances(small: Small) -> tuple[Decimal, ...]:
    """Of suspense, property fee, other income and cash."""
    return tuple(map(small.balance, ("suspense", "property_fee", "other_income", "cash")))


def test_a_receipt_identified_is_income_of_its_day_and_kept_by_unit_and_month(small: Small) -> None:
    assert identify(small, fee(small)) == LineKind.IDENTIFIED

    assert balances(small) == (Decimal(0), Decimal("100.50"), Decimal(0), Decimal("1100.50"))
    assert small.by_day()["operating", "property_fee", date(2025, 7, 20)] == Decimal("-100.50")
    assert [(each.month, each.amount) for each in standing_parts(line=line_of(small))] == [
        (JULY, Decimal("100.50"))
    ]
    assert unidentified_money(small.fund.pk) == []
    assert verify_fund(small.fund.pk) == []


def test_every_receipt_of_the_sample_is_identified_to_its_candidate(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path / "pack")
    fund, actor = onboarded(pack)
    import_channel_detail(fund=fund, paths=pack.details, actor=actor, at=AT)
    import_public_revenue(fund=fund, path=pack.path("public-revenue.xlsx"), actor=actor, at=AT)
    import_statements(fund=fund, paths=pack.statements, actor=actor, at=AT)
    before = len(explanations.open_explanations(fund.pk))

    for line_id, (only,) in candidates(fund.pk).items():
        line = BankLine.objects.select_related("fund", "account").get(pk=line_id)
        parts = fee_parts(only.unit, only.months, line.amount)
        identify_receipt(line=line, parts=parts, evidence=None, actor=actor, at=AT)

    assert candidates(fund.pk) == {}
    assert before - len(explanations.open_explanations(fund.pk)) == 11
    assert verify_fund(fund.pk) == []


def test_the_same_said_again_changes_nothing(small: Small) -> None:
    identify(small, fee(small))

    identify(small, fee(small))

    assert Identification.objects.filter(fund=small.fund).count() == 1


def test_a_month_identified_is_paid(small: Small) -> None:
    identify(small, fee(small))
    small.take(
        Said("2025-07-20", "100.50", "路人", "6222009"), Said("2025-07-21", "100.50", "又一人")
    )  # fmt: skip

    unit = unit_called(small.fund.pk, "5-1-101", JULY)
    assert months_paid(small.fund.pk, [unit])[unit.id] == {JULY: Decimal("100.50")}
    assert [*candidates(small.fund.pk).values()] == [()]


def test_an_account_identified_once_is_a_reason_afterwards(small: Small) -> None:
    identify(small, fee(small))
    small.take(
        Said("2025-07-20", "100.50", "路人", "6222009"), Said("2025-08-21", "33.00", "路人", "6222009")
    )  # fmt: skip

    ((only,),) = candidates(small.fund.pk).values()

    assert (only.unit.address, only.months) == ("5-1-101", (AUGUST,))


def test_one_receipt_pays_several_units_months_and_what_is_no_fee(small: Small) -> None:
    parts = (
        fee(small, amount="50.50"),
        fee(small, amount="40", unit="6-1-101"),
        IncomePart("other_income", yuan("10")),
    )

    identify(small, *parts, evidence=PAPER)

    assert balances(small) == (Decimal(0), Decimal("90.50"), Decimal(10), Decimal("1100.50"))
    paper = Document.objects.get(fund=small.fund, kind=Document.Kind.EVIDENCE)
    assert {each.document_id for each in standing_parts(line=line_of(small))} == {paper.pk}


def test_months_at_once_get_their_fee_each(small: Small) -> None:
    unit = unit_called(small.fund.pk, "5-1-101", JULY)

    parts = fee_parts(unit, [JULY, AUGUST], yuan("150"))

    assert [(each.month, each.amount) for each in parts] == [(JULY, yuan("100.50")), (AUGUST, yuan("49.50"))]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([("5-1-101", JULY, "100")], "各项合计 100.00 元，来款是 100.50 元"),
        ([("5-1-101", JULY, "101.50")], "来款是 100.50 元"),
        ([("6-1-101", JULY, "100.50")], "多出 0.50 元，请认领到其他月份"),
        ([("5-1-101", JULY, "110.50"), ("6-1-101", JULY, "-10")], "每项金额应大于零"),
    ],
)
def test_parts_that_are_not_the_receipt_are_refused(
    small: Small, parts: list[tuple[str, date, str]], reason: str
) -> None:
    with pytest.raises(Rejected, match="不能这样认领") as refusal:
        identify(small, *(fee(small, month, amount, unit) for unit, month, amount in parts))

    assert reason in str(refusal.value)
    assert small.balance("suspense") == Decimal("100.50")


def test_a_month_that_is_paid_is_refused_with_what_came_in(small: Small) -> None:
    small.take(
        Said("2025-07-20", "100.50", "路人", "6222009"),
        Said("2025-07-21", "100.50", "赵一", memo="5-1-101 7月物业费"),
    )

    with pytest.raises(Rejected, match=r"已收 100\.50 元，多出 100\.50 元"):
        identify(small, fee(small))
    assert identify(small, fee(small, AUGUST)) == LineKind.IDENTIFIED


def test_other_income_needs_its_evidence(small: Small) -> None:
    part = IncomePart("other_income", yuan("100.50"))
    with pytest.raises(Rejected, match="须附凭据"):
        identify(small, part)

    assert identify(small, part, evidence=PAPER) == LineKind.IDENTIFIED


def test_an_income_nobody_knows_is_refused(small: Small) -> None:
    with pytest.raises(Rejected, match="不认识的收入"):
        identify(small, IncomePart("corpus", yuan("100.50")), evidence=PAPER)


def test_only_what_is_in_suspense_is_identified(small: Small) -> None:
    identify(small, fee(small))
    with pytest.raises(Conflict, match="已是「已认领」"):
        identify(small, fee(small, AUGUST))


@pytest.mark.parametrize(("kind", "role"), [("trustee", "viewer"), ("provider", "clerk")])
def test_only_the_desk_identifies(small: Small, kind: str, role: str) -> None:
    somebody = factories.member_of(small.fund, kind, role)
    with pytest.raises(Forbidden):
        identify_receipt(
            line=line_of(small), parts=[fee(small)], evidence=None, actor=somebody, at=AT
        )  # fmt: skip
    with pytest.raises(Forbidden):
        undo_identification(line=line_of(small), reason="x", actor=somebody, at=AT)


def test_what_was_found_in_error_is_taken_back_and_found_anew(small: Small) -> None:
    identify(small, fee(small))

    undo(small)

    assert balances(small) == (Decimal("100.50"), Decimal(0), Decimal(0), Decimal("1100.50"))
    assert [item.note for item in unidentified_money(small.fund.pk)] == ["认领已撤销：认错了"]
    identify(small, fee(small, AUGUST))
    undo(small)
    identify(small, fee(small, JULY))
    assert [each.month for each in standing_parts(line=line_of(small))] == [JULY]
    assert verify_fund(small.fund.pk) == []


def test_taking_back_says_why_and_takes_back_something(small: Small) -> None:
    with pytest.raises(Conflict, match="没有可撤销的认领"):
        undo(small)
    identify(small, fee(small))
    with pytest.raises(Rejected, match="理由"):
        undo(small, " ")


def test_the_rules_asked_again_leave_what_a_person_found(small: Small) -> None:
    identify(small, fee(small))

    assert reconsider_lines(fund=small.fund, actor=small.actor, at=AT).already_done


def test_the_bank_taking_the_receipt_back_takes_its_parts_back(small: Small) -> None:
    identify(small, fee(small))

    machine = factories.member_of(small.fund, "trustee", "machine")
    path = small.statement(
        [
            Said("2025-07-20", "100.50", "路人", "6222009"),
            Said("2025-07-22", "-100.50", "路人", "6222009", summary="冲正", side="credit"),
        ]
    )
    import_statements(fund=small.fund, paths=[path], actor=machine, at=AT)

    assert standing_parts(line=line_of(small)) == []
    assert balances(small) == (Decimal(0), Decimal(0), Decimal(0), Decimal("1000.00"))


def test_a_receipt_is_identified_at_the_console(small: Small) -> None:
    candidate = ("--line", 1, "--unit", "5栋1单元101", "--month", "2025-07")

    assert ran("identify_receipt", *at_desk(small), *candidate, "--dry-run")[0] == 0
    assert small.balance("suspense") == Decimal("100.50")
    code, out, _ = ran("identify_receipt", *at_desk(small), *candidate)

    assert (code, out.strip()) == (0, "已认领 5-1-101 2025-07 物业费 100.50 元")


def test_parts_and_the_rest_are_identified_at_the_console(small: Small, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"paper")
    parts = ("--part", "6-1-101", "2025-07", "40", "--income", "other_income", "--document", paper)

    code, out, _ = ran("identify_receipt", *at_desk(small), "--line", f"{small.account}:1", *parts)

    assert (code, "其他收入 60.50 元" in out) == (0, True)
    code, out, _ = ran("identify_receipt", *at_desk(small), "--line", 1, "--undo", "--reason", "认错")
    assert (code, "待确认款项 认领已撤销：认错" in out) == (0, True)


@pytest.mark.parametrize(
    "said",
    [
        (), ("--unit", "5-1-101"), ("--month", "2025-07"), ("--unit", "9-9-999", "--month", "2025-07"),
        ("--unit", "5-1-101", "--month", "7"), ("--part", "5-1-101", "2025-07", "1.234"),
        ("--part", "5-1-101", "2025-07", "x"), ("--income", "grant"), ("--undo",),
    ],
)  # fmt: skip
def test_what_is_unclear_at_the_console_is_refused_in_a_sentence(small: Small, said: tuple[str, ...]) -> None:
    code, out, err = ran("identify_receipt", *at_desk(small), "--line", 1, *said)

    assert (code, out, bool(err)) == (2, "", True)
    assert small.balance("suspense") == Decimal("100.50")


def test_a_unit_nobody_has_is_not_found(small: Small) -> None:
    with pytest.raises(NotFound):
        unit_called(small.fund.pk, "5-1-999", JULY)
