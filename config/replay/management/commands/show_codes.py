"""show_codes: the six digits that each person of ``make serve`` signs in with just now.

Refuses a file that is not there. Known only with DEBUG on: elsewhere a secret is read by its owner's device.
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.errors import NotFound


class Command(HouseCommand):
    """``show_codes``."""

    help = "列出各人此刻的登录验证码 / everybody's code just now"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which logins."""
        default = settings.BASE_DIR / "var/demo/logins.json"
        parser.add_argument("--logins", type=Path, default=default, metavar="FILE")

    def run(self, options: dict[str, Any]) -> None:
        """A line a person."""
        try:
            people = json.loads(options["logins"].read_text(encoding="utf-8"))
        except OSError as missing:
            raise NotFound(_("还没有登录资料，请先运行 make serve"), code="no-logins") from missing
        counters = sorted(yield_hotp_counters_from_time())
        now = counters[len(counters) // 2]
        for each in people:
            code = format_hotp_value(hotp_value(each["totp_secret"], now))
            self.stdout.write(f"{code}  {each['username']}  {each['name']}")
