"""What keys are turned on here: settlements, payees' accounts, refusals; each with its digest."""

from custody.keys import register_subject

SETTLEMENT = "settlement"
PAYEE = "payee"
REFUSAL = "refusal"

register_subject(SETTLEMENT, "SELECT settlement_content(%s)")
register_subject(PAYEE, "SELECT settlement_payee_content(%s)")
register_subject(REFUSAL, "SELECT settlement_refusal_content(%s)")
