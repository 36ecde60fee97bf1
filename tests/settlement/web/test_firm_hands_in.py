"""A firm hands in a workbook over a page: read, marked, judged, confirmed once, nobody else's business."""

import uuid
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.http import HttpResponse
from django.utils.timezone import localdate

from custody.files.limits import SIZE_BYTES_MAX
from custody.models import Membership, Operator
from settlement.invoices import handing_in
from settlement.models import Settlement, Submission, SubmissionState
from settlement.states import State
from tests.custody.ledger.raw import refused, run
from tests.factories import make_operator
from tests.pages import browser_of
from tests.settlement.desk import Provider, digits, make_provider
from tests.settlement.invoices.test_imports import invoice_file

pytestmark = pytest.mark.usefixtures("committed_db")
ON = date(2025, 7, 27)
SUBMIT = "/firm/submit/"


@pytest.fixture
def desk(committed_db: None) -> Provider:
    made = make_provider()
    made.work(number="A")
    return made


def workbook(desk: Provider, folder: Path, *invoices: Any) -> bytes:
    return invoice_file(desk, folder, *(invoices or ((digits(), 400, "A", ON),))).read_bytes()


def sent(
    desk: Provider,
    content: bytes,
    *,
    person: Operator | None = None,
    submission_id: uuid.UUID | None = None,
    name: str = "发票.xlsx",
    fund: str = "",
) -> HttpResponse:
    """The answer to an upload."""
    file = SimpleUploadedFile(name, content)
    asked = {
        "submission": str(submission_id or uuid.uuid4()),
        "fund": fund or desk.at.fund.code,
        "file": file,
    }
    return browser_of(person or desk.at.provider_clerk).post(SUBMIT, asked)  # type: ignore[return-value]


def handed_in(desk: Provider, content: bytes) -> tuple[str, Submission]:
    """The address of what was handed in, and its row."""
    address = sent(desk, content)["Location"]
    return address, Submission.objects.get(pk=address.strip("/").split("/")[-1])


def test_a_sound_workbook_is_judged_and_nothing_is_written(desk: Provider, tmp_path: Path) -> None:
    address, row = handed_in(desk, workbook(desk, tmp_path))
    page = browser_of(desk.at.provider_clerk).get(address).content.decode()

    assert row.state == SubmissionState.JUDGED
    assert not Settlement.objects.filter(fund=desk.at.fund).exists()
    assert "确认申报1张，400.00元" in page


def test_confirmed_it_is_taken(desk: Provider, tmp_path: Path) -> None:
    address, row = handed_in(desk, workbook(desk, tmp_path))
    answer = browser_of(desk.at.provider_clerk).post(f"{address}confirm/")
    taken = Settlement.objects.get(fund=desk.at.fund)

    assert (answer.status_code, answer["Location"]) == (302, address)
    assert (taken.state, taken.source_file_id, taken.submitted_by) == (
        State.VERIFIED,
        row.document_id,
        desk.at.provider_clerk,
    )


def test_confirmed_twice_it_is_taken_once(desk: Provider, tmp_path: Path) -> None:
    address, _row = handed_in(desk, workbook(desk, tmp_path))
    browser = browser_of(desk.at.provider_clerk)
    answers = [browser.post(f"{address}confirm/").status_code for _ in range(2)]

    assert (answers, Settlement.objects.get(fund=desk.at.fund).moves.count()) == ([302, 302], 3)


def test_a_fault_is_marked_in_its_cell_and_told_below_and_on_top(desk: Provider, tmp_path: Path) -> None:
    content = workbook(desk, tmp_path, (digits(), 400, "A", ON), (digits(), 500, "A", "never"))
    address, row = handed_in(desk, content)
    page = browser_of(desk.at.provider_clerk).get(address).content.decode()

    assert row.state == SubmissionState.FAULTY
    assert '<a href="#f0-3-2">发票 第3行 开票日期「never」：应为日期' in page
    assert 'class=" fault" id="f0-3-2"' in page
    assert "开票日期：应为日期，如 2025-07-01 或 20250701" in page


def test_one_faulty_cell_holds_back_every_invoice(desk: Provider, tmp_path: Path) -> None:
    content = workbook(desk, tmp_path, (digits(), 400, "A", ON), (digits(), 500, "A", "never"))
    address, _row = handed_in(desk, content)
    answer = browser_of(desk.at.provider_clerk).post(f"{address}confirm/")

    assert (answer.status_code, Settlement.objects.filter(fund=desk.at.fund).count()) == (422, 0)


def test_the_marked_workbook_carries_the_fault_as_a_comment(desk: Provider, tmp_path: Path) -> None:
    address, _row = handed_in(desk, workbook(desk, tmp_path, (digits(), 500, "A", "never")))
    answer = browser_of(desk.at.provider_clerk).get(f"{address}marked.xlsx")
    book = openpyxl.load_workbook(BytesIO(answer.content))

    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "应为日期" in book["发票"]["B2"].comment.text


