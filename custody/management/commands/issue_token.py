"""issue_token: makes a token for a program of the actor's own organisation, and shows it this once.

The program's machine identity is seated first, as ``enrol_person --role machine`` and two keys do.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand, asked_day
from custody.kernel.words import told
from custody.models import TokenScope
from custody.seats import tokens


class Command(HouseCommand):
    """Edge of custody.seats.tokens."""

    help = "发放接口令牌，只显示一次 / issue a token for a program"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--machine --name --scope --expires``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("--machine", required=True, metavar="USERNAME", help="系统身份 / acts as")
        parser.add_argument("--name", required=True, metavar="TEXT", help="用途 / what for")
        parser.add_argument("--scope", required=True, choices=TokenScope.values, help="权限 / good for")
        parser.add_argument(
            "--expires", required=True, type=asked_day, metavar="DATE", help="到期日 / first day it is void"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Make it and show it."""
        made = tokens.issue_token(
            fund=self.fund_called(options["fund"]),
            machine=options["machine"],
            name=options["name"],
            scope=TokenScope(options["scope"]),
            expires_on=options["expires"],
            actor=self.actor_named(options["actor"]),
            at=self.now(),
        )
        said = _("令牌 %(prefix)s 有效至 %(day)s 前，以下全文只显示这一次：")
        self.stdout.write(told(said, prefix=made.token.prefix, day=made.token.expires_on))
        self.stdout.write(made.text)
