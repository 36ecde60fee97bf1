"""Papers are kept: bytes before the row, once, never written over, and named when gone or others."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import transaction

from custody.files import archive
from custody.files.archive import bytes_of, keep, place_of
from custody.kernel.errors import Conflict, Forbidden, NotFound
from custody.models import Document, Retention
from tests.custody.ledger.raw import refused, run
from tests.factories import AT, TestFund, make_document, make_fund, unique

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    return make_fund()


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """An archive of this test's own."""
    place = tmp_path / "documents"
    documents = settings.STORAGES["documents"] | {"OPTIONS": {"location": place}}
    settings.STORAGES = settings.STORAGES | {"documents": documents}
    return place


def kept(trust: TestFund, content: bytes, *, rehearsal: bool = False) -> Document:
    return keep(
        fund=trust.fund,
        kind=Document.Kind.WORK,
        name="工单.xlsx",
        content=content,
        actor=trust.actor,
        at=AT,
        rehearsal=rehearsal,
    )


def damage(folder: Path, document: Document, content: bytes | None) -> None:
    """Put other bytes, or none, where the document's lie."""
    place = folder / place_of(document.sha256)
    place.unlink()
    if content is not None:
        place.write_bytes(content)


def verified(trust: TestFund) -> tuple[int, str]:
    """Exit code of verify_documents, and all that it said."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify_documents", "--fund", trust.fund.code, stdout=out, stderr=err)
    except CommandError as refusal:
        return refusal.returncode, f"{err.getvalue()}{refusal}"
    return 0, out.getvalue()


def test_kept_bytes_are_read_back(trust: TestFund) -> None:
    assert bytes_of(kept(trust, b"work")) == b"work"


def test_the_same_bytes_for_the_same_purpose_are_one_document(trust: TestFund) -> None:
    assert kept(trust, b"work") == kept(trust, b"work")


def test_two_funds_may_keep_the_same_bytes_and_each_has_its_own_document(trust: TestFund) -> None:
    assert kept(trust, b"work").pk != kept(make_fund(), b"work").pk


def test_a_stored_file_cannot_be_written_to(trust: TestFund, folder: Path) -> None:
    place = folder / place_of(kept(trust, b"work").sha256)

    assert place.stat().st_mode & 0o222 == 0


def test_the_storage_deletes_nothing(trust: TestFund) -> None:
    document = kept(trust, b"work")

    with pytest.raises(Forbidden):
        storages["documents"].delete(place_of(document.sha256))
    assert bytes_of(document) == b"work"


def test_a_storage_never_writes_over_what_it_holds(trust: TestFund, folder: Path) -> None:
    document = kept(trust, b"work")
    damage(folder, document, b"other")

    with pytest.raises(Conflict):
        kept(trust, b"work")
    assert (folder / place_of(document.sha256)).read_bytes() == b"other"


def test_keeping_again_brings_back_bytes_that_were_lost(trust: TestFund, folder: Path) -> None:
    document = kept(trust, b"work")
    damage(folder, document, None)

    kept(trust, b"work")

    assert bytes_of(document) == b"work"


def test_a_rehearsal_stores_no_bytes(trust: TestFund, folder: Path) -> None:
    with transaction.atomic():
        kept(trust, b"work", rehearsal=True)
        transaction.set_rollback(True)

    assert not folder.exists()


def test_no_row_speaks_of_bytes_that_could_not_be_stored(trust: TestFund, folder: Path) -> None:
    folder.write_bytes(b"a file where the folder should be")

    with pytest.raises(OSError, match="documents"):
        kept(trust, b"work")
    assert not Document.objects.filter(fund=trust.fund).exists()


def test_a_transaction_undone_leaves_bytes_without_a_row_and_no_row(trust: TestFund, folder: Path) -> None:
    with transaction.atomic():
        document = kept(trust, b"work")
        transaction.set_rollback(True)

    assert (folder / place_of(document.sha256)).exists()
    assert not Document.objects.filter(fund=trust.fund).exists()


def test_half_a_file_is_never_under_its_name(
    trust: TestFund, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_handle: int) -> None:
        raise OSError("power cut")

    monkeypatch.setattr("os.fsync", cut)

    with pytest.raises(OSError, match="power cut"):
        kept(trust, b"work")
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_bytes_that_are_gone_are_not_read(trust: TestFund, folder: Path) -> None:
    document = kept(trust, b"work")
    damage(folder, document, None)

    with pytest.raises(NotFound, match=r"工单\.xlsx"):
        bytes_of(document)


def test_other_bytes_are_not_read_as_the_kept_ones(trust: TestFund, folder: Path) -> None:
    document = kept(trust, b"work")
    damage(folder, document, b"forged")

    with pytest.raises(Conflict, match="摘要不符"):
        bytes_of(document)


def test_sound_documents_verify(trust: TestFund) -> None:
    kept(trust, b"work")

    code, said = verified(trust)

    assert (code, "存档完好 1 份" in said) == (0, True)


@pytest.mark.parametrize(("content", "problem"), [(None, "不见了"), (b"forged", "摘要不符")])
def test_a_document_that_is_gone_or_changed_is_named(
    trust: TestFund, folder: Path, content: bytes | None, problem: str
) -> None:
    kept(trust, b"sound")
    document = kept(trust, b"work")
    damage(folder, document, content)

    code, said = verified(trust)

    assert code == 2
    assert all(word in said for word in (trust.fund.code, "工单.xlsx", problem, place_of(document.sha256)))
    assert "1 份存档文件未通过核验" in said


def test_verifying_writes_nothing(trust: TestFund, folder: Path) -> None:
    damage(folder, kept(trust, b"work"), None)
    before = sorted(folder.rglob("*"))

    verified(trust)

    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("from_on", "to_on", "retention"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), Retention.PERMANENT),
        (date(2024, 1, 1), date(2025, 12, 31), Retention.PERMANENT),
        (date(2025, 7, 1), date(2025, 9, 30), Retention.YEARS_10),
    ],
)
def test_statements_of_whole_years_are_kept_for_ever(
    from_on: date, to_on: date, retention: Retention
) -> None:
    assert archive.statement_retention(from_on, to_on) == retention


@pytest.mark.parametrize("kind", Document.Kind)
def test_every_kind_of_document_has_a_retention_the_database_takes(
    trust: TestFund, kind: Document.Kind
) -> None:
    content = unique("paper").encode()
    document = keep(fund=trust.fund, kind=kind, name="n", content=content, actor=trust.actor, at=AT)

    assert document.retention in Retention.values


INSERT = (
    "INSERT INTO custody_document (fund_id, kind, name, sha256, size, retention, kept_at, kept_by_id) "
    "VALUES (%s, %s, 'n', %s, %s, %s, now(), %s)"
)


@pytest.mark.parametrize("alias", ["default", "owner"])
@pytest.mark.parametrize(
    ("kind", "sha256", "size", "retention", "constraint"),
    [
        ("invoices", "a" * 64, 1, "years10", "document_retention_of_its_kind"),
        ("bank", "a" * 64, 1, "", "document_retention_of_its_kind"),
        ("estate", "a" * 64, 1, "years30", "document_retention_of_its_kind"),
        ("statement", "a" * 64, 1, "years30", "document_retention_of_its_kind"),
        ("gossip", "a" * 64, 1, "years30", "document_retention_of_its_kind"),
        ("bank", "A" * 64, 1, "years10", "document_digest_is_sha256"),
        ("bank", "abc", 1, "years10", "document_digest_is_sha256"),
        ("bank", "a" * 64, 0, "years10", "document_is_not_empty"),
    ],
)
def test_a_document_that_cannot_be_is_refused_by_the_database(
    trust: TestFund, alias: str, kind: str, sha256: str, size: int, retention: str, constraint: str
) -> None:
    with refused(constraint=constraint, using=alias):
        run(alias, INSERT, [trust.fund.pk, kind, sha256, size, retention, trust.actor.pk])


@pytest.mark.parametrize("alias", ["default", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE custody_document SET retention = 'permanent' WHERE id = %s",
        "UPDATE custody_document SET sha256 = repeat('b', 64) WHERE id = %s",
        "DELETE FROM custody_document WHERE id = %s",
    ],
)
def test_a_document_is_neither_changed_nor_let_go_by_raw_sql(
    trust: TestFund, alias: str, statement: str
) -> None:
    document = make_document(trust.fund, trust.actor)

    with refused(using=alias):
        run(alias, statement, [document.pk])


@pytest.mark.parametrize("alias", ["default", "owner"])
def test_a_bank_line_cites_no_document_of_another_fund(trust: TestFund, alias: str) -> None:
    document = make_document(make_fund().fund, trust.actor)
    account = run(
        "default",
        "INSERT INTO custody_bankaccount (fund_id, number, holder, bank_name, handover, pays) "
        "VALUES (%s, %s, 'h', 'b', false, true) RETURNING id",
        [trust.fund.pk, unique("acc")],
    )[0][0]
    line = (
        "INSERT INTO custody_bankline (fund_id, account_id, position, source_file_id, row, booked_on, "
        "amount, amount_currency, balance, balance_currency, counterparty_name, counterparty_account, "
        "summary, memo, voucher) "
        "VALUES (%s, %s, 1, %s, 1, '2025-07-01', 1, 'CNY', 1, 'CNY', '', '', '', '', '')"
    )

    with refused(constraint="bank_line_from_a_bank_file", using=alias):
        run(alias, line, [trust.fund.pk, account, document.pk])