def test_an_invoice_that_cannot_be_paid_says_why_before_anything_is_written(
    desk: Provider, tmp_path: Path
) -> None:
    content = workbook(desk, tmp_path, (digits(), 400, "A", ON), (digits(), 500, "NONE", ON))
    address, row = handed_in(desk, content)
    page = browser_of(desk.at.provider_clerk).get(address).content.decode()

    assert row.state == SubmissionState.JUDGED
    assert "第 1 行：没有工单「NONE」" in page
    assert "确认申报1张，400.00元" in page


def test_a_workbook_without_a_sheet_is_told_so(desk: Provider) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "x"  # type: ignore[index]
    stream = BytesIO()
    book.save(stream)
    address, row = handed_in(desk, stream.getvalue())
    browser = browser_of(desk.at.provider_clerk)

    assert row.state == SubmissionState.FAULTY
    assert "缺少工作表「发票」" in browser.get(address).content.decode()
    assert browser.get(f"{address}marked.xlsx").status_code == 404


def test_the_same_upload_again_is_the_same_submission(desk: Provider, tmp_path: Path) -> None:
    content, key = workbook(desk, tmp_path), uuid.uuid4()
    answers = [sent(desk, content, submission_id=key)["Location"] for _ in range(2)]

    assert answers == [f"{SUBMIT}{key}/"] * 2
    assert Submission.objects.filter(fund=desk.at.fund).count() == 1


def test_another_file_under_the_same_form_is_refused(desk: Provider, tmp_path: Path) -> None:
    key = uuid.uuid4()
    sent(desk, workbook(desk, tmp_path), submission_id=key)
    answer = sent(desk, workbook(desk, tmp_path), submission_id=key)

    assert (answer.status_code, "重新打开申报页再传" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"%PDF-1.7", "a.xlsx", "内容其实是PDF"),
        (b"<svg onload=alert(1)>", "a.xlsx", "暂不支持"),
        (b"a,b\n1,2\n", "a.csv", "请上传 .xlsx 工作簿"),
        (b"", "a.xlsx", "文件是空的"),
        (b"PK\x03\x04 cut", "a.xlsx", "文件"),
    ],
    ids=["pdf", "svg", "csv", "empty", "cut"],
)
def test_what_is_no_workbook_is_refused_and_not_kept(
    desk: Provider, content: bytes, name: str, said: str
) -> None:
    answer = sent(desk, content, name=name)

    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not Submission.objects.filter(fund=desk.at.fund).exists()


def test_no_file_at_all_is_said(desk: Provider) -> None:
    asked = {"submission": str(uuid.uuid4()), "fund": desk.at.fund.code}
    answer = browser_of(desk.at.provider_clerk).post(SUBMIT, asked)

    assert (answer.status_code, "没有收到文件" in answer.content.decode()) == (422, True)


def test_a_file_too_large_is_left_out_and_said(desk: Provider) -> None:
    answer = sent(desk, b"PK\x03\x04" + bytes(SIZE_BYTES_MAX))

    assert (answer.status_code, "超过 20 MB" in answer.content.decode()) == (422, True)


def test_a_file_at_the_limit_is_read(desk: Provider) -> None:
    answer = sent(desk, b"%PDF" + bytes(SIZE_BYTES_MAX - 4))

    assert (answer.status_code, "内容其实是PDF" in answer.content.decode()) == (422, True)


def test_a_name_cannot_break_out_of_a_header_or_the_page(desk: Provider, tmp_path: Path) -> None:
    content = workbook(desk, tmp_path, (digits(), 500, "A", "never"))
    address = sent(desk, content, name='"><script>x</script>.xlsx')["Location"]
    browser = browser_of(desk.at.provider_clerk)
    page, download = browser.get(address), browser.get(f"{address}marked.xlsx")

    assert "<script>x" not in page.content.decode()
    assert "\n" not in download["Content-Disposition"]


def test_another_firms_workbook_is_not_there(desk: Provider, tmp_path: Path) -> None:
    address, _row = handed_in(desk, workbook(desk, tmp_path))
    stranger = browser_of(make_provider().at.provider_clerk)

    assert [
        stranger.get(address).status_code,
        stranger.get(f"{address}marked.xlsx").status_code,
        stranger.post(f"{address}confirm/").status_code,
    ] == [404, 404, 404]


def test_a_foreign_trust_takes_no_workbook(desk: Provider, tmp_path: Path) -> None:
    other = make_provider().at.fund.code

    assert sent(desk, workbook(desk, tmp_path), fund=other).status_code == 404


@pytest.mark.parametrize("who", ["actor", "trustee_key", "committee_key"])
def test_nobody_but_a_firms_people_finds_the_page(desk: Provider, who: str, tmp_path: Path) -> None:
    person = getattr(desk.at, who)

    assert browser_of(person).get(SUBMIT).status_code == 404
    assert sent(desk, workbook(desk, tmp_path), person=person).status_code == 404


