"""One shape of import for every importer: files in, paths or bytes under a name; an Outcome or Refused out.

An importer names the act its actor needs a permit for; its steps after reading are given every file at once:

    @dataclass
    class WorkImport(FundImport[WorkFile]):
        act = Act.ACCEPT_WORK

        def read(self, handed: Handed) -> tuple[WorkFile, list[Fault]]:
            file = handed.table()                       # may raise Refused; other files are still read
            work = read_rows(file, WorkRow, sheet="工单")  # typed rows, faults of form
            return WorkFile(handed, work), work.faults

        def lock(self) -> None:                         # first thing in the transaction
            lock_fund(self.fund)

        def judge(self, taken: Sequence[WorkFile], *, whole: bool) -> Iterable[Fault]:
            ...                                         # faults of substance, against what is on record

        def write(self, taken: Sequence[WorkFile]) -> Outcome:
            source = self.keep(taken[0].handed, fund=self.fund, kind=Document.Kind.WORK)
            ...                                         # only when there was no fault at all
            return Outcome(already_done=…, counts={…}, verdicts=…, notes=…)

    def import_work(*, fund, path: Path | Handed, actor, at, dry_run=False) -> Outcome:
        return take_in(WorkImport(actor, at, dry_run, fund), [path])

``take_in`` asks for the permit, reads all files, opens one transaction, locks, judges, refuses with every
fault of every file or writes, and undoes it all at the end of a rehearsal. An importer whose items stand
alone (invoices) judges nothing as a whole: it answers the faults of what stayed behind, ``Outcome.faults``.
Long steps tell ``custody.files.progress.reached(done, total)``.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from django.db import transaction
from django.utils.timezone import localdate

from custody.files import archive
from custody.files.faults import Fault, Refused
from custody.files.outcomes import Outcome
from custody.files.sniffing import TabularFile, content_of, open_tabular_bytes
from custody.files.typed_rows import in_file_order
from custody.models import Document, Fund, Operator
from custody.permits.acts import Act
from custody.permits.asking import ask

Read = TypeVar("Read")


@dataclass(frozen=True)
class Handed:
    """A file as it was handed in: its bytes, and the name it came under."""

    name: str
    content: bytes

    @cached_property
    def sha256(self) -> str:
        """The digest by which the bytes are known."""
        return hashlib.sha256(self.content).hexdigest()

    def table(self) -> TabularFile:
        """The bytes as sheets of cells; raises Refused naming what they really are."""
        return open_tabular_bytes(self.content, self.name)


def handed_in(file: Path | Handed) -> Handed:
    """The file's bytes and name; raises Refused for a path that cannot be read."""
    return file if isinstance(file, Handed) else Handed(file.name, content_of(file))


@dataclass
class Import(ABC, Generic[Read]):
    """One import under way: who, when, and whether it is only a rehearsal."""

    actor: Operator
    at: datetime
    dry_run: bool

    @abstractmethod
    def ask(self) -> None:
        """Whether the actor may, before a byte is read; raises Forbidden."""

    @abstractmethod
    def read(self, handed: Handed) -> tuple[Read, list[Fault]]:
        """One file as typed rows, with every fault of form; raises Refused when nothing can be read."""

    @abstractmethod
    def lock(self) -> None:
        """Queue behind other imports that write the same rows."""

    @abstractmethod
    def judge(self, taken: Sequence[Read], *, whole: bool) -> Iterable[Fault]:
        """Every fault of substance; ``whole`` when no file had a fault of form."""

    @abstractmethod
    def write(self, taken: Sequence[Read]) -> Outcome:
        """Store and book what is new; there was no fault."""

    def keep(self, handed: Handed, *, fund: Fund, kind: Document.Kind) -> Document:
        """The file on record: found again by its bytes, or kept now."""
        return archive.keep(
            fund=fund,
            kind=kind,
            name=handed.name,
            content=handed.content,
            actor=self.actor,
            at=self.at,
            rehearsal=self.dry_run,
        )


@dataclass
class FundImport(Import[Read]):
    """An import into one fund, for which its ``act`` needs a permit."""

    act: ClassVar[Act]
    fund: Fund

    def ask(self) -> None:
        """The permit for the act, for this fund, today."""
        ask(self.act, fund_id=self.fund.pk, actor=self.actor, on=localdate(self.at))


def take_in(importing: Import[Read], files: Iterable[Path | Handed]) -> Outcome:
    """Run one import over ``files``, all or nothing. Errors: Forbidden, Refused with every fault of all."""
    importing.ask()
    taken, faults = _read(importing, files)
    with transaction.atomic():
        importing.lock()
        faults += importing.judge(taken, whole=not faults)
        if faults:
            raise Refused(in_file_order(faults))
        outcome = importing.write(taken)
        if importing.dry_run:
            transaction.set_rollback(True)
    return outcome


def _read(importing: Import[Read], files: Iterable[Path | Handed]) -> tuple[list[Read], list[Fault]]:
    """Every file that could be read, and the faults of form of all of them."""
    taken: list[Read] = []
    faults: list[Fault] = []
    for file in files:
        try:
            read, misread = importing.read(handed_in(file))
        except Refused as refusal:
            faults += refusal.faults
            continue
        faults += misread
        taken.append(read)
    return taken, faults
