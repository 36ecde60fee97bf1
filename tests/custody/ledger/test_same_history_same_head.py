"""The same history has the same chain head in every database, whatever numbers its rows were given."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import transaction

from custody.kernel.money import yuan
from custody.ledger import door, reads, references
from custody.ledger.door import Draft
from custody.ledger.entries import credit, debit, entry
from custody.ledger.proof import verify_fund
from custody.models import BankAccount, BankLine, Document, Estate, Fund, Operator
from tests.custody.ledger.raw import citations_unjudged, refused, run
from tests.factories import AT, OPENED_ON, TestFund, make_document, make_fund, make_operator

pytestmark = pytest.mark.usefixtures("committed_db")
ON = date(2025, 7, 2)


def numbers(fund: Fund, actor: Operator) -> dict[str, int]:
    """Row numbers that must not matter."""
    account = run("default", "SELECT min(id) FROM custody_account WHERE fund_id = %s", (fund.pk,))
    return {"fund": fund.pk, "actor": actor.pk, "account": account[0][0]}


def history(code: str, person: str) -> tuple[str, dict[str, int]]:
    """One estate's first days, posted singly, together, held, settled and undone; head and row numbers."""
    estate = Estate.objects.create(
        code=code, name=code, district="", street="", community="", built_year=1999, households=1,
        residential_area=1,
    )  # fmt: skip
    fund = Fund.objects.create(estate=estate, code=code, product_code=code, opened_on=OPENED_ON)
    actor = Operator.objects.create(username=person)
    door.open_fund(fund.pk)
    cash, interest = (
        door.open_account(fund_id=fund.pk, book="operating", kind=kind) for kind in ("cash", "interest")
    )
    file = make_document(fund, actor)
    lines = [bank_line(fund, file, position) for position in (1, 2, 3)]
    drafts = [
        Draft(
            entry("interest_received", ON, (debit(cash, yuan(10)), credit(interest, yuan(10))), memo="利息",
                  source=references.bank_line(line)),
            key=references.bank_line(line),
        )
        for line in lines
    ]  # fmt: skip
    door.post(drafts[0].entry, key=drafts[0].key, actor_id=actor.pk, at=AT)
    door.post_many(drafts, actor_id=actor.pk, at=AT)
    held = door.hold(cash, yuan(5), key="h", reason="", actor_id=actor.pk, at=AT)
    paid = entry("bank_charge_paid", ON, (debit(interest, yuan(5)), credit(cash, yuan(5))))
    door.post(paid, key="paid", actor_id=actor.pk, at=AT, settles_hold=held)
    door.reverse(
        fund_id=fund.pk, sequence=1, key="undo", effective_on=ON, reason="冲正", actor_id=actor.pk, at=AT
    )
    assert verify_fund(fund.pk) == []
    head = reads.head_of(fund.pk)
    assert head is not None
    return head.chain.hex(), numbers(fund, actor)


def bank_line(fund: Fund, file: Document, position: int) -> BankLine:
    account, _ = BankAccount.objects.get_or_create(
        fund=fund, number=f"62220001{fund.code}", holder="信托专户", bank_name="银行", handover=True
    )
    return BankLine.objects.create(
        fund=fund, account_id=account.pk, position=position, source_file=file, row=position, booked_on=ON,
        amount=yuan(10), balance=yuan(10 * position),
    )  # fmt: skip


@pytest.fixture
def unjudged(committed_db: None) -> Iterator[None]:
    """These histories are of cash that no bank's line speaks of."""
    with citations_unjudged():
        yield


@pytest.mark.usefixtures("unjudged")
def test_a_history_written_again_after_a_crash_has_the_same_head() -> None:
    with transaction.atomic():
        first, before = history("SAME-1", "same-person")
        transaction.set_rollback(True)
    make_fund().fill("1")  # others go on meanwhile
    with transaction.atomic():
        second, after = history("SAME-1", "same-person")
        transaction.set_rollback(True)
    assert second == first
    assert all(after[name] != before[name] for name in before)


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize("other", [("SAME-2", "same-person"), ("SAME-1", "another-person")])
def test_another_fund_or_another_person_has_another_head(other: tuple[str, str]) -> None:
    heads = []
    for code, person in (("SAME-1", "same-person"), other):
        with transaction.atomic():
            heads.append(history(code, person)[0])
            transaction.set_rollback(True)
    assert heads[0] != heads[1]


@pytest.fixture
def trust() -> TestFund:
    return make_fund()


# The application may not change the row at all; the owner meets the guard.
BY = pytest.mark.parametrize(("using", "state"), [("default", "42501"), ("owner", "23001")])


@BY
def test_a_fund_keeps_its_code(trust: TestFund, using: str, state: str) -> None:
    constraint = "fund_code_stays" if using == "owner" else ""
    with refused(constraint=constraint, state=state, using=using):
        run(using, "UPDATE custody_fund SET code = 'other' WHERE id = %s", (trust.fund.pk,))


@BY
def test_a_person_keeps_the_name_they_sign_with(using: str, state: str) -> None:
    constraint = "operator_name_stays" if using == "owner" else ""
    with refused(constraint=constraint, state=state, using=using):
        run(using, "UPDATE custody_operator SET username = 'other' WHERE id = %s", (make_operator().pk,))


def test_whatever_else_a_person_is_called_may_change() -> None:
    operator = make_operator()
    operator.full_name = "王敏"
    operator.save(using="owner")
    assert Operator.objects.get(pk=operator.pk).full_name == "王敏"


def test_a_person_is_never_deleted() -> None:
    with refused(constraint="append_only"):
        run("owner", "DELETE FROM custody_operator WHERE id = %s", (make_operator().pk,))


def test_a_head_names_its_own_fund(trust: TestFund) -> None:
    with refused(constraint="head_of_its_fund"):
        run("owner", "UPDATE custody_ledger_head SET fund_code = 'x' WHERE fund_id = %s", (trust.fund.pk,))


def test_two_posts_under_one_key_leave_the_head_where_it_was(trust: TestFund) -> None:
    trust.fill("10")
    made = entry(
        "interest_received",
        ON,
        (debit(trust.account("cash"), yuan(1)), credit(trust.account("interest"), yuan(1))),
    )
    first = door.post(made, key="k", actor_id=trust.actor.pk, at=AT)
    before = reads.head_of(trust.fund.pk)
    again = door.post(made, key="k", actor_id=trust.actor.pk, at=AT)
    assert (again.sequence, again.replayed) == (first.sequence, True)
    assert reads.head_of(trust.fund.pk) == before
