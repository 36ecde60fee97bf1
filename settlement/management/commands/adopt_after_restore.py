"""adopt_after_restore: after the database was restored, takes in what the outbox and the bank know.

Compares the journal with heads kept outside first. Shuts the fund until ``reopen_after_restore``. Exits 2
while a file waits for keys, or days of statements are missing, naming each; run it again when they are there.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.console.telling import outcome_told
from custody.kernel.words import told
from custody.ledger.heads import KeptHead, heads_read
from custody.ledger.proof import verify_fund
from custody.ledger.reads import last_sequence
from custody.models import Fund
from custody.money_in.breaks import discrepancies_told
from settlement.payments.adopting import Adoption, adopt_after_restore


class Command(HouseCommand):
    """One fund at a time."""

    help = "数据库恢复后认领已送出的付款、补流水、比对链首 / after a restore: adopt what is out"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE --actor USERNAME [--against heads.csv] [--dry-run] [statements…]``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="银行流水 / statements")
        parser.add_argument("--against", type=Path, metavar="FILE", help="库外链首清单 / heads kept outside")
        parser.add_argument("--dry-run", action="store_true", help="只核对，不写入 / write nothing")

    def run(self, options: dict[str, Any]) -> None:
        """Compare the heads, adopt, tell; a refusal while anything is left."""
        fund = self.fund_called(options["fund"])
        if options["against"] is not None:
            self._compare(fund, options["against"])
        adoption = adopt_after_restore(
            fund=fund,
            paths=options["files"],
            actor=self.actor_named(options["actor"]),
            at=self.now(),
            dry_run=options["dry_run"],
        )
        left = self._tell(fund, adoption, dry_run=options["dry_run"])
        if left:
            raise self.refusal(_("还有 %(count)s 项未了，办好后请再执行一次"), count=left)
        self.stdout.write(_("认领完毕，请由信托公司的密钥人执行 reopen_after_restore"))

    def _compare(self, fund: Fund, file: Path) -> None:
        """Refuse another history; say how many entries the restore took."""
        try:
            heads = heads_read(file.read_bytes(), name=file.name)
        except OSError as error:
            said = _("无法读取 %(file)s：%(reason)s")
            raise self.refusal(said, file=file, reason=error.strerror) from error
        own: list[KeptHead] = [each for each in heads if each.fund_code == fund.code]
        last = last_sequence(fund.pk)
        due = [(each.sequence, each.chain) for each in own if each.sequence <= last]
        findings = verify_fund(fund.pk, outside=due)
        for finding in findings:
            self.stderr.write(f"{fund.code} {finding}")
        if findings:
            raise self.refusal(_("%(count)s 个信托的账本未通过验证 / ledger broken"), count=1)
        furthest = max((each.sequence for each in own), default=0)
        compared = _("账本有 %(last)s 笔分录，与库外链首 %(count)s 个一致；库外记得 %(furthest)s 笔")
        self.stdout.write(told(compared, last=last, count=len(due), furthest=furthest))

    def _tell(self, fund: Fund, adoption: Adoption, *, dry_run: bool) -> int:
        """What was done, and what is left; how many things are."""
        for message_id in adoption.adopted:
            self.stdout.write(told(_("已认领付款文件 %(file)s"), file=message_id))
        for line in outcome_told(adoption.statements, dry_run=dry_run) if adoption.statements else ():
            self.stdout.write(line)
        for _message_id, why in adoption.left:
            self.stderr.write(why)
        if adoption.missing is not None:
            first, last = adoption.missing
            self.stderr.write(told(_("缺 %(first)s 至 %(last)s 的银行流水"), first=first, last=last))
        for fault in discrepancies_told(fund.pk):
            self.stdout.write(fault)
        return len(adoption.left) + (adoption.missing is not None)
