"""The originals behind a decision: opened by those who decide or watch, harmless, and on record."""

import pytest

from custody.files import archive
from custody.models import AccessRecord, Document
from settlement.invoices.submission import submit_invoice
from tests.factories import make_fund, make_operator
from tests.pages import browser_of
from tests.settlement.desk import AT, Provider, make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def kept(desk: Provider, kind: Document.Kind, name: str, content: bytes) -> Document:
    return archive.keep(fund=desk.at.fund, kind=kind, name=name, content=content, actor=desk.at.actor, at=AT)


def test_the_committee_and_the_protector_open_what_an_invoice_came_in(desk: Provider) -> None:
    paper = kept(desk, Document.Kind.INVOICES, "发票.pdf", b"%PDF-1.7 x")
    submit_invoice(
        fund=desk.at.fund, invoice=desk.invoice(work_line(desk.work("120.00"))), source_file=paper,
        actor=desk.at.provider_clerk, at=AT,
    )  # fmt: skip
    address = f"/papers/{desk.at.fund.code}/{paper.pk}/"
    protector = make_operator(desk.at.protector)
    shown = [browser_of(each).get(address) for each in (desk.at.committee_key, protector)]
    card = browser_of(desk.at.committee_key).get("/keys/").content.decode()

    assert [(each.status_code, each["Content-Type"]) for each in shown] == [(200, "application/pdf")] * 2
    assert address in card
    looks = AccessRecord.objects.filter(fund=desk.at.fund, about="发票.pdf").order_by("pk")
    assert [each.operator for each in looks] == [desk.at.committee_key, protector]


def test_a_page_posing_as_work_is_saved_and_never_shown(desk: Provider) -> None:
    paper = kept(desk, Document.Kind.WORK, 'a".svg', b"<svg onload='x'/>")
    answer = browser_of(desk.at.committee_key).get(f"/papers/{desk.at.fund.code}/{paper.pk}/")

    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        "application/octet-stream", "nosniff",
    )  # fmt: skip


def test_bank_files_and_other_funds_papers_are_not_there(desk: Provider) -> None:
    bank = kept(desk, Document.Kind.BANK, "bank.csv", b"1")
    loose = kept(desk, Document.Kind.EVIDENCE, "loose.txt", b"2")
    mine = kept(desk, Document.Kind.INVOICES, "mine.xlsx", b"3")
    here, code = browser_of(desk.at.committee_key), desk.at.fund.code
    stranger = browser_of(make_fund().committee_key)

    assert [here.get(f"/papers/{code}/{each.pk}/").status_code for each in (bank, loose)] == [404, 404]
    assert stranger.get(f"/papers/{code}/{mine.pk}/").status_code == 404
    assert browser_of(desk.at.provider_clerk).get(f"/papers/{code}/{mine.pk}/").status_code == 404
