"""Every act of a person is a command too, and every kind that keys are turned on can be keyed from one."""

from django.core.management import get_commands

from custody import keys
from custody.keys import turning
from custody.permits.acts import Act
from custody.queue.keyed_subjects import kinds

BY_COMMAND = {
    Act.ONBOARD_ESTATE: "onboard_estate",
    Act.PROPOSE_AMENDMENT: "import_budget",  # and a command of its own for each other kind of change
    Act.IMPORT_BANK_STATEMENT: "import_bank_statement",
    Act.IMPORT_CHANNEL_DETAIL: "import_channel_detail",
    Act.IMPORT_PUBLIC_REVENUE: "import_public_revenue",
    Act.RECONSIDER_LINES: "import_channel_detail",  # a detail that comes later reconsiders its lump
    Act.NOTE_LINE: "note_line",
    Act.EXPLAIN_BREAK: "explain_break",
    Act.IDENTIFY_RECEIPT: "identify_receipt",
    Act.PROPOSE_PAYBACK: "propose_payback",
    Act.CANCEL_PAYBACK: "withdraw_key",
    Act.ACCEPT_WORK: "import_work",
    Act.SUBMIT_INVOICE: "resubmit_invoice",
    Act.SEND_BACK_INVOICE: "send_back_invoice",
    Act.CANCEL_INVOICE: "cancel_invoice",
    Act.TURN_FIRST_KEY: "turn_key",
    Act.TURN_SECOND_KEY: "turn_key",
    Act.WITHDRAW_KEY: "withdraw_key",
    Act.REJECT_INVOICE: "reject_invoice",
    Act.PLACE_STAY: "place_stay",
    Act.LIFT_STAY: "lift_stay",
    Act.ASK_QUESTION: "ask_question",
    Act.ANSWER_QUESTION: "answer_question",
    Act.INSTRUCT_PAYMENTS: "instruct_payments",
    Act.RECORD_OUTCOME: "record_outcome",
    Act.RETRY_PAYMENT: "retry_payment",
    Act.RECONSIDER_PAYMENT: "reconsider_payment",
    Act.PROPOSE_PAYEE: "propose_payee",
    Act.ORDER_PLACEMENT: "order_placement",
    Act.CANCEL_PLACEMENT: "withdraw_key",
    Act.ISSUE_TOKEN: "issue_token",
    Act.REVOKE_TOKEN: "revoke_token",
    Act.ENROL_PERSON: "enrol_person",
    Act.ENROL_KEY: "enrol_key",
    Act.REVOKE_KEY: "revoke_key",
    Act.PREPARE_DAY: "prepare_day",
    Act.CLOSE_PERIOD: "close_period",
    Act.REOPEN_PERIOD: "reopen_period",
    Act.ACCRUE_FEES: "accrue_fees",
    Act.ADOPT_AFTER_RESTORE: "adopt_after_restore",
    Act.REOPEN_AFTER_RESTORE: "reopen_after_restore",
    Act.ISSUE_STATEMENT: "export_statement",
    Act.PUBLISH_ACCOUNTS: "publish_month",  # and publish_board
    Act.WITHHOLD: "withhold",
}


def test_every_act_of_a_person_is_a_command() -> None:
    assert set(BY_COMMAND) == set(Act)
    assert set(BY_COMMAND.values()) <= get_commands().keys()


def test_every_kind_that_keys_are_turned_on_has_a_way_to_turn_them() -> None:
    assert kinds().keys() | {keys.ENROLMENT} == turning._content.keys()  # enrol_key signs an enrolment
