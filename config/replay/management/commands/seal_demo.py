"""seal_demo --out DIR: a demonstration's log closed, its pack sealed, and both checked as an outsider would.

Known with DEBUG alone, after replay_pack. Makes the keys a demonstration needs where there are none.
"""

import subprocess
import zipfile
from argparse import ArgumentParser
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils.translation import gettext as _

from config.replay.calendar import months_from, next_month
from config.replay.cast import enrol
from custody.console.commands import HouseCommand
from custody.kernel.words import told
from custody.models import Fund
from reporting.packs.packing import CHECKS


class Command(HouseCommand):
    """Writes ``heads.txt``, ``pack.zip`` and ``verification.txt``."""

    help = "演示：关闭日志、出具签名资料包并核对 / close the log, seal a pack, verify both"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the files go."""
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="结果目录")

    def run(self, options: dict[str, Any]) -> None:
        """Through the real commands, then through openssl and sha256sum."""
        out: Path = options["out"]
        fund = Fund.objects.order_by("pk").first()
        if fund is None:
            raise self.refusal(_("还没有任何信托；请先重放资料包"))
        quiet = StringIO()
        if not settings.LOG_KEYS.exists():
            call_command("make_log_keys", f"--out={settings.LOG_KEYS}", stdout=quiet)
        if not settings.PACK_SEAL.exists():
            call_command("make_seal", f"--out={settings.PACK_SEAL}", "--company=演示信托", stdout=quiet)
        months = months_from(fund.opened_on)
        call_command(
            "issue_pack", f"--fund={fund.code}", f"--actor={enrol(fund).maker.username}",
            f"--from={months[0]}", f"--to={next_month(months[-1]) - timedelta(days=1)}",
            f"--out={out / 'pack.zip'}", stdout=quiet,
        )  # fmt: skip
        call_command("close_log_day", f"--out={out / 'heads.txt'}", stdout=quiet)
        call_command("verify_heads", f"--kept={out / 'heads.txt'}", stdout=self.stdout)
        said = "\n".join(_outcomes(out / "pack.zip"))
        (out / "verification.txt").write_text(said + "\n", encoding="utf-8")
        self.stdout.write(said)
        for name in ("heads.txt", "pack.zip", "verification.txt"):
            self.stdout.write(f"  {out / name}")


def _outcomes(pack: Path) -> list[str]:
    """Each command of the pack's README, and whether it succeeded."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "pack"
        with zipfile.ZipFile(pack) as packed:
            packed.extractall(folder)
        return [
            told(
                "%(verdict)s  %(command)s",
                command=command,
                verdict=_("通过") if _succeeds(command, folder) else _("未通过"),
            )
            for command in CHECKS
        ]


def _succeeds(command: str, folder: Path) -> bool:
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False)
    return done.returncode == 0
