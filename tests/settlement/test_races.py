"""Two at once: exactly one wins. Each race has a control with a lock switched off, which goes wrong."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from pytest_django import Settings

from custody.kernel.errors import Conflict
from settlement import moves
from settlement.decisions import approvals
from settlement.invoices import verification
from settlement.models import PaymentBatch, Settlement
from settlement.selectors import claiming_lines
from tests.concurrency import racing
from tests.factories import make_operator
from tests.settlement.desk import AT as NOW
from tests.settlement.desk import fresh, make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")
PATIENCE_SECONDS = 20


def race(*runners: Callable[[], object]) -> list[Any]:
    """Run all at once; results and errors, in order."""
    return racing.race(runners)


def errors(answers: list[Any]) -> list[type]:
    return [type(each) for each in answers if isinstance(each, Exception)]


def read_without_lock(together: threading.Barrier) -> Callable[[int], Settlement]:
    """What ``moves.locked`` would be without its lock, both readers reading before either writes."""

    def unlocked(settlement_id: int) -> Settlement:
        settlement = Settlement.objects.get(pk=settlement_id)
        together.wait()
        return settlement

    return unlocked


@contextmanager
def no_claim_lock_in_the_database() -> Iterator[None]:
    """The database's own claim lock replaced by nothing, for as long as a control needs it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('settlement_lock_claims(bigint)'::regprocedure)")
        definition = cursor.fetchone()[0]
        cursor.execute(
            "CREATE OR REPLACE FUNCTION settlement_lock_claims(p_settlement bigint) RETURNS void"
            " LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS 'BEGIN END'"
        )
        try:
            yield
        finally:
            cursor.execute(definition)


def two_approvals(desk: Any, settlement: Any) -> list[Any]:
    second = make_operator(desk.at.committee)
    return [
        lambda who=who: approvals.approve(settlement_id=settlement.pk, actor=who, at=NOW)
        for who in (desk.at.committee_key, second)
    ]


def test_of_two_approvals_at_once_one_wins() -> None:
    desk = make_provider()
    settlement = desk.verified()

    answers = race(*two_approvals(desk, settlement))

    assert errors(answers) == [Conflict]
    assert fresh(settlement).state == "approved"


def test_without_the_row_lock_two_approvals_collide_in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_provider()
    settlement = desk.verified()
    together = threading.Barrier(2, timeout=PATIENCE_SECONDS)
    monkeypatch.setattr(approvals, "locked", read_without_lock(together))

    answers = race(*two_approvals(desk, settlement))

    assert errors(answers) == [IntegrityError]


def test_of_two_releases_at_once_one_wins() -> None:
    desk = make_provider()
    settlement = desk.approved()
    second = make_operator(desk.at.trustee)

    answers = race(
        *(
            lambda who=who: approvals.release(settlement_id=settlement.pk, actor=who, at=NOW)
            for who in (desk.at.trustee_key, second)
        )
    )

    assert errors(answers) == [Conflict]


def test_release_and_withdrawal_at_once_end_in_one_of_the_two() -> None:
    desk = make_provider()
    settlement = desk.approved()

    answers = race(
        lambda: approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=NOW),
        lambda: approvals.withdraw(
            settlement_id=settlement.pk, actor=desk.at.committee_key, reason="慢", at=NOW
        ),
    )

    assert fresh(settlement).state == "verified"
    assert errors(answers) in ([], [Conflict])


def test_a_settlement_instructed_twice_at_once_is_in_one_batch(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    settlement = desk.released()

    answers = race(lambda: desk.instructed(settlement), lambda: desk.instructed(settlement))

    assert errors(answers) == [Conflict]
    assert PaymentBatch.objects.filter(fund=desk.at.fund).count() == 1


def two_claims(desk: Any) -> tuple[Any, ...]:
    """Two invoices, each for 600 of one work order of 1000."""
    work = desk.work("1000")
    invoices = [desk.invoice(work_line(work, "600")), desk.invoice(work_line(work, "600"))]
    return work, [lambda invoice=invoice: desk.submit(invoice) for invoice in invoices]


def claimed(work: Any) -> Any:
    return sum(line.amount.amount for line in claiming_lines().filter(work_order=work))


def test_of_two_claims_at_once_on_one_work_order_one_is_returned() -> None:
    desk = make_provider()
    work, claims = two_claims(desk)

    answers = race(*claims)

    assert sorted(each.state for each in answers) == ["returned", "verified"]
    assert claimed(work) == 600


def test_without_the_services_lock_the_database_still_refuses_the_second_claim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = make_provider()
    work, claims = two_claims(desk)
    together = threading.Barrier(2, timeout=PATIENCE_SECONDS)
    judge = verification.reasons_against

    def judged_together(settlement: Any, lines: Any, *, at: Any) -> Any:
        found = judge(settlement, lines, at=at)
        together.wait()
        return found

    monkeypatch.setattr(verification, "lock_claims", lambda settlement: None)
    monkeypatch.setattr(verification, "reasons_against", judged_together)

    answers = race(*claims)

    assert errors(answers) == [IntegrityError]
    assert claimed(work) == 600


def test_without_either_lock_the_work_order_is_claimed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_provider()
    work, claims = two_claims(desk)
    together = threading.Barrier(2, timeout=PATIENCE_SECONDS)
    monkeypatch.setattr(verification, "lock_claims", lambda settlement: None)

    def held_open(claim: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            with transaction.atomic():
                answer = claim()
                together.wait()
            return answer

        return run

    with no_claim_lock_in_the_database():
        race(*map(held_open, claims))

    assert claimed(work) == 1200


def test_one_number_at_two_estates_at_once_is_verified_at_one() -> None:
    first, second = make_provider(), make_provider()
    one = first.invoice(work_line(first.work()))
    other = second.invoice(work_line(second.work()), number=one.number)

    answers = race(lambda: first.submit(one), lambda: second.submit(other))

    assert sorted(each.state for each in answers) == ["returned", "verified"]


def test_many_estates_approve_at_once_without_deadlock() -> None:
    desks = [make_provider() for _ in range(4)]
    settlements = [desk.verified() for desk in desks]

    answers = race(
        *(
            lambda desk=desk, settlement=settlement: approvals.approve(
                settlement_id=settlement.pk, actor=desk.at.committee_key, at=NOW
            )
            for desk, settlement in zip(desks, settlements, strict=True)
        )
    )

    assert errors(answers) == []


def test_the_lock_under_test_is_the_one_services_use() -> None:
    assert vars(approvals)["locked"] is moves.locked
