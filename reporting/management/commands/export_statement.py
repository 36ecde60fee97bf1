"""Export one statement of one fund as a workbook or as a PDF for the archive.

Refuses (exit 2, no file) an unknown fund or period, and a place where no file can be written.
"""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.console import rehearsing
from custody.console.commands import HouseCommand, asked_day
from custody.kernel.durable import retrying
from custody.kernel.words import told
from custody.permits.acts import Act
from custody.permits.asking import ask
from reporting.exporting import STATEMENTS, Asked, build_statement
from reporting.models import PaperFormat
from reporting.papers.forms import paper_of
from reporting.papers.handing_out import hand_out, require_place
from reporting.statements.changes import CHANGES_SHEET
from reporting.statements.report import AGREES, Proof, Report


def asked_moment(text: str) -> datetime:
    """An instant in ISO 8601; Beijing time when no zone is given."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        said = told(_("时点写作 YYYY-MM-DDTHH:MM:SS，而不是 %(text)s / not an instant"), text=text)
        raise ArgumentTypeError(said) from None
    return at if at.tzinfo else timezone.make_aware(at)


class Command(HouseCommand):
    """``export_statement --fund CODE --actor USERNAME --kind fund --from DATE --to DATE --out FILE``."""

    help = "出具报表 / export a statement"
    refused = gettext_lazy("未出具：%(reason)s / refused")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The contract's arguments, and ``--known-at`` to see a period as the ledger stood then."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("--kind", required=True, choices=sorted(STATEMENTS))
        parser.add_argument("--from", dest="from_on", required=True, type=asked_day, metavar="DATE")
        parser.add_argument("--to", dest="to_on", required=True, type=asked_day, metavar="DATE")
        parser.add_argument("--format", default="xlsx", choices=PaperFormat.values)
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")
        parser.add_argument(
            "--known-at", type=asked_moment, metavar="INSTANT", help="按该时点已记的账 / as known then"
        )
        parser.add_argument("--dry-run", action="store_true", help="只核算，不出具 / no file, no anchor")

    def run(self, options: dict[str, Any]) -> None:
        """Build, write, keep, anchor, tell; a rehearsal builds and tells."""
        asked = Asked(
            options["fund"], options["kind"], options["from_on"], options["to_on"], options["known_at"]
        )
        out: Path = options["out"]
        try:
            require_place(out)
            fund, report = build_statement(asked)
            paper = paper_of(asked, report, PaperFormat(options["format"]))
            actor, at = self.actor_named(options["actor"]), self.now()
            if options["dry_run"]:
                ask(Act.ISSUE_STATEMENT, fund_id=fund.pk, actor=actor, on=localdate(at))
                self._tell(report)
                self.stdout.write(str(rehearsing.AFTER))
                return
            handing_out = partial(hand_out, fund=fund, paper=paper, actor=actor, at=at, out=out)
            retrying(handing_out)
        except OSError as error:
            said = _("无法写入 %(out)s：%(reason)s / cannot write")
            raise self.refusal(said, out=out, reason=error.strerror) from error
        self._tell(report, f" → {out}")

    def _tell(self, report: Report, where: str = "") -> None:
        """What was written where, its headline figures, and every claim that does not hold."""
        self.stdout.write(f"{report.estate} {report.title}{where}")
        for label, amount in report.headlines:
            self.stdout.write(f"  {label}：{amount:,.2f}")
        for table in report.sheets:
            if table.title == CHANGES_SHEET:
                said = _("所涉期间曾经重开，变动的金额 %(count)s 处，见「%(sheet)s」")
                self.stdout.write(told(said, count=len(table.rows), sheet=CHANGES_SHEET))
        for proof in report.proofs:
            if proof.verdict != AGREES:
                self.stdout.write(f"  ! {proof.claim}：{proof.verdict}{_gap(proof)}")


def _gap(proof: Proof) -> str:
    return "" if proof.difference is None else f" {proof.difference:,.2f}"
