"""Taking in a file of invoices (发票, 明细): those without a fault of form go forward, the others come back.

What goes forward is submitted and judged: verified, or returned with every reason. An invoice with a fault of
form is not put on record at all, so the same file again changes nothing and the corrected one is new.
Refuses the whole file only for what concerns all of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.deeds.funds import lock_fund
from custody.files.faults import Fault
from custody.files.intake import FundImport, Handed, take_in
from custody.files.outcomes import Outcome, Verdict
from custody.files.progress import reached
from custody.files.sniffing import TabularFile
from custody.kernel.words import told
from custody.models import Document, Fund, Operator
from custody.permits.acts import Act
from settlement.invoices import submission, verification
from settlement.invoices.invoice_file import (
    INVOICES,
    LINES,
    LINES_UNREAD,
    InvoiceFile,
    ReadInvoice,
    fault_at,
    read_invoices,
)
from settlement.invoices.submission import StatedInvoice, StatedLine
from settlement.invoices.verification import Reason
from settlement.models import Settlement
from settlement.selectors import last_reasons
from settlement.states import OPEN, TITLES, State


class Came(TextChoices):
    """What became of one invoice of the file."""

    VERIFIED = "verified", gettext_lazy("核验通过")
    RETURNED = "returned", gettext_lazy("退回")
    HELD_BACK = "held-back", gettext_lazy("未受理")
    KNOWN = "known", gettext_lazy("此前已有")
    STILL_RETURNED = "still-returned", gettext_lazy("仍退回")


COMES_BACK = frozenset({Came.RETURNED, Came.HELD_BACK, Came.STILL_RETURNED})


def import_invoices(
    *,
    fund: Fund,
    path: Path | Handed,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Submit and judge the file's invoices; ``through`` leaves those issued later for another day.

    The outcome has a verdict for each and, for what comes back, every fault and reason by row and column.
    A known invoice that is returned is judged again when its content or its reasons would change.
    Errors: Forbidden; Refused, nothing written, for what concerns the file as a whole.
    """
    return take_in(InvoiceImport(actor, at, dry_run, fund, through), [path])


@dataclass(frozen=True, slots=True)
class _Handed:
    """A file and what was read of it."""

    handed: Handed
    read: InvoiceFile


@dataclass
class InvoiceImport(FundImport[_Handed]):
    """One file of invoices under way; each invoice stands alone."""

    act = Act.SUBMIT_INVOICE
    through: date | None

    def read(self, handed: Handed) -> tuple[_Handed, list[Fault]]:
        """Every invoice with its own faults; raises Refused for a sheet or a column."""
        read = read_invoices(handed.table(), today=localdate(self.at), through=self.through)
        return _Handed(handed, read), []

    def lock(self) -> None:
        """Imports of one fund queue."""
        lock_fund(self.fund)

    def judge(self, taken: Sequence[_Handed], *, whole: bool) -> Iterable[Fault]:
        """Nothing as a whole: the faults of one invoice hold back no other."""
        return ()

    def write(self, taken: Sequence[_Handed]) -> Outcome:
        """Each invoice on its way, in file order."""
        (one,) = taken
        invoices = one.read.invoices
        verification.lock_numbers([each.stated.number for each in invoices])
        known = {
            each.number: each
            for each in Settlement.objects.filter(
                fund=self.fund, number__in=[each.stated.number for each in invoices]
            )
        }
        for each in invoices:
            each.faults += _changed(one.read.file, each, known.get(each.stated.number))
        source = None
        if any(not each.faults for each in invoices):
            source = self.keep(one.handed, fund=self.fund, kind=Document.Kind.INVOICES)
        verdicts: list[Verdict] = []
        faults: list[Fault] = []
        for index, each in enumerate(invoices, 1):
            reached(index, len(invoices))
            code, reasons = self._one(each, known.get(each.stated.number), source)
            mine = [*each.faults, *(_located(one.read.file, each, reason) for reason in reasons)]
            faults += mine
            why = tuple(fault.expected for fault in mine)
            number = "" if "number" in each.unread else each.stated.number
            verdicts.append(Verdict(number, code, why, each.row))
        return _outcome(verdicts, [*faults, *one.read.stray])

    def _one(
        self, read: ReadInvoice, known: Settlement | None, source: Document | None
    ) -> tuple[Came, list[Reason]]:
        """What becomes of one invoice, and why it cannot be paid."""
        if known is not None and known.state not in OPEN:
            return (Came.HELD_BACK if read.faults else Came.KNOWN), []
        if read.faults:
            return Came.HELD_BACK, submission.reasons_if_submitted(
                fund=self.fund, invoice=read.stated, unread=read.unread, at=self.at
            )
        if known is None:
            return self._judged(
                submission.submit_invoice(
                    fund=self.fund, invoice=read.stated, source_file=source, actor=self.actor, at=self.at
                )
            )
        if _differences(read.stated, known):
            return self._judged(
                submission.correct_invoice(
                    settlement_id=known.pk,
                    invoice=read.stated,
                    source_file=source,
                    actor=self.actor,
                    at=self.at,
                )
            )
        return self._judged_again(known)

    def _judged(self, settlement: Settlement) -> tuple[Came, list[Reason]]:
        if settlement.state == State.VERIFIED:
            return Came.VERIFIED, []
        return Came.RETURNED, submission.reasons_now(settlement, at=self.at)

    def _judged_again(self, known: Settlement) -> tuple[Came, list[Reason]]:
        """A returned invoice sent again as it was; nothing is written when nothing has changed."""
        before = last_reasons(known.pk)
        point = transaction.savepoint()
        again = submission.resubmit(settlement_id=known.pk, actor=self.actor, at=self.at)
        code, reasons = self._judged(again)
        if code is Came.RETURNED and last_reasons(known.pk) == before:
            transaction.savepoint_rollback(point)
            return Came.STILL_RETURNED, reasons
        transaction.savepoint_commit(point)
        return code, reasons


