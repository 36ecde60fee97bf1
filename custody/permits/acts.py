"""The acts of people and machines that write, each under the name its permits are kept by.

Which organisation's people may do which is data: the table ``custody_permit``, written by migrations alone.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Act(TextChoices):
    """One act of somebody; a service that writes for a person asks for exactly one of them."""

    ONBOARD_ESTATE = "onboard_estate", _("登记小区")
    PROPOSE_AMENDMENT = "propose_amendment", _("登记变更")
    IMPORT_BANK_STATEMENT = "import_bank_statement", _("导入银行流水")
    IMPORT_CHANNEL_DETAIL = "import_channel_detail", _("导入商户明细")
    IMPORT_PUBLIC_REVENUE = "import_public_revenue", _("导入公共收益明细")
    RECONSIDER_LINES = "reconsider_lines", _("重新认定流水")
    EXPLAIN_BREAK = "explain_break", _("查明待查款项")
    IDENTIFY_RECEIPT = "identify_receipt", _("认领来款")
    PROPOSE_PAYBACK = "propose_payback", _("申请退还来款")
    CANCEL_PAYBACK = "cancel_payback", _("取消退还来款")
    NOTE_LINE = "note_line", _("备注流水")
    ACCEPT_WORK = "accept_work", _("验收工单和考核")
    SUBMIT_INVOICE = "submit_invoice", _("申报发票")
    SEND_BACK_INVOICE = "send_back_invoice", _("退回发票")
    CANCEL_INVOICE = "cancel_invoice", _("作废发票")
    TURN_FIRST_KEY = "turn_first_key", _("审批")
    TURN_SECOND_KEY = "turn_second_key", _("放款")
    WITHDRAW_KEY = "withdraw_key", _("撤回审批或放款")
    ENROL_KEY = "enrol_key", _("登记密钥")
    REVOKE_KEY = "revoke_key", _("注销密钥")
    REJECT_INVOICE = "reject_invoice", _("拒付发票")
    PLACE_STAY = "place_stay", _("暂缓付款")
    LIFT_STAY = "lift_stay", _("解除暂缓")
    ASK_QUESTION = "ask_question", _("质询")
    ANSWER_QUESTION = "answer_question", _("答复质询")
    INSTRUCT_PAYMENTS = "instruct_payments", _("下达付款指令")
    RECORD_OUTCOME = "record_outcome", _("登记银行答复")
    RETRY_PAYMENT = "retry_payment", _("重付")
    RECONSIDER_PAYMENT = "reconsider_payment", _("重新决定付款")
    PROPOSE_PAYEE = "propose_payee", _("登记收款账户变更")
    ORDER_PLACEMENT = "order_placement", _("下达存放指令")
    CANCEL_PLACEMENT = "cancel_placement", _("撤销存放指令")
    ISSUE_TOKEN = "issue_token", _("发放接口令牌")
    REVOKE_TOKEN = "revoke_token", _("注销接口令牌")
    ENROL_PERSON = "enrol_person", _("登记人员")
    PREPARE_DAY = "prepare_day", _("准备日终核对")
    CLOSE_PERIOD = "close_period", _("提议关账")
    REOPEN_PERIOD = "reopen_period", _("提议重开期间")
    ADOPT_AFTER_RESTORE = "adopt_after_restore", _("恢复后认领付款")
    REOPEN_AFTER_RESTORE = "reopen_after_restore", _("恢复后重新开放")
    ACCRUE_FEES = "accrue_fees", _("计提费用")
    ISSUE_STATEMENT = "issue_statement", _("出具报表")
    PUBLISH_ACCOUNTS = "publish_accounts", _("公布账目")
    WITHHOLD = "withhold", _("提议暂不公布")
