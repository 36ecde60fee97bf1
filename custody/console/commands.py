"""The one shape of a command of this house: it runs, or says in one sentence why not and exits 2.

Refuses a fund nobody knows. Subclasses write ``run``; what services refuse becomes words here.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.console.screen import screen
from custody.console.telling import faults_told
from custody.deeds import people
from custody.files.faults import Refused
from custody.kernel.errors import DomainError, NotFound
from custody.kernel.words import told
from custody.models import Fund, Operator
from custody.permits import attempts

REFUSED = 2
FUND_HELP = "小区（信托）编码 / fund code"
ACTOR_HELP = "经办人的用户名 / who acts"


class HouseCommand(BaseCommand):
    """Exit 0 when done, 2 when refused; every fault goes to standard error."""

    requires_system_checks: Any = []
    refused = gettext_lazy("未执行：%(reason)s / refused")
    refused_file = gettext_lazy("未执行，共 %(count)s 处问题 / refused")

    def run(self, options: dict[str, Any]) -> None:
        """Do it through services; raise Refused or DomainError to refuse."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and tell a refusal; one of a person is put on record first."""
        try:
            with attempts.on_record(username=options.get("actor"), fund=options.get("fund")):
                self.run(options)
        except Refused as refusal:
            for line in faults_told(refusal.faults):
                self.stderr.write(line)
            raise self.refusal(str(self.refused_file), count=len(refusal.faults)) from refusal
        except DomainError as refusal:
            raise self.refusal(str(self.refused), reason=refusal) from refusal

    @staticmethod
    def refusal(sentence: str, **facts: Any) -> CommandError:
        """The exit with 2 for a reason, ready to raise."""
        return CommandError(told(sentence, **facts), returncode=REFUSED)

    @property
    def screen(self) -> Any:
        """Where tables are printed."""
        return screen(self.stdout)

    @staticmethod
    def add_fund(parser: ArgumentParser, *, required: bool = True) -> None:
        """The argument ``--fund CODE``."""
        parser.add_argument("--fund", required=required, metavar="CODE", help=FUND_HELP)

    @staticmethod
    def add_actor(parser: ArgumentParser, *, required: bool = True) -> None:
        """The argument ``--actor USERNAME``: the person who acts."""
        parser.add_argument("--actor", required=required, metavar="USERNAME", help=ACTOR_HELP)

    @staticmethod
    def actor_named(username: str | None) -> Operator:
        """The active user of this name, or the console where none was asked for. NotFound, Forbidden."""
        return people.console_operator() if username is None else people.operator_named(username)

    @staticmethod
    def fund_called(code: str) -> Fund:
        """The fund of this code. NotFound, naming it."""
        fund = Fund.objects.select_related("estate").filter(code=code).first()
        if fund is None:
            raise NotFound(_("没有这个编码的信托：%(fund)s"), fund=code)
        return fund

    def funds_asked(self, code: str | None) -> list[Fund]:
        """The fund of this code, or all by code when none is named. NotFound as ``fund_called``."""
        return list(Fund.objects.order_by("code")) if code is None else [self.fund_called(code)]
