"""The clerk's desk for one fund: its accounts, rosters and open day, fetched once for a whole import.

Refuses nothing and writes nothing but accounts opened on first use.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from custody.deeds.funds import lock_fund
from custody.deeds.units import BilledUnit, billed_units, days_of_change
from custody.files.intake import FundImport, Read
from custody.ledger import door, periods
from custody.ledger.chart import Book
from custody.ledger.entries import AccountRef
from custody.models import Fund, Operator
from custody.money_in.roster import Household, Roster


@dataclass
class Desk:
    """What every explainer of one import needs at hand."""

    fund: Fund
    actor: Operator
    at: datetime
    _accounts: dict[tuple[str, str], AccountRef] = field(default_factory=dict)
    _rosters: dict[date, Roster] = field(default_factory=dict)

    def roster_on(self, day: date) -> Roster:
        """The estate's units and owners as they are on ``day``, indexed for matching."""
        since = next((each for each in self._days_of_change if each <= day), day)
        if since not in self._rosters:
            self._rosters[since] = self.roster_of(billed_units(self.fund.pk, since))
        return self._rosters[since]

    @cached_property
    def _days_of_change(self) -> list[date]:
        return days_of_change(self.fund.pk)

    @staticmethod
    def roster_of(units: Iterable[BilledUnit]) -> Roster:
        """These units, indexed for matching."""
        return Roster(
            [Household(each.id, each.building, each.entrance, each.room, each.owner_name) for each in units]
        )

    @cached_property
    def _first_open(self) -> date:
        return periods.first_open_day(self.fund)

    def open_day(self, day: date) -> date:
        """``day``, or the first open day when its period is closed."""
        return max(day, self._first_open)

    def account(self, kind: str, book: str = Book.OPERATING) -> AccountRef:
        """The fund's account of this kind, opened on first use."""
        if (book, kind) not in self._accounts:
            self._accounts[book, kind] = door.open_account(fund_id=self.fund.pk, book=book, kind=kind)
        return self._accounts[book, kind]


@dataclass
class DeskImport(FundImport[Read]):
    """An import into one fund, done at its desk; ``through`` leaves what came later for another day.

    As if the files had been fetched on that evening.
    """

    through: date | None = None
    desk: Desk = field(init=False)

    def lock(self) -> None:
        """Queue behind other imports of the fund, and sit down at its desk."""
        self.desk = Desk(lock_fund(self.fund), self.actor, self.at)

    def due(self, day: date) -> bool:
        """Whether what happened on ``day`` is taken in now."""
        return self.through is None or day <= self.through