def test_a_viewer_of_the_firm_looks_and_hands_in_nothing(desk: Provider, tmp_path: Path) -> None:
    viewer = make_operator(desk.at.provider, "viewer")

    assert "申报须由本公司的申报员办理" in browser_of(viewer).get(SUBMIT).content.decode()
    assert sent(desk, workbook(desk, tmp_path), person=viewer).status_code == 403


def test_who_loses_the_seat_meanwhile_confirms_nothing(desk: Provider, tmp_path: Path) -> None:
    address, _row = handed_in(desk, workbook(desk, tmp_path))
    seats = Membership.objects.using("owner").filter(operator_id=desk.at.provider_clerk.pk)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE custody_membership DISABLE TRIGGER USER")
        seats.update(valid_until=localdate())
        cursor.execute("ALTER TABLE custody_membership ENABLE TRIGGER USER")
    answer = browser_of(desk.at.provider_clerk).post(f"{address}confirm/")

    assert (answer.status_code, Settlement.objects.filter(fund=desk.at.fund).count()) == (404, 0)


def test_a_firm_hands_in_no_more_than_so_many_a_day(
    desk: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_in, "WORKBOOKS_A_DAY_MAX", 1)
    handed_in(desk, workbook(desk, tmp_path))
    answer = sent(desk, workbook(desk, tmp_path))

    assert (answer.status_code, "一天最多上传 1 份" in answer.content.decode()) == (422, True)


def test_what_changed_meanwhile_counts_when_it_is_confirmed(desk: Provider, tmp_path: Path) -> None:
    number = digits()
    address, _row = handed_in(desk, workbook(desk, tmp_path, (number, 700, "A", ON)))
    other, _row = handed_in(desk, workbook(desk, tmp_path, (digits(), 600, "A", ON)))
    browser = browser_of(desk.at.provider_clerk)
    browser.post(f"{other}confirm/")
    browser.post(f"{address}confirm/")

    assert Settlement.objects.get(number=number).state == State.RETURNED
    assert "超出" in browser.get(address).content.decode()


def test_the_template_is_filled_in_with_accepted_work(desk: Provider) -> None:
    desk.work("700", number="B", accepted=False)
    answer = browser_of(desk.at.provider_clerk).get(f"/firm/templates/invoices.xlsx?fund={desk.at.fund.code}")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    heads, lines = ([[cell.value for cell in row] for row in page.iter_rows(min_row=3)] for page in book)

    assert heads == [[None, None, 1000, desk.at.provider.name, desk.bank.holder]]
    assert lines == [[None, 1, "CLN", "工单", "A", 1000]]


@pytest.mark.parametrize("kind", ["estate", "payees", "nonsense"])
def test_the_firm_is_given_its_own_templates_alone(desk: Provider, kind: str) -> None:
    assert browser_of(desk.at.provider_clerk).get(f"/firm/templates/{kind}.xlsx").status_code == 404


def test_pages_of_a_workbook_ask_little_of_the_database(
    desk: Provider, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    many = [(digits(), 10, "NONE", ON) for _ in range(60)]
    judged, _row = handed_in(desk, workbook(desk, tmp_path, *many))
    faulty, _row = handed_in(desk, workbook(desk, tmp_path, *((n, "x", w, "never") for n, _, w, _ in many)))
    browser = browser_of(desk.at.provider_clerk)
    sizes = []
    for address in (judged, faulty, SUBMIT):
        with django_assert_max_num_queries(12):
            sizes.append(len(browser.get(address).content))

    assert max(sizes) < 60 * 1024


def test_a_workbook_stands_beside_its_own_trusts_paper_alone(desk: Provider, tmp_path: Path) -> None:
    _address, row = handed_in(desk, workbook(desk, tmp_path))
    other = make_provider().at.fund.pk

    with refused(constraint="submission_of_its_funds_document"):
        run("owner", "UPDATE settlement_submission SET fund_id = %s WHERE id = %s", (other, row.pk))


def test_what_was_handed_in_is_neither_exchanged_nor_taken_away(desk: Provider, tmp_path: Path) -> None:
    _address, row = handed_in(desk, workbook(desk, tmp_path))

    for change in ("UPDATE settlement_submission SET document_id = 1", "DELETE FROM settlement_submission"):
        with refused(state="42501", using="default"):
            run("default", f"{change} WHERE id = %s", (row.pk,))


def test_a_workbook_is_taken_by_somebody_or_not_at_all(desk: Provider, tmp_path: Path) -> None:
    _address, row = handed_in(desk, workbook(desk, tmp_path))

    with refused(constraint="submission_taken_by_somebody", using="default"):
        run("default", "UPDATE settlement_submission SET state = 'taken' WHERE id = %s", (row.pk,))
