"""make_key --out FILE: a keyholder's own key, made on their device and kept under a passphrase.

Run by the keyholder, on a machine of their own; prints the public half, which is what is enrolled.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.console.signing import passphrase
from custody.kernel.words import told
from custody.vault import device


class Command(HouseCommand):
    """Edge of custody.vault.device."""

    help = "为持钥人制作密钥文件，打印公钥 / make a key file, print its public half"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--out FILE``."""
        parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="密钥文件 / the key file")

    def run(self, options: dict[str, Any]) -> None:
        """Make, save, print."""
        key = device.make()
        try:
            device.save(key, options["out"], passphrase())
        except OSError as failure:
            said = _("无法写入 %(out)s：%(reason)s / cannot write")
            raise self.refusal(said, out=options["out"], reason=failure.strerror) from failure
        self.stdout.write(told(_("公钥 %(point)s"), point=key.point.hex()))
