"""Export one statement of one fund as a workbook.

Refuses (exit 2, no file) an unknown fund or period, and a place where no file can be written.
"""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.console.commands import HouseCommand
from custody.deeds.people import console_operator
from custody.files.archive import statement_retention
from custody.kernel.durable import retrying
from custody.kernel.words import told
from reporting.exporting import STATEMENTS, Asked, build_statement
from reporting.papers.handing_out import hand_out, require_place
from reporting.papers.workbooks import workbook_bytes
from reporting.statements.report import AGREES, Proof, Report


def asked_day(text: str) -> date:
    """A date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        said = told(_("日期写作 YYYY-MM-DD，没有这一天：%(text)s / not a date"), text=text)
        raise ArgumentTypeError(said) from None


def asked_moment(text: str) -> datetime:
    """An instant in ISO 8601; Beijing time when no zone is given."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        said = told(_("时点写作 YYYY-MM-DDTHH:MM:SS，而不是 %(text)s / not an instant"), text=text)
        raise ArgumentTypeError(said) from None
    return at if at.tzinfo else timezone.make_aware(at)


class Command(HouseCommand):
    """``export_statement --fund CODE --kind fund --from DATE --to DATE --format xlsx --out FILE``."""

    help = "出具报表（信托资金收支表、费用分配表、保值增值报告） / export a statement as xlsx"
    refused = gettext_lazy("未出具：%(reason)s / refused")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The contract's arguments, and ``--known-at`` to see a period as the ledger stood then."""
        self.add_fund(parser)
        parser.add_argument("--kind", required=True, choices=sorted(STATEMENTS))
        parser.add_argument("--from", dest="from_on", required=True, type=asked_day, metavar="DATE")
        parser.add_argument("--to", dest="to_on", required=True, type=asked_day, metavar="DATE")
        parser.add_argument("--format", default="xlsx", choices=["xlsx"])
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")
        parser.add_argument(
            "--known-at", type=asked_moment, metavar="INSTANT", help="按该时点已记的账 / as known then"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Build, write, keep, anchor, tell."""
        asked = Asked(
            options["fund"], options["kind"], options["from_on"], options["to_on"], options["known_at"]
        )
        out: Path = options["out"]
        try:
            require_place(out)
            fund, report = build_statement(asked)
            handing_out = partial(
                hand_out,
                content=workbook_bytes(report),
                out=out,
                fund=fund,
                purpose=f"statement:{asked.kind}:{asked.from_on}:{asked.to_on}",
                retention=statement_retention(asked.from_on, asked.to_on),
                actor=console_operator(),
                at=timezone.now(),
            )
            retrying(handing_out)
        except OSError as error:
            said = _("无法写入 %(out)s：%(reason)s / cannot write")
            raise self.refusal(said, out=out, reason=error.strerror) from error
        self._tell(report, out)

    def _tell(self, report: Report, out: Path) -> None:
        """What was written, its headline figures, and every claim that does not hold."""
        self.stdout.write(f"{report.estate} {report.title} → {out}")
        for label, amount in report.headlines:
            self.stdout.write(f"  {label}：{amount:,.2f}")
        for proof in report.proofs:
            if proof.verdict != AGREES:
                self.stdout.write(f"  ! {proof.claim}：{proof.verdict}{_gap(proof)}")


def _gap(proof: Proof) -> str:
    return "" if proof.difference is None else f" {proof.difference:,.2f}"
