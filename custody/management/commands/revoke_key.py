"""revoke_key NUMBER --reason WHY --actor NAME: takes a lost key out of use, at once and for good."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from custody.keys import enrolment


class Command(HouseCommand):
    """Edge of custody.keys.enrolment."""

    help = "注销公钥，未提交银行的签署随之失效 / revoke a public key"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The key, why, and who says so."""
        parser.add_argument("number", type=int, metavar="NUMBER", help="公钥编号 / the key's number")
        parser.add_argument("--reason", required=True, metavar="WHY", help="理由 / why")
        self.add_actor(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Revoke."""
        revoked = enrolment.revoke(
            public_key_id=options["number"],
            actor=self.actor_named(options["actor"]),
            reason=options["reason"],
            at=self.now(),
        )
        self.stdout.write(
            told(
                _("公钥 %(number)s 已于 %(at)s 注销 / revoked"),
                number=options["number"],
                at=timezone.localtime(revoked.revoked_at),
            )
        )
