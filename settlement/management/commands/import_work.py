"""import_work --fund CODE FILE: accepted work orders and scores. Refuses the whole file or takes it."""

from custody.console.importing import ImportCommand, Job
from custody.files.outcomes import Outcome
from settlement.work.importing import import_work


class Command(ImportCommand):
    """Edge of settlement.work.importing."""

    help = "导入工单与考核 / import work orders and scores"

    def take(self, job: Job) -> Outcome:
        """One workbook with the sheets 工单 and 考核."""
        return import_work(fund=job.fund, path=job.path, actor=job.actor, at=job.at, dry_run=job.dry_run)
