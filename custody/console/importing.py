"""The one shape of every import command: files in, an outcome or every fault out.

Exit 0 when done or already done (and says which), 2 when refused with nothing written. Refuses to run
without a known fund and actor.
"""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from custody.deeds import people
from custody.files import progress
from custody.files.faults import Refused, grouped
from custody.files.outcomes import Outcome
from custody.kernel.errors import DomainError, NotFound
from custody.models import Fund, Operator

REFUSED = 2
PATIENCE_SECONDS = 1


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
            raise NotFound("没有指定信托")
        return self.given_fund

    @property
    def path(self) -> Path:
        """The only file."""
        return self.paths[0]


class ImportCommand(BaseCommand):
    """Subclasses set ``help`` and the two class facts, and write ``run``."""

    takes_fund: ClassVar[bool] = True
    takes_many: ClassVar[bool] = False
    requires_system_checks: Any = []

    def run(self, job: Job) -> Outcome:
        """Do the import through its service; raise Refused or DomainError to refuse."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE FILE…``, ``--dry-run``, ``--actor USERNAME``."""
        if self.takes_fund:
            parser.add_argument("--fund", required=True, metavar="CODE", help="小区(信托)编码 / fund code")
        parser.add_argument("files", nargs="+" if self.takes_many else 1, type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="全部校验后撤销,不写入 / validate only")
        parser.add_argument("--actor", metavar="USERNAME", help="经办用户,缺省为控制台 / who acts")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run in one transaction and tell; every fault goes to standard error."""
        try:
            with _progress_bar(), transaction.atomic():
                outcome = self.run(self._job(options))
                transaction.set_rollback(options["dry_run"])
        except Refused as refusal:
            for group in grouped(refusal.faults):
                self.stderr.write(str(group))
            raise CommandError(
                f"未导入,共 {len(refusal.faults)} 处问题 / refused, nothing written", returncode=REFUSED
            ) from refusal
        except DomainError as refusal:
            raise CommandError(
                f"未导入:{refusal} / refused, nothing written", returncode=REFUSED
            ) from refusal
        self._tell(outcome, dry_run=options["dry_run"])

    def _job(self, options: dict[str, Any]) -> Job:
        """The arguments as facts; the clock is read here and nowhere below."""
        fund = None
        if self.takes_fund:
            fund = Fund.objects.filter(code=options["fund"]).first()
            if fund is None:
                raise NotFound("没有这个编码的信托", fund=options["fund"])
        name = options["actor"]
        actor = people.operator_named(name) if name else people.console_operator()
        return Job(fund, tuple(options["files"]), actor, timezone.now(), options["dry_run"])

    def _tell(self, outcome: Outcome, *, dry_run: bool) -> None:
        """Counts, then what the operator must act on."""
        if outcome.already_done:
            self.stdout.write("已导入过,无变化 / already imported, nothing changed")
        elif dry_run:
            self.stdout.write("校验通过,未写入 / valid, nothing written")
        else:
            self.stdout.write("已导入 / imported")
        for code, count in outcome.counts.items():
            self.stdout.write(f"  {code.label}:{count}")
        for note in outcome.notes:
            self.stdout.write(f"  · {note}")


@contextmanager
def _progress_bar() -> Iterator[None]:
    """A bar on the terminal, once the work has lasted longer than a second."""
    console = Console(stderr=True)
    started = time.monotonic()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("导入 / importing", total=None, visible=False)

        def show(done: int, total: int) -> None:
            late = time.monotonic() - started > PATIENCE_SECONDS
            bar.update(task, completed=done, total=total, visible=late)

        with progress.watched_by(show):
            yield
