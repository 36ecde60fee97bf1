"""place_stay NUMBER… --until DAY --reason TEXT: the protector has payments wait, as the deed grants."""

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from custody.console.commands import asked_day
from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.decisions.stays import place_stay
from settlement.queue.paying_subjects import settlement_numbered


class Command(EachCommand):
    """Edge of settlement.decisions.stays.place_stay."""

    help = "监察人暂缓付款 / the protector has payments wait"
    rehearses = True
    reason = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--until DAY`` beside what every such command takes."""
        super().add_arguments(parser)
        parser.add_argument(
            "--until", required=True, type=asked_day, metavar="DAY", help="暂缓至哪一天，含当日 / through"
        )

    def once(self, number: str, case: Case) -> str:
        """Once; the same stay again is told the same."""
        until = case.options["until"]
        place_stay(
            settlement_id=settlement_numbered(case.fund.pk, number),
            until=until,
            reason=case.options["reason"],
            actor=case.actor,
            at=case.at,
        )
        return told(_("发票 %(number)s 暂缓至 %(until)s"), number=number, until=until)
