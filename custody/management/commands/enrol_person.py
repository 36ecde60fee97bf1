"""enrol_person: proposes that a person act for a party to the fund; both keys on it seat them.

Refuses a person who acts for somebody already. The number it tells is what ``turn_key seat`` takes.
"""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand, asked_day
from custody.kernel.errors import NotFound
from custody.kernel.words import told
from custody.models import Fund, Organisation, OrganisationKind, Role
from custody.permits.asking import parties_of
from custody.seats import seating


class Command(HouseCommand):
    """Edge of custody.seats.seating."""

    help = "登记人员代表某当事人，须两把密码 / propose that a person act for a party"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--username --name --for KIND --role ROLE``, ``--from DATE``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("--username", required=True, metavar="USERNAME", help="用户名 / who signs in")
        parser.add_argument("--name", required=True, metavar="NAME", help="姓名 / full name")
        kinds = [kind.value for kind in OrganisationKind]
        parser.add_argument("--for", dest="kind", required=True, choices=kinds, help="代表哪一方 / for whom")
        parser.add_argument("--role", required=True, choices=Role.values, help="角色 / as what")
        parser.add_argument(
            "--from", dest="from_on", type=asked_day, metavar="DATE", help="起始日期，缺省为今天 / from"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Propose, and say what is next."""
        fund, at = self.fund_called(options["fund"]), self.now()
        on = localdate(at)
        row = seating.propose_seat(
            fund=fund,
            organisation=self._party(fund, OrganisationKind(options["kind"]), on),
            username=options["username"],
            full_name=options["name"],
            role=Role(options["role"]),
            from_on=options["from_on"] or on,
            actor=self.actor_named(options["actor"]),
            at=at,
        )
        said = _("人员登记编号 %(number)s：%(name)s 代表%(organisation)s，待两把密码")
        self.stdout.write(told(said, number=row.pk, name=row.full_name, organisation=row.organisation.name))

    @staticmethod
    def _party(fund: Fund, kind: OrganisationKind, on: date) -> Organisation:
        """The party of this kind that day. NotFound unless it is exactly one."""
        found = parties_of(fund, kind, on)
        if len(found) != 1:
            raise NotFound(_("%(on)s 本信托的%(kind)s不是恰好一家"), on=on, kind=kind.label, fund=fund.code)
        return found[0]
