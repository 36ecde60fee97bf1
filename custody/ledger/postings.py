"""Named posting templates: facts in, Entry out. No queries, no branches, no dates of its own.

Amounts are positive ``Money`` in yuan; ``source`` is the evidence (``kind:id``), ``memo`` is for people.
Refuses what ``Entry`` refuses: unbalanced lines and two funds.
"""

from collections.abc import Mapping
from datetime import date

from djmoney.money import Money

from custody.ledger.entries import AccountRef, Entry, credit, debit, entry


def handover(*, cash: AccountRef, corpus: AccountRef, amount: Money, on: date, source: str) -> Entry:
    """The estate's opening balance becomes trust property, the day before the trust's own movements."""
    return entry(
        "handover", on, (debit(cash, amount), credit(corpus, amount)), memo="期初移交", source=source
    )


def _received(
    template: str, cash: AccountRef, against: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    return entry(template, on, (debit(cash, amount), credit(against, amount)), memo=memo, source=source)


def _left(
    template: str, against: AccountRef, cash: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    return entry(template, on, (debit(against, amount), credit(cash, amount)), memo=memo, source=source)


def property_fee_received(
    *, cash: AccountRef, income: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """A household paid its property fee into the trust account."""
    return _received("property_fee_received", cash, income, amount, on, memo, source)


def suspense_received(
    *, cash: AccountRef, suspense: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """Money came in and nobody knows yet what it is: owed to whoever sent it, no income."""
    return _received("suspense_received", cash, suspense, amount, on, memo, source)


def suspense_identified(
    *, cash: AccountRef, incomes: Mapping[AccountRef, Money], amount: Money, on: date, memo: str, source: str
) -> Entry:
    """A person said what a receipt is: as much of each income as its parts say, ``amount`` in all."""
    lines = (debit(cash, amount), *(credit(account, part) for account, part in incomes.items()))
    return entry("suspense_identified", on, lines, memo=memo, source=source)


def suspense_returned(
    *, suspense: AccountRef, cash: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """A receipt nobody recognised went back to where it came from; ``source`` cites the receipt."""
    return _left("suspense_returned", suspense, cash, amount, on, memo, source)


def grant_received(
    *, cash: AccountRef, income: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """The authorities supported the estate (激励资金)."""
    return _received("grant_received", cash, income, amount, on, memo, source)


def interest_received(
    *, cash: AccountRef, income: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """The bank paid interest on the demand balance."""
    return _received("interest_received", cash, income, amount, on, memo, source)


def bank_charge_paid(
    *, charge: AccountRef, cash: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """The bank took its charge from the account."""
    return _left("bank_charge_paid", charge, cash, amount, on, memo, source)


def unexplained_payment(
    *, unexplained: AccountRef, cash: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """Money left and no instruction explains it: an open break, not a cost."""
    return _left("unexplained_payment", unexplained, cash, amount, on, memo, source)


def break_explained(
    *, against: AccountRef, cash: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """Money out that people explained on two keys, booked as what it is."""
    return _left("break_explained", against, cash, amount, on, memo, source)


def return_explained(
    *, cash: AccountRef, against: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """Money back of what people had explained, on two keys of its own."""
    return _received("return_explained", cash, against, amount, on, memo, source)


def merchant_order_collected(
    *, in_transit: AccountRef, against: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """A payer paid the QR merchant: gross income (or suspense) on the day paid, on its way to the bank."""
    return _received("merchant_order_collected", in_transit, against, amount, on, memo, source)


def merchant_lump_settled(
    *,
    cash: AccountRef,
    channel_fee: AccountRef,
    in_transit: AccountRef,
    gross: Money,
    fee: Money,
    on: date,
    memo: str,
    source: str,
) -> Entry:
    """The merchant's net lump reached the bank: gross arrives, the fee is a cost. ``fee`` is positive."""
    lines = (debit(cash, gross - fee), debit(channel_fee, fee), credit(in_transit, gross))
    return entry("merchant_lump_settled", on, lines, memo=memo, source=source)


def merchant_lump_settled_in_full(
    *, cash: AccountRef, in_transit: AccountRef, gross: Money, on: date, memo: str, source: str
) -> Entry:
    """The merchant's lump reached the bank without a fee."""
    return _received("merchant_lump_settled", cash, in_transit, gross, on, memo, source)


def public_revenue_collected(
    *, in_transit: AccountRef, income: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """One day's takings of one kind (parking, advertising), on their way from the operator to the bank."""
    return _received("public_revenue_collected", in_transit, income, amount, on, memo, source)


def public_revenue_settled(
    *, cash: AccountRef, in_transit: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """The operator's lump for a batch reached the bank."""
    return _received("public_revenue_settled", cash, in_transit, amount, on, memo, source)


def own_transfer(
    *, in_transit: AccountRef, cash: AccountRef, amount: Money, on: date, memo: str, source: str
) -> Entry:
    """Money left one of the fund's accounts for another of its own; it is neither cost nor income."""
    return _left("own_transfer", in_transit, cash, amount, on, memo, source)


def own_transfer_arrived(*, sent: Entry, on: date, memo: str, source: str) -> Entry:
    """What ``sent`` took reached the other account: the same money on the same accounts, the other way."""
    lines = tuple(type(line)(line.account, -line.amount) for line in sent.lines)
    return Entry("own_transfer", on, lines, memo, source)


def placement_out(
    *, placement: AccountRef, cash: AccountRef, principal: Money, on: date, memo: str, source: str
) -> Entry:
    """Principal left the demand account for a deposit in the fund's own name."""
    return _left("placement_out", placement, cash, principal, on, memo, source)


def placement_back(
    *,
    cash: AccountRef,
    placement: AccountRef,
    placement_income: AccountRef,
    principal: Money,
    income: Money,
    on: date,
    memo: str,
    source: str,
) -> Entry:
    """Principal and its income (positive) came back to the fund that placed it."""
    lines = (debit(cash, principal + income), credit(placement, principal), credit(placement_income, income))
    return entry("placement_back", on, lines, memo=memo, source=source)


def mirror(*, original: Entry, sequence: int, on: date, memo: str) -> Entry:
    """The entry that undoes ``original``, recorded as ``sequence``."""
    lines = tuple(type(line)(line.account, -line.amount) for line in original.lines)
    return Entry(original.template, on, lines, memo, original.source, reverses=sequence)
