"""import_invoices --fund CODE FILE: the provider's invoices, each on its way, or back with every reason.

Exit 0 when every invoice is verified (now or before), 1 when some came back, 2 when none could be taken and
nothing was written. What comes back is written into a return sheet: the firm's own workbook with comments,
which is kept among the fund's papers too.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from custody.console.importing import ImportCommand, Job
from custody.files import archive
from custody.files.faults import Refused
from custody.files.intake import Handed, handed_in
from custody.files.outcomes import Outcome
from custody.kernel.errors import Rejected
from custody.kernel.words import told
from custody.models import Document
from settlement.invoices.importing import COMES_BACK, Came, import_invoices
from settlement.invoices.return_sheet import return_sheet

CAME_BACK = 1


class Command(ImportCommand):
    """Edge of settlement.invoices.importing."""

    help = (
        "导入发票并核验；退回的写入退回单。退出码：0 全部通过，1 有退回，2 未导入 / "
        "import and verify invoices; exit 0 all verified, 1 some came back, 2 nothing taken"
    )
    asked_out: Path | None = None
    back: tuple[Job, Handed, Outcome] | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        """As every import, and ``--out FILE`` for the return sheet."""
        super().add_arguments(parser)
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="退回单的文件名，缺省在原文件旁；演练时仅在给出时写 / where the return sheet goes",
        )

    def run(self, options: dict[str, Any]) -> None:
        """Import, tell, then write what comes back."""
        self.asked_out = options["out"]
        try:
            super().run(options)
        except Refused:
            self._write()
            raise
        if self.back is None:
            return
        self._write()
        outcome = self.back[-1]
        count = sum(verdict.code in COMES_BACK for verdict in outcome.verdicts)
        raise CommandError(
            told(_("有 %(count)s 张发票退回 / some invoices came back"), count=count), returncode=CAME_BACK
        )

    def take(self, job: Job) -> Outcome:
        """One workbook with the sheets 发票 and 明细."""
        if self.asked_out is not None and self.asked_out.resolve() == job.path.resolve():
            raise Rejected(_("退回单不能写在原文件上，请另起文件名"), code="out-is-input")
        handed = handed_in(job.path)
        outcome = import_invoices(fund=job.fund, path=handed, actor=job.actor, at=job.at, dry_run=job.dry_run)
        self.back = (job, handed, outcome) if outcome.faults else None
        if outcome.faults and all(verdict.code is Came.HELD_BACK for verdict in outcome.verdicts):
            raise Refused(outcome.faults)
        return outcome

    def _write(self) -> None:
        """The return sheet where it was asked for, else beside the file, once it is kept.

        A rehearsal keeps none, and writes none unasked.
        """
        if self.back is None or (self.back[0].dry_run and self.asked_out is None):
            return
        job, handed, outcome = self.back
        out = self.asked_out or job.path.with_name(f"{job.path.stem}-退回单.xlsx")
        content = return_sheet(handed, outcome)
        if not job.dry_run:
            _keep(job, out.name, content)
        try:
            out.write_bytes(content)
        except OSError as broken:
            sentence = told(_("退回单无法写入 %(out)s：%(why)s"), out=out, why=broken.strerror)
            raise CommandError(sentence, returncode=CAME_BACK) from broken
        self.stdout.write(told(_("退回单：%(out)s / return sheet"), out=out))


@transaction.atomic
def _keep(job: Job, name: str, content: bytes) -> None:
    """The sheet among the fund's papers, whether or not anything of the file was taken."""
    archive.keep(
        fund=job.fund, kind=Document.Kind.RETURN_SHEET, name=name, content=content, actor=job.actor, at=job.at
    )
