"""The figures of the fund statement's page: what came in, what went out, what moved besides, by book. Pure.

All amounts are positive in the sense of their names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from custody.ledger.chart import BOOK_TITLES
from reporting.statements.common import BOOKS, FUNDS, INCOMES, account_title, added, by_book, negated
from reporting.statements.facts import NOTHING, BudgetFact, Figures
from reporting.statements.report import Proof

Amounts = tuple[Decimal, ...]

_FEES_PAID = (
    ("支付信托报酬", ("trustee_fee", "trustee_fee_payable")),
    ("支付保管费", ("custody_fee", "custody_fee_payable")),
    ("支付绩效酬金", ("performance_fee", "performance_withheld", "performance_payable")),
)
_EXPLAINED = ("interest_tax", "interest_charged", "judicial", "recoverable")
_GIVEN_BACK = "refund"
# Rows that a page leaves out where they are nothing in every span it shows.
SELDOM = frozenset(
    [*(label for label, _ in _FEES_PAID), *(account_title(kind) for kind in (*_EXPLAINED, _GIVEN_BACK))]
)


@dataclass(frozen=True, slots=True)
class Flow:
    """One span's figures, one amount a book. ``payments`` are (label, budget code or empty, amounts)."""

    opening: Amounts
    receipts: tuple[tuple[str, Amounts], ...]
    pending: Amounts
    payments: tuple[tuple[str, str, Amounts], ...]
    transfers: Amounts
    corpus: Amounts
    closing: Amounts

    @property
    def received(self) -> Amounts:
        """Receipts in all."""
        return added((NOTHING,) * len(BOOKS), *(amounts for _, amounts in self.receipts))

    @property
    def paid(self) -> Amounts:
        """Payments in all."""
        return added((NOTHING,) * len(BOOKS), *(amounts for _, _, amounts in self.payments))

    @property
    def net(self) -> Amounts:
        """What the flow adds to the funds."""
        return added(self.received, self.pending, negated(self.paid), self.transfers, self.corpus)


def flow_of(figures: Figures, lines: Sequence[tuple[str, str]]) -> Flow:
    """The flow of one span; ``lines`` are the (budget code, name) to show, spent on or not."""
    return Flow(
        opening=by_book(figures, "opening", *FUNDS),
        receipts=tuple((account_title(kind), negated(by_book(figures, "net", kind))) for kind in INCOMES),
        pending=negated(by_book(figures, "net", "suspense")),
        payments=_spending(figures, lines) + _costs(figures),
        transfers=added(
            negated(by_book(figures, "net", "book_transfer")),
            tuple(figures.transferred(book) for book in BOOKS),
        ),
        corpus=negated(by_book(figures, "net", "corpus")),
        closing=by_book(figures, "closing", *FUNDS),
    )


def budget_lines(budget: Sequence[BudgetFact], *spans: Figures) -> tuple[tuple[str, str], ...]:
    """Every line of the budget, then codes that something was spent on in no budget."""
    names = {row.code: f"{row.code} {row.name}" for row in budget}
    spent = {m.code for span in spans for m in span.movements if m.kind == "budget_spending"}
    codes = list(dict.fromkeys([*names, *sorted(spent)]))
    return tuple((code, names.get(code, f"{code} （未列入本年预算）")) for code in codes)


def _spending(figures: Figures, lines: Sequence[tuple[str, str]]) -> tuple[tuple[str, str, Amounts], ...]:
    spent = {(m.code, m.book): m.net for m in figures.movements if m.kind == "budget_spending"}
    return tuple(
        (label, code, tuple(spent.get((code, book), NOTHING) for book in BOOKS)) for code, label in lines
    )


def _costs(figures: Figures) -> tuple[tuple[str, str, Amounts], ...]:
    """What was paid outside the budget: charges, what people explained or nobody did, both fees."""
    plain = ("channel_fee", "bank_charge", "unexplained", *_EXPLAINED)
    costs = [(account_title(kind), "", by_book(figures, "net", kind)) for kind in plain]
    costs += [(label, "", by_book(figures, "net", *kinds)) for label, kinds in _FEES_PAID]
    return tuple(costs)


def flow_proofs(flow: Flow, figures: Figures, *, of: str = "") -> tuple[Proof, ...]:
    """Each book by itself, and all spending under some budget code; ``of`` names the span in the claim."""
    lines = sum((sum(amounts, NOTHING) for _, code, amounts in flow.payments if code), NOTHING)
    return (
        *(
            Proof(f"{of}{BOOK_TITLES[book]}：期初资金 + 本期净变动 = 期末资金", opening + net, closing)
            for book, opening, net, closing in zip(BOOKS, flow.opening, flow.net, flow.closing, strict=True)
        ),
        Proof(f"{of}预算支出各科目之和 = 预算支出", lines, figures.total("net", kinds=("budget_spending",))),
    )
