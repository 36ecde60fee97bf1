"""The one shape of every command that proposes a change: an import, and the resolution's own paper."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from custody.console.importing import ImportCommand
from custody.files.intake import Handed, handed_in


class AmendmentCommand(ImportCommand):
    """As every import, and ``--paper FILE``; in force only from the second key."""

    given_paper: Path | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--paper FILE``: needed the first time a resolution is named."""
        super().add_arguments(parser)
        parser.add_argument(
            "--paper", type=Path, metavar="FILE", help="决议原件，PDF 或照片 / the resolution's own paper"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Import, with the paper at hand."""
        self.given_paper = options["paper"]
        super().run(options)

    @property
    def paper(self) -> Handed | None:
        """The resolution's paper, if one was handed in."""
        return None if self.given_paper is None else handed_in(self.given_paper)
