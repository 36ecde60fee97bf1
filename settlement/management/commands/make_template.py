"""make_template --kind KIND: writes a workbook empty, with drop-downs and an example row, to be filled in.

Refuses to write over a file that is there.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from settlement.blanks import Blank, blank_workbook


class Command(HouseCommand):
    """Edge of settlement.blanks."""

    help = "生成待填写的空白工作簿 / write an empty workbook to fill in"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--kind KIND``, ``--out FILE``, ``--fund CODE``."""
        parser.add_argument("--kind", required=True, choices=Blank.values, help="哪一种 / which workbook")
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="文件名，缺省为 KIND-模板.xlsx / where to"
        )
        self.add_fund(parser, required=False)

    def run(self, options: dict[str, Any]) -> None:
        """Write one workbook."""
        blank = Blank(options["kind"])
        out: Path = options["out"] or Path(f"{blank}-模板.xlsx")
        fund = self.fund_called(options["fund"]) if options["fund"] else None
        content = blank_workbook(blank, fund=fund)
        try:
            with out.open("xb") as stream:
                stream.write(content)
        except FileExistsError as there:
            raise self.refusal(_("%(out)s 已存在，请另起文件名 / file exists"), out=out) from there
        except OSError as broken:
            sentence = _("无法写入 %(out)s，请检查文件夹和权限：%(why)s / cannot write")
            raise self.refusal(sentence, out=out, why=broken.strerror) from broken
        self.stdout.write(told(_("已生成「%(title)s」模板：%(out)s / written"), title=blank.label, out=out))
