"""Random walks over every service: history stays a path, held money is exactly what live invoices need."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from custody.kernel.errors import DomainError
from custody.kernel.money import ZERO
from custody.ledger.door import balance_of
from settlement.decisions import approvals
from settlement.invoices import submission
from settlement.models import Refusal, Settlement, SettlementMove
from settlement.payments import answers, filing
from settlement.selectors import claiming_lines
from settlement.states import INITIAL, MOVES, State
from tests.draws import examples
from tests.settlement.desk import AT, fresh, make_provider, work_line

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.long]
PEOPLE = ["actor", "trustee_key", "committee_key", "provider_clerk"]
# States in which the settlement's total is held on cash.
HOLDING = (State.APPROVED, State.RELEASED, State.INSTRUCTED, State.UNKNOWN, State.FAILED)
STEPS = ["approve", "release", "withdraw", "reject", "cancel", "reconsider"]


class Office(RuleBasedStateMachine):
    """Anybody tries anything, in any order; the house says no or does it whole."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = make_provider(cash="3000")
        self.works = [self.desk.work("1000") for _ in range(3)]
        self.settlements: list[Settlement] = []
        self.moment = 0

    def at(self) -> Any:
        """Later with every step."""
        self.moment += 1
        return AT + timedelta(minutes=self.moment)

    def some(self, pick: int) -> Settlement:
        return fresh(self.settlements[pick % len(self.settlements)])

    def waiting(self) -> list[Settlement]:
        """Those the bank owes an answer on."""
        found = [fresh(each) for each in self.settlements]
        return [each for each in found if each.state in {"instructed", "unknown"}]

    def tried(self, step: Any, **said: Any) -> None:
        """A refusal is a fine answer; anything else is a bug."""
        with suppress(DomainError):
            step(at=self.at(), **said)

    @rule(work=st.integers(0, 2), amount=st.sampled_from(["400", "600", "1000", "1000.01"]))
    def submits(self, work: Any, amount: Any) -> None:
        settlement = self.desk.submit(self.desk.invoice(work_line(self.works[work], amount)))
        self.settlements.append(settlement)

    @precondition(lambda self: self.settlements)
    @rule(step=st.sampled_from(STEPS), who=st.sampled_from(PEOPLE), pick=st.integers(0, 9))
    def decides(self, step: Any, who: Any, pick: Any) -> None:
        said = {} if step in {"approve", "release"} else {"reason": "因故"}
        actor = getattr(self.desk.at, who)
        self.tried(getattr(approvals, step), settlement_id=self.some(pick).pk, actor=actor, **said)

    @precondition(lambda self: self.settlements)
    @rule(pick=st.integers(0, 9))
    def goes_straight(self, pick: Any) -> None:
        chosen, at = self.some(pick).pk, self.desk.at
        self.tried(approvals.approve, settlement_id=chosen, actor=at.committee_key)
        self.tried(approvals.release, settlement_id=chosen, actor=at.trustee_key)
        self.instructs(pick)

    @precondition(lambda self: self.settlements)
    @rule(pick=st.integers(0, 9))
    def instructs(self, pick: Any) -> None:
        self.tried(
            filing.instruct,
            fund_id=self.desk.at.fund.pk,
            settlement_ids=[self.some(pick).pk],
            execute_on=AT.date() + timedelta(days=1),
            actor=self.desk.at.actor,
        )

    @precondition(lambda self: self.settlements)
    @rule(pick=st.integers(0, 9), step=st.sampled_from(["mark_unknown", "report_failed", "retry"]))
    def hears(self, pick: Any, step: Any) -> None:
        said = {"mark_unknown": {"reason": "超时"}, "report_failed": {"evidence": "回执"}}.get(step, {})
        self.tried(getattr(answers, step), settlement_id=self.some(pick).pk, actor=self.desk.at.actor, **said)

    @precondition(lambda self: self.settlements)
    @rule(pick=st.integers(0, 9), who=st.sampled_from(["committee_key", "trustee_key"]))
    def thinks_again(self, pick: Any, who: Any) -> None:
        chosen, at = self.some(pick).pk, self.desk.at
        self.tried(approvals.approve, settlement_id=chosen, actor=at.committee_key)
        self.tried(approvals.release, settlement_id=chosen, actor=at.trustee_key)
        self.tried(approvals.withdraw, settlement_id=chosen, actor=getattr(at, who), reason="再想想")

    @precondition(lambda self: self.waiting())
    @rule(pick=st.integers(0, 9), then=st.sampled_from(["retry", "reconsider", "cancel", "unknown"]))
    def bank_refuses(self, pick: Any, then: Any) -> None:
        said = {"settlement_id": self.waiting()[pick % len(self.waiting())].pk, "actor": self.desk.at.actor}
        if then == "unknown":
            self.tried(answers.mark_unknown, reason="超时", **said)
        self.tried(answers.report_failed, evidence="回执", **said)
        told = Refusal.objects.filter(order__settlement=said["settlement_id"]).last()
        if told is not None:
            self.tried(answers.confirm_failed, refusal_id=told.pk, actor=self.desk.at.trustee_key)
        if then == "retry":
            self.tried(answers.retry, **said)
        elif then != "unknown":
            self.tried(getattr(approvals, then), reason="银行拒付", **said)

    @precondition(lambda self: self.settlements)
    @rule(pick=st.integers(0, 9))
    def is_sent_back(self, pick: Any) -> None:
        said = {"settlement_id": self.some(pick).pk, "actor": self.desk.at.actor}
        self.tried(submission.send_back, reason="再查", **said)
        self.tried(submission.answer_duplicate, answer="不是重复", **said)

    @precondition(lambda self: self.waiting())
    @rule(pick=st.integers(0, 9))
    def bank_pays(self, pick: Any) -> None:
        self.desk.pays(self.waiting()[pick % len(self.waiting())])

    @precondition(lambda self: any(fresh(each).state == "paid" for each in self.settlements))
    @rule(pick=st.integers(0, 9))
    def bank_sends_back(self, pick: Any) -> None:
        paid = [fresh(each) for each in self.settlements if fresh(each).state == "paid"]
        chosen = paid[pick % len(paid)]
        self.desk.bank_line(f"{chosen.total.amount}", f"退汇 {chosen.number}", summary="退汇")

    @invariant()
    def held_is_what_live_invoices_need(self) -> None:
        live = Settlement.objects.filter(fund=self.desk.at.fund, state__in=[each.value for each in HOLDING])

        assert balance_of(self.desk.at.account("cash")).held == sum((each.total for each in live), ZERO)

    @invariant()
    def history_is_a_path_to_the_state(self) -> None:
        for each in self.settlements:
            steps = SettlementMove.objects.filter(settlement=each).order_by("step")
            path = [State(step.target) for step in steps]
            assert path[0] == INITIAL
            assert all(after in MOVES[before] for before, after in pairwise(path))
            assert path[-1] == fresh(each).state

    @invariant()
    def no_work_is_claimed_beyond_what_was_accepted(self) -> None:
        for work in self.works:
            claims = claiming_lines().filter(work_order=work)
            assert sum((line.amount for line in claims), ZERO) <= work.amount

    def teardown(self) -> None:
        from custody.ledger import proof

        assert not proof.verify_fund(self.desk.at.fund.pk)
        assert not connection.in_atomic_block


def test_whatever_is_tried_history_holds_and_claims_stay_true() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=examples(15),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_payment_lost_sight_of_twice_is_refused_and_nothing_moves() -> None:
    """The walk that found it: paid straight away, no answer from the bank, no answer again."""
    office = Office()
    office.submits(work=0, amount="1000")
    office.goes_straight(pick=0)
    office.bank_refuses(pick=0, then="unknown")
    office.hears(pick=0, step="mark_unknown")
    office.held_is_what_live_invoices_need()
    office.history_is_a_path_to_the_state()
    office.teardown()
