"""What stands behind each entry for whoever asks: invoice, accepted work, both keys, papers. Reads only.

Refuses to trust a settlement's present lines where another revision was paid: the last one is the one paid.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.utils.timezone import localdate

from custody.ledger import references
from custody.models import Approval, Document, LineExplanation
from reporting.statements.owners import KeyTurned, PaperBehind, Voucher, VoucherLine, WorkBehind
from settlement.models import Settlement, SettlementLine
from settlement.models.settlements import Basis

_SETTLEMENT = "settlement"


def vouchers_of(fund_id: int, sources: Mapping[int, str]) -> dict[int, Voucher]:
    """The voucher of each entry that has one, by sequence; ``sources``: what each entry cites."""
    invoices = _invoices(fund_id, {name for kind, name in map(references.cited, sources.values())
                                   if kind == references.SETTLEMENT})  # fmt: skip
    files = _kept(fund_id, {name for kind, name in map(references.cited, sources.values())
                            if kind == references.FILE})  # fmt: skip
    banked = _bank_files(fund_id, sources.keys())
    found: dict[int, Voucher] = {}
    for sequence, source in sources.items():
        kind, name = references.cited(source)
        voucher = invoices.get(name, Voucher()) if kind == references.SETTLEMENT else Voucher()
        papers = (*voucher.papers, *files.get(name, ()), *banked.get(sequence, ()))
        if voucher.number or papers:
            found[sequence] = Voucher(voucher.number, voucher.seller, voucher.lines, voucher.work,
                                      voucher.keys, tuple(dict.fromkeys(papers)))  # fmt: skip
    return found


def _invoices(fund_id: int, numbers: Collection[str]) -> dict[str, Voucher]:
    rows = list(Settlement.objects.filter(fund_id=fund_id, number__in=numbers).select_related("source_file"))
    lines: dict[int, list[SettlementLine]] = defaultdict(list)
    of_work = SettlementLine.objects.filter(settlement__in=rows).select_related(
        "settlement", "work_order__source_file"
    )
    for line in of_work.order_by("settlement_id", "line_no"):
        if line.revision == line.settlement.revision:
            lines[line.settlement_id].append(line)
    keys: dict[int, list[KeyTurned]] = defaultdict(list)
    turned = Approval.objects.filter(
        subject_kind=_SETTLEMENT, subject_id__in=[row.pk for row in rows], withdrawal__isnull=True
    ).select_related("organisation")
    for each in turned.order_by("pk"):
        keys[each.subject_id].append(
            KeyTurned(each.organisation.kind, each.organisation.name, localdate(each.given_at))
        )
    return {row.number: _voucher(row, lines[row.pk], keys[row.pk]) for row in rows}


def _voucher(row: Settlement, lines: list[SettlementLine], keys: list[KeyTurned]) -> Voucher:
    work = {line.work_order.pk: line.work_order for line in lines if line.work_order is not None}
    papers = [row.source_file, *(each.source_file for each in work.values())]
    return Voucher(
        number=row.number,
        seller=row.seller.strip(),
        lines=tuple(
            VoucherLine(
                str(Basis(line.basis).label),
                line.cited if line.period_month is None else f"{line.period_month:%Y-%m}",
                line.amount.amount,
            )
            for line in lines
        ),
        work=tuple(
            WorkBehind(each.number, each.description, each.completed_on, each.accepted_on, each.accepted_by)
            for each in work.values()
        ),
        keys=tuple({each.kind: each for each in keys}.values()),
        papers=tuple(dict.fromkeys(_paper(each) for each in papers if each is not None)),
    )


def _bank_files(fund_id: int, sequences: Collection[int]) -> dict[int, list[PaperBehind]]:
    rows = LineExplanation.objects.filter(fund_id=fund_id, entry_sequence__in=list(sequences))
    found: dict[int, list[PaperBehind]] = defaultdict(list)
    for row in rows.select_related("line__source_file").order_by("pk"):
        found[row.entry_sequence].append(_paper(row.line.source_file))
    return found


def _kept(fund_id: int, digests: Collection[str]) -> dict[str, list[PaperBehind]]:
    found: dict[str, list[PaperBehind]] = defaultdict(list)
    for row in Document.objects.filter(fund_id=fund_id, sha256__in=digests).order_by("pk"):
        found[row.sha256].append(_paper(row))
    return found


def _paper(row: Document) -> PaperBehind:
    return PaperBehind(row.sha256, str(Document.Kind(row.kind).label), row.size, localdate(row.kept_at))
