"""set_notices --actor NAME: where the person is told, and what of; what is not named stays as it is."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from settlement.models import NoticeMode
from settlement.notices.wanted import choice_of, choose_notices


class Command(HouseCommand):
    """Edge of settlement.notices.wanted."""

    help = "设置本人的通知 / set one's own notices"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--address ADDRESS`` (empty for none), ``--mode all|digest|off``."""
        self.add_actor(parser)
        parser.add_argument("--address", metavar="ADDRESS", help="邮件地址，留空为不寄 / mail address")
        parser.add_argument("--mode", choices=NoticeMode.values, help="要哪些 / which")

    def run(self, options: dict[str, Any]) -> None:
        """Put it down and tell it."""
        person = self.actor_named(options["actor"])
        before = choice_of(person)
        address = before.address if options["address"] is None else options["address"]
        made = choose_notices(
            person=person, address=address, mode=options["mode"] or before.mode, at=self.now()
        )
        said = _("%(person)s 的通知：%(mode)s，寄到 %(address)s")
        mode, address = NoticeMode(made.mode).label, made.address or _("无")
        self.stdout.write(told(said, person=person.username, mode=mode, address=address))
