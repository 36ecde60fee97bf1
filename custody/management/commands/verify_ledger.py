"""Proves journal and evidence of one fund or all; never writes. Refuses to pass quietly: any finding exits 2.

``--state FILE`` keeps where the proof stands, so that an interrupted one goes on there.
"""

from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.console.screen import progress_bar
from custody.kernel.words import told
from custody.ledger import reads
from custody.ledger.heads import KeptHead, heads_read, without_lost
from custody.ledger.proof import verify_fund
from custody.ledger.restores import restores_of
from custody.models import Fund
from custody.proofs.evidence import verify_evidence
from custody.proofs.resuming import ProofState


class Command(HouseCommand):
    """验证账本：逐笔重算分录、哈希链、余额与冻结，重读凭据（verify the ledger; read only）."""

    help = "验证账本：逐笔重算分录、哈希链、余额与冻结，重读凭据，只读 / prove it all; never writes"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund``, ``--against`` heads that ``export_heads`` wrote, ``--state``, ``--journal-only``."""
        self.add_fund(parser, required=False)
        parser.add_argument(
            "--against", type=Path, metavar="FILE", help="与库外保存的链首比较 / heads kept outside"
        )

        parser.add_argument("--state", type=Path, metavar="FILE", help="中断后从此续验 / resume by this file")
        parser.add_argument("--journal-only", action="store_true", help="不重读凭据 / leave out the evidence")

    def run(self, options: dict[str, Any]) -> None:
        """Print one line a fund; findings go to stderr and exit 2."""
        funds = self.funds_asked(options["fund"])
        outside = self._outside(options["against"], options["fund"])
        if not funds:
            self.stdout.write(_("还没有任何信托，无账可验 / no fund yet"))
        broken = self._unknown(outside, funds)
        state = ProofState(options["state"])
        for fund in funds:
            found = self._verify(fund, self._due(fund, outside), state)
            if not options["journal_only"]:
                found += self._verify_evidence(fund, state)
            broken += bool(found)
            for finding in found:
                self.stderr.write(f"{fund.code} {finding}")
        state.end()
        if broken:
            raise self.refusal(_("%(count)s 个信托的账本未通过验证 / ledger broken"), count=broken)

    def _outside(self, file: Path | None, code: str | None) -> list[KeptHead]:
        """The heads of the file, of one fund where one is asked for."""
        if file is None:
            return []
        try:
            content = file.read_bytes()
        except OSError as error:
            said = _("无法读取 %(file)s：%(reason)s")
            raise self.refusal(said, file=file, reason=error.strerror) from error
        return [each for each in heads_read(content, name=file.name) if code in (None, each.fund_code)]

    def _due(self, fund: Fund, outside: list[KeptHead]) -> list[tuple[int, bytes]]:
        """The fund's own heads that must still stand; those a restore is known to have taken are counted."""
        own = [each for each in outside if each.fund_code == fund.code]
        due = without_lost(own, restores_of(fund.pk))
        if len(due) < len(own):
            lost = _("%(fund)s 有 %(count)s 个库外链首属于数据库恢复时丢失、已重新开放的分录")
            self.stdout.write(told(lost, fund=fund.code, count=len(own) - len(due)))
        return [(each.sequence, each.chain) for each in due]

    def _unknown(self, outside: list[KeptHead], funds: list[Fund]) -> int:
        """How many funds somebody outside remembers and this database does not know."""
        unknown = sorted({each.fund_code for each in outside} - {fund.code for fund in funds})
        for code in unknown:
            self.stderr.write(told(_("%(fund)s 库外保存过链首，而数据库中没有这个信托"), fund=code))
        return len(unknown)

    def _verify_evidence(self, fund: Fund, state: ProofState) -> list[str]:
        """What the evidence does not bear out, beyond what was found before an interruption."""
        reached = partial(state.reached_place, fund.code)
        with progress_bar(_("凭据 / evidence")):
            found = verify_evidence(fund, stood=state.evidence_stood(fund.code), reached=reached)
        if not found:
            self.stdout.write(told(_("%(fund)s 凭据相符"), fund=fund.code))
        return found

    def _verify(self, fund: Fund, outside: list[tuple[int, bytes]], state: ProofState) -> list[str]:
        head = reads.head_of(fund.pk)
        entries = head.sequence if head is not None else 0
        before = state.found(fund.code)
        with progress_bar(fund.code) as show:
            findings = verify_fund(
                fund.pk,
                progress=lambda checked: show(checked, entries),
                outside=outside,
                stood=state.journal_stood(fund.code),
                reached=partial(state.reached_entry, fund.code),
            )
        found = list(dict.fromkeys([*before, *map(str, findings)]))
        if not found and head is not None:
            sound = _("%(fund)s 账本完好 %(entries)s 笔分录 链首 %(chain)s")
            self.stdout.write(told(sound, fund=fund.code, entries=entries, chain=head.chain.hex()))
        return found
