"""A program's writes: done once under their key, judged as a person's are, and never a key turned."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from custody.models import BankLine, KeptAnswer, RefusedAttempt
from settlement.models import Settlement, WorkOrder
from tests.config.api.programs import Program, program_of
from tests.config.api.test_funds import problem
from tests.custody.money_in.small import Said, small_estate
from tests.packs.upload_writer import write_work
from tests.settlement.desk import Provider, digits, make_provider
from tests.settlement.web.test_firm_hands_in import workbook

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(committed_db: None) -> Provider:
    made = make_provider()
    made.work("400", number="A")
    return made


@pytest.fixture
def firm(desk: Provider) -> Program:
    return program_of(desk.at.fund, desk.at.provider)


def invoice(desk: Provider, **changed: Any) -> dict[str, Any]:
    """An invoice of 400 yuan over work A that is right unless told otherwise."""
    amount = changed.pop("amount", "400.00")
    line = {"line_no": 1, "budget_code": "CLN", "basis": "work_order", "cited": "A", "amount": amount}
    facts = {
        "fund": desk.at.fund.code,
        "number": digits(),
        "issued_on": "2025-07-27",
        "total": amount,
        "seller": desk.at.provider.name,
        "buyer": desk.bank.holder,
        "lines": [line],
    }
    return facts | changed


def file_of(content: bytes, name: str = "发票.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_an_invoice_is_stated_once_under_its_key(desk: Provider, firm: Program) -> None:
    said = invoice(desk)
    first = firm.post("invoices", said, key="october-invoice-1")
    again = firm.post("invoices", dict(reversed(said.items())), key="october-invoice-1")
    row = Settlement.objects.get(fund=desk.at.fund)

    assert (first.status_code, first.json()["state"], first.json()["total"]) == (201, "verified", "400.00")
    assert (again.status_code, again.content) == (201, first.content)
    assert (again["Idempotent-Replayed"], again["Location"]) == ("true", first["Location"])
    assert row.submitted_by == firm.machine
    assert row.source_file is not None
    assert row.source_file.name == f"{row.number}.json"
    assert firm.get(first["Location"].removeprefix("/api/v1/")).json()["lines"][0]["cited"] == "A"
    other = firm.post("invoices", said | {"total": "399.00"}, key="october-invoice-1")
    assert problem(other) == (422, "key-reused")
    assert other.json()["facts"]["field"] == "total"
    assert problem(firm.post("invoices", said)) == (409, "invoice-known")
    assert Settlement.objects.filter(fund=desk.at.fund).count() == 1


def test_a_write_without_a_key_or_while_another_runs_is_refused(desk: Provider, firm: Program) -> None:
    said = invoice(desk)
    held = f"api:{firm.machine.pk}:invoices:the-same-key"
    for bad in ("short", "spaces in it", "x" * 65):
        assert problem(firm.post("invoices", said, key=bad)) == (400, "idempotency-key-missing")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [held])
        assert problem(firm.post("invoices", said, key="the-same-key")) == (409, "in-flight")
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [held])

    assert firm.post("invoices", said, key="the-same-key").status_code == 201


def test_what_was_refused_wrote_nothing_and_may_be_tried_again(desk: Provider, firm: Program) -> None:
    said = invoice(desk)
    ahead = firm.post("invoices", said | {"issued_on": "2999-01-01"}, key="first-attempt")

    assert problem(ahead) == (422, "day-ahead")
    assert not KeptAnswer.objects.filter(operator=firm.machine).exists()
    assert firm.post("invoices", said, key="first-attempt").status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"total": "1e3000"}, {"total": "NaN"}, {"total": "0.001"}, {"total": 0}, {"seller": "x\x00"},
        {"seller": "\ud800"}, {"lines": []}, {"number": "../../x"}, {"issued_on": "2025-02-30"}, {"also": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_no_invoice_says_is_named_by_its_field(
    desk: Provider, firm: Program, wrong: dict[str, Any]
) -> None:
    answer = firm.post("invoices", invoice(desk) | wrong)

    assert problem(answer) == (422, "unfit")
    assert any(next(iter(wrong)) in each["column"] for each in answer.json()["faults"])


def test_a_token_that_reads_writes_nothing_and_the_attempt_is_on_record(desk: Provider) -> None:
    reader = program_of(desk.at.fund, desk.at.provider, "read")

    assert problem(reader.post("invoices", invoice(desk))) == (403, "token-reads-only")
    assert not Settlement.objects.filter(fund=desk.at.fund).exists()
    assert RefusedAttempt.objects.filter(operator=reader.machine).exists()


def test_a_returned_invoice_is_corrected_answered_and_resubmitted(desk: Provider, firm: Program) -> None:
    said = invoice(desk, amount="500.00")
    returned = firm.post("invoices", said).json()
    where = f"invoices/{said['number']}"
    correction = {name: said[name] for name in ("issued_on", "seller", "buyer")}
    line = said["lines"][0] | {"amount": "400.00"}

    assert (returned["state"], bool(returned["reasons"])) == ("returned", True)
    assert firm.get(f"invoices?state=returned&fund={desk.at.fund.code}").json()["items"][0]["reasons"]
    again = firm.post(f"{where}/resubmissions", {"seen": 1}).json()
    assert (again["state"], again["revision"]) == ("returned", 2)
    assert problem(firm.post(f"{where}/resubmissions", {"seen": 1}))[0] == 409
    answered = firm.post(f"{where}/duplicate-answers", {"seen": 2, "answer": "另一次清洁"}).json()
    assert answered["revision"] == 3
    right = firm.post(f"{where}/corrections", correction | {"total": "400.00", "lines": [line]}).json()
    assert (right["state"], right["total"], right["reasons"]) == ("verified", "400.00", [])
    assert problem(firm.post(f"{where}/resubmissions", {"seen": 4}))[0] == 409


def test_another_firms_invoice_is_not_there(desk: Provider, firm: Program) -> None:
    theirs = make_provider()
    row = theirs.verified()
    stranger = program_of(theirs.at.fund, theirs.at.provider)

    assert stranger.get(f"invoices/{row.number}").status_code == 200
    for where in (f"invoices/{row.number}", f"settlements/{row.pk}/timeline"):
        assert problem(firm.get(where)) == (404, "not-found")
    assert problem(firm.post(f"invoices/{row.number}/resubmissions", {"seen": 1})) == (404, "not-found")
    assert firm.get("invoices").json()["items"] == []


def test_a_firms_workbook_is_rehearsed_and_then_taken_once(
    desk: Provider, firm: Program, tmp_path: Path
) -> None:
    where, content = f"funds/{desk.at.fund.code}/uploads", workbook(desk, tmp_path)
    tried = firm.hand_in(f"{where}?rehearse=true", file_of(content), kind="invoices")
    assert (tried.status_code, tried.json()["state"]) == (202, "rehearsed")
    assert not Settlement.objects.filter(fund=desk.at.fund).exists()

    taken = firm.hand_in(where, file_of(content), key="july-invoices", kind="invoices")
    again = firm.hand_in(where, file_of(content), key="july-invoices", kind="invoices")
    other = firm.hand_in(where, file_of(content + b" "), key="july-invoices", kind="invoices")

    assert (taken.json()["state"], taken.json()["verdicts"][0]["became"]) == ("taken", "verified")
    assert again.content == taken.content
    assert (problem(other), other.json()["facts"]["field"]) == ((422, "key-reused"), "file")
    assert firm.get(taken["Location"].removeprefix("/api/v1/")).json() == taken.json()
    assert [each["id"] for each in firm.get(where).json()["items"]] == [
        taken.json()["id"],
        tried.json()["id"],
    ]
    assert problem(firm.hand_in(where, file_of(b"x"), kind="bank")) == (404, "not-found")
    assert problem(firm.hand_in(where, file_of(b"x"), kind="invoices"))[0] == 422


def test_accepted_work_is_the_committees_to_hand_in(desk: Provider, firm: Program, tmp_path: Path) -> None:
    order = ["B", "清洁", "CLN", date(2025, 7, 20), date(2025, 7, 22), "业委会", "合格", Decimal(300)]
    write_work(tmp_path, [order], [])
    content = (tmp_path / "work.xlsx").read_bytes()
    committee, where = program_of(desk.at.fund, desk.at.committee), f"funds/{desk.at.fund.code}/uploads"
    taken = committee.hand_in(where, file_of(content, "工单.xlsx"), kind="work")

    assert (taken.status_code, taken.json()["state"]) == (202, "taken")
    assert not WorkOrder.objects.filter(fund=desk.at.fund, number="B").exists()  # the committee's key accepts
    assert committee.get(taken["Location"].removeprefix("/api/v1/")).json()["kind"] == "work"
    found = {each["number"]: each for each in firm.get("work-orders").json()["items"]}
    assert {number: each["left"] for number, each in found.items()} == {"A": "400.00"}
    assert problem(firm.hand_in(where, file_of(content), kind="work")) == (404, "not-found")


def test_the_banks_file_is_taken_and_what_nobody_knows_is_in_suspense(tmp_path: Path) -> None:
    small = small_estate(tmp_path)
    content = small.statement([Said("2025-07-20", "100.50", "路人", "6222009")]).read_bytes()
    trustee = program_of(small.fund, small.actor.memberships.get().organisation)
    where = f"funds/{small.fund.code}/uploads"
    tried = trustee.hand_in(f"{where}?rehearse=true", file_of(content, "七月.csv"), kind="bank")
    assert trustee.get(tried["Location"].removeprefix("/api/v1/")).json()["state"] == "rehearsed"
    taken = trustee.hand_in(where, file_of(content, "七月.csv"), kind="bank")
    now = trustee.get(taken["Location"].removeprefix("/api/v1/")).json()

    assert (taken.status_code, now["state"], now["faults"]) == (202, "taken", [])
    line = BankLine.objects.get(fund=small.fund, amount="100.50")
    found = trustee.get("suspense").json()["items"]
    assert [(each["line"], each["amount"], each["payer"]) for each in found] == [(line.pk, "100.50", "路人")]
    parts = trustee.get(f"suspense/{line.pk}/identifications").json()
    assert (parts["amount"], parts["parts"]) == ("100.50", [])
    bad = trustee.hand_in(where, file_of(b"not a statement", "x.csv"), kind="bank")
    refused = trustee.get(bad["Location"].removeprefix("/api/v1/")).json()
    assert (refused["state"], bool(refused["faults"])) == ("refused", True)


def test_a_payment_is_followed_to_the_banks_answer(desk: Provider, firm: Program) -> None:
    trustee = program_of(desk.at.fund, desk.at.trustee)
    verified, row = desk.verified("100"), desk.released("300")
    desk.instructed(row)
    (order,) = trustee.get("payment-orders").json()["items"]
    outcome = {"outcome": "unknown", "evidence": "无回音"}

    steps = firm.get(f"settlements/{row.pk}/timeline").json()["steps"]
    assert {"key", "move"} <= {each["kind"] for each in steps}
    assert {each["who"] for each in steps} == {None}
    assert (order["outcome"], order["amount"], order["number"]) == ("pending", "300.00", row.number)
    where = f"payment-orders/{order['end_to_end_id']}"
    assert trustee.post(f"{where}/outcomes", outcome).json()["outcome"] == "unknown"
    assert problem(trustee.post(f"{where}/outcomes", outcome))[0] == 409
    assert problem(firm.get(where)) == (404, "not-found")
    back = trustee.post(f"settlements/{verified.pk}/returns", {"reason": "票面不清"})
    assert (back.status_code, back.json()["state"]) == (201, "returned")


def test_files_too_large_or_empty_are_refused(desk: Provider, firm: Program) -> None:
    where = f"funds/{desk.at.fund.code}/uploads"

    assert problem(firm.hand_in(where, BytesIO(b""), kind="invoices"))[0] == 422
