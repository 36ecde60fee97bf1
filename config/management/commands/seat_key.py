"""seat_key: the first two keys of a trust company, by whoever installs the house, as the owner.

Refuses any other organisation's key, and a third: from then on two of the company's people sign (enrol_key).
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.errors import Conflict
from custody.kernel.words import told
from custody.keys import enrolment
from custody.models import Method, OrganisationKind, PublicKey

FIRST = 2


class Command(HouseCommand):
    """Known with the owner's connection at hand alone (config/settings.py)."""

    help = "登记信托公司最初的两把公钥 / the first two keys of a trust company"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose key, and the key."""
        self.add_actor(parser)
        parser.add_argument(
            "--point", required=True, metavar="HEX", help="公钥，130 位十六进制 / the public key"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Seat it."""
        try:
            point = bytes.fromhex(options["point"])
        except ValueError as error:
            raise CommandError(_("--point 须为 130 位十六进制公钥"), returncode=2) from error
        holder = self.actor_named(options["actor"])
        company = enrolment.keyholder_of(holder, self.now())
        enrolment.refuse_no_point(point)
        with transaction.atomic(using="owner"):
            seated = PublicKey.objects.using("owner").filter(organisation=company, revocation__isnull=True)
            others = seated.exclude(operator=holder).values("operator").distinct().count()
            if company.kind != OrganisationKind.TRUSTEE or others >= FIRST or seated.filter(operator=holder):
                raise Conflict(
                    _("只有信托公司最初两位持钥人的公钥由安装人登记，其余用 enrol_key 由两人签署"),
                    code="key-by-two-people",
                )
            row = PublicKey.objects.using("owner").create(
                operator_id=holder.pk,
                organisation_id=company.pk,
                method=Method.DEVICE,
                point=point,
            )
        self.stdout.write(told(_("已登记，公钥编号 %(number)s / enrolled"), number=row.pk))
