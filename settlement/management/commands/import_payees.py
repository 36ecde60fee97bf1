"""import_payees --fund CODE FILE --paper FILE: changed payee accounts, each on two keys of its own."""

from custody.console.amending import AmendmentCommand
from custody.console.importing import Job
from custody.files.outcomes import Outcome
from settlement.contracts.payee_file import import_payees


class Command(AmendmentCommand):
    """Edge of settlement.contracts.payee_file."""

    help = "登记收款账户变更，两把密码并满冷静期后启用 / propose changed payee accounts"

    def take(self, job: Job) -> Outcome:
        """One workbook with the sheets 决议 and 收款账户."""
        return import_payees(
            fund=job.fund, path=job.path, paper=self.paper, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
