"""import_budget --fund CODE FILE --paper FILE: a year's budget, in force from the second key."""

from custody.console.amending import AmendmentCommand
from custody.console.importing import Job
from custody.files.outcomes import Outcome
from settlement.contracts.budgets import import_budget


class Command(AmendmentCommand):
    """Edge of settlement.contracts.budgets."""

    help = "登记年度预算，两把密码后生效 / propose a year's budget"

    def take(self, job: Job) -> Outcome:
        """One workbook with the sheets 决议 and 预算."""
        return import_budget(
            fund=job.fund, path=job.path, paper=self.paper, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
