"""One way in: importers take bytes or a path, tell all faults at once, rehearse, and answer values."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from custody.files import progress
from custody.files.archive import bytes_of
from custody.files.faults import Refused
from custody.files.intake import Handed
from custody.files.outcomes import Became, Outcome
from custody.models import BankLine, Document, LineKind
from custody.money_in.bank_statements import StatementCount, import_statements
from custody.money_in.channel import import_channel_detail
from custody.money_in.public_revenue import import_public_revenue
from settlement.contracts.taking_on import onboard_estate
from settlement.invoices.importing import import_invoices
from settlement.work.importing import import_work
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.factories import member_of

pytestmark = pytest.mark.usefixtures("committed_db")

QR1 = ("QR1", "2025-07-01 09:00:00", "5-1-101", "赵一", "100.00", "0.38")
P1 = ("2025-07-01", "临时停车", "川A11111", "小票", "15.00", "070")
LINE = Said("2025-07-02", "10.00", "路人")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


@dataclass(frozen=True)
class Importer:
    """One importer, the file it is tried with, and the kind of its evidence."""

    kind: Document.Kind
    make: Callable[[Small], Path]
    run: Callable[[Small, Any, bool], Outcome]


def desk(small: Small, dry_run: bool) -> dict[str, Any]:
    return {"fund": small.fund, "actor": small.actor, "at": AT, "dry_run": dry_run}


IMPORTERS = [
    Importer(
        Document.Kind.BANK,
        lambda small: small.statement([LINE]),
        lambda small, file, dry: import_statements(paths=[file], **desk(small, dry)),
    ),
    Importer(
        Document.Kind.CHANNEL,
        lambda small: small.channel(QR1),
        lambda small, file, dry: import_channel_detail(paths=[file], **desk(small, dry)),
    ),
    Importer(
        Document.Kind.REVENUE,
        lambda small: small.revenue(P1),
        lambda small, file, dry: import_public_revenue(path=file, **desk(small, dry)),
    ),
]
each_importer = pytest.mark.parametrize("importer", IMPORTERS, ids=[each.kind.value for each in IMPORTERS])


@each_importer
def test_bytes_under_a_name_are_taken_as_a_path_is(small: Small, importer: Importer) -> None:
    path = importer.make(small)

    first = importer.run(small, Handed(path.name, path.read_bytes()), False)

    assert (first.already_done, importer.run(small, path, False).already_done) == (False, True)


@each_importer
def test_the_very_bytes_are_kept(small: Small, importer: Importer) -> None:
    path = importer.make(small)
    importer.run(small, path, False)

    document = Document.objects.get(fund=small.fund, kind=importer.kind)

    assert (document.name, bytes_of(document)) == (path.name, path.read_bytes())


@each_importer
def test_a_rehearsal_counts_and_keeps_nothing(small: Small, importer: Importer) -> None:
    path = importer.make(small)

    outcome = importer.run(small, path, True)

    assert not outcome.already_done
    assert not Document.objects.filter(fund=small.fund, kind=importer.kind).exists()


@each_importer
def test_each_file_has_a_verdict(small: Small, importer: Importer) -> None:
    path = importer.make(small)

    first, again = importer.run(small, path, False), importer.run(small, path, False)

    assert [(each.item, each.code) for each in first.verdicts] == [(path.name, Became.TAKEN)]
    assert [each.code for each in again.verdicts] == [Became.KNOWN]


@pytest.mark.parametrize(
    "run",
    [
        lambda small, file: import_statements(paths=[file], **desk(small, False)),
        lambda small, file: import_channel_detail(paths=[file], **desk(small, False)),
        lambda small, file: import_public_revenue(path=file, **desk(small, False)),
        lambda small, file: import_work(
            path=file, **desk(small, False) | {"actor": member_of(small.fund, "committee", "maker")}
        ),
        lambda small, file: import_invoices(path=file, **desk(small, False)),
        lambda small, file: onboard_estate(path=file, actor=small.actor, at=AT),
    ],
    ids=["bank", "channel", "revenue", "work", "invoices", "estate"],
)
def test_every_importer_refuses_a_file_that_is_no_table_by_its_name(
    small: Small, run: Callable[[Small, Handed], Outcome]
) -> None:
    with pytest.raises(Refused, match=r"回单\.pdf"):
        run(small, Handed("回单.pdf", b"%PDF-1.7 and so on"))


def test_the_faults_of_all_files_are_told_in_the_order_the_files_were_named(small: Small) -> None:
    bad = Handed("b.csv", small.channel((*QR1[:4], "x", "y")).read_bytes())
    worse = Handed("a.pdf", b"%PDF-1.7")

    with pytest.raises(Refused) as refused:
        import_channel_detail(paths=[bad, worse], **desk(small, False))

    assert [fault.file for fault in refused.value.faults] == ["b.csv", "b.csv", "a.pdf"]


def test_counts_are_by_code_and_notes_carry_their_facts(small: Small) -> None:
    outcome = small.take(LINE)

    assert (outcome.counts[StatementCount.NEW_LINES], outcome.counts[LineKind.SUSPENSE]) == (1, 1)
    (note,) = outcome.notes
    assert (note.code, note.facts["counterparty"], "路人" in str(note)) == ("line-open", "路人", True)


def test_a_long_import_says_how_far_it_is(small: Small) -> None:
    seen: list[tuple[int, int]] = []
    path = small.statement([LINE, LINE, LINE])

    with progress.watched_by(lambda done, total: seen.append((done, total))):
        import_statements(paths=[path], **desk(small, False))

    assert seen[-1] == (3, 3)


def test_a_line_knows_the_document_it_came_in(small: Small) -> None:
    small.take(LINE)

    assert BankLine.objects.get(fund=small.fund).source_file.kind == Document.Kind.BANK
