"""import_units --fund CODE FILE --paper FILE: owners, prices and areas from a day on, on two keys."""

from custody.amendments.unit_changes import import_units
from custody.console.amending import AmendmentCommand
from custody.console.importing import Job
from custody.files.outcomes import Outcome


class Command(AmendmentCommand):
    """Edge of custody.amendments.unit_changes."""

    help = "登记房屋变更（过户、调价），两把密码后生效 / propose changes of units"

    def take(self, job: Job) -> Outcome:
        """One workbook with the sheets 决议 and 房屋."""
        return import_units(
            fund=job.fund, path=job.path, paper=self.paper, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
