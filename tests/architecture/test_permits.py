"""Every service that writes for somebody asks for one named permit, or says here who asks for it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from custody.permits.acts import Act
from tests.architecture.source import ROOT, name, sources

IN_AN_IMPORT = "runs inside an import, which has asked"
THE_DOOR = "the door: whoever posts has asked"
OF_THE_ACT = "a step of an act whose service has asked"

ASKS: dict[str, Act] = {
    "settlement/decisions/stays.py:place_stay": Act.PLACE_STAY,
    "settlement/decisions/stays.py:lift_stay": Act.LIFT_STAY,
    "settlement/decisions/questions.py:ask_question": Act.ASK_QUESTION,
    "settlement/decisions/questions.py:answer_question": Act.ANSWER_QUESTION,
    "custody/keys/enrolment.py:propose_key": Act.ENROL_KEY,
    "custody/keys/enrolment.py:revoke": Act.REVOKE_KEY,
    "custody/amendments/enacting.py:withdraw_amendment_key": Act.WITHDRAW_KEY,
    "custody/amendments/proposing.py:AmendmentImport": Act.PROPOSE_AMENDMENT,
    "custody/money_in/bank_statements.py:StatementImport": Act.IMPORT_BANK_STATEMENT,
    "custody/money_in/channel.py:ChannelImport": Act.IMPORT_CHANNEL_DETAIL,
    "custody/money_in/identifying.py:identify_receipt": Act.IDENTIFY_RECEIPT,
    "custody/money_in/identifying.py:undo_identification": Act.IDENTIFY_RECEIPT,
    "custody/money_in/paybacks.py:cancel_payback": Act.CANCEL_PAYBACK,
    "custody/money_in/paybacks.py:propose_payback": Act.PROPOSE_PAYBACK,
    "settlement/payments/paying_back.py:instruct_paybacks": Act.INSTRUCT_PAYMENTS,
    "settlement/payments/paying_back.py:report_payback_failed": Act.RECORD_OUTCOME,
    "custody/money_in/notes.py:note_line": Act.NOTE_LINE,
    "custody/money_in/public_revenue.py:RevenueImport": Act.IMPORT_PUBLIC_REVENUE,
    "custody/money_in/break_proposals.py:propose_explanation": Act.EXPLAIN_BREAK,
    "custody/money_in/break_proposals.py:propose_void": Act.EXPLAIN_BREAK,
    "custody/money_in/break_proposals.py:withdraw_explanation": Act.EXPLAIN_BREAK,
    "custody/money_in/break_proposals.py:withdraw_explanation_key": Act.WITHDRAW_KEY,
    "custody/money_in/recording.py:reconsider_lines": Act.RECONSIDER_LINES,
    "custody/placements/orders.py:cancel": Act.CANCEL_PLACEMENT,
    "custody/placements/orders.py:order": Act.ORDER_PLACEMENT,
    "custody/proofs/day_signing.py:prepare_day": Act.PREPARE_DAY,
    "custody/proofs/closing.py:propose_closing": Act.CLOSE_PERIOD,
    "custody/proofs/closing.py:propose_reopening": Act.REOPEN_PERIOD,
    "custody/seats/seating.py:propose_seat": Act.ENROL_PERSON,
    "custody/seats/tokens.py:issue_token": Act.ISSUE_TOKEN,
    "custody/seats/tokens.py:revoke_token": Act.REVOKE_TOKEN,
    "custody/seats/seating.py:withdraw_seat_key": Act.WITHDRAW_KEY,
    "custody/proofs/closing.py:withdraw_period_key": Act.WITHDRAW_KEY,
    "reporting/disclosure/publishing.py:publish_board": Act.PUBLISH_ACCOUNTS,
    "reporting/disclosure/publishing.py:publish_month": Act.PUBLISH_ACCOUNTS,
    "reporting/disclosure/withheld.py:propose_withholding": Act.WITHHOLD,
    "reporting/packs/issuing.py:issue_pack": Act.ISSUE_STATEMENT,
    "reporting/papers/handing_out.py:hand_out": Act.ISSUE_STATEMENT,
    "settlement/contracts/payee_file.py:PayeesImport": Act.PROPOSE_PAYEE,
    "settlement/contracts/taking_on.py:EstateImport": Act.ONBOARD_ESTATE,
    "settlement/decisions/approvals.py:reconsider": Act.RECONSIDER_PAYMENT,
    "settlement/decisions/approvals.py:reject": Act.REJECT_INVOICE,
    "settlement/decisions/approvals.py:withdraw": Act.WITHDRAW_KEY,
    "settlement/decisions/payees.py:propose": Act.PROPOSE_PAYEE,
    "settlement/decisions/payees.py:withdraw_key": Act.WITHDRAW_KEY,
    "settlement/fees/charges.py:accrue_custody_fees": Act.ACCRUE_FEES,
    "settlement/fees/charges.py:accrue_performance": Act.ACCRUE_FEES,
    "settlement/fees/charges.py:fix_assessment": Act.ACCRUE_FEES,
    "settlement/invoices/importing.py:InvoiceImport": Act.SUBMIT_INVOICE,
    "settlement/invoices/handing_in.py:confirm_submission": Act.SUBMIT_INVOICE,
    "settlement/invoices/handing_in.py:hand_in_workbook": Act.SUBMIT_INVOICE,
    "settlement/invoices/submission.py:answer_duplicate": Act.SUBMIT_INVOICE,
    "settlement/invoices/submission.py:correct_invoice": Act.SUBMIT_INVOICE,
    "settlement/invoices/submission.py:resubmit": Act.SUBMIT_INVOICE,
    "settlement/invoices/submission.py:send_back": Act.SEND_BACK_INVOICE,
    "settlement/invoices/submission.py:submit_invoice": Act.SUBMIT_INVOICE,
    "settlement/payments/adopting.py:adopt_after_restore": Act.ADOPT_AFTER_RESTORE,
    "settlement/payments/adopting.py:reopen_after_restore": Act.REOPEN_AFTER_RESTORE,
    "settlement/payments/answers.py:retry": Act.RETRY_PAYMENT,
    "settlement/payments/unnamed_returns.py:report_return": Act.RECORD_OUTCOME,
    "settlement/payments/filing.py:instruct": Act.INSTRUCT_PAYMENTS,
    "settlement/payments/status_reports.py:PaymentStatusImport": Act.RECORD_OUTCOME,
    "settlement/work/importing.py:WorkImport": Act.ACCEPT_WORK,
}
ASKED_BY_ANOTHER = {
    "custody/amendments/deed_terms.py:import_deed_terms": "AmendmentImport asks",
    "custody/amendments/enacting.py:turn_amendment_key": "keys.turn asks",
    "settlement/work/accepting.py:turn_acceptance_key": "keys.turn asks",
    "custody/amendments/bank_accounts.py:import_bank_accounts": "AmendmentImport asks",
    "custody/amendments/parties.py:import_parties": "AmendmentImport asks",
    "custody/amendments/unit_changes.py:import_units": "AmendmentImport asks",
    "custody/bank/explaining.py:explain": IN_AN_IMPORT,
    "custody/console/signing.py:sign": "what is signed counts when keys.turn or the vault has asked",
    "custody/deeds/onboarding.py:hand_over": "onboarding, of which it is a part, has asked",
    "custody/deeds/onboarding.py:open_estate": "onboarding, of which it is a part, has asked",
    "custody/files/archive.py:keep": OF_THE_ACT,
    "settlement/payments/cut_offs.py:make_up_files": "filing.instruct and instruct_paybacks ask",
    "custody/keys/turning.py:declare": "writes nothing: what the actor's device is to sign",
    "custody/queue/signing_lists.py:declared_afresh": "what the actor's device is to sign, of their own list",
    "custody/queue/signing_lists.py:open_list": "the actor's own list: it turns nothing",
    "custody/queue/signing_lists.py:own_list": "writes nothing",
    "custody/queue/signing_lists.py:run_list": "each subject's own service asks",
    "custody/queue/signing_lists.py:sign_list": "what is signed counts when keys.turn or the vault has asked",
    "custody/keys/turning.py:turn": "asks for TURN_FIRST_KEY or TURN_SECOND_KEY, by the key",
    "custody/keys/turning.py:withdraw_all": OF_THE_ACT,
    "custody/ledger/door.py:close_period": THE_DOOR,
    "custody/ledger/door.py:hold": THE_DOOR,
    "custody/ledger/door.py:post": THE_DOOR,
    "custody/ledger/door.py:post_many": THE_DOOR,
    "custody/ledger/door.py:release_hold": THE_DOOR,
    "custody/ledger/door.py:reverse": THE_DOOR,
    "custody/ledger/restores.py:end_restore": OF_THE_ACT,
    "custody/ledger/restores.py:note_restore": OF_THE_ACT,
    "custody/money_in/bank_statements.py:import_statements": "StatementImport asks",
    "custody/money_in/break_proposals.py:turn_explanation_key": "keys.turn asks",
    "custody/money_in/broken_files.py:note_broken": IN_AN_IMPORT,
    "custody/money_in/broken_files.py:replace_by": IN_AN_IMPORT,
    "custody/money_in/channel.py:import_channel_detail": "ChannelImport asks",
    "custody/money_in/paybacks.py:approve_payback": "keys.turn asks",
    "custody/money_in/paybacks.py:release_payback": "keys.turn asks",
    "settlement/payments/paying_back.py:confirm_payback_failed": "keys.turn asks",
    "settlement/payments/paying_back.py:explain_payback": IN_AN_IMPORT,
    "custody/money_in/public_revenue.py:import_public_revenue": "RevenueImport asks",
    "custody/money_in/uploads.py:confirm_upload": "asks for the act of its import, by the kind of file",
    "custody/money_in/uploads.py:hand_in_file": "asks for the act of its import, by the kind of file",
    "custody/permits/asking.py:ask": "the question itself",
    "custody/permits/looking.py:note_access": "the page or the act that it records has asked",
    "custody/placements/lines.py:explain_line": IN_AN_IMPORT,
    "custody/placements/orders.py:approve": "keys.turn asks",
    "custody/placements/orders.py:release": "keys.turn asks",
    "settlement/contracts/budgets.py:import_budget": "AmendmentImport asks",
    "settlement/contracts/payee_file.py:import_payees": "PayeesImport asks",
    "custody/proofs/day_signing.py:sign_day": "keys.turn asks",
    "custody/proofs/closing.py:turn_period_key": "keys.turn asks",
    "custody/seats/seating.py:turn_seat_key": "keys.turn asks",
    "reporting/disclosure/withheld.py:turn_withholding_key": "keys.turn asks",
    "reporting/disclosure/publishing_papers.py:print_board": OF_THE_ACT,
    "reporting/disclosure/publishing_papers.py:publish_papers": OF_THE_ACT,
    "settlement/contracts/taking_on.py:onboard_estate": "EstateImport asks",
    "settlement/decisions/approvals.py:approve": "keys.turn asks",
    "settlement/decisions/approvals.py:cancel": "asks for SUBMIT_INVOICE or CANCEL_INVOICE, by whose it is",
    "settlement/decisions/approvals.py:release": "keys.turn asks",
    "settlement/decisions/payees.py:turn_key": "keys.turn asks",
    "settlement/invoices/importing.py:import_invoices": "InvoiceImport asks",
    "settlement/moves.py:advance": OF_THE_ACT,
    "settlement/moves.py:record": OF_THE_ACT,
    "settlement/payments/answers.py:confirm_failed": "_awaiting asks for RECORD_OUTCOME, and keys.turn",
    "settlement/payments/answers.py:mark_unknown": "_awaiting asks for RECORD_OUTCOME",
    "settlement/payments/answers.py:report_failed": "_awaiting asks for RECORD_OUTCOME",
    "settlement/payments/bank_lines.py:explain_return": IN_AN_IMPORT,
    "settlement/payments/filing.py:keep_batch": OF_THE_ACT,
    "settlement/payments/bank_lines.py:explain_payment": IN_AN_IMPORT,
    "custody/bank/explaining.py:follow_statements": IN_AN_IMPORT,
    "settlement/payments/status_reports.py:fail_by_the_bank": IN_AN_IMPORT,
    "settlement/payments/status_reports.py:import_payment_status": "PaymentStatusImport asks",
    "settlement/payments/unnamed_returns.py:confirm_return": "keys.turn asks",
    "settlement/work/importing.py:import_work": "WorkImport asks",
}
ACTORLESS = {
    "settlement/payments/sending.py:send_batch": "hands out what is filed, whoever asks, and decides nothing",
    "settlement/payments/sending.py:sweep": "as send_batch",
}


def acts_of(node: ast.AST) -> set[str]:
    """The names of Act spoken of in a function or class."""
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "Act"
    }


def asked_for(node: ast.FunctionDef) -> set[str]:
    """The acts a function asks for by name."""
    return {
        act
        for each in ast.walk(node)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "ask"
        for act in acts_of(each)
    }


def takes_an_actor(node: ast.FunctionDef) -> bool:
    given = node.args.args + node.args.kwonlyargs
    return any(each.arg in ("actor", "actor_id") for each in given)


def services() -> Iterator[tuple[str, set[str]]]:
    """Every public function that is given an actor, and every import: its name and the acts it asks for."""
    for path in sources():
        for node in ast.parse(Path(path).read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and takes_an_actor(node):
                yield f"{name(path)}:{node.name}", asked_for(node)
            elif isinstance(node, ast.ClassDef) and node.name.endswith("Import") and acts_of(node):
                yield f"{name(path)}:{node.name}", acts_of(node)


def test_every_service_that_writes_for_somebody_is_classified() -> None:
    found = {service for service, _ in services()}

    assert found == ASKS.keys() | ASKED_BY_ANOTHER.keys()


def test_every_service_asks_for_the_permit_it_is_said_to_ask_for() -> None:
    found = dict(services())

    assert {service: found[service] for service in ASKS} == {
        service: {act.name} for service, act in ASKS.items()
    }


def test_no_act_is_left_that_nobody_asks_for() -> None:
    asked = set().union(*(acts_of(ast.parse(path.read_text())) for path in sources()))

    assert asked == set(Act.__members__)


def test_what_acts_for_nobody_is_given_no_actor() -> None:
    assert all((ROOT / each.split(":")[0]).exists() for each in ACTORLESS)
    assert not ACTORLESS.keys() & {service for service, _ in services()}
