"""What Chinese banks call their columns, labels and flags: data only, so a new layout is a new spelling here.

Spellings are stored plain: half-width, lower case, no spaces, no brackets, no unit of yuan, 帐 written 账.
"""

import re
import unicodedata
from enum import StrEnum


class ColumnRole(StrEnum):
    """What a column means, whatever the bank calls it; the value is the Chinese name used in messages."""

    BOOKED_DAY = "记账日期"
    TRADED_DAY = "交易日期"
    TIME = "交易时间"
    FLAG = "借贷标志"
    AMOUNT = "交易金额"
    BOOKED_AMOUNT = "记账金额"
    DEBIT = "借方金额"
    CREDIT = "贷方金额"
    BALANCE = "余额"
    OTHER_NAME = "对方户名"
    OTHER_ACCOUNT = "对方账号"
    OTHER_BANK = "对方开户行"
    OTHER_INFO = "对手信息"
    PAYER_NAME = "付款人名称"
    PAYER_ACCOUNT = "付款人账号"
    PAYER_BANK = "付款人开户行"
    PAYEE_NAME = "收款人名称"
    PAYEE_ACCOUNT = "收款人账号"
    PAYEE_BANK = "收款人开户行"
    SUMMARY = "摘要"
    MEMO = "用途"
    VOUCHER = "流水号"
    OWN_ACCOUNT = "本方账号"
    OWN_NAME = "本方户名"
    CURRENCY = "币种"


class Fact(StrEnum):
    """What a preamble or a footer states about the whole file."""

    ACCOUNT = "账号"
    NAME = "户名"
    CURRENCY = "币种"
    COUNT = "合计笔数"
    OUT_COUNT = "借方笔数"
    IN_COUNT = "贷方笔数"
    OUT_TOTAL = "借方合计"
    IN_TOTAL = "贷方合计"
    OPENING = "期初余额"
    CLOSING = "期末余额"
    PERIOD = "起止日期"
    FROM = "起始日期"
    TO = "截止日期"


# One column each, or the file is ambiguous: what money, time and direction depend on.
EXCLUSIVE = frozenset(
    {
        ColumnRole.BOOKED_DAY,
        ColumnRole.TRADED_DAY,
        ColumnRole.FLAG,
        ColumnRole.AMOUNT,
        ColumnRole.BOOKED_AMOUNT,
        ColumnRole.DEBIT,
        ColumnRole.CREDIT,
        ColumnRole.BALANCE,
    }
)

