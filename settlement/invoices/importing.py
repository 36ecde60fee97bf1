"""Reading a file of invoices (发票, 明细) into the desk: new ones are judged, known ones left alone.

Refuses the whole file for any fault of form, for an invoice of a day to come, and for other content under a
number that is already being paid.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy

from custody.deeds.funds import lock_fund
from custody.files.evidence import keep
from custody.files.faults import Fault, Refused
from custody.files.outcomes import Note, Outcome, note
from custody.files.progress import reached
from custody.files.sniffing import Cell, TabularFile, open_tabular
from custody.files.tables import (
    Column,
    Row,
    day,
    half_width,
    one_of,
    positive_money,
    readable_rows,
    text,
    text_max,
    whole,
)
from custody.models import Document, Fund, Operator
from settlement.invoices import submission, verification
from settlement.invoices.submission import (
    StatedInvoice,
    StatedLine,
    answer_duplicate,
    resubmit,
    send_back,
)
from settlement.models import Basis, Settlement
from settlement.selectors import last_reasons
from settlement.states import OPEN, State

__all__ = ["answer_duplicate", "import_invoices", "resubmit", "send_back"]

INVOICES, LINES = "发票", "明细"
_NUMBER = ("数电票号码", "数电发票号码", "发票号", "票号")
NUMBER_MAX = 40  # characters kept of an invoice number that may be wrong


class Counted(TextChoices):
    """What an import of invoices counts."""

    INVOICES = "invoices", gettext_lazy("发票")
    VERIFIED = "verified", gettext_lazy("核验通过")
    RETURNED = "returned", gettext_lazy("退回")
    KNOWN = "known", gettext_lazy("此前已有")
    STILL_RETURNED = "still-returned", gettext_lazy("仍退回")


class Noted(TextChoices):
    """What the firm must know after an import of invoices."""

    RETURNED = "returned", gettext_lazy("发票 %(number)s 退回：%(reason)s")
    STILL_RETURNED = (
        "still-returned",
        gettext_lazy("此前退回的发票中有 %(count)s 张仍不能付款，原因见 show_settlements"),
    )


def _invoice_number(cell: Cell) -> str:
    """An invoice number as typed, full-width digits folded; whether it is one is judged later."""
    return str(text_max(NUMBER_MAX)(half_width(text(cell))))


_INVOICE_COLUMNS = (
    Column("发票号码", _invoice_number, aliases=_NUMBER),
    Column("开票日期", day, aliases=("开具日期", "发票日期", "日期")),
    Column(
        "价税合计", positive_money, aliases=("价税合计金额", "含税金额", "发票金额", "合计金额", "总金额")
    ),
    Column("销售方", text_max(200), aliases=("销售方名称", "销方名称", "销方", "开票方", "销货方")),
    Column("购买方", text_max(200), aliases=("购买方名称", "购方名称", "购方", "受票方", "购货方")),
)
_LINE_COLUMNS = (
    Column("发票号码", _invoice_number, aliases=_NUMBER),
    Column("行号", whole, aliases=("序号", "明细行号", "行次")),
    Column("科目编码", text_max(20), aliases=("预算科目", "预算科目编码", "科目代码", "科目")),
    Column(
        "类型", one_of({str(basis.label): basis for basis in Basis}), aliases=("依据类型", "付款依据类型")
    ),
    Column("依据", text_max(40), aliases=("付款依据", "依据编号", "工单号或期间", "工单号")),
    Column("金额", positive_money, aliases=("行金额", "含税金额", "价税金额")),
)


def import_invoices(
    *,
    fund: Fund,
    path: Path,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
    through: date | None = None,
) -> Outcome:
    """Submit and judge the file's invoices; ``through`` leaves those issued later for another day.

    Returned ones carry every reason. A known invoice that is returned is judged again when its content or its
    reasons would change. Errors: Refused with every fault of form, nothing written.
    """
    file = open_tabular(path)
    stated, rows, faults = _read(file, through, localdate(at))
    with transaction.atomic():
        lock_fund(fund)
        verification.lock_numbers([invoice.number for invoice in stated])
        known = {
            each.number: each
            for each in Settlement.objects.filter(fund=fund, number__in=[one.number for one in stated])
        }
        faults += [fault for one in stated for fault in _changed(file, one, known, rows)]
        if faults:
            raise Refused(faults)
        source = _source(fund, path, actor, at)
        done = [
            _settled_one(fund, one, known.get(one.number), source, actor, at, reached_at=(index, len(stated)))
            for index, one in enumerate(stated, 1)
        ]
        waiting = sum(
            result is None and one.number in known and known[one.number].state in OPEN
            for one, result in zip(stated, done, strict=True)
        )
        outcome = _outcome([each for each in done if each is not None], len(stated), waiting)
        if dry_run:
            transaction.set_rollback(True)
    return outcome


def _settled_one(
    fund: Fund,
    stated: StatedInvoice,
    known: Settlement | None,
    source: Document,
    actor: Operator,
    at: datetime,
    *,
    reached_at: tuple[int, int],
) -> Settlement | None:
    """The settlement when something happened to it; None when it was known and nothing is new."""
    reached(*reached_at)
    if known is None:
        return submission.submit_invoice(fund=fund, invoice=stated, source_file=source, actor=actor, at=at)
    if known.state not in OPEN:
        return None
    if _differences(stated, known):
        return submission.correct_invoice(
            settlement_id=known.pk, invoice=stated, source_file=source, actor=actor, at=at
        )
    before = last_reasons(known.pk)
    point = transaction.savepoint()
    again = resubmit(settlement_id=known.pk, actor=actor, at=at)
    if again.state == State.RETURNED and last_reasons(known.pk) == before:
        transaction.savepoint_rollback(point)
        return None
    transaction.savepoint_commit(point)
    return again


def _outcome(done: list[Settlement], total: int, waiting: int) -> Outcome:
    """Told before a rehearsal is undone; ``waiting`` were returned before and still cannot be paid."""
    verified = sum(each.state == State.VERIFIED for each in done)
    notes: list[Note] = [
        note(Noted.RETURNED, number=each.number, reason=reason)
        for each in done
        if each.state == State.RETURNED
        for reason in last_reasons(each.pk)
    ]
    counts: dict[TextChoices, int] = {
        Counted.INVOICES: total,
        Counted.VERIFIED: verified,
        Counted.RETURNED: len(done) - verified,
        Counted.KNOWN: total - len(done),
    }
    if waiting:
        counts[Counted.STILL_RETURNED] = waiting
        notes.append(note(Noted.STILL_RETURNED, count=waiting))
    return Outcome(already_done=not done, counts=counts, notes=tuple(notes))


def _source(fund: Fund, path: Path, actor: Operator, at: datetime) -> Document:
    """The file as evidence, kept at its first import."""
    content = path.read_bytes()
    kind = Document.Kind.INVOICES
    return keep(fund=fund, kind=kind, name=path.name, content=content, actor=actor, at=at)


# ------------------------------------------------------------------------------------------- reading


def _read(
    file: TabularFile, through: date | None, today: date
) -> tuple[list[StatedInvoice], dict[str, int], list[Fault]]:
    """The invoices issued through ``through``, in file order, the row each stands on, and every fault.

    No invoice is stated unless all lines could be read, so none is compared by half of its content.
    """
    heads, faults = _table(file, INVOICES, _INVOICE_COLUMNS)
    details, line_faults = _table(file, LINES, _LINE_COLUMNS)
    all_heads, all_lines = not faults, not line_faults
    faults += line_faults
    rows: dict[str, int] = {}
    for head in heads:
        faults.extend(_head_faults(file, head, rows, through, today))
        rows.setdefault(head["发票号码"], head.number)
    lines: dict[str, dict[int, StatedLine]] = defaultdict(dict)
    for row in details:
        faults.extend(_line_faults(file, row, rows if all_heads else None, lines))
        lines[row["发票号码"]][row["行号"]] = StatedLine(
            row["行号"], row["科目编码"].upper(), row["类型"], row["依据"], row["金额"]
        )
    stated = [
        StatedInvoice(
            head["发票号码"],
            head["开票日期"],
            head["价税合计"],
            head["销售方"],
            head["购买方"],
            tuple(line for _, line in sorted(lines[head["发票号码"]].items())),
        )
        for head in heads
        if all_lines and rows[head["发票号码"]] == head.number
        if through is None or head["开票日期"] <= through
    ]
    return stated, rows, faults


def _table(file: TabularFile, sheet: str, columns: tuple[Column, ...]) -> tuple[list[Row], list[Fault]]:
    """A sheet's readable rows and its faults of form; a missing sheet is one."""
    try:
        return readable_rows(file, sheet=sheet, columns=columns)
    except Refused as refusal:
        return [], list(refusal.faults)


