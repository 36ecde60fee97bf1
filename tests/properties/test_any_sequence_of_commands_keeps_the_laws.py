"""Random sequences of everything the ledger does; after every step its laws hold and a model agrees."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from custody.kernel.errors import Conflict, InsufficientFunds, KeyReused
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.entries import Entry, Line
from custody.ledger.proof import verify_fund
from custody.models import Balance, JournalEntry
from tests.draws import examples
from tests.factories import AT, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")

fens = st.integers(1, 500)
ON = date(2025, 7, 5)


class Ledger(RuleBasedStateMachine):
    """``cash`` and ``held`` in fen are the model; ``posted`` remembers drafts, ``holds`` the open ones."""

    def __init__(self) -> None:
        super().__init__()
        self.trust = make_fund()
        self.cash_account = self.trust.account("cash")
        self.others = [self.trust.account("interest"), self.trust.account("budget_spending", "A")]
        self.cash = self.held = self.number = 0
        self.posted: list[tuple[door.Draft, int, int]] = []
        self.reversed: set[int] = set()
        self.holds: dict[int, int] = {}
        self.ended: list[tuple[int, str]] = []

    def draft(self, fen: int, settles: int | None = None) -> door.Draft:
        self.number += 1
        amount = Decimal(fen).scaleb(-2)
        lines = (Line(self.cash_account, amount), Line(self.others[fen < 0], -amount))
        return door.Draft(Entry("typed", ON, lines, memo=f"第{self.number}笔"), f"k{self.number}", settles)

    def send(self, *drafts: door.Draft) -> list[door.Posted]:
        return door.post_many(drafts, actor_id=self.trust.actor.pk, at=AT)

    def record(self, draft: door.Draft, sequence: int, fen: int) -> None:
        self.posted.append((draft, sequence, fen))
        self.cash += fen

    @rule(fen=fens)
    def receive(self, fen: int) -> None:
        draft = self.draft(fen)
        self.record(draft, self.send(draft)[0].sequence, fen)

    @rule(fen=fens)
    def pay(self, fen: int) -> None:
        draft = self.draft(-fen)
        if fen > self.cash - self.held:
            with pytest.raises(InsufficientFunds):
                self.send(draft)
            return
        self.record(draft, self.send(draft)[0].sequence, -fen)

    @rule(amounts=st.lists(st.integers(-300, 300).filter(bool), min_size=2, max_size=5))
    def post_together(self, amounts: list[int]) -> None:
        drafts = [self.draft(fen) for fen in amounts]
        if sum(amounts) + self.cash - self.held < 0:
            with pytest.raises(InsufficientFunds):
                self.send(*drafts)
            return
        for draft, answer, fen in zip(drafts, self.send(*drafts), amounts, strict=True):
            self.record(draft, answer.sequence, fen)

    @rule(fen=fens)
    def hold(self, fen: int) -> None:
        self.number += 1
        wanted: dict[str, Any] = {
            "key": f"h{self.number}",
            "reason": "结算",
            "actor_id": self.trust.actor.pk,
            "at": AT,
        }
        if fen > self.cash - self.held:
            with pytest.raises(InsufficientFunds):
                door.hold(self.cash_account, yuan(Decimal(fen).scaleb(-2)), **wanted)
            return
        placed = door.hold(self.cash_account, yuan(Decimal(fen).scaleb(-2)), **wanted)
        assert door.hold(self.cash_account, yuan(Decimal(fen).scaleb(-2)), **wanted) == placed
        self.holds[placed] = fen
        self.held += fen

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.holds)))
        assert self.give_back(chosen)
        self.held -= self.holds.pop(chosen)
        self.ended.append((chosen, "released"))

    def give_back(self, hold: int) -> bool:
        return door.release_hold(
            fund_id=self.trust.fund.pk, hold_id=hold, actor_id=self.trust.actor.pk, at=AT
        )

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.holds)))
        fen = self.holds.pop(chosen)
        draft = self.draft(-fen, settles=chosen)
        self.record(draft, self.send(draft)[0].sequence, -fen)
        self.held -= fen
        self.ended.append((chosen, "settled"))

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def end_a_hold_twice(self, data: st.DataObject) -> None:
        chosen, how = data.draw(st.sampled_from(self.ended))
        if how == "released":
            assert not self.give_back(chosen)
        else:
            with pytest.raises(Conflict):
                self.give_back(chosen)

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        draft, sequence, fen = data.draw(st.sampled_from(self.posted))
        del draft
        wanted: dict[str, Any] = {
            "fund_id": self.trust.fund.pk, "sequence": sequence, "effective_on": ON, "reason": "冲正",
            "actor_id": self.trust.actor.pk, "at": AT,
        }  # fmt: skip
        if sequence in self.reversed:
            with pytest.raises((Conflict, InsufficientFunds) if fen > self.cash - self.held else Conflict):
                door.reverse(key=f"again{sequence}", **wanted)
        elif fen > self.cash - self.held:
            with pytest.raises(InsufficientFunds):
                door.reverse(key=f"undo{sequence}", **wanted)
        else:
            answer = door.reverse(key=f"undo{sequence}", **wanted)
            assert door.reverse(key=f"undo{sequence}", **wanted).sequence == answer.sequence
            self.reversed.add(sequence)
            self.cash -= fen

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        draft, sequence, _ = data.draw(st.sampled_from(self.posted))
        assert self.send(draft) == [door.Posted(self.trust.fund.pk, sequence, replayed=True)]

    @precondition(lambda self: self.posted)
    @rule(data=st.data(), fen=st.integers(501, 900))
    def reuse_a_key(self, data: st.DataObject, fen: int) -> None:
        known, _, _ = data.draw(st.sampled_from(self.posted))
        other = self.draft(fen)
        with pytest.raises(KeyReused):
            self.send(door.Draft(other.entry, known.key))

    @invariant()
    def the_model_agrees(self) -> None:
        balance = door.balance_of(self.cash_account)
        assert (balance.posted.amount, balance.held.amount) == (
            Decimal(self.cash).scaleb(-2), Decimal(self.held).scaleb(-2),
        )  # fmt: skip

    @invariant()
    def nothing_appears_or_vanishes(self) -> None:
        posted = Balance.objects.filter(fund_id=self.trust.fund.pk).values_list("posted", flat=True)
        assert sum(posted, Decimal(0)) == 0

    @invariant()
    def each_key_had_one_effect(self) -> None:
        entries = JournalEntry.objects.filter(fund_id=self.trust.fund.pk).count()
        assert entries == len(self.posted) + len(self.reversed)

    @invariant()
    def the_journal_verifies(self) -> None:
        assert verify_fund(self.trust.fund.pk) == []


def test_any_sequence_of_commands_keeps_the_laws() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=examples(12),
            stateful_step_count=20,
            deadline=None,
            phases=(
                Phase.explicit,
                Phase.reuse,
                Phase.generate,
            ),  # shrinking takes minutes; run with it by hand
            suppress_health_check=list(HealthCheck),
        ),
    )
