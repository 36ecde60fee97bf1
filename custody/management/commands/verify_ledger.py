"""Proves the journal of one fund or all; never writes. Refuses to pass quietly: any finding exits 2."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.console.screen import progress_bar
from custody.kernel.words import told
from custody.ledger import reads
from custody.ledger.proof import Finding, verify_fund
from custody.models import Fund


class Command(HouseCommand):
    """验证账本：逐笔重算分录、哈希链、余额与冻结（verify the ledger; read only）."""

    help = "验证账本：逐笔重算分录、哈希链、余额与冻结，只读 / prove the journal again; never writes"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund`` limits the proof to one fund."""
        self.add_fund(parser, required=False)

    def run(self, options: dict[str, Any]) -> None:
        """Print one line a fund; findings go to stderr and exit 2."""
        funds = self.funds_asked(options["fund"])
        if not funds:
            self.stdout.write(_("还没有任何信托，无账可验 / no fund yet"))
        broken = 0
        for fund in funds:
            findings = self._verify(fund)
            broken += bool(findings)
            for finding in findings:
                self.stderr.write(f"{fund.code} {finding}")
        if broken:
            raise self.refusal(_("%(count)s 个信托的账本未通过验证 / ledger broken"), count=broken)

    def _verify(self, fund: Fund) -> list[Finding]:
        head = reads.head_of(fund.pk)
        entries = head.sequence if head is not None else 0
        with progress_bar(fund.code) as show:
            findings = verify_fund(fund.pk, progress=lambda checked: show(checked, entries))
        if not findings and head is not None:
            sound = _("%(fund)s 账本完好 %(entries)s 笔分录 链首 %(chain)s")
            self.stdout.write(told(sound, fund=fund.code, entries=entries, chain=head.chain.hex()))
        return findings