def _head_faults(
    file: TabularFile, head: Row, rows: dict[str, int], through: date | None, today: date
) -> Iterator[Fault]:
    """A number twice; an invoice of a day to come, unless it is left for later anyway."""
    if head["发票号码"] in rows:
        yield _fault(file, INVOICES, head, "发票号码", "发票号码在文件中重复")
    if today < head["开票日期"] and (through is None or head["开票日期"] <= through):
        yield _fault(file, INVOICES, head, "开票日期", f"开票日期晚于今天 {today}")


def _line_faults(
    file: TabularFile, row: Row, rows: dict[str, int] | None, lines: dict[str, dict[int, StatedLine]]
) -> Iterator[Fault]:
    """Of one line; ``rows`` None when some invoice was unreadable and may be the one it belongs to."""
    if rows is not None and row["发票号码"] not in rows:
        yield _fault(file, LINES, row, "发票号码", f"「{INVOICES}」表中没有这个发票号码")
    if not 0 < row["行号"] < 1000:
        yield _fault(file, LINES, row, "行号", "行号应为 1 到 999 的整数")
    elif row["行号"] in lines[row["发票号码"]]:
        yield _fault(file, LINES, row, "行号", "同一张发票的行号重复")


def _fault(file: TabularFile, sheet: str, row: Row, column: str, expected: str) -> Fault:
    return Fault(file.name, sheet, row.number, column, str(row[column]), expected)


def _changed(
    file: TabularFile, stated: StatedInvoice, known: dict[str, Settlement], rows: dict[str, int]
) -> Iterator[Fault]:
    """Other content under the number of an invoice that is past correcting."""
    before = known.get(stated.number)
    if before is None or before.state in OPEN:
        return
    for name, now, was in _differences(stated, before):
        expected = f"该发票号码已登记,原{name}为「{was}」,状态已不可更改"
        yield Fault(file.name, INVOICES, rows[stated.number], name, str(now), expected)


def _differences(stated: StatedInvoice, known: Settlement) -> list[tuple[str, object, object]]:
    """Field, new value, recorded value, wherever the two differ."""
    pairs = [
        ("开票日期", stated.issued_on, known.issued_on),
        ("价税合计", stated.total, known.total.amount),
        ("销售方", stated.seller, known.seller),
        ("购买方", stated.buyer, known.buyer),
        ("明细", _shown(stated.lines), _shown(submission.stated_lines(known))),
    ]
    return [(name, now, was) for name, now, was in pairs if now != was]


def _shown(lines: tuple[StatedLine, ...]) -> str:
    return ";".join(
        f"{line.line_no} {line.budget_code} {line.basis.label} {line.cited} {line.amount:.2f}"
        for line in lines
    )