# ColumnRole → spellings; where a role is not exclusive the earlier spelling wins, and memos are all joined.
HEADERS: dict[ColumnRole, str] = {
    ColumnRole.BOOKED_DAY: (
        "记账日期 入账日期 记账日 入账日 会计日期 过账日期 到账日期 账务日期 bookingdate postingdate"
    ),
    ColumnRole.TRADED_DAY: (
        "交易日期 交易日 日期 业务日期 发生日期 交易发生日期 交易日期时间 transactiondate date"
    ),
    ColumnRole.TIME: (
        "交易时间 记账时间 入账时间 时间 交易时点 发生时间 业务时间 交易时间/入账时间 到账时间"
        " 登记时间 transactiontime time"
    ),
    ColumnRole.FLAG: (
        "借/贷 借贷 借贷标志 借/贷标志 借贷标识 借贷方向 借贷类型 借贷标记 收支 收/支 收付 收/付"
        " 收付标志 收支标志 收/支标志 收支方向 收支类型 收付方向 资金流向 资金方向 方向 交易方向"
        " 往来标志 来往账 来往账标志 往来账标志 进出账 出入账标志 存取标志 存/取 d/c dc 借贷dc"
        " 借贷d/c dc标志 d/c标志 cr/dr dr/cr c/d crdr drcr cr/dr标志 dr/cr标志 debit/credit credit/debit"
        " 贷/借 贷借 贷借标志 贷/借标志 贷借标识 贷借方向 贷借标记 借贷性质 借贷符号 借贷别"
        " 收支标识 收支标记 收/支标识 支/收 收入/支出 支出/收入 收付标识 收付标记 付/收 收付类别"
        " 进出标志 进出标识 进出方向 进/出 进出 出入标志 出入方向 出/入 入/出 转入/转出 转出/转入"
        " 发生方向 发生额方向 金额方向 记账方向 往来标识 来往标志 存取标识 存取方向"
    ),
    ColumnRole.AMOUNT: (
        "交易金额 发生额 金额 交易额 发生金额 本次发生额 收支金额 交易发生额 收/支金额 借贷金额"
        " 变动金额 tradeamount transactionamount amount"
    ),
    ColumnRole.BOOKED_AMOUNT: "记账金额 记账发生额 账户记账金额 bookedamount",
    ColumnRole.DEBIT: (
        "借 支 付 借方发生额 借方金额 借方 借方交易金额 支出金额 支出 支出额 付款金额 付出金额 转出金额 转出"
        " 取出金额 支取金额 支取 取款金额 出账金额 出账 付方金额 付款 借方发生金额 借方发生额支出"
        " 借方发生额支取 借方金额支出 支出借方 借方支出 支出发生额 发生额支出 发生额借方 发生额借"
        " 借方额 借款方发生额 交易金额支出 debitamount debit withdrawal"
    ),
    ColumnRole.CREDIT: (
        "贷 收 贷方发生额 贷方金额 贷方 贷方交易金额 收入金额 收入 收入额 收款金额 转入金额 转入 存入金额"
        " 存款金额 存入 入账金额 入账 收方金额 收款 贷方发生金额 贷方发生额收入 贷方发生额存入"
        " 贷方金额收入 收入贷方 贷方收入 收入发生额 发生额收入 发生额贷方 发生额贷 贷方额"
        " 贷款方发生额 交易金额收入 creditamount credit deposit"
    ),
    ColumnRole.BALANCE: (
        "余额 账户余额 联机余额 当前余额 本次余额 交易后余额 账面余额 记账后余额 期末余额 结余"
        " 账户结余 活存账户余额 发生后余额 交易余额 after-transactionbalance balance"
    ),
    ColumnRole.OTHER_NAME: (
        "对方户名 对方单位名称 对方账户名称 对方账户名 对方名称 对方单位 对方账号名称 对方姓名"
        " 对方客户名称 对方客户名 对方企业名称 交易对手名称 交易对手户名 交易对手 交易对方"
        " 交易对方名称 交易对方户名 对手户名 对手方户名 对手方名称 对手名称 对手账户名 对手账户名称"
        " 收付方名称 收付方户名 收/付方名称 收付款方名称 收付款人名称 收付款人 收款人/付款人 往来户名"
        " 往来单位 来往户名 对方 counterpartyname"
    ),
    ColumnRole.OTHER_ACCOUNT: (
        "对方账号 对方账户 对方卡号/账号 对方账号/卡号 对方卡号 对方账户号 对方账户账号 对方账户号码"
        " 对方银行账号 对方单位账号 交易对手账号 交易对手账户 交易对方账号 交易对方账户 对手账号"
        " 对手账户 对手方账号 收付方账号 收/付方账号 收付款方账号 收付款人账号 往来账号 来往账号"
        " counterpartyaccount"
    ),
    ColumnRole.OTHER_BANK: (
        "对方开户行 对方开户行名称 对方开户行名 对方开户机构 对方银行 对方银行名称 对方行名"
        " 对方账户开户行 对方机构 交易对手开户行 交易对手行名 交易对方开户行 对手开户行 对手行名"
        " 收付方开户行 收付方开户行名 收付款方开户行 对方行号 对方联行号"
    ),
    ColumnRole.OTHER_INFO: (
        "对手信息 对方信息 交易对手信息 对方户名/账号 对方账号/户名 对方账号与户名 对方户名及账号"
        " 对方账号及户名"
    ),
    ColumnRole.PAYER_NAME: "付款人名称 付款方名称 付款方户名 付款人户名 付款人 付款方 付款人姓名",
    ColumnRole.PAYER_ACCOUNT: "付款人账号 付款方账号 付款账号 付款账户",
    ColumnRole.PAYER_BANK: "付款人开户行名 付款人开户行名称 付款人开户行 付款方开户行 付款行名称 付款行",
    ColumnRole.PAYEE_NAME: "收款人名称 收款方名称 收款方户名 收款人户名 收款人 收款方 收款人姓名",
    ColumnRole.PAYEE_ACCOUNT: "收款人账号 收款方账号 收款账号 收款账户",
    ColumnRole.PAYEE_BANK: "收款人开户行名 收款人开户行名称 收款人开户行 收款方开户行 收款行名称 收款行",
    ColumnRole.SUMMARY: (
        "摘要 交易摘要 业务摘要 摘要内容 摘要描述 摘要说明 交易名称 交易种类 摘要代码 业务名称"
        " 交易类型 业务类型 票据号/摘要 summary"
    ),
    ColumnRole.MEMO: (
        "用途 附言 备注 交易附言 客户摘要 客户附言 交易用途 交易备注 交易说明 摘要备注 留言 转账附言"
        " 汇款附言 汇款用途 用途附言 用途/附言 附言/用途 摘要/附言 备注信息 其他摘要 附加信息"
        " 个性化信息 回单个性化信息 remark memo"
    ),
    ColumnRole.VOUCHER: (
        "交易流水号 流水号 银行流水号 凭证号 凭证号码 核心流水号 账户明细编号-交易流水号"
        " 核心唯一流水号 主机流水号 柜员流水号 业务流水号 明细编号 交易编号 交易序号 日志号"
        " 交易参考号 业务参考号 序号"
    ),
    ColumnRole.OWN_ACCOUNT: (
        "本方账号 本方账户 查询账号 我方账号 借记卡号 本账号 交易账号 交易卡号 本方卡号"
    ),
    ColumnRole.OWN_NAME: "本方户名 本方单位名称 本方账户名称 我方户名 本方单位 本方名称",
    ColumnRole.CURRENCY: (
        "币种 币别 货币 交易币种 货币代码 交易货币 记账币种 币种代码 账户币种 currency tradecurrency"
    ),
}

