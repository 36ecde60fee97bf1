"""The clerk's desk for one fund: its accounts, roster and open day, fetched once for a whole import.

Refuses nothing and writes nothing but accounts opened on first use.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from custody.deeds.funds import lock_fund
from custody.files.intake import FundImport, Read
from custody.ledger import door, periods
from custody.ledger.chart import Book
from custody.ledger.entries import AccountRef
from custody.models import BankAccount, Fund, Operator, Unit
from custody.money_in.roster import Household, Roster


@dataclass
class Desk:
    """What every explainer of one import needs at hand."""

    fund: Fund
    actor: Operator
    at: datetime
    _accounts: dict[tuple[str, str], AccountRef] = field(default_factory=dict)

    @cached_property
    def bank_account(self) -> BankAccount:
        """The fund's own account."""
        return BankAccount.objects.get(fund=self.fund)

    @cached_property
    def roster(self) -> Roster:
        """The estate's units, indexed for matching."""
        units = Unit.objects.filter(fund=self.fund).values_list(
            "id", "building", "entrance", "room", "owner_name"
        )
        return Roster([Household(*unit) for unit in units])

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
