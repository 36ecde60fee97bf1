"""What the database refuses, in the house's errors and in words a clerk reads.

A named constraint or SQLSTATE becomes a sentence; its own text stays a fact for machines, never shown.
Refuses to guess: what is named nowhere here is our own bug and is raised as it came.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custody.kernel.errors import (
    Conflict,
    DomainError,
    InsufficientFunds,
    KeyReused,
    NotFound,
    PeriodClosed,
    Rejected,
)

Refusal = tuple[type[DomainError], Promise | str]

NO_PERSON: Refusal = (NotFound, _("没有这个经办人"))
NO_FUND: Refusal = (NotFound, _("没有这个信托"))
NO_ACCOUNT: Refusal = (NotFound, _("科目表中没有这个账户"))
TOO_LONG: Refusal = (Rejected, _("分录的文字过长或为空，请缩短摘要或附言"))
BY_CONSTRAINT: dict[str, Refusal] = {
    "balance_never_short": (InsufficientFunds, _("可用余额不足，已登记或暂扣的款项不能再用")),
    "line_of_its_fund": (NotFound, _("账户不属于该信托")),
    "entry_reversed_once": (Conflict, _("该分录已被冲销过一次")),
    "entry_reverses_its_fund": (NotFound, _("被冲销的分录不在该信托")),
    "hold_ends_once": (Conflict, _("该暂扣已结束")),
    "custody_balance_held_check": (Conflict, _("该暂扣已结束")),
    "outcome_of_its_funds_hold": (NotFound, _("该信托没有这笔暂扣")),
    "hold_settled_in_full": (Rejected, _("暂扣须由同账户同金额的分录结清")),
    "entry_keeps_its_book": (Rejected, _("跨账本的分录须有业主决议")),
    "cash_cites_its_bank_line": (Rejected, _("银行存款的分录须依据一笔银行流水，移交和有决议的账间划转除外")),
    "bank_line_moves_its_amount": (Rejected, _("依据同一笔银行流水的分录合计须等于该笔金额，或全部冲销")),
    "key_names_its_bank_line": (Rejected, _("以银行流水命名的幂等键只能用于该笔流水的分录")),
    "in_transit_cites_its_order_or_batch": (Rejected, _("在途收款的分录须依据商户订单或公共收益批次")),
    "placement_cites_its_order": (Rejected, _("存放款项的分录须依据本信托的存放指令")),
    "period_needs_two_keys": (Rejected, _("关账和重开须有两把密码")),
    "proposal_done_once": (Conflict, _("该提议早已办理")),
    "entry_key_once": (Conflict, _("幂等键重复")),
    "entry_has_an_actor": NO_PERSON,
    "hold_has_an_actor": NO_PERSON,
    "ending_has_an_actor": NO_PERSON,
    "closing_has_an_actor": NO_PERSON,
    "custody_account_fund_id_fkey": NO_FUND,
    "head_of_its_fund": NO_FUND,
    "custody_account_kind_fkey": NO_ACCOUNT,
    "custody_account_book_check": NO_ACCOUNT,
    "custody_account_code_check": NO_ACCOUNT,
    "custody_entry_key_check": TOO_LONG,
    "custody_entry_memo_check": TOO_LONG,
    "custody_entry_source_check": TOO_LONG,
    "custody_entry_template_check": TOO_LONG,
    "custody_hold_key_check": TOO_LONG,
    "custody_hold_reason_check": TOO_LONG,
    "entry_dated_within_reason": (Rejected, _("分录的日期应在 2000 年至 2199 年之间")),
}
BY_STATE: dict[str, Refusal] = {
    "LG001": (PeriodClosed, _("日期所在的会计期间已关闭，请改用期间关闭之后的日期")),
    "LG002": (Rejected, _("金额最多两位小数，各项应一一对应")),
    "LG404": (NotFound, _("该信托没有账本，或没有可以暂扣的账户")),
    "LG409": (KeyReused, _("同一幂等键已用于另一笔暂扣")),
    "LG410": (Conflict, _("该暂扣已结清，不能再释放")),
    "LG413": (Rejected, _("只能关闭到昨天为止的期间")),
    "LG412": (Rejected, _("银行已扣款项超出账上可用余额，补足之前不能再暂扣或付款")),
    "LG411": (Conflict, _("提议之后账本已有变动，请按现状重新提议")),
}


def refusal_of(error: psycopg.Error) -> Refusal | None:
    """Which of the house's errors this is, and its sentence; None when nobody named it."""
    by_name = BY_CONSTRAINT.get(error.diag.constraint_name or "")
    return by_name or BY_STATE.get(error.sqlstate or "")


@contextmanager
def refusals_told() -> Iterator[None]:
    """Turn the database's named refusals into the house's errors; anything else goes on as it came."""
    try:
        yield
    except Exception as error:
        cause = error.__cause__
        refusal = refusal_of(cause) if isinstance(cause, psycopg.Error) else None
        if refusal is None or not isinstance(cause, psycopg.Error):
            raise
        kind, sentence = refusal
        raise kind(str(sentence), detail=cause.diag.message_detail or cause.diag.message_primary) from error
