"""export_heads --out FILE: adds every fund's present head to a file that is kept outside the database.

Refuses a file that is no such list, and keeps what it held: an older head shows that a later one is gone.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.durable import write_whole
from custody.kernel.words import told
from custody.ledger.heads import heads_read, heads_written, present_heads


class Command(HouseCommand):
    """Run it every evening, onto a disk that no restore of the database touches."""

    help = "把各信托的链首追加到库外清单 / add the present heads to a file kept outside"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--out FILE``, and ``--fund`` for one fund alone."""
        self.add_fund(parser, required=False)
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")

    def run(self, options: dict[str, Any]) -> None:
        """Read what the file holds, add, write it whole."""
        out: Path = options["out"]
        try:
            before = heads_read(out.read_bytes(), name=out.name) if out.exists() else []
            now = present_heads(self.funds_asked(options["fund"]), at=self.now())
            write_whole(out, heads_written([*before, *now]))
        except OSError as error:
            said = _("无法写入 %(out)s：%(reason)s / cannot write")
            raise self.refusal(said, out=out, reason=error.strerror) from error
        counted = _("链首 %(count)s 个已写入 %(out)s，共 %(all)s 个")
        self.stdout.write(told(counted, count=len(now), out=out, all=len(before) + len(now)))
