"""One thing that waits for a person, as a value of one shape, and which of them wait for whom.

Refuses nothing and writes nothing: who may do an act is the table of permits, read as services read it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime, make_aware

from custody.models import Fund, Key, Operator, Organisation
from custody.permits.acts import Act
from custody.permits.asking import acting_for, funds_of, permitted_acts

KEY_ACTS = {Key.APPROVE: Act.TURN_FIRST_KEY, Key.RELEASE: Act.TURN_SECOND_KEY}

# What to run for an act on a kind of thing, or on any; capitals are for the person to fill in.
_COMMANDS: dict[tuple[Act, str], str] = {
    (Act.TURN_FIRST_KEY, ""): "turn_key {kind} {number}",
    (Act.TURN_SECOND_KEY, ""): "turn_key {kind} {number}",
    (Act.WITHDRAW_KEY, ""): "withdraw_key {kind} {number} --reason TEXT",
    (Act.SUBMIT_INVOICE, ""): "resubmit_invoice {number}",
    (Act.INSTRUCT_PAYMENTS, ""): "instruct_payments {number}",
    (Act.INSTRUCT_PAYMENTS, "payback"): "instruct_paybacks {number}",
    (Act.RECORD_OUTCOME, ""): "report_failed {number} --evidence TEXT",
    (Act.RECORD_OUTCOME, "payment_order"): "record_outcome {number} --reason TEXT",
    (Act.RETRY_PAYMENT, ""): "retry_payment {number}",
    (Act.ANSWER_QUESTION, ""): "answer_question {number} --text TEXT",
    (Act.EXPLAIN_BREAK, ""): "explain_break --line {number} --kind KIND --reason TEXT --document FILE",
    (Act.EXPLAIN_BREAK, "in_transit"): "explain_break --order NUMBER --reason TEXT --document FILE",
    (Act.IDENTIFY_RECEIPT, ""): "identify_receipt --line {number} --unit UNIT --month YYYY-MM",
    (Act.RECONSIDER_LINES, ""): "import_channel_detail FILE",
    (Act.IMPORT_BANK_STATEMENT, ""): "import_bank_statement FILE",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing of one fund that waits for ``act`` since ``since``, by somebody with that act's permit.

    ``kind`` and ``number`` name it as commands do; ``what`` is a sentence; ``amount`` in yuan where money is
    in it. ``not_by``: people who may not, though permitted: who made it, or turned the other key.
    ``next_command``: what to run, where the act and the kind do not say it all. ``due_on``: the last day on
    which it should be done, where the deed or the house names one.
    """

    fund: str
    act: Act
    kind: str
    number: str
    what: str
    since: datetime
    amount: Decimal | None = None
    not_by: frozenset[int] = frozenset()
    next_command: str = ""
    due_on: date | None = None

    @property
    def command(self) -> str:
        """What the person runs next, ``--actor`` left out; in capitals what they fill in."""
        if self.next_command:
            return self.next_command
        known = _COMMANDS.get((self.act, self.kind)) or _COMMANDS[self.act, ""]
        return f"{known.format(kind=self.kind, number=self.number)} --fund {self.fund}"

    def as_dict(self) -> dict[str, Any]:
        """For machines: the instant in ISO 8601 at Shanghai, the amount as text."""
        return {
            "fund": self.fund,
            "act": self.act.value,
            "kind": self.kind,
            "number": self.number,
            "what": self.what,
            "amount": None if self.amount is None else f"{self.amount:.2f}",
            "command": self.command,
            "since": localtime(self.since).isoformat(timespec="minutes"),
            "due": self.due_on and self.due_on.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Seat:
    """Whom a person acts for on a day, which acts that permits, and for which funds."""

    person: Operator
    organisation: Organisation
    acts: frozenset[str]
    funds: tuple[Fund, ...]

    def mine(self, items: Iterable[Waiting]) -> list[Waiting]:
        """What of this waits for the person, oldest first."""
        turn = [each for each in items if each.act in self.acts and self.person.pk not in each.not_by]
        return sorted(turn, key=lambda each: (each.since, each.fund, each.kind, each.number))


def seat_of(person: Operator, on: date) -> Seat | None:
    """Where the person sits that day; None for somebody who acts for nobody."""
    membership = acting_for(person, on)
    if membership is None:
        return None
    organisation = membership.organisation
    return Seat(person, organisation, permitted_acts(membership), tuple(funds_of(organisation, on)))


def start_of(day: date) -> datetime:
    """Midnight at which the day begins in Shanghai."""
    return make_aware(datetime.combine(day, time()))
