"""make_log_keys --out FOLDER: the two keys of the log's heads and the secret of its salts, as files.

Run once, as the user of the machine who will close the log's days. Refuses a folder that is there.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from reporting.transparency.log_keys import make_log_keys


class Command(HouseCommand):
    """Edge of reporting.transparency.log_keys."""

    help = "制作签日头的密钥和盐的秘密 / make the keys of the log's heads"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--out FOLDER``."""
        parser.add_argument("--out", required=True, type=Path, metavar="FOLDER")

    def run(self, options: dict[str, Any]) -> None:
        """Make, print the public halves."""
        try:
            made = make_log_keys(options["out"])
        except OSError as failure:
            said = _("无法写入 %(out)s：%(reason)s / cannot write")
            raise self.refusal(said, out=options["out"], reason=failure.strerror) from failure
        self.stdout.write(told(_("P-256 公钥 %(key)s"), key=made.p256_key.hex()))
        self.stdout.write(told(_("Ed25519 公钥 %(key)s"), key=made.ed25519_key.hex()))
