"""What keys are turned on here, each kind with its digest."""

from custody.keys import register_subject

SETTLEMENT = "settlement"
PAYEE = "payee"
REFUSAL = "refusal"
RETURN = "return"
ACCEPTANCE = "acceptance"

register_subject(SETTLEMENT, "SELECT settlement_content(%s)")
register_subject(PAYEE, "SELECT settlement_payee_content(%s)")
register_subject(REFUSAL, "SELECT settlement_refusal_content(%s)")
register_subject(RETURN, "SELECT settlement_return_content(%s)")
register_subject(ACCEPTANCE, "SELECT settlement_acceptance_content(%s)")
