"""The bank's report on a payment file (pain.002): a refusal goes on record, and ends a payment by two words.

A report alone ends nothing, for whoever may hand in a file could make one, and a payment called failed is
paid again: it has failed once the bank's own statement went past the days in which it could have paid and
shows no such payment, or a second person's key confirms the report. What the bank says it did or will do is
told and changes nothing: cash is booked by the statement alone. Refuses a report on a file that is none of
the fund's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import connection
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.files.faults import Fault
from custody.files.intake import FundImport, Handed, take_in
from custody.files.outcomes import Note, Outcome, note
from custody.kernel.words import told
from custody.models import Document, Fund, Operator
from custody.permits.acts import Act
from settlement.models import OrderOutcome, PaybackOrder, PaymentBatch, PaymentOrder, Refusal
from settlement.moves import advance, locked
from settlement.payments.gateways.pain002 import PaymentStatus, StatusReport, read_status_report

OPEN_OUTCOMES = (OrderOutcome.PENDING, OrderOutcome.UNKNOWN)
PAYMENT_COLUMN = "OrgnlEndToEndId"  # where a report names the payment it speaks of


class StatusCount(TextChoices):
    """What an import of a report counts."""

    REFUSED = "refused", gettext_lazy("新登记的拒付")
    KNOWN = "known", gettext_lazy("此前已登记的拒付")
    FAILED = "failed", gettext_lazy("付款失败")
    OTHER = "other", gettext_lazy("其他状态")


class StatusNote(TextChoices):
    """What a person must know after an import of a report."""

    AWAITS = (
        "awaits-statement",
        gettext_lazy(
            "发票 %(number)s 银行回报拒付（%(evidence)s），编号 %(refusal)s："
            "%(until)s之后的流水仍无此笔付出即为失败，或由另一持钥人现在确认"
        ),
    )
    FAILED = "failed", gettext_lazy("发票 %(number)s 付款失败：%(evidence)s，流水亦无此笔付出")
    SAID = "said", gettext_lazy("%(payment)s 银行回报 %(status)s，以流水为准，无变化")
    PAYBACK = (
        "payback",
        gettext_lazy(
            "退还 %(payment)s 银行回报拒付（%(evidence)s），请用 report_payback_failed 报告，由第二人确认"
        ),
    )


@dataclass(slots=True)
class ReportFile:
    """One file, what it says, and the batch it speaks of once that is found."""

    handed: Handed
    report: StatusReport
    batch: PaymentBatch | None = None


def import_payment_status(
    *, fund: Fund, path: Path | Handed, actor: Operator, at: datetime, dry_run: bool = False
) -> Outcome:
    """Put on record what the bank refused, and end what its statement bears out.

    What of the report does not fit is held back, each with its sentence (``Outcome.faults``). The same file
    again changes nothing but what the statement bears out since. Errors: Forbidden; Refused, nothing written.
    """
    return take_in(PaymentStatusImport(actor, at, dry_run, fund), [path])


@dataclass
class PaymentStatusImport(FundImport[ReportFile]):
    """A report's refusals by order; the report is kept whatever it says."""

    act = Act.RECORD_OUTCOME
    held_back: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    counts: dict[TextChoices, int] = field(default_factory=lambda: dict.fromkeys(StatusCount, 0))

    def read(self, handed: Handed) -> tuple[ReportFile, list[Fault]]:
        """The report as facts."""
        return ReportFile(handed, read_status_report(handed.content, name=handed.name)), []

    def lock(self) -> None:
        """Queue behind imports of statements: what they say of the payments is settled."""
        lock_fund(self.fund)

    def judge(self, taken: Sequence[ReportFile], *, whole: bool) -> Iterator[Fault]:
        """Whether each report speaks of a payment file of this fund."""
        for file in taken:
            original = file.report.original_id
            file.batch = PaymentBatch.objects.filter(fund=self.fund, message_id=original).first()
            if file.batch is None:
                sentence = _("本信托没有这个付款文件；请核对是哪个信托的报告")
                yield Fault(file.handed.name, "", None, "OrgnlMsgId", original, sentence)

    def write(self, taken: Sequence[ReportFile]) -> Outcome:
        """Refusals on record, and what has failed by them."""
        known = True
        for file in taken:
            known &= self._found(file.handed) is not None
            source = self.keep(file.handed, fund=self.fund, kind=Document.Kind.PAYMENT_STATUS)
            if file.batch is not None:
                self._take(file, file.batch, source)
        failed = fail_by_the_bank(fund=self.fund, actor=self.actor, at=self.at)
        self.notes += [note(StatusNote.FAILED, number=each.settlement.number, evidence=each.evidence)
                       for each in failed]  # fmt: skip
        self.counts[StatusCount.FAILED] = len(failed)
        self._await(taken)
        return Outcome(
            already_done=known and not failed and not self.counts[StatusCount.REFUSED],
            counts=self.counts,
            notes=tuple(self.notes),
            faults=tuple(self.held_back),
        )

    def _found(self, handed: Handed) -> Document | None:
        kind = Document.Kind.PAYMENT_STATUS
        return archive.found_file(fund=self.fund, kind=kind, sha256=handed.sha256)

    def _take(self, file: ReportFile, batch: PaymentBatch, source: Document) -> None:
        """Each payment of the batch that the report speaks of; then what it names and the batch has not."""
        orders: dict[str, PaymentOrder | PaybackOrder] = {}
        orders |= {each.end_to_end_id: each for each in batch.orders.select_related("settlement")}
        orders |= {each.end_to_end_id: each for each in batch.payback_orders.select_related("payback")}
        for name, order in sorted(orders.items()):
            said = file.report.of(name)
            if said and not self._misfit(file, name, said, order):
                self._record(file, order, said[0], source)
        for each in file.report.payments:
            if each.end_to_end_id not in orders:
                sentence = told(_("付款文件 %(file)s 里没有这笔付款"), file=batch.message_id)
                self._hold_back(file, each, each.end_to_end_id, sentence)

    def _misfit(
        self, file: ReportFile, name: str, said: Sequence[PaymentStatus], order: PaymentOrder | PaybackOrder
    ) -> bool:
        """Whether what is said of a payment contradicts itself, our order, or the bank's own statement."""
        due = order.amount if isinstance(order, PaymentOrder) else order.payback.amount
        words = ""
        if len({each.refused for each in said}) > 1 or file.report.whole.refused > said[0].refused:
            words = _("报告自相矛盾，又说拒付又说没有；请向银行查明")
        elif any(each.amount not in (None, due.amount) for each in said):
            words = told(_("金额与付款指令的 %(due)s 不符"), due=due.amount)
        elif any(each.currency not in ("", due.currency.code) for each in said):
            words = _("付款指令是人民币")
        elif isinstance(order, PaymentOrder):
            words = _against_the_statement(order, refused=said[0].refused)
        if words:
            self._hold_back(file, said[0], name, words)
        return bool(words)

    def _hold_back(self, file: ReportFile, said: PaymentStatus, name: str, sentence: str) -> None:
        row = said.place or None
        self.held_back.append(Fault(file.handed.name, "", row, PAYMENT_COLUMN, name, sentence))

    def _record(
        self, file: ReportFile, order: PaymentOrder | PaybackOrder, said: PaymentStatus, source: Document
    ) -> None:
        """A refusal of an order goes on record; of a payback it is told, and anything else too."""
        evidence = evidence_of(said, source)
        if not said.refused:
            self.counts[StatusCount.OTHER] += 1
            self.notes.append(note(StatusNote.SAID, payment=order.end_to_end_id, status=said.status))
        elif isinstance(order, PaybackOrder):
            self.notes.append(note(StatusNote.PAYBACK, payment=order.end_to_end_id, evidence=evidence))
        elif order.outcome == OrderOutcome.FAILED or order.refusals.filter(document=source).exists():
            self.counts[StatusCount.KNOWN] += 1
        else:
            self.counts[StatusCount.REFUSED] += 1
            Refusal.objects.create(
                order=order, fund=self.fund, evidence=evidence, document=source, place=said.place,
                reported_by=self.actor, reported_at=self.at,
            )  # fmt: skip

    def _await(self, taken: Iterable[ReportFile]) -> None:
        """What each refusal of these reports still waits for."""
        batches = [file.batch for file in taken if file.batch is not None]
        for each in open_refusals(self.fund.pk).filter(order__batch__in=batches):
            self.notes.append(
                note(
                    StatusNote.AWAITS, number=each.order.settlement.number, evidence=each.evidence,
                    refusal=each.pk, until=_due(each),
                )
            )  # fmt: skip


