"""import_channel_detail --fund CODE FILE…: the merchant's orders behind its lumps. Refuses half a file."""

from custody.console.importing import ImportCommand, Job
from custody.files.outcomes import Outcome
from custody.money_in.channel import import_channel_detail


class Command(ImportCommand):
    """Edge of custody.money_in.channel."""

    help = "导入商户订单明细 / import the merchant's order detail"
    takes_many = True

    def take(self, job: Job) -> Outcome:
        """Any number of files, in any order."""
        return import_channel_detail(
            fund=job.fund, paths=job.paths, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
