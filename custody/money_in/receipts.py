"""What custody itself recognises in a bank line: rules over its text, the roster, and the detail files.

Refuses to call anything income that it cannot prove: the rest of the money in is suspense, the rest of
the money out is unexplained, each with a note naming what is missing.
"""

from collections.abc import Callable
from decimal import Decimal

from django.db import connection

from custody.bank.explaining import Explained
from custody.kernel.money import yuan
from custody.ledger import postings, reads, references
from custody.ledger.chart import Book
from custody.ledger.periods import late_note
from custody.models import BankLine, LineKind
from custody.money_in import lumps, reversals, rules
from custody.money_in.desk import Desk
from custody.money_in.roster import folded_text

Rule = Callable[[Desk, BankLine], Explained]

_DOUBTS = {
    "not-the-bank": "附言写的是银行收费，但对方不是开户银行本名",
    "no-cap": "像是银行收费，但信托条款没有约定每月银行收费上限",
    "over-cap": "像是银行收费，但超过信托条款约定的每月银行收费上限",
}


def recognise(desk: Desk, line: BankLine) -> Explained:
    """By the memo rules; money in that none fits may be a property fee; whatever is left stays open."""
    text = said(line)
    amount = line.amount.amount
    kind = rules.read_kind(text=text, amount=amount)
    if kind in (LineKind.GRANT, LineKind.INTEREST) and _names_a_unit(desk, line):
        kind = None  # a household writing 补贴 or 利息 beside its address still pays its fee
    if kind is None:
        return property_fee(desk, line) if amount > 0 else left_open(desk, line, "没有对应的付款指令")
    return _RULES[kind](desk, line)


def _names_a_unit(desk: Desk, line: BankLine) -> bool:
    return desk.roster_on(line.booked_on).by_address(said(line)).unit_id is not None


def said(line: BankLine) -> str:
    """摘要 and 附言 together; both count."""
    return f"{line.summary} {line.memo}"


def left_open(desk: Desk, line: BankLine, note: str) -> Explained:
    """Suspense for money in, unexplained for money out; ``note`` says what a clerk must find out."""
    amount = line.amount.amount
    on = desk.open_day(line.booked_on)
    memo, source = line.memo[:200], references.bank_line(line)
    note = late_note(note, line.booked_on, on)
    if amount > 0:
        return Explained(
            LineKind.SUSPENSE,
            postings.suspense_received(
                cash=desk.account("cash"), suspense=desk.account("suspense"), amount=yuan(amount),
                on=on, memo=memo, source=source,
            ),
            note=note,
        )  # fmt: skip
    book = book_that_paid(desk, -amount)
    return Explained(
        LineKind.UNEXPLAINED,
        postings.unexplained_payment(
            unexplained=desk.account("unexplained", book), cash=desk.account("cash", book),
            amount=yuan(-amount), on=on, memo=memo, source=source,
        ),
        note=note,
    )  # fmt: skip


def property_fee(desk: Desk, line: BankLine) -> Explained:
    """A household's fee, by the address it wrote, else by its name; never when the text says otherwise."""
    text = said(line)
    other = rules.OTHER_PURPOSES.search(folded_text(text))
    if other:
        return left_open(desk, line, f"附言写明「{other.group()}」，没有批次明细可核对")
    match = desk.roster_on(line.booked_on).find(text, line.counterparty_name)
    if match.unit_id is None:
        return left_open(desk, line, match.why or "附言没有房号，付款人不在业主名册")
    on = desk.open_day(line.booked_on)
    return Explained(
        LineKind.PROPERTY_FEE,
        postings.property_fee_received(
            cash=desk.account("cash"), income=desk.account("property_fee"), amount=line.amount,
            on=on, memo=line.memo[:200], source=references.bank_line(line),
        ),
        unit_id=match.unit_id,
        note=late_note("", line.booked_on, on),
    )  # fmt: skip


def grant(desk: Desk, line: BankLine) -> Explained:
    """The authorities' support."""
    on = desk.open_day(line.booked_on)
    entry = postings.grant_received(
        cash=desk.account("cash"), income=desk.account("grant"), amount=line.amount,
        on=on, memo=line.memo[:200], source=references.bank_line(line),
    )  # fmt: skip
    return Explained(LineKind.GRANT, entry, note=late_note("", line.booked_on, on))


def interest(desk: Desk, line: BankLine) -> Explained:
    """The bank's interest on the demand balance."""
    on = desk.open_day(line.booked_on)
    entry = postings.interest_received(
        cash=desk.account("cash"), income=desk.account("interest"), amount=line.amount,
        on=on, memo=line.memo[:200], source=references.bank_line(line),
    )  # fmt: skip
    return Explained(LineKind.INTEREST, entry, note=late_note("", line.booked_on, on))


def bank_charge(desk: Desk, line: BankLine) -> Explained:
    """The bank's own charge, where the line is to the bank itself and within what the deed lets go."""
    doubt = charge_doubt(line.pk)
    if doubt is not None:
        return left_open(desk, line, _DOUBTS[doubt])
    on = desk.open_day(line.booked_on)
    entry = postings.bank_charge_paid(
        charge=desk.account("bank_charge"), cash=desk.account("cash"), amount=-line.amount,
        on=on, memo=line.memo[:200], source=references.bank_line(line),
    )  # fmt: skip
    return Explained(LineKind.BANK_CHARGE, entry, note=late_note("", line.booked_on, on))


def charge_doubt(line_id: int) -> str | None:
    """Why rules may not book this debit as the bank's charge: the database's own word; None when they may."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_bank_charge_doubt(%s)", (line_id,))
        doubt: str | None = cursor.fetchone()[0]
    return doubt


def merchant_lump(desk: Desk, line: BankLine) -> Explained:
    """A merchant's lump when its day's orders prove it to the fen."""
    answer = lumps.explain_merchant_lump(desk, line, said(line))
    return left_open(desk, line, answer) if isinstance(answer, str) else answer


def public_revenue(desk: Desk, line: BankLine) -> Explained:
    """A parking or advertising lump when the lines of its batch prove it to the fen."""
    answer = lumps.explain_public_revenue(desk, line, said(line))
    return left_open(desk, line, answer) if isinstance(answer, str) else answer


def reversal(desk: Desk, line: BankLine) -> Explained:
    """The bank undoing an earlier line."""
    answer = reversals.bank_reversal(desk, line)
    return left_open(desk, line, answer) if isinstance(answer, str) else answer


def placement(desk: Desk, line: BankLine) -> Explained:
    """A deposit that no order on two keys explains; those that one explains never come here."""
    return left_open(desk, line, "没有与之相符的已放款存放指令")


def book_that_paid(desk: Desk, amount: Decimal) -> str:
    """Operating, unless only maintenance has the money; short of both, operating stands short."""
    for book in (Book.OPERATING, Book.MAINTENANCE):
        if reads.balance_or_nothing(desk.fund.pk, book=book, kind="cash").available.amount >= amount:
            return book
    return Book.OPERATING


_RULES: dict[LineKind, Rule] = {
    LineKind.REVERSAL: reversal,
    LineKind.MERCHANT_LUMP: merchant_lump,
    LineKind.PUBLIC_REVENUE: public_revenue,
    LineKind.PLACEMENT_OUT: placement,
    LineKind.PLACEMENT_BACK: placement,
    LineKind.GRANT: grant,
    LineKind.INTEREST: interest,
    LineKind.BANK_CHARGE: bank_charge,
}