# Spellings that mean this account or the other side, depending on what else the header holds.
EITHER_ACCOUNT = frozenset(
    ["账号", "账户", "卡号", "账户号", "账户账号", "客户账号", "银行账号", "卡号/账号", "账号/卡号"]
)
EITHER_NAME = frozenset(["户名", "账户名称", "账户名", "客户名称", "单位名称", "账号名称"])
MAYBE_FLAG = frozenset(
    ["交易类型", "业务类型", "收付类型", "类型", "往来类型"]
)  # a direction only if every value is one

_OUT = (
    "借 借方 借记 支出 支 付 付款 付方 付出 出 出账 往账 往 转出 取 支取 取款 取出 流出 汇出 划出"
    " d dr debit debits dbit"
)
_IN = (
    "贷 贷方 贷记 收入 收 收款 收方 进 入 入账 进账 来账 来 转入 存 存入 存款 流入 汇入 划入"
    " c cr credit credits crdt"
)
_YUAN = "人民币 人民币元 cny rmb 156 01 001 元 人民币cny cny人民币 人民币rmb rmb人民币 cny-人民币 人民币-cny"
FLAGS_OUT = frozenset(_OUT.split())
FLAGS_IN = frozenset(_IN.split())
CURRENCIES: dict[str, str] = {
    **dict.fromkeys(_YUAN.split(), "CNY"),
    **dict.fromkeys(["美元", "usd", "840"], "USD"),
    **dict.fromkeys(["港币", "港元", "hkd", "344"], "HKD"),
    **dict.fromkeys(["欧元", "eur", "978"], "EUR"),
    **dict.fromkeys(["日元", "jpy", "392"], "JPY"),
    **dict.fromkeys(["英镑", "gbp", "826"], "GBP"),
}

