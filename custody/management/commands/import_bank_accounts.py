"""import_bank_accounts --fund CODE FILE --paper FILE: another account of the fund's own, on two keys."""

from custody.amendments.bank_accounts import import_bank_accounts
from custody.console.amending import AmendmentCommand
from custody.console.importing import Job
from custody.files.outcomes import Outcome


class Command(AmendmentCommand):
    """Edge of custody.amendments.bank_accounts."""

    help = "登记新的信托专户，两把密码后生效 / propose another trust account"

    def take(self, job: Job) -> Outcome:
        """One workbook with the sheets 决议 and 信托专户."""
        return import_bank_accounts(
            fund=job.fund, path=job.path, paper=self.paper, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
