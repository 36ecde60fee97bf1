"""The one shape of every import command: files in, an outcome or every fault out.

Exit 0 when done or already done (and says which), 2 when refused with nothing written. An import whose answer
was lost on the wire is asked again, and finds itself done. Refuses to run without a known fund and actor.
"""

from argparse import ArgumentParser
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.console.commands import HouseCommand
from custody.console.reminders import reminders_of
from custody.console.screen import progress_bar
from custody.console.telling import faults_told, outcome_told
from custody.files.outcomes import Outcome
from custody.kernel.durable import retrying
from custody.kernel.errors import NotFound
from custody.kernel.words import told
from custody.models import Fund, Operator


@dataclass(frozen=True, slots=True)
class Job:
    """One run of an import command, its arguments understood; ``given_fund`` only if it takes one."""

    given_fund: Fund | None
    paths: tuple[Path, ...]
    actor: Operator
    at: datetime
    dry_run: bool

    @property
    def fund(self) -> Fund:
        """The fund named by ``--fund``."""
        if self.given_fund is None:
            raise NotFound(_("没有指定信托"))
        return self.given_fund

    @property
    def path(self) -> Path:
        """The only file."""
        return self.paths[0]


class ImportCommand(HouseCommand):
    """Subclasses set ``help`` and the class facts, and write ``take``.

    ``founds``: the very first run has nobody to name, and the console acts.
    """

    takes_fund: ClassVar[bool] = True
    takes_many: ClassVar[bool] = False
    founds: ClassVar[bool] = False
    refused = gettext_lazy("未导入：%(reason)s / refused, nothing written")
    refused_file = gettext_lazy("未导入，共 %(count)s 处问题 / refused, nothing written")

    def take(self, job: Job) -> Outcome:
        """Do the import through its service; raise Refused or DomainError to refuse."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE FILE…``, ``--dry-run``, ``--actor USERNAME``."""
        if self.takes_fund:
            self.add_fund(parser)
        parser.add_argument("files", nargs="+" if self.takes_many else 1, type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="全部校验后撤销，不写入 / validate only")
        self.add_actor(parser, required=not self.founds)

    def run(self, options: dict[str, Any]) -> None:
        """In one transaction; then the counts, what the operator must act on, and what comes up."""
        with progress_bar(_("导入 / importing")):
            outcome = retrying(lambda: self._once(options))
        for line in outcome_told(outcome, dry_run=options["dry_run"]):
            self.stdout.write(line)
        for line in faults_told(outcome.faults):
            self.stderr.write(line)
        if self.takes_fund:
            for each in reminders_of(self.fund_called(options["fund"]), localdate(self.now())):
                self.stdout.write(told(_("  ! %(line)s"), line=each))

    def _once(self, options: dict[str, Any]) -> Outcome:
        with transaction.atomic():
            outcome = self.take(self._job(options))
            transaction.set_rollback(options["dry_run"])
        return outcome

    def _job(self, options: dict[str, Any]) -> Job:
        """The arguments as facts; the clock is read here and nowhere below."""
        fund = self.fund_called(options["fund"]) if self.takes_fund else None
        return Job(
            fund,
            tuple(options["files"]),
            self.actor_named(options["actor"]),
            self.now(),
            options["dry_run"],
        )
