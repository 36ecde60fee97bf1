"""A fund that may place cash, and bank lines to place it with."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Barrier

from django.db import connections, transaction

from custody.kernel.errors import DomainError
from custody.kernel.money import yuan
from custody.ledger import door, postings
from custody.ledger.chart import Book
from custody.models import BankAccount, BankLine, DeedTerm, LineExplanation, Placement, Resolution
from custody.placements import orders
from tests import factories
from tests.factories import TestFund, make_fund, unique

ORDERED_ON = date(2025, 7, 14)
ORDERED_AT = datetime(2025, 7, 14, 2, 0, tzinfo=UTC)
BUDGET = yuan("86000")
HOLDER = "示范信托有限公司-测试小区物业服务信托"


def agree(test: TestFund, **terms: str) -> None:
    """Record deed terms from 2025-01-01 on."""
    resolution = Resolution.objects.create(
        fund=test.fund, reference=unique("R"), resolved_on=date(2024, 12, 1), title="设立文件"
    )
    DeedTerm.objects.bulk_create(
        DeedTerm(
            fund=test.fund, term=term, value=value, effective_from=date(2025, 1, 1), resolution=resolution
        )
        for term, value in terms.items()
    )


def placing_fund(operating: str = "300000", maintenance: str = "312000") -> TestFund:
    """A fund with cash in both books, whose deed permits deposits above a floor of two months."""
    test = make_fund()
    agree(test, liquidity_floor_months="2", permitted_placements="活期存款;协定存款;通知存款;定期存款;国债")
    test.fill(operating)
    test.fill(maintenance, book="maintenance")
    BankAccount.objects.using("owner").create(
        fund=test.fund, number=unique("6222"), holder=HOLDER, bank_name="测试银行"
    )
    return test


def ordered(
    test: TestFund, principal: str = "200000", rate: str | None = "0.011", **changes: object
) -> Placement:
    """An order for a seven-day call deposit on the maintenance book."""
    facts: dict[str, object] = {
        "fund": test.fund,
        "book": Book.MAINTENANCE,
        "product": "七天通知存款",
        "principal": yuan(principal),
        "annual_rate": None if rate is None else Decimal(rate),
        "ordered_on": ORDERED_ON,
        "monthly_budget": BUDGET,
        "key": unique("order"),
        "actor": test.actor,
        "at": ORDERED_AT,
    }
    return orders.order(**(facts | changes))  # type: ignore[arg-type]


def released(test: TestFund, **changes: object) -> Placement:
    """An order with both keys turned."""
    placement = ordered(test, **changes)  # type: ignore[arg-type]
    orders.approve(placement_id=placement.pk, actor=test.committee_key, at=ORDERED_AT)
    return orders.release(
        placement_id=placement.pk, monthly_budget=BUDGET, actor=test.trustee_key, at=ORDERED_AT
    )


def bank_line(test: TestFund, amount: str, memo: str, on: date, name: str = HOLDER) -> BankLine:
    """A statement line of the fund's account."""
    account = BankAccount.objects.get(fund=test.fund)
    position = account.lines.count() + 1
    file = factories.make_document(test.fund, test.actor, ORDERED_AT)
    return BankLine.objects.create(
        fund=test.fund,
        account=account,
        position=position,
        source_file=file,
        row=position,
        booked_on=on,
        amount=yuan(amount),
        balance=factories.balance_after(test.fund, amount),
        counterparty_name=name,
        summary="转存",
        memo=memo,
    )


def key_of(line: BankLine) -> str:
    """The key of the line's own entry."""
    return f"bank:{line.account.number}:{line.position}"


@transaction.atomic
def book(test: TestFund, line: BankLine) -> str | None:
    """Book a line as the import does; answers its kind, or None when no placement explains it."""
    explained = orders.explain_line(line, test.actor, ORDERED_AT)
    if explained is None:
        return None
    assert explained.entry is not None
    posted = door.post(
        explained.entry,
        key=key_of(line),
        actor_id=test.actor.pk,
        at=ORDERED_AT,
        settles_hold=explained.settles_hold,
    )
    assert explained.after is not None
    explained.after(posted.sequence)
    LineExplanation.objects.create(
        line=line,
        fund=test.fund,
        kind=explained.kind,
        entry_sequence=posted.sequence,
        note=explained.note,
        explained_at=ORDERED_AT,
    )
    return str(explained.kind)


def posted(test: TestFund, kind: str, book_: str = "maintenance") -> str:
    """The posted balance of an account, as text."""
    return str(door.balance_of(test.account(kind, book=book_)).posted.amount)


def available(test: TestFund, book_: str = "maintenance") -> str:
    """What the book's cash may still promise, as text."""
    return str(door.balance_of(test.account("cash", book=book_)).available.amount)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do all acts in threads of their own, started together; answers each result or the error it raised."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=10)
            return act()
        except DomainError as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def lose_money(test: TestFund, amount: str = "5") -> int:
    """Money leaves the operating book and nobody knows why; answers the entry's sequence."""
    line = bank_line(test, f"-{amount}", "", ORDERED_ON, "某某")
    entry = postings.unexplained_payment(
        unexplained=test.account("unexplained"),
        cash=test.account("cash"),
        amount=yuan(amount),
        on=ORDERED_ON,
        memo="",
        source="",
    )
    return door.post(entry, key=key_of(line), actor_id=test.actor.pk, at=ORDERED_AT).sequence
