"""import_bank_statement --fund CODE FILE…: bank lines into the journal. Refuses all files or takes all."""

from custody.console.importing import ImportCommand, Job
from custody.files.outcomes import Outcome
from custody.money_in.bank_statements import import_statements


class Command(ImportCommand):
    """Edge of custody.money_in.bank_statements."""

    help = "导入银行流水，可一次多个文件 / import bank statements"
    takes_many = True

    def take(self, job: Job) -> Outcome:
        """Any number of files, in any order."""
        return import_statements(
            fund=job.fund, paths=job.paths, actor=job.actor, at=job.at, dry_run=job.dry_run
        )
