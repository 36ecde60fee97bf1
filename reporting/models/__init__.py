"""The tables of reporting: papers that left, what owners were shown, the log. Refuses business rules."""

from reporting.models.day_heads import LogDay, LogEntry, LogFundDay, LogPaper, LogStamp
from reporting.models.handouts import Handout, PaperFormat, StatementKind
from reporting.models.packs import Pack, PackFile
from reporting.models.publications import (
    Publication,
    PublicationKind,
    PublishedDocument,
    PublishedEntry,
    PublishedPaper,
    Withheld,
    Withholding,
)

__all__ = [
    "Handout",
    "LogDay",
    "LogEntry",
    "LogFundDay",
    "LogPaper",
    "LogStamp",
    "Pack",
    "PackFile",
    "PaperFormat",
    "Publication",
    "PublicationKind",
    "PublishedDocument",
    "PublishedEntry",
    "PublishedPaper",
    "StatementKind",
    "Withheld",
    "Withholding",
]
