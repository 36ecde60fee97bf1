"""onboard_estate FILE: takes an estate into trust from its workbook. Refuses it whole, with every fault."""

from custody.console.importing import ImportCommand, Job
from custody.files.outcomes import Outcome
from settlement.contracts.taking_on import onboard_estate


class Command(ImportCommand):
    """Edge of settlement.contracts.taking_on."""

    help = "登记小区及其信托（estate.xlsx）/ onboard an estate from its workbook"
    takes_fund = False
    founds = True

    def take(self, job: Job) -> Outcome:
        """One workbook."""
        return onboard_estate(path=job.path, actor=job.actor, at=job.at, dry_run=job.dry_run)
