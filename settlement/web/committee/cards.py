"""One subject of the committee's key as its page shows it: an invoice with evidence, any other whole.

Says beforehand why this person may not turn the key, as the services would. Refuses what is not in the fund.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from custody import keys
from custody.kernel.words import told
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import Document, Fund, Key
from custody.permits.acts import Act
from custody.queue.keyed_subjects import Shown, kinds
from custody.web.visits import Visit
from settlement.decisions.subjects import SETTLEMENT
from settlement.evidence.checks import Check, checks_of
from settlement.evidence.claimed import Claim, claims_of
from settlement.evidence.happenings import standing_seal
from settlement.evidence.may_turn import why_not
from settlement.evidence.panel import EvidencePanel, named_by, panel_of, settlements_with_standing
from settlement.evidence.watched import Watched, watched_beside
from settlement.queue.first_keys import KeyWait, KeyWaits
from settlement.states import TITLES
from settlement.web.charts import month_label
from settlement.web.committee.declining import DECLINES
from settlement.web.shapes import SHAPES

PLAIN_CHECKS = ("work", "buyer", "budget", "payee")  # those a neighbour asks about; the others are folded


@dataclass(frozen=True, slots=True)
class Seal:
    """A key that stands: whose hand, and when, in words."""

    which: Key
    words: str


@dataclass(frozen=True, slots=True)
class KeyCard:
    """A subject as its page shows it; ``why`` empty where the visitor may turn the key now.

    ``panel`` is an invoice's alone, every other kind has ``shown``. ``place`` counts from 1, 0 for what waits
    no more.
    """

    kind: str
    subject_id: int
    fund: Fund
    number: str
    title: str
    amount: Decimal | None
    digest: str
    seals: Sequence[Seal]
    place: int
    why: str
    panel: EvidencePanel | None = None
    watched: Watched | None = None
    shown: Shown = field(default_factory=list)
    papers: list[Document] = field(default_factory=list)

    @property
    def item(self) -> str:
        """As a signing list is asked for it."""
        return f"{self.fund.code}|{self.kind}|{self.number}"

    @property
    def what(self) -> Promise | str:
        """The kind of thing it is."""
        return kinds()[self.kind].title

    @property
    def first(self) -> Seal | None:
        """The committee's key, once turned."""
        return next((each for each in self.seals if each.which == Key.APPROVE), None)

    @property
    def second(self) -> Seal | None:
        """The trust company's key, once turned."""
        return next((each for each in self.seals if each.which == Key.RELEASE), None)

    @property
    def can_decline(self) -> bool:
        """Whether a service ends it at the committee's word."""
        return self.kind in DECLINES

    @property
    def checks(self) -> list[Check]:
        """The ten checks of an invoice."""
        return checks_of(self.panel) if self.panel else []

    @property
    def plain_checks(self) -> list[Check]:
        """Those in the open: what failed, and what a neighbour asks about."""
        return [each for each in self.checks if not each.passed or each.name in PLAIN_CHECKS]

    @property
    def book_title(self) -> str:
        """The book an invoice is paid from."""
        book = self.panel.settlement.book if self.panel else ""
        return BOOK_TITLES[Book(book)] if book in set(Book) else ""

    @property
    def state_title(self) -> str:
        """Where an invoice's paying stands."""
        return str(TITLES[self.panel.state]) if self.panel else ""

    @property
    def shape(self) -> str:
        """The class of the state's tag."""
        return SHAPES.get(self.panel.state, "") if self.panel else ""


@dataclass(frozen=True, slots=True)
class NextWait:
    """What waits behind the one shown, in a line."""

    wait: KeyWait
    name: str


def card_of(visit: Visit, waits: KeyWaits, fund: Fund, kind: str, number: str) -> KeyCard:
    """The card of what a person's number names in this fund. NotFound, Http404 for no such kind."""
    subject = kinds().get(kind)
    if subject is None:
        raise Http404
    if kind == SETTLEMENT:
        return invoice_card(visit, fund, number, waits)
    subject_id = subject.find(fund.pk, number)
    seals = [
        Seal(Key(each.key), f"{each.operator.full_name or each.operator.username}")
        for each in keys.standing(kind, subject_id)
    ]
    place = waits.place(kind, subject_id)
    return KeyCard(
        kind, subject_id, fund, number, str(subject.title), subject.amount(subject_id),
        keys.content_digest_of(kind, subject_id), seals, place, _why(visit, place, seals),
        shown=subject.shown(subject_id), papers=subject.papers(subject_id),
    )  # fmt: skip


def invoice_card(visit: Visit, fund: Fund, number: str, waits: KeyWaits | None = None) -> KeyCard:
    """An invoice's card, with everything the decision rests on. Http404 for none of this number."""
    row = settlements_with_standing(visit.on).filter(fund=fund, number=number).first()
    if row is None:
        raise Http404
    panel = panel_of(row)
    watched = watched_beside(row, visit.on)
    found = [(which, standing_seal(panel.steps, which)) for which in Key]
    seals = [Seal(which, f"{seal.who} · {seal.words}") for which, seal in found if seal is not None]
    why = why_not(Key.APPROVE, panel, visit.person, visit.acts)
    return KeyCard(
        SETTLEMENT, row.pk, fund, row.number, name_of(panel.claims), row.total.amount, panel.standing.digest,
        seals, waits.place(SETTLEMENT, row.pk) if waits else 0, why, panel=panel, watched=watched,
    )  # fmt: skip


def name_of(claims: Sequence[Claim]) -> str:
    """What an invoice is for and of which month: 公共部位维修，9月."""
    name, month = named_by(list(claims)), _month_of(claims)
    return told(_("%(what)s，%(month)s"), what=name, month=month_label(month)) if month else name


def next_of(waits: KeyWaits, card: KeyCard, most: int) -> list[NextWait]:
    """What comes after this one, each named."""
    return named_waits(waits.after(card.kind, card.subject_id)[:most])


def named_waits(rows: Sequence[KeyWait]) -> list[NextWait]:
    """Each of what waits with a name: an invoice's work, any other's kind and number."""
    invoices = [each.subject_id for each in rows if each.kind == SETTLEMENT]
    claims = claims_of(invoices) if invoices else {}
    return [NextWait(each, _wait_named(each, claims.get(each.subject_id, ()))) for each in rows]


def _wait_named(wait: KeyWait, claims: Sequence[Claim]) -> str:
    return name_of(claims) if wait.kind == SETTLEMENT else f"{wait.title} {wait.number}"


def _month_of(claims: Sequence[Claim]) -> date | None:
    """The month of the work, or that a remuneration is for."""
    if not claims:
        return None
    first = claims[0]
    return first.work.completed_on if first.work is not None else first.month


def _why(visit: Visit, place: int, seals: Sequence[Seal]) -> str:
    if not visit.may(Act.TURN_FIRST_KEY):
        return _("您不是持钥人，这把密码由持钥人转动")
    if any(each.which == Key.APPROVE for each in seals):
        return _("业委会的密码已转动")
    return "" if place else _("这一项现在不等您的密码")
