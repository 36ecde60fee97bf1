"""revoke_token PREFIX --reason WHY --actor NAME: a program's token is good for nothing any more, at once."""

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from custody.models import ApiToken
from custody.seats import tokens


class Command(HouseCommand):
    """Edge of custody.seats.tokens."""

    help = "注销接口令牌 / revoke a program's token"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which, why, and who says so."""
        parser.add_argument("prefix", metavar="PREFIX", help="令牌前缀 / the token's prefix")
        parser.add_argument("--reason", required=True, metavar="WHY", help="理由 / why")
        self.add_actor(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Revoke; the answer is read anew, since the database dates it."""
        tokens.revoke_token(
            prefix=options["prefix"],
            reason=options["reason"],
            actor=self.actor_named(options["actor"]),
            at=self.now(),
        )
        token = ApiToken.objects.select_related("revocation").get(prefix=options["prefix"])
        said = _("令牌 %(prefix)s 已于 %(at)s 注销")
        self.stdout.write(told(said, prefix=token.prefix, at=localtime(token.revocation.revoked_at)))
