"""What keys are turned on, as people handle it: called by number, shown in words, turned, taken back.

Refuses a kind nobody registered. Rooms register theirs when the house starts, so custody never imports them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.kernel.errors import Rejected
from custody.models import Document, Key, Operator, OrganisationKind
from custody.permits.asking import acting_for

Shown = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose hand is on which key of what, when."""

    subject_id: int
    which: Key
    person: Operator
    at: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind of thing that keys are turned on.

    ``find(fund_id, number)`` answers the row a person's number names, or raises NotFound; ``shown(row)`` its
    whole content as (label, words); ``turn`` and ``withdraw`` are the services, ``withdraw`` None where a key
    once turned has done its work. ``amount(row)`` in yuan, None where no money is in it. ``look(row)``: what
    to look at before signing, empty for nothing; ``pages`` names the page that shows the row, by key;
    ``papers`` are the originals it rests on.
    """

    kind: str
    title: Promise | str
    find: Callable[[int, str], int]
    shown: Callable[[int], Shown]
    turn: Callable[[Hand], object]
    withdraw: Callable[[Hand, str], object] | None = None
    amount: Callable[[int], Decimal | None] = lambda _row: None
    look: Callable[[int], str] = lambda _row: ""
    pages: Mapping[Key, str] = field(default_factory=dict)
    papers: Callable[[int], list[Document]] = lambda _row: []

    def take_back(self, hand: Hand, reason: str) -> None:
        """Withdraw the key of the person's organisation. Rejected where it has done its work."""
        if self.withdraw is None:
            raise Rejected(
                _("「%(subject)s」的密码一经转动即已生效，不能撤回"), code="key-is-spent", subject=self.title
            )
        self.withdraw(hand, reason)


_registered: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    """Make a kind known under its name; a second call replaces the first."""
    _registered[subject.kind] = subject


def kinds() -> dict[str, Subject]:
    """Every kind by its name."""
    return dict(sorted(_registered.items()))


def key_of(person: Operator, at: datetime) -> Key:
    """The key the person's organisation holds that day; whether they may turn it, services ask."""
    membership = acting_for(person, localdate(at))
    trustee = membership is not None and membership.organisation.kind == OrganisationKind.TRUSTEE
    return Key.RELEASE if trustee else Key.APPROVE


def stands_already(kind: str, hand: Hand) -> bool:
    """Whether this person's key stands on the present content: turning it again would change nothing."""
    content = keys.content_digest_of(kind, hand.subject_id)
    return any(
        each.key == hand.which and each.operator_id == hand.person.pk and each.content_sha256 == content
        for each in keys.standing(kind, hand.subject_id)
    )
