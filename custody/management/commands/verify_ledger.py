"""Proves the journal of one fund or all; never writes. Refuses to pass quietly: any finding exits 2."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from custody.ledger import reads
from custody.ledger.proof import Finding, verify_fund
from custody.models import Fund

_SECONDS_BEFORE_BAR = 1


class Command(BaseCommand):
    """验证账本:逐笔重算分录、哈希链、余额与冻结(verify the ledger; read only)."""

    help = "验证账本:逐笔重算分录、哈希链、余额与冻结,只读 (prove the journal again; never writes)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund`` limits the proof to one fund."""
        parser.add_argument("--fund", default=None, help="信托代码,缺省为全部 (fund code; all by default)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a fund; findings go to stderr and exit 2."""
        funds = Fund.objects.order_by("code")
        if options["fund"] is not None:
            funds = funds.filter(code=options["fund"])
            if not funds.exists():
                raise CommandError(f"没有代码为 {options['fund']} 的信托 (no such fund)", returncode=2)
        if not funds.exists():
            self.stdout.write("还没有任何信托,无账可验 / no fund yet")
        broken = 0
        for fund in funds:
            findings = self._verify(fund)
            broken += bool(findings)
            for finding in findings:
                self.stderr.write(f"{fund.code} {finding}")
        if broken:
            raise CommandError(f"{broken} 个信托的账本未通过验证 (ledger broken)", returncode=2)

    def _verify(self, fund: Fund) -> list[Finding]:
        head = reads.head_of(fund.pk)
        entries = head.sequence if head is not None else 0
        began = time.monotonic()
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(fund.code, total=entries, visible=False)

            def tell(checked: int) -> None:
                late = time.monotonic() - began > _SECONDS_BEFORE_BAR
                bar.update(task, completed=checked, visible=late)

            findings = verify_fund(fund.pk, progress=tell)
        if not findings and head is not None:
            self.stdout.write(f"{fund.code} 账本完好 {entries} 笔分录 链首 {head.chain.hex()}")
        return findings