def open_refusals(fund_id: int) -> QuerySet[Refusal]:
    """Refusals the bank reported of payments that still wait, oldest first."""
    rows = Refusal.objects.filter(fund_id=fund_id, document__isnull=False)
    rows = rows.filter(order__outcome__in=OPEN_OUTCOMES)
    return rows.select_related("order__settlement", "document").order_by("pk")


def fail_by_the_bank(*, fund: Fund, actor: Operator, at: datetime) -> list[PaymentOrder]:
    """End the payments that report and statement both say were not made; answers them.

    Behind the fund's lock. The hold stays, as after any refusal: for a retry, or until all is called off.
    """
    failed: dict[int, PaymentOrder] = {}
    for refusal in open_refusals(fund.pk).order_by("order__settlement_id", "pk"):
        if refusal.order_id in failed or not _borne_out(refusal.order_id):
            continue
        settlement = locked(refusal.order.settlement_id)
        order = PaymentOrder.objects.select_for_update(of=("self",), no_key=True).get(pk=refusal.order_id)
        order.outcome, order.evidence = OrderOutcome.FAILED, refusal.evidence
        order.save(update_fields=["outcome", "evidence"])
        advance(settlement, settlement.fail, actor=actor, at=at, reason=refusal.evidence)
        failed[order.pk] = order
    return list(failed.values())


def evidence_of(said: PaymentStatus, source: Document) -> str:
    """The report, the place in it and the bank's reason, in no language: what a history cites."""
    reason = filter(None, (said.status, said.reason, said.words))
    return " ".join([f"pain.002 {source.name[:80]} #{said.place}", *reason])


def _against_the_statement(order: PaymentOrder, *, refused: bool) -> str:
    """Why what is said of the order cannot be, by what is on record; empty when it can."""
    if refused and order.outcome == OrderOutcome.SETTLED:
        return _("报告说拒付，而银行流水已有这笔付出；请向银行查明")
    if not refused and order.outcome == OrderOutcome.FAILED:
        return _("报告说未拒付，而这笔付款已登记为失败；请先向银行查明，不要重付")
    return ""


def _borne_out(order_id: int) -> bool:
    """Whether the database holds the payment refused by the bank's report and statement both."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_refused_by_the_bank(%s)", (order_id,))
        return bool(cursor.fetchone()[0])


def _due(refusal: Refusal) -> str:
    """Past which day the statement must go, as words; nothing while the file has not left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT settlement_refusal_due(%s)", (refusal.pk,))
        (day,) = cursor.fetchone()
    return _("付款文件送出") if day is None else str(day)
