"""import_invoices --fund CODE FILE: the provider's invoices, each verified or returned with every reason."""

from custody.console.importing import ImportCommand, Job
from custody.files.outcomes import Outcome
from settlement.invoices.importing import import_invoices


class Command(ImportCommand):
    """Edge of settlement.invoices.importing."""

    help = "导入发票并核验 / import and verify invoices"

    def take(self, job: Job) -> Outcome:
        """One workbook with the sheets 发票 and 明细."""
        return import_invoices(fund=job.fund, path=job.path, actor=job.actor, at=job.at, dry_run=job.dry_run)
