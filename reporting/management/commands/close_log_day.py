"""close_log_day: closes every day of the log that is over, signs its head, writes heads.txt.

By a timer, after midnight, under the vault's login and as the user that owns the keys; run twice or killed
half-way it closes each day once. Nobody acts: no person is asked for. Refuses without its keys. With a
time-stamp authority (``TIMESTAMP_AUTHORITY``) the newest head gets its token; one that does not answer makes
the command exit 2 once everything else is done, and is asked again the next time.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.durable import write_whole
from custody.kernel.words import told
from reporting.transparency.checkpoints import note_of
from reporting.transparency.day_closing import Closer, close_days
from reporting.transparency.day_reads import head_line, head_list
from reporting.transparency.day_stamps import StampAuthority, stamp_newest
from reporting.transparency.log_keys import log_keys_in


class Command(HouseCommand):
    """Edge of reporting.transparency.day_closing."""

    help = "关闭透明日志已过的各天并签日头 / close the log's days that are over"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the keys are, and where heads.txt is to stand."""
        parser.add_argument("--keys", type=Path, default=settings.LOG_KEYS, metavar="FOLDER")
        parser.add_argument("--out", type=Path, metavar="FILE", help="写出 heads.txt / write heads.txt")

    def run(self, options: dict[str, Any]) -> None:
        """Close what is over, then write the list and print the newest head."""
        signer, secret = log_keys_in(options["keys"])
        closed = list(close_days(Closer(settings.LOG_ORIGIN, signer, secret)))
        heads = head_list(settings.LOG_ORIGIN)
        out: Path | None = options["out"]
        try:
            if out is not None:
                write_whole(out, heads.written.encode(), mode=0o644)
        except OSError as error:
            said = _("无法写入 %(out)s：%(reason)s / cannot write")
            raise self.refusal(said, out=out, reason=error.strerror) from error
        said = told(_("关闭 %(count)s 天，日志共 %(all)s 天"), count=len(closed), all=len(heads.lines))
        self.stdout.write(said)
        if closed:
            newest = head_line(closed[-1])
            self.stdout.write(note_of(newest.text_under(heads.origin), newest.seals))
        if settings.TIMESTAMP_AUTHORITY:
            stamp = stamp_newest(StampAuthority(settings.TIMESTAMP_AUTHORITY, settings.TIMESTAMP_ROOT))
            if stamp is not None:
                self.stdout.write(told(_("第 %(number)s 天的日头得到时间戳"), number=stamp.day_id))
