"""The one shape of a command of this house: it runs, or says in one sentence why not and exits 2.

Refuses a fund nobody knows. Subclasses write ``run``; what services refuse becomes words here.
"""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime
from typing import Any, ClassVar, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.console import rehearsing
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
LINE_HELP = "流水序号，有几个专户时为 账号：序号，见 show_suspense / the bank line, by its number"


def asked_day(text: str) -> date:
    """A date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = told(_("日期写作 YYYY-MM-DD，没有这一天：%(text)s / not a date"), text=text)
        raise ArgumentTypeError(said) from None


class HouseCommand(BaseCommand):
    """Exit 0 when done, 2 when refused; every fault goes to standard error.

    One that ``rehearses`` takes ``--dry-run``: everything is done, told and undone.
    """

    requires_system_checks: Any = []
    rehearses: ClassVar[bool] = False
    refused = gettext_lazy("未执行：%(reason)s / refused")
    refused_file = gettext_lazy("未执行，共 %(count)s 处问题 / refused")

    def run(self, options: dict[str, Any]) -> None:
        """Do it through services; raise Refused or DomainError to refuse."""
        raise NotImplementedError

    def rehearse(self, options: dict[str, Any]) -> None:
        """Do it all in one transaction, undo it, and say so before and after."""
        self.stdout.write(str(rehearsing.BEFORE))
        with rehearsing.undone():
            self.run(options)
        self.stdout.write(str(rehearsing.AFTER))

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """With ``--dry-run`` where the command rehearses."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        if self.rehearses:
            parser.add_argument("--dry-run", action="store_true", help="校验后撤销，不写入 / validate only")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and tell a refusal; one of a person is put on record first."""
        run = self.rehearse if self.rehearses and options["dry_run"] else self.run
        try:
            with attempts.on_record(username=options.get("actor"), fund=options.get("fund")):
                run(options)
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

    @staticmethod
    def now() -> datetime:
        """What time it is, by the database's clock: guards judge by the same one."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT custody_now()")
            return cast(datetime, cursor.fetchone()[0])

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
    def add_line(parser: ArgumentParser) -> None:
        """The argument ``--line``: a bank line as show_suspense names it."""
        parser.add_argument("--line", required=True, metavar="LINE", help=LINE_HELP)

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
