"""make_seal --out FOLDER --company NAME: the key that seals packs and its certificates, as files.

For a demonstration, or a company without a device yet. Refuses a folder that is there.
"""

from argparse import ArgumentParser
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from reporting.packs.seal_files import make_seal


class Command(HouseCommand):
    """Edge of reporting.packs.seal_files."""

    help = "制作资料包签章的密钥和证书 / make the seal of signed packs"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--out FOLDER --company NAME``."""
        parser.add_argument("--out", required=True, type=Path, metavar="FOLDER")
        parser.add_argument(
            "--company", required=True, metavar="NAME", help="证书上的名称 / on the certificate"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Make; print the root's fingerprint, which readers compare."""
        try:
            made = make_seal(options["out"], company=options["company"], at=self.now())
        except OSError as failure:
            said = _("无法写入 %(out)s：%(reason)s / cannot write")
            raise self.refusal(said, out=options["out"], reason=failure.strerror) from failure
        root = sha256(made.certificates[-1]).hexdigest()
        self.stdout.write(told(_("根证书指纹（SHA-256） %(root)s"), root=root))
