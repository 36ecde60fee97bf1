"""Opens estates in the middle of a quarter: their packs replayed side by side, and work left for everybody.

Refuses a database in which somebody else's estate is. What was opened whole is left as people have made it
since; an opening that was interrupted goes on.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.utils.translation import gettext as _

from config.replay.calendar import Moment, in_order, months_from, next_month
from config.replay.cast import desk_of, enrol
from config.replay.clock import set_clock
from config.replay.devices import Devices
from config.replay.pack import ReplayPack, invoice_dates, open_pack
from config.replay.schedule import DESK, Quarter, steps_of
from config.replay.serving.demonstration_bank import DemonstrationBank
from config.replay.serving.hand_ins import write_hand_ins
from config.replay.serving.left_open import propose_what_waits
from config.replay.serving.townspeople import (
    COMPANY,
    Neighbourhood,
    has_been_let_in,
    let_the_regulator_in,
)
from config.replay.waiting import working
from custody.deeds.estate_file import EstateFacts, read_estate
from custody.files.faults import Refused
from custody.files.sniffing import open_tabular
from custody.kernel.errors import Forbidden
from custody.models import Document, Fund
from custody.vault.device import DeviceKey
from settlement.contracts.taking_on import onboard_estate

DESK_OF_OURS = COMPANY[0].username  # hands in the workbooks of the estates that are opened
DAYS_AFTER = 9  # from the quarter's last day to the morning on which the house opens

Tell = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Opening:
    """What is opened, where its files lie, and who keeps the people's keys."""

    packs: Sequence[Path]
    home: Path
    key_of: Callable[..., DeviceKey]

    def run(self, bank: DemonstrationBank, tell: Tell) -> bool:
        """Open what is not open yet; answers whether there was anything to do. Errors: Forbidden, Refused."""
        packs = [open_pack(folder) for folder in self.packs]
        estates = [(pack, _facts_of(pack)) for pack in packs]
        codes = [facts.estate.code for _pack, facts in estates]
        self._refuse_others(codes)
        funds = list(Fund.objects.filter(code__in=codes))
        if len(funds) == len(codes) and has_been_let_in(funds):
            return False
        if not funds:
            self._clear()
        self._open(estates, bank, tell)
        return True

    def _open(
        self, estates: list[tuple[ReplayPack, EstateFacts]], bank: DemonstrationBank, tell: Tell
    ) -> None:
        quarters = [
            self._taken_on(pack, facts, Neighbourhood(place)) for place, (pack, facts) in enumerate(estates)
        ]
        opens = max(_opens_at(each) for each in quarters)
        ahead = in_order(step for each in quarters for step in steps_of(each))
        steps = [step for step in ahead if step.moment < opens]
        with working():
            for done, step in enumerate(steps):
                tell(done, len(steps), f"{step.moment.on} {step.title}")
                set_clock(step.moment.at)
                step.run(step.moment.at)
        set_clock(opens.at)
        for place, quarter in enumerate(quarters):
            Neighbourhood(place).seat_everybody(quarter.fund)
            propose_what_waits(quarter, place, opens.at)
            write_hand_ins(quarter.pack, self.home / "handed-in" / quarter.fund.code, opens.on)
            bank.open_account(quarter.fund.code, estates[place][1], quarter.pack, opens.at)
        tell(len(steps), len(steps), str(opens.on))
        let_the_regulator_in([each.fund for each in quarters])

    def _taken_on(self, pack: ReplayPack, facts: EstateFacts, around: Neighbourhood) -> Quarter:
        at = Moment(facts.opened_on, DESK - 1).at
        set_clock(at)
        onboard_estate(path=pack.estate, actor=desk_of(facts.estate.trustee, around.called), at=at)
        fund = Fund.objects.select_related("estate").get(code=facts.estate.code)
        return Quarter(
            pack, fund, enrol(fund, around.called), Devices(self.key_of), leaves_from=_leaves_from(pack, fund)
        )

    def _clear(self) -> None:
        """Files of a database that is no more would stand in the way of this one."""
        for each in ("bank", "handed-in", "outbox"):
            shutil.rmtree(self.home / each, ignore_errors=True)

    @staticmethod
    def _refuse_others(codes: Sequence[str]) -> None:
        """Every fund must be one of these, and taken on by our own desk: the demo's 四季家园 is not."""
        ours = Document.objects.filter(kind=Document.Kind.ESTATE, kept_by__username=DESK_OF_OURS)
        others = list(
            Fund.objects.exclude(code__in=codes, pk__in=ours.values("fund"))
            .order_by("code")
            .values_list("code", flat=True)
        )
        if others:
            raise Forbidden(
                _("库中有其他信托（如 %(fund)s），演示自带人员和密钥，只能开在自己的库上"),
                code="funds-of-others",
                fund=others[0],
            )


def _facts_of(pack: ReplayPack) -> EstateFacts:
    facts, faults = read_estate(open_tabular(pack.estate))
    if facts is None:
        raise Refused(faults)
    return facts


def _last_on(fund: Fund) -> date:
    return next_month(months_from(fund.opened_on)[-1]) - timedelta(days=1)


def _opens_at(quarter: Quarter) -> Moment:
    return Moment(_last_on(quarter.fund) + timedelta(days=DAYS_AFTER), DESK)


def _leaves_from(pack: ReplayPack, fund: Fund) -> date:
    """The day after the quarter's last invoices: from then on keys are left to be turned."""
    days = [] if pack.invoices is None else invoice_dates(pack.invoices)
    return max((day for day in days if day <= _last_on(fund)), default=fund.opened_on) + timedelta(days=1)
