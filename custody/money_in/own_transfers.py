"""Money moved between the fund's own accounts: it leaves one and reaches the other, nobody's income or cost.

Refuses to take money as arrived that no line of the other account has sent: it waits in suspense.
"""

from django.utils.translation import gettext as _

from custody.bank.explaining import Explained
from custody.kernel.money import ZERO
from custody.ledger import postings, reads, references
from custody.ledger.periods import late_note
from custody.models import BankAccount, BankLine, LineExplanation, LineKind
from custody.money_in import explanations
from custody.money_in.desk import Desk
from custody.money_in.receipts import book_that_paid, left_open, said
from custody.money_in.reversals import GIVEN_BACK
from custody.money_in.roster import folded_text


def between_own_accounts(desk: Desk, line: BankLine) -> Explained | None:
    """The line as one half of a transfer; None when its counterparty is no other account of the fund."""
    other = _other_account(line)
    if other is None:
        return None
    on = desk.open_day(line.booked_on)
    memo, source = line.memo[:200], references.bank_line(line)
    note = late_note("", line.booked_on, on)
    if line.amount < ZERO:
        book = book_that_paid(desk, -line.amount.amount)
        entry = postings.own_transfer(
            in_transit=desk.account("in_transit", book), cash=desk.account("cash", book), amount=-line.amount,
            on=on, memo=memo, source=source,
        )  # fmt: skip
        return Explained(LineKind.OWN_TRANSFER, entry, note=note)
    sent = _sent(line, other)
    if sent is None and GIVEN_BACK.search(folded_text(said(line))):
        return None  # our own transfer come back: the rules pair it with what left
    if sent is None:
        return left_open(desk, line, _("来自本信托另一专户，等导入转出账户的流水后自动核销"))
    original = reads.recorded_entry(desk.fund.pk, sent.entry_sequence)
    on = max(on, original.effective_on)
    entry = postings.own_transfer_arrived(sent=original, on=on, memo=memo, source=source)
    return Explained(LineKind.OWN_TRANSFER, entry, note=late_note("", line.booked_on, on), after=_alone)


def _alone(_sequence: int) -> None:
    """Posted by itself, so that a second arrival of the same amount sees the first."""


def _other_account(line: BankLine) -> BankAccount | None:
    """The account of the fund's own that the line speaks of, if it is another than its own."""
    number = "".join(line.counterparty_account.split())
    if not number:
        return None
    return BankAccount.objects.filter(fund_id=line.fund_id, number=number).exclude(pk=line.account_id).first()


def _sent(line: BankLine, other: BankAccount) -> LineExplanation | None:
    """The oldest transfer of this amount the other account sent here that has not arrived yet."""
    halves = explanations.newest_explanations(line.fund_id).filter(kind=LineKind.OWN_TRANSFER)
    sent = halves.filter(
        line__account=other, line__amount=-line.amount.amount,
        line__counterparty_account=line.account.number, line__booked_on__lte=line.booked_on,
    ).order_by("line__position")  # fmt: skip
    arrived = halves.filter(
        line__account=line.account, line__amount=line.amount.amount, line__counterparty_account=other.number
    ).count()
    return sent[arrived] if sent.count() > arrived else None
