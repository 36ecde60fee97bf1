"""verify_heads --kept FILE: the log of days against its own heads, and against copies kept outside.

Refuses to pass quietly: every finding is a sentence on standard error, and exits 2. Never writes.
"""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from reporting.transparency.day_reads import head_list
from reporting.transparency.head_lines import HeadList, faults_between, faults_within, head_list_read
from reporting.transparency.log_checks import faults_of_days


class Command(HouseCommand):
    """Run by whoever kept yesterday's heads.txt: the company each night, a bank or a regulator on theirs."""

    help = "核对透明日志和各处留存的 heads.txt，只读 / verify the log against kept heads"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--kept`` copies, and ``--heads`` a published list instead of this database."""
        parser.add_argument(
            "--kept",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="留存的 heads.txt / a kept copy",
        )
        parser.add_argument(
            "--heads", type=Path, metavar="FILE", help="核对这份已公布的清单而不是数据库 / a published list"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Everything that is wrong, or one sentence that nothing is."""
        published: Path | None = options["heads"]
        heads = self._read(published) if published else head_list(settings.LOG_ORIGIN)
        found = list(self._faults(heads, [self._read(each) for each in options["kept"]]))
        if not published:
            found += faults_of_days()
        for each in found:
            self.stderr.write(each)
        if found:
            raise self.refusal(_("透明日志有 %(count)s 处不符 / the log does not hold"), count=len(found))
        self.stdout.write(
            told(
                _("日志 %(days)s 天，与 %(copies)s 份留存一致"),
                days=len(heads.lines),
                copies=len(options["kept"]),
            )
        )

    @staticmethod
    def _faults(heads: HeadList, kept: list[HeadList]) -> Iterator[str]:
        yield from faults_within(heads)
        for each in kept:
            yield from faults_between(each, heads)

    def _read(self, file: Path) -> HeadList:
        try:
            content = file.read_bytes()
        except OSError as error:
            said = _("无法读取 %(file)s：%(reason)s")
            raise self.refusal(said, file=file, reason=error.strerror) from error
        return head_list_read(content, name=file.name)
