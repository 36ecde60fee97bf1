"""prepare_day --on DATE: writes down the proof of a day, which another of the trust company's people signs.

Refuses a day that is not proven: bank and books differ, something is unexplained, the bank is silent on it.
The number it tells is what ``turn_key day`` takes.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand, asked_day
from custody.kernel.words import told
from custody.proofs.day_signing import prepare_day


class Command(HouseCommand):
    """Edge of custody.proofs.day_signing."""

    help = "准备日终核对，由另一人签署 / prepare the proof of a day"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--on DATE``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("--on", required=True, type=asked_day, metavar="DATE", help="哪一天 / which day")

    def run(self, options: dict[str, Any]) -> None:
        """Prepare, and say what is next."""
        fund, actor = self.fund_called(options["fund"]), self.actor_named(options["actor"])
        sheet = prepare_day(fund=fund, day=options["on"], actor=actor, at=self.now())
        said = _("%(day)s 日终核对表编号 %(number)s，待另一人签署")
        self.stdout.write(told(said, day=sheet.day, number=sheet.pk))
