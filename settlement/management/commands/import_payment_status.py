"""import_payment_status --fund CODE FILE: the bank's pain.002 on a payment file. Refuses another fund's."""

from custody.console.importing import ImportCommand, Job
from custody.files.outcomes import Outcome
from settlement.payments.status_reports import import_payment_status


class Command(ImportCommand):
    """Edge of settlement.payments.status_reports."""

    help = "导入银行付款状态报告 / import a payment status report (pain.002)"

    def take(self, job: Job) -> Outcome:
        """One report; a refusal waits for the statement, or for a second person's key."""
        return import_payment_status(
            fund=job.fund, path=job.path, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