def _outcome(verdicts: Sequence[Verdict], faults: Sequence[Fault]) -> Outcome:
    """Counts by verdict, in the order of ``Came``."""
    found = Counter(verdict.code for verdict in verdicts)
    return Outcome(
        already_done=not any(found[code] for code in (Came.VERIFIED, Came.RETURNED, Came.HELD_BACK)),
        counts={code: found[code] for code in Came if found[code]},
        verdicts=tuple(verdicts),
        faults=tuple(faults),
    )


def _located(file: TabularFile, read: ReadInvoice, reason: Reason) -> Fault:
    """A reason at the cell it is about."""
    if reason.line_no is None:
        value = getattr(read.stated, reason.field)
        return fault_at(file, INVOICES, read.row, reason.field, value, reason.sentence)
    line = next(line for line in read.stated.lines if line.line_no == reason.line_no)
    value = getattr(line, reason.field)
    return fault_at(file, LINES, read.rows[reason.line_no], reason.field, value, reason.sentence)


def _changed(file: TabularFile, read: ReadInvoice, known: Settlement | None) -> Iterator[Fault]:
    """Other content under the number of an invoice that is past correcting."""
    if known is None or known.state in OPEN:
        return
    sentence = _("该发票号码已登记且%(title)s，内容不可更改：原为「%(was)s」，请按已登记的改回")
    for name, now, was in _differences(read.stated, known):
        if name not in read.unread:
            field = "number" if name == LINES_UNREAD else name
            expected = told(sentence, title=TITLES[State(known.state)], was=was)
            yield fault_at(file, INVOICES, read.row, field, now, expected)


def _differences(stated: StatedInvoice, known: Settlement) -> list[tuple[str, object, object]]:
    """Field, new value, recorded value, wherever the two differ; ``lines`` stands for all of them."""
    pairs = [
        ("issued_on", stated.issued_on, known.issued_on),
        ("total", stated.total, known.total.amount),
        ("seller", stated.seller, known.seller),
        ("buyer", stated.buyer, known.buyer),
        (LINES_UNREAD, _shown(stated.lines), _shown(submission.stated_lines(known))),
    ]
    return [(name, now, was) for name, now, was in pairs if now != was]


def _shown(lines: Sequence[StatedLine]) -> str:
    return "；".join(
        f"{line.line_no} {line.budget_code} {line.basis.label} {line.cited} {line.amount:.2f}"
        for line in lines
    )
