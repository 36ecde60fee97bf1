"""Whatever is posted, singly or together, a dozen lines of Python arrive at the same balances and chain."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.ledger import door
from custody.ledger.proof import verify_fund
from custody.models import Account, JournalEntry, JournalLine, LedgerHead
from tests.factories import TestFund, make_fund
from tests.properties.strategies import Plan, plans

pytestmark = pytest.mark.usefixtures("committed_db")
AT = datetime(2025, 7, 31, 15, 59, 59, 999999, tzinfo=UTC)
some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
batches = st.lists(plans(), min_size=1, max_size=6)


def counted(text: str) -> str:
    return f"{len(text.encode())}:{text}"


def model_chain(trust: TestFund, planned: list[Plan]) -> bytes:
    """The chain after these entries, from the documented encoding alone."""
    chain = bytes(32)
    micros = (AT - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    for number, plan in enumerate(planned, 1):
        moved = "".join(
            f"{counted(f'operating:{kind}:')}{Decimal(fen).scaleb(-2):.2f}," for kind, fen in plan.lines
        )
        on = (plan.entry(trust).effective_on - date(2000, 1, 1)).days
        text = f"v2|{counted(trust.fund.code)}{number}|{on}|{micros}|{counted(trust.actor.username)}-|"
        text += f"{len(plan.lines)}|{moved}|"
        for part in (plan.template, f"k{number}", plan.memo, plan.source):
            text += counted(part)
        chain = sha256(chain + text.encode()).digest()
    return chain


def drafts(trust: TestFund, planned: list[Plan]) -> list[door.Draft]:
    return [door.Draft(plan.entry(trust), f"k{number}") for number, plan in enumerate(planned, 1)]


@some
@given(batches)
def test_posting_together_gives_the_models_balances_and_chain(planned: list[Plan]) -> None:
    trust = make_fund()

    posted = door.post_many(drafts(trust, planned), actor_id=trust.actor.pk, at=AT)

    totals: Counter[str] = Counter()
    for plan in planned:
        for kind, fen in plan.lines:
            totals[kind] += fen
    assert [each.sequence for each in posted] == list(range(1, len(planned) + 1))
    for kind, fen in totals.items():
        assert door.balance_of(trust.account(kind)).posted.amount == Decimal(fen).scaleb(-2)
    assert bytes(LedgerHead.objects.get(fund_id=trust.fund.pk).chain) == model_chain(trust, planned)


@some
@given(batches)
def test_posting_singly_gives_the_same_chain_as_the_model(planned: list[Plan]) -> None:
    trust = make_fund()
    for draft in drafts(trust, planned):
        door.post(draft.entry, key=draft.key, actor_id=trust.actor.pk, at=AT)
    assert bytes(LedgerHead.objects.get(fund_id=trust.fund.pk).chain) == model_chain(trust, planned)


@some
@given(batches)
def test_what_was_posted_verifies(planned: list[Plan]) -> None:
    trust = make_fund()
    door.post_many(drafts(trust, planned), actor_id=trust.actor.pk, at=AT)
    assert verify_fund(trust.fund.pk) == []


@some
@given(batches)
def test_every_stored_line_belongs_to_its_entrys_fund(planned: list[Plan]) -> None:
    trust = make_fund()
    door.post_many(drafts(trust, planned), actor_id=trust.actor.pk, at=AT)
    used = JournalLine.objects.filter(fund_id=trust.fund.pk).values_list("account_id", flat=True)
    assert set(Account.objects.filter(pk__in=used).values_list("fund_id", flat=True)) == {trust.fund.pk}


@some
@given(batches, st.data())
def test_any_part_of_a_batch_sent_again_changes_nothing(planned: list[Plan], data: st.DataObject) -> None:
    trust = make_fund()
    first = door.post_many(drafts(trust, planned), actor_id=trust.actor.pk, at=AT)
    again = data.draw(st.lists(st.sampled_from(range(len(planned))), unique=True, min_size=1))

    answers = door.post_many(
        [drafts(trust, planned)[index] for index in again], actor_id=trust.actor.pk, at=AT
    )

    assert [answer.sequence for answer in answers] == [first[index].sequence for index in again]
    assert JournalEntry.objects.filter(fund_id=trust.fund.pk).count() == len(planned)


@some
@given(batches, plans(), st.data())
def test_new_and_known_entries_mix_in_any_order(
    planned: list[Plan], extra: Plan, data: st.DataObject
) -> None:
    trust = make_fund()
    door.post_many(drafts(trust, planned), actor_id=trust.actor.pk, at=AT)
    mixed = [*drafts(trust, planned), door.Draft(extra.entry(trust), "new")]
    mixed = data.draw(st.permutations(mixed))

    answers = door.post_many(mixed, actor_id=trust.actor.pk, at=AT)

    fresh = [draft.key for draft, answer in zip(mixed, answers, strict=True) if not answer.replayed]
    assert fresh == ["new"]