# What the rows above and below the table state; a label counts only at the start of a word.
FACTS: dict[Fact, str] = {
    Fact.ACCOUNT: (
        "账号 账户 查询账号 本方账号 账户号 客户账号 银行账号 卡号 账户账号 结算账号 账号/卡号"
        " 卡号/账号 借记卡号 accountno"
    ),
    Fact.NAME: (
        "户名 账户名称 账户名 客户名称 单位名称 本方户名 账号名称 开户名称 客户姓名 姓名 企业名称"
        " 公司名称 accountname"
    ),
    Fact.CURRENCY: "币种 币别 货币 交易币种 账户币种 currency",
    Fact.COUNT: (
        "合计笔数 总笔数 记录数 总记录数 笔数 交易笔数 总条数 合计条数 汇总交易笔数 明细笔数 记录总数"
        " 总计笔数 交易总笔数 合计记录数 明细条数 笔数合计 本次查询记录数"
    ),
    Fact.OUT_COUNT: (
        "借方笔数 借方合计笔数 借方总笔数 支出笔数 支出总笔数 借方发生总笔数 付款笔数 出账总笔数"
        " 借方发生笔数 支出合计笔数"
    ),
    Fact.IN_COUNT: (
        "贷方笔数 贷方合计笔数 贷方总笔数 收入笔数 收入总笔数 贷方发生总笔数 收款笔数 入账总笔数"
        " 贷方发生笔数 收入合计笔数"
    ),
    Fact.OUT_TOTAL: (
        "借方合计 借方合计金额 借方金额 借方金额合计 借方总额 借方总金额 借方发生总额 借方发生额"
        " 借方发生额合计 支出合计 支出总额 支出金额 支出总金额 支出合计金额 合计支出 总支出"
        " 出账总金额 汇总借方发生额 付款合计 转出合计 借方累计 支出金额合计"
    ),
    Fact.IN_TOTAL: (
        "贷方合计 贷方合计金额 贷方金额 贷方金额合计 贷方总额 贷方总金额 贷方发生总额 贷方发生额"
        " 贷方发生额合计 收入合计 收入总额 收入金额 收入总金额 收入合计金额 合计收入 总收入"
        " 入账总金额 汇总贷方发生额 收款合计 转入合计 贷方累计 收入金额合计"
    ),
    Fact.OPENING: "期初余额 上期余额 承前余额 起始余额 期初账户余额 上期结余 上月余额",
    Fact.CLOSING: "期末余额 期末账户余额 截止余额 本期期末余额 期末结余",
    Fact.PERIOD: (
        "起止日期 查询起止日期 查询日期范围 查询时间范围 日期范围 时间范围 查询区间 查询期间 对账期间"
        " 账单期间 交易时间段 查询时间段 起止时间 交易期间 对账日期范围 对账单期间"
    ),
    Fact.FROM: "起始日期 开始日期 查询起始日期 查询开始日期 起始日 开始日 起始时间 开始时间",
    Fact.TO: (
        "截止日期 结束日期 终止日期 查询截止日期 查询结束日期 查询终止日期 截止日 结束日 终止日 截止时间"
        " 结束时间"
    ),
}
PAGE_TOTALS = ("本页合计", "本页小计", "小计", "承前页", "过次页", "承上页", "转下页", "本页")
GRAND_TOTALS = ("合计", "总计", "共计", "累计", "汇总", "total")

_BILINGUAL = re.compile(r"\[[^\]]*\]")
_UNIT = re.compile(r"(?:[/-]|单位:?)(?:人民币)?元$|\((?:单位:?)?(?:人民币|rmb|cny)?元?\)$")
_BRACKETS = re.compile(r"\([^)]*\)")
_OTHER_UNIT = re.compile(r"\([^)]*(?:万|千|百|美元|港|欧|日元|英镑|外币|usd|hkd|eur|jpy|gbp)[^)]*\)")


def plain(words: object) -> str:
    """A header or label for comparing: half-width, no spaces, lower case, no English in [ ], no yuan."""
    folded = "".join(unicodedata.normalize("NFKC", str(words)).split()).lower().replace("帐", "账")
    folded = _BILINGUAL.sub("", folded.replace("【", "[").replace("】", "]")).strip("*:'\"\ufeff")
    return _UNIT.sub("", folded)


def spellings_of(words: object) -> tuple[str, ...]:
    """The forms under which a header may stand in the tables: brackets opened, then brackets dropped."""
    name = plain(words)
    if _OTHER_UNIT.search(name):
        return ()  # another unit or currency is another column
    opened = name.replace("(", "").replace(")", "")
    return (opened, _BRACKETS.sub("", name))


ROLE_OF: dict[str, tuple[ColumnRole, int]] = {
    spelling: (role, rank) for role, words in HEADERS.items() for rank, spelling in enumerate(words.split())
}
FACT_OF: dict[str, Fact] = {label: fact for fact, labels in FACTS.items() for label in labels.split()}


def role_of(words: object) -> tuple[ColumnRole, int] | None:
    """The role a header names and how good its spelling is (0 best), or None."""
    return next((ROLE_OF[spelling] for spelling in spellings_of(words) if spelling in ROLE_OF), None)
