"""import_public_revenue --fund CODE FILE: the lines behind parking and advertising. Refuses half a file."""

from custody.console.importing import ImportCommand, Job
from custody.files.outcomes import Outcome
from custody.money_in.public_revenue import import_public_revenue


class Command(ImportCommand):
    """Edge of custody.money_in.public_revenue."""

    help = "导入公共收益明细 / import the detail behind public revenue"

    def take(self, job: Job) -> Outcome:
        """One file."""
        return import_public_revenue(
            fund=job.fund, path=job.path, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
