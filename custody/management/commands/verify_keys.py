"""verify_keys [--fund CODE]: proves every key ever turned from its signature. Exit 1: not all."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from custody.keys import proving
from custody.models import Approval


class Command(HouseCommand):
    """Edge of custody.keys.proving."""

    help = "逐一核验每把密码的签名 / prove every key turned from its signature"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One fund, or all."""
        self.add_fund(parser, required=False)

    def run(self, options: dict[str, Any]) -> None:
        """Faults, then how many keys there are, and which were seated without a proposal."""
        fund = None if options["fund"] is None else self.fund_called(options["fund"])
        faults = list(proving.unproved(None if fund is None else fund.pk))
        for each in faults:
            self.stdout.write(str(each))
        turned = Approval.objects.all() if fund is None else Approval.objects.filter(fund=fund)
        self.stdout.write(
            told(
                _("密码 %(count)s 次，未获证明 %(faults)s 次；由数据库所有者直接登记的公钥 %(seated)s 把"),
                count=turned.count(),
                faults=len(faults),
                seated=proving.unenrolled().count(),
            )
        )
        if faults:
            raise CommandError(_("有密码未获证明 / keys not proved"), returncode=1)
