"""From an entry to what stands behind it, as its keeper knows it: the only place that reads a source text.

A bank line is cited by its date, its voucher and its row in the bank's file; an order, an invoice, a batch
by its own number. Refuses to let a key of ours through: what cannot be named is left empty.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import LiteralString

from django.db import connection

from custody.ledger import references
from custody.models import ChannelOrder, Document, Placement, Resolution, RevenueLine
from reporting.reading.identified_rows import found_to_be
from reporting.reading.ledger_rows import Cut
from reporting.statements.facts import Evidence
from reporting.statements.paper_words import bank_line_cited, cited_together, covered, row_of
from settlement.fees import charges
from settlement.models import Assessment, Settlement

# Of two lines that one entry explains, the later undid the earlier.
_BANK_LINES: LiteralString = """
SELECT x.entry_sequence, btrim(b.counterparty_name), b.booked_on, b.voucher, f.name, b.row
  FROM custody_lineexplanation x
  JOIN custody_bankline b ON b.id = x.line_id
  JOIN custody_document f ON f.id = b.source_file_id
 WHERE x.fund_id = %s AND x.entry_sequence = ANY (%s)
 ORDER BY b.position, x.id
"""


def evidence(cut: Cut, entries: Mapping[int, str]) -> dict[int, Evidence]:
    """What stands behind each entry, by sequence, from its source text and the bank line it explains.

    Of a receipt that a person identified also as what: unit and month, or which income.
    ``party`` is the full name; whoever shows it covers it.
    """
    documents = _documents(cut, set(entries.values()))
    banked, found = bank_lines(cut, entries), found_to_be(cut, entries.keys())
    return {
        sequence: _together(documents.get(source), banked.get(sequence), found.get(sequence, ""))
        for sequence, source in entries.items()
    }


def bank_lines(cut: Cut, sequences: Iterable[int]) -> dict[int, Evidence]:
    """The bank line that each of these entries booked, where it booked one."""
    with connection.cursor() as cursor:
        cursor.execute(_BANK_LINES, [cut.fund_id, list(sequences)])
        return {
            sequence: Evidence(party, bank_line_cited(on, voucher), row_of(file, row))
            for sequence, party, on, voucher, file, row in cursor.fetchall()
        }


def covering(found: Evidence) -> Evidence:
    """The same with a private person's name covered."""
    party = covered(found.party)
    return found if party == found.party else Evidence(party, found.cited, found.place)


def _together(document: Evidence | None, bank_line: Evidence | None, found: str) -> Evidence:
    paper, line = document or Evidence(), bank_line or Evidence()
    return Evidence(
        paper.party or line.party,
        cited_together((paper.cited, line.cited, found)),
        line.place or paper.place,
    )


def _documents(cut: Cut, sources: Iterable[str]) -> dict[str, Evidence]:
    """What each source names by itself, one query a kind."""
    by_kind: dict[str, list[str]] = {}
    for source in sources:
        by_kind.setdefault(source.partition(":")[0], []).append(source)
    found: dict[str, Evidence] = {}
    for kind, those in by_kind.items():
        if kind in _READERS:
            found |= _READERS[kind](cut, those)
    return found


def _names(sources: Iterable[str]) -> list[str]:
    """What sources of one kind call the thing they cite."""
    return [references.cited(source)[1] for source in sources]


def _orders(cut: Cut, sources: Iterable[str]) -> dict[str, Evidence]:
    rows = ChannelOrder.objects.filter(fund_id=cut.fund_id, order_number__in=_names(sources))
    return {
        references.cite(references.ORDER, number): Evidence(
            party.strip(), f"订单 {number}", row_of(file, row)
        )
        for number, party, file, row in rows.values_list(
            "order_number", "payer_name", "source_file__name", "row"
        )
    }


def _settlements(cut: Cut, sources: Iterable[str]) -> dict[str, Evidence]:
    rows = Settlement.objects.filter(fund_id=cut.fund_id, number__in=_names(sources))
    return {
        references.cite(references.SETTLEMENT, number): Evidence(seller.strip(), f"发票 {number}")
        for seller, number in rows.order_by("pk").values_list("seller", "number")
    }


def _batches(cut: Cut, sources: Iterable[str]) -> dict[str, Evidence]:
    rows = RevenueLine.objects.filter(fund_id=cut.fund_id, batch__in=_names(sources), superseded=False)
    places: dict[str, dict[str, list[int]]] = {}
    for batch, file, row in rows.order_by("pk").values_list("batch", "source_file__name", "row"):
        places.setdefault(batch, {}).setdefault(file, []).append(row)
    return {
        references.cite("revenue", batch): Evidence(
            cited=f"公共收益批次 {batch}",
            place=cited_together([row_of(file, *at) for file, at in files.items()]),
        )
        for batch, files in places.items()
    }


def _placements(cut: Cut, sources: Iterable[str]) -> dict[str, Evidence]:
    rows = Placement.objects.filter(fund_id=cut.fund_id, order_key__in=_names(sources))
    return {
        references.cite(references.PLACEMENT, key): Evidence(cited=f"存放 {product}")
        for key, product in rows.values_list("order_key", "product")
    }


def _assessments(cut: Cut, sources: Iterable[str]) -> dict[str, Evidence]:
    chosen = set(sources)
    return {
        source: Evidence(cited=f"{row.year} 年第 {row.quarter} 季度考核 {row.score} 分")
        for row in Assessment.objects.filter(fund_id=cut.fund_id)
        if (source := charges.assessment_source(row)) in chosen
    }


def _files(cut: Cut, sources: Iterable[str]) -> dict[str, Evidence]:
    rows = Document.objects.filter(fund_id=cut.fund_id, sha256__in=_names(sources)).order_by("pk")
    return {
        references.cite(references.FILE, row.sha256): Evidence(
            "", str(Document.Kind(row.kind).label), row.name
        )
        for row in rows
    }


def _resolutions(cut: Cut, sources: Iterable[str]) -> dict[str, Evidence]:
    rows = Resolution.objects.filter(fund_id=cut.fund_id, reference__in=_names(sources))
    return {
        references.cite(references.RESOLUTION, reference): Evidence(cited=f"决议 {reference}")
        for reference in rows.values_list("reference", flat=True)
    }


def _accruals(_cut: Cut, sources: Iterable[str]) -> dict[str, Evidence]:
    """``accrual:performance:2025-07``, ``accrual:trustee_fee:2025-07-01:2025-09-30``: the span it is for."""
    return {source: Evidence(cited=f"计提 {' 至 '.join(source.split(':')[2:])}") for source in sources}


_READERS: dict[str, Callable[[Cut, Iterable[str]], dict[str, Evidence]]] = {
    "order": _orders,
    "settlement": _settlements,
    "revenue": _batches,
    "placement": _placements,
    "assessment": _assessments,
    "file": _files,
    "resolution": _resolutions,
    "accrual": _accruals,
}
