"""Every page of the house by its name in the URL configuration: whose it is, and what its address names.

What answers with a file, with a part of another page or by leading elsewhere is no page here, nor is one
that a form alone opens.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from custody.files.intake import Handed
from custody.models import FundParty, JournalEntry, Operator, Organisation
from custody.money_in import uploads
from custody.queue import signing_lists
from custody.queue.signing_lists import Wanted
from custody.vault import marking
from reporting.statements.named_periods import period_named
from settlement.invoices.handing_in import hand_in_workbook
from tests.factories import AT, make_operator, unique
from tests.settlement.desk import Provider, digits, make_provider
from tests.settlement.invoices.test_imports import invoice_file

NO_PAGES = {
    "settlement_evidence", "statement_paper", "fund_document", "firm_template", "firm_marked",
    "oversight_fund", "oversight_paper", "api_description", "settlements_bulk",
    "day_heads_file", "day_head_file", "day_stamp_file",
    "owners_board_pdf", "entry_proof", "original", "handed_statement",
    "oversight_pack", "log_verifier",
    # with axe in test_owners_reach_every_fen.py, where something is published
    "owners_month", "owners_line", "owners_entry", "owners_document", "owners_board",
}  # fmt: skip
SUBJECT = ("code", "kind", "number")
PAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "stranger": {"account_login": (), "verify": (), "day_heads": (), "api_docs": (), "owners": ("code",)},
    "trustee_key": {
        "desk": (), "settlements": (), "settlement": ("settlement",), "second_keys": (),
        "second_key": SUBJECT, "payments": (), "payment": ("message",), "suspense": (), "identified": (),
        "suspense_line": ("receipt",), "breaks": (), "break_line": ("break",), "imports": (),
        "upload": ("upload",), "days": (), "day": ("day",), "placements": (), "log": (), "log_refusals": (),
        "log_moves": (), "people": (), "people_keys": (), "funds": (), "fund": ("code",),
        "fund_ledger": ("code",), "fund_entry": ("code", "entry"), "fund_deed": ("code",),
        "fund_documents": ("code",), "fund_budget": ("code",), "fund_payees": ("code",), "statements": (),
        "publishing": (), "questions": (), "devices": (), "notices": (), "act": ("list",),
    },
    "committee_key": {
        "keys": (), "keys_all": (), "keys_done": (), "keys_work": (), "key": SUBJECT, "key_decline": SUBJECT,
        "key_withdraw": SUBJECT, "mfa_index": (), "account_change_password": (),
        "handed_statements": (),
    },
    "provider_clerk": {
        "firm": (), "firm_submit": (), "firm_submission": ("submission",), "firm_invoices": (),
        "firm_invoice": ("settlement",), "firm_work": (), "firm_fees": (),
    },
    "protector": {"watch": (), "watch_item": ("code", "number")},
    "regulator": {
        "oversight": (), "oversight_period": ("code", "period"), "oversight_log": (), "access_log": (),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Everything:
    """An estate in which each page has something to show; ``named`` is what addresses name."""

    at: Provider
    named: dict[str, Any]

    def who(self, role: str) -> Operator | None:
        """Somebody of the role; None for a stranger."""
        if role == "stranger":
            return None
        if role == "protector":
            return make_operator(self.at.at.protector)
        if role == "regulator":
            body = Organisation.objects.create(kind="regulator", name=unique("regulator"))
            FundParty.objects.using("owner").create(
                fund_id=self.at.at.fund.pk, organisation_id=body.pk, valid_from=date(2020, 1, 1)
            )
            return make_operator(body, "viewer")
        person: Operator = getattr(self.at.at, role)
        return person


def make_everything(folder: Path) -> Everything:
    """Invoices in every state, a payment file, a receipt of nobody, a break, an upload, a faulty workbook."""
    at = make_provider()
    at.verified("120.00")
    approved, batch = at.approved("80.00"), at.instructed(at.released("60.00"))
    receipt = at.bank_line("92.51", "转账", name="汤怡")
    broken = at.bank_line("-33.00", "年检", account="", name=at.bank.bank_name)
    fund, keyholder = at.at.fund, at.at.trustee_key
    faulty = invoice_file(at, folder, (digits(), 400, "NONE", "never"))
    submission = hand_in_workbook(
        submission_id=uuid.uuid4(), fund=fund, handed=Handed(faulty.name, faulty.read_bytes()),
        actor=at.at.provider_clerk, at=AT,
    )  # fmt: skip
    upload = uploads.hand_in_file(
        ticket=uuid.uuid4(), fund=fund, handed=Handed("bank.csv", b"what is this"), kind="bank",
        actor=at.at.actor, at=AT,
    )  # fmt: skip
    uploads.run_upload(upload.pk)
    row = signing_lists.open_list(
        list_id=uuid.uuid4(), wanted=[Wanted(fund, "settlement", approved.number)], actor=keyholder,
        at=marking.now(),
    )  # fmt: skip
    entry = (
        JournalEntry.objects.filter(fund_id=fund.pk)
        .order_by("-sequence")
        .values_list("sequence", flat=True)[0]
    )
    named = {
        "code": fund.code, "kind": "settlement", "number": approved.number, "settlement": approved.pk,
        "message": batch.message_id, "receipt": receipt.pk, "break": broken.pk, "upload": upload.pk,
        "day": "2025-08-05", "entry": entry, "list": row.pk, "submission": submission.pk,
        "period": period_named("2025Q3"),
    }  # fmt: skip
    return Everything(at, named)
