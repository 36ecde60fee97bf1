"""The one shape of a command that does one act on several things named by number.

What one number refuses is told in a sentence and stops no other; the exit is then 2. What was done before is
told as unchanged and is no refusal. A rehearsal undoes each number by itself.
"""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from custody.console import rehearsing
from custody.console.commands import HouseCommand
from custody.kernel.durable import retrying
from custody.kernel.errors import DomainError
from custody.kernel.words import told
from custody.models import Fund, Operator
from custody.permits import attempts


@dataclass(frozen=True, slots=True)
class Case:
    """For which fund, who acts, when, and what else was said on the command line."""

    fund: Fund
    actor: Operator
    at: datetime
    options: dict[str, Any]


class EachCommand(HouseCommand):
    """Subclasses write ``once``, and say what a number names and whether a reason is asked for."""

    numbers_help: ClassVar[str] = "发票号码 / invoice numbers"
    reason: ClassVar[bool] = False

    def once(self, number: str, case: Case) -> str:
        """Do it to one of them through its service; answers what to tell."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE --actor USERNAME NUMBER…``, and ``--reason TEXT`` where the service asks why."""
        self.add_fund(parser)
        self.add_actor(parser)
        if self.reason:
            parser.add_argument("--reason", required=True, metavar="TEXT", help="理由 / why")
        parser.add_argument("numbers", nargs="+", metavar="NUMBER", help=self.numbers_help)

    def run(self, options: dict[str, Any]) -> None:
        """Each number by itself, in the order given."""
        case = Case(
            self.fund_called(options["fund"]), self.actor_named(options["actor"]), self.now(), options
        )
        refused = sum(not self._done(number, case) for number in dict.fromkeys(options["numbers"]))
        if refused:
            raise self.refusal(_("%(count)s 项未办理 / refused"), count=refused)

    def rehearse(self, options: dict[str, Any]) -> None:
        """Each number done and undone by itself, so that one refused hides nothing of the others."""
        self.stdout.write(str(rehearsing.BEFORE))
        self.run(options)
        self.stdout.write(str(rehearsing.AFTER))

    def _done(self, number: str, case: Case) -> bool:
        try:
            with attempts.on_record(username=case.actor.username, fund=case.fund.code):
                act = partial(self.once, number, case)
                rehearsed = self.rehearses and case.options["dry_run"]
                self.stdout.write(_undone(act) if rehearsed else retrying(act))
        except DomainError as refusal:
            self.stderr.write(told(_("%(number)s 未办理：%(reason)s"), number=number, reason=refusal))
            return False
        return True


def _undone(act: Callable[[], str]) -> str:
    """What doing it says; nothing of it stays."""
    with rehearsing.undone():
        return act()
