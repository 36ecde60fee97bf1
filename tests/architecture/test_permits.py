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
    "custody/money_in/bank_statements.py:StatementImport": Act.IMPORT_BANK_STATEMENT,
    "custody/money_in/channel.py:ChannelImport": Act.IMPORT_CHANNEL_DETAIL,
    "custody/money_in/public_revenue.py:RevenueImport": Act.IMPORT_PUBLIC_REVENUE,
    "custody/money_in/recording.py:reconsider_lines": Act.RECONSIDER_LINES,
    "custody/placements/orders.py:cancel": Act.CANCEL_PLACEMENT,
    "custody/placements/orders.py:order": Act.ORDER_PLACEMENT,
    "reporting/papers/handing_out.py:hand_out": Act.ISSUE_STATEMENT,
    "settlement/contracts/taking_on.py:EstateImport": Act.ONBOARD_ESTATE,
    "settlement/decisions/approvals.py:reconsider": Act.RECONSIDER_PAYMENT,
    "settlement/decisions/approvals.py:reject": Act.REJECT_INVOICE,
    "settlement/decisions/approvals.py:withdraw": Act.WITHDRAW_KEY,
    "settlement/decisions/payees.py:propose": Act.PROPOSE_PAYEE,
    "settlement/fees/charges.py:accrue_custody_fees": Act.ACCRUE_FEES,
    "settlement/fees/charges.py:accrue_performance": Act.ACCRUE_FEES,
    "settlement/fees/charges.py:fix_assessment": Act.ACCRUE_FEES,
    "settlement/invoices/importing.py:InvoiceImport": Act.SUBMIT_INVOICE,
    "settlement/invoices/submission.py:answer_duplicate": Act.SUBMIT_INVOICE,
    "settlement/invoices/submission.py:correct_invoice": Act.SUBMIT_INVOICE,
    "settlement/invoices/submission.py:resubmit": Act.SUBMIT_INVOICE,
    "settlement/invoices/submission.py:send_back": Act.SEND_BACK_INVOICE,
    "settlement/invoices/submission.py:submit_invoice": Act.SUBMIT_INVOICE,
    "settlement/payments/answers.py:retry": Act.RETRY_PAYMENT,
    "settlement/payments/filing.py:instruct": Act.INSTRUCT_PAYMENTS,
    "settlement/work/importing.py:WorkImport": Act.ACCEPT_WORK,
}
ASKED_BY_ANOTHER = {
    "custody/bank/explaining.py:explain": IN_AN_IMPORT,
    "custody/deeds/onboarding.py:hand_over": "onboarding, of which it is a part, has asked",
    "custody/deeds/onboarding.py:open_estate": "onboarding, of which it is a part, has asked",
    "custody/files/archive.py:keep": OF_THE_ACT,
    "custody/keys.py:turn": "asks for TURN_FIRST_KEY or TURN_SECOND_KEY, by the key",
    "custody/keys.py:withdraw_all": OF_THE_ACT,
    "custody/ledger/door.py:close_period": THE_DOOR,
    "custody/ledger/door.py:hold": THE_DOOR,
    "custody/ledger/door.py:post": THE_DOOR,
    "custody/ledger/door.py:post_many": THE_DOOR,
    "custody/ledger/door.py:release_hold": THE_DOOR,
    "custody/ledger/door.py:reverse": THE_DOOR,
    "custody/money_in/bank_statements.py:import_statements": "StatementImport asks",
    "custody/money_in/broken_files.py:note_broken": IN_AN_IMPORT,
    "custody/money_in/broken_files.py:replace_by": IN_AN_IMPORT,
    "custody/money_in/channel.py:import_channel_detail": "ChannelImport asks",
    "custody/money_in/public_revenue.py:import_public_revenue": "RevenueImport asks",
    "custody/permits/asking.py:ask": "the question itself",
    "custody/placements/lines.py:explain_line": IN_AN_IMPORT,
    "custody/placements/orders.py:approve": "keys.turn asks",
    "custody/placements/orders.py:release": "keys.turn asks",
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
    "settlement/payments/bank_lines.py:explain_payment": IN_AN_IMPORT,
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
