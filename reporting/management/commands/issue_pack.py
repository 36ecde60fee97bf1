"""issue_pack --fund CODE --from DATE --to DATE --actor USERNAME: a signed pack of these days for regulators.

Run where the seal is, never by the pages. The same figures are the same pack; others are its next edition.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand, asked_day
from custody.files.archive import bytes_of
from custody.kernel.durable import write_whole
from custody.kernel.errors import Rejected
from custody.kernel.words import told
from reporting.packs.issuing import issue_pack
from reporting.packs.seal_files import seal_in
from reporting.statements.named_periods import Period


class Command(HouseCommand):
    """Edge of reporting.packs.issuing."""

    help = "出具签名的监管资料包 / issue a signed pack"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, which days, by whom, where the seal is, where to."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("--from", dest="from_on", required=True, type=asked_day, metavar="DATE")
        parser.add_argument("--to", dest="to_on", required=True, type=asked_day, metavar="DATE")
        parser.add_argument("--seal", type=Path, default=settings.PACK_SEAL, metavar="FOLDER")
        parser.add_argument("--out", type=Path, metavar="FILE", help="另存一份 / write it here too")

    def run(self, options: dict[str, Any]) -> None:
        """Issue, keep, write where asked, print its digest."""
        try:
            period = Period(options["from_on"], options["to_on"])
        except ValueError as error:
            raise Rejected(_("止日不早于起日"), code="period-backwards") from error
        pack = issue_pack(
            fund=self.fund_called(options["fund"]),
            period=period,
            actor=self.actor_named(options["actor"]),
            at=self.now(),
            signer=seal_in(options["seal"]),
        )
        out: Path | None = options["out"]
        if out is not None and not options["dry_run"]:
            try:
                write_whole(out, bytes_of(pack.document), mode=0o644)
            except OSError as error:
                said = _("无法写入 %(out)s：%(reason)s / cannot write")
                raise self.refusal(said, out=out, reason=error.strerror) from error
        said = _("第 %(edition)s 版资料包，SHA-256 %(sha256)s")
        self.stdout.write(told(said, edition=pack.edition, sha256=pack.sha256))
