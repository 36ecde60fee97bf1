"""A batch's file from what is on record: the same bytes when it is filed and whenever it is asked for again.

Refuses to look at the bytes that were kept: what leaves is compared with them, never taken from them.
"""

from dataclasses import replace
from hashlib import sha256

from django.utils.timezone import localtime
from djmoney.money import Money

from custody.models import BankAccount, Payback
from settlement.models import Basis, PayeeAccount, PaymentBatch, Settlement
from settlement.payments.gateways.pain001 import Batch, Party, Transfer, render
from settlement.selectors import present_lines

UNNAMED = "PT"


def named(batch: Batch, *, fund_code: str) -> Batch:
    """The batch called after its day and all that its file says: no other file, in any database, is.

    Twenty-seven characters; the digest also covers the fund. All that it covers stands in the file, so that
    whoever has the file alone can tell whether the name is its own.
    """
    facts = f"{fund_code}|".encode()
    digest = sha256(facts + render(replace(batch, message_id=UNNAMED))).hexdigest()
    return replace(batch, message_id=f"PT{batch.execute_on:%Y%m%d}-{digest[:16]}")


def stated_by(batch: PaymentBatch) -> Batch:
    """What the batch's file says by its orders, their payees and its manifest, its name included."""
    orders = batch.orders.select_related("settlement", "payee_account").order_by("pk")
    paybacks = batch.payback_orders.select_related("payback").order_by("pk")
    unnamed = Batch(
        message_id=UNNAMED,
        created_at=localtime(batch.created_at),
        execute_on=batch.execute_on,
        debtor=Party(batch.debtor_holder, batch.debtor_number, batch.debtor_bank_name),
        transfers=(
            *(
                transfer(each.settlement, each.payee_account, each.amount, each.end_to_end_id)
                for each in orders
            ),
            *(payback_transfer(each.payback, each.end_to_end_id) for each in paybacks),
        ),
    )
    return named(unnamed, fund_code=batch.fund.code)


def party(account: BankAccount) -> Party:
    """The fund's own account as the payer."""
    return Party(account.holder, account.number, account.bank_name)


def transfer(settlement: Settlement, payee: PayeeAccount, amount: Money, end_to_end_id: str) -> Transfer:
    """One order as its file says it."""
    return Transfer(
        end_to_end_id=end_to_end_id,
        amount=amount,
        creditor=Party(payee.holder, payee.number, payee.bank_name, payee.clearing_number),
        remittance=remittance(settlement),
    )


def payback_transfer(payback: Payback, end_to_end_id: str) -> Transfer:
    """A payback's order as its file says it: what the bank's line will carry is the order's own name."""
    return Transfer(
        end_to_end_id=end_to_end_id,
        amount=payback.amount,
        creditor=Party(payback.holder, payback.number, payback.bank_name, payback.clearing_number),
        remittance=f"{end_to_end_id} 退还来款",
    )


def remittance(settlement: Settlement) -> str:
    """What the bank's line will carry: the invoice number, then the work orders and periods it pays."""
    cited = [
        f"{line.period_month:%Y-%m}" if line.basis != Basis.WORK_ORDER and line.period_month else line.cited
        for line in present_lines()
        .using(settlement._state.db)
        .filter(settlement=settlement)
        .order_by("line_no")
    ]
    return " ".join([settlement.number, *dict.fromkeys(cited)])
