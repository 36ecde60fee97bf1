"""The chart of accounts, as data: kinds, Chinese titles, sections, and the two books (两本账).

The database holds the same table (``custody_account_kind``); a test compares them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Book(StrEnum):
    """经营账 pays services; 维修账 pays repair and renewal of common parts."""

    OPERATING = "operating"
    MAINTENANCE = "maintenance"


BOOK_TITLES = {Book.OPERATING: "经营账", Book.MAINTENANCE: "维修账"}
BOOKS_BY_TITLE = {title: book for book, title in BOOK_TITLES.items()}


class Section(StrEnum):
    """Where a kind stands on the fund statement."""

    FUNDS = "funds"
    CORPUS = "corpus"
    INCOME = "income"
    SPENDING = "spending"
    PENDING = "pending"
    ACCRUAL = "accrual"


@dataclass(frozen=True, slots=True)
class AccountKind:
    """``guard``: 1 a debit balance never below its holds, −1 a credit balance never overdrawn, 0 free;
    2 a debit balance never below zero, moved by explanations on two keys alone.
    """

    code: str
    title: str
    section: Section
    guard: int


KINDS = {
    kind.code: kind
    for kind in (
        AccountKind("cash", "银行存款", Section.FUNDS, 1),
        AccountKind("placement", "存放款项", Section.FUNDS, 1),
        AccountKind("in_transit", "在途收款", Section.FUNDS, 1),
        AccountKind("corpus", "实收信托", Section.CORPUS, 0),
        AccountKind("book_transfer", "账间划转", Section.CORPUS, 0),
        AccountKind("property_fee", "物业费收入", Section.INCOME, 0),
        AccountKind("parking", "停车费收入", Section.INCOME, 0),
        AccountKind("advertising", "广告费收入", Section.INCOME, 0),
        AccountKind("grant", "激励资金", Section.INCOME, 0),
        AccountKind("other_income", "其他收入", Section.INCOME, 0),
        AccountKind("interest", "活期利息", Section.INCOME, 0),
        AccountKind("placement_income", "存放收益", Section.INCOME, 0),
        AccountKind("refund", "退还收款", Section.INCOME, 2),
        AccountKind("budget_spending", "预算支出", Section.SPENDING, 0),
        AccountKind("channel_fee", "收款手续费", Section.SPENDING, 0),
        AccountKind("bank_charge", "银行手续费", Section.SPENDING, 0),
        AccountKind("interest_tax", "利息税", Section.SPENDING, 2),
        AccountKind("interest_charged", "负利息", Section.SPENDING, 2),
        AccountKind("judicial", "司法扣划", Section.SPENDING, 2),
        AccountKind("suspense", "待确认款项", Section.PENDING, -1),
        AccountKind("unexplained", "待查付款", Section.PENDING, 1),
        AccountKind("recoverable", "待追回款", Section.PENDING, 2),
        AccountKind("trustee_fee", "信托报酬", Section.ACCRUAL, 0),
        AccountKind("trustee_fee_payable", "应付信托报酬", Section.ACCRUAL, -1),
        AccountKind("custody_fee", "保管费", Section.ACCRUAL, 0),
        AccountKind("custody_fee_payable", "应付保管费", Section.ACCRUAL, -1),
        AccountKind("performance_fee", "绩效酬金", Section.ACCRUAL, 0),
        AccountKind("performance_withheld", "暂扣绩效酬金", Section.ACCRUAL, -1),
        AccountKind("performance_payable", "应付绩效酬金", Section.ACCRUAL, -1),
    )
}
