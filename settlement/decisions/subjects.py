"""What keys are turned on here: settlements and payees' accounts, each with its digest from the database."""

from custody.keys import register_subject

SETTLEMENT = "settlement"
PAYEE = "payee"

register_subject(SETTLEMENT, "SELECT settlement_content(%s)")
register_subject(PAYEE, "SELECT settlement_payee_content(%s)")
