"""import_deed_terms --fund CODE FILE --paper FILE: later deed terms, in force from the second key."""

from custody.amendments.deed_terms import import_deed_terms
from custody.console.amending import AmendmentCommand
from custody.console.importing import Job
from custody.files.outcomes import Outcome


class Command(AmendmentCommand):
    """Edge of custody.amendments.deed_terms."""

    help = "登记信托条款变更，两把密码后生效 / propose later deed terms"

    def take(self, job: Job) -> Outcome:
        """One workbook with the sheets 决议 and 信托条款."""
        return import_deed_terms(
            fund=job.fund, path=job.path, paper=self.paper, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
