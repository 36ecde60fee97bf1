"""import_parties --fund CODE FILE --paper FILE: a new firm or protector, the old one's end."""

from custody.amendments.parties import import_parties
from custody.console.amending import AmendmentCommand
from custody.console.importing import Job
from custody.files.outcomes import Outcome


class Command(AmendmentCommand):
    """Edge of custody.amendments.parties."""

    help = "登记当事人变更（新服务商、监察人），两把密码后生效 / propose changes of parties"

    def take(self, job: Job) -> Outcome:
        """One workbook with the sheets 决议 and 当事人."""
        return import_parties(
            fund=job.fund, path=job.path, paper=self.paper, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
