"""Proves that every kept paper is still the bytes it was; never writes. Names any other, and exits 2."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.console.screen import progress_bar
from custody.files.archive import damaged_documents
from custody.kernel.words import told
from custody.models import Document


class Command(HouseCommand):
    """Edge of custody.files.archive."""

    help = "核验存档：逐份重算文件摘要，只读 / prove the kept papers; never writes"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund`` limits the proof to one fund."""
        self.add_fund(parser, required=False)

    def run(self, options: dict[str, Any]) -> None:
        """The number of sound papers; each other one on stderr."""
        documents = Document.objects.filter(fund__in=self.funds_asked(options["fund"]))
        with progress_bar(_("存档 / documents")):
            damaged = list(damaged_documents(documents.select_related("fund")))
        for document, problem in damaged:
            named = _("%(fund)s %(kind)s「%(name)s」%(kept_at)s：%(problem)s")
            self.stderr.write(
                told(
                    named,
                    fund=document.fund.code,
                    kind=document.get_kind_display(),
                    name=document.name,
                    kept_at=document.kept_at,
                    problem=problem,
                )
            )
        if damaged:
            raise self.refusal(_("%(count)s 份存档文件未通过核验 / documents damaged"), count=len(damaged))
        self.stdout.write(told(_("存档完好 %(count)s 份 / documents sound"), count=documents.count()))
