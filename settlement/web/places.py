"""Where each audience finds the pages of this room."""

from django.utils.translation import gettext_lazy as _

from custody.ledger import references
from custody.models import OrganisationKind as Kind
from custody.web.desk.fund_tabs import FundTab, add_fund_tabs
from custody.web.desk.log_tabs import add_log_tab
from custody.web.desk.sources import lead_to
from custody.web.shell import Place, add_places

FIRST = 10


def add_settlement_places() -> None:
    """Put them into the navigation and among a trust's tabs, once the house starts."""
    from settlement.web.trusts.pages import invoice_behind

    add_fund_tabs(FundTab("fund_budget", _("预算"), 20), FundTab("fund_payees", _("收款账户"), 30))
    add_log_tab("log_moves", _("结算"))
    lead_to(references.SETTLEMENT, invoice_behind)
    add_places(
        Place(Kind.TRUSTEE, "", "desk", _("今日")),
        Place(Kind.TRUSTEE, "todo", "settlements", _("结算"), rank=FIRST),
        Place(Kind.TRUSTEE, "money", "payments", _("付款文件")),
        Place(Kind.TRUSTEE, "money", "placements", _("存放")),
        Place(Kind.PROVIDER, "", "firm", _("概览")),
        Place(Kind.PROVIDER, "", "firm_submit", _("申报")),
        Place(Kind.PROVIDER, "", "firm_invoices", _("发票")),
        Place(Kind.PROVIDER, "", "firm_work", _("工单")),
        Place(Kind.PROVIDER, "", "firm_fees", _("酬金")),
        Place(Kind.TRUSTEE, "todo", "questions", _("质询")),
        Place(Kind.PROVIDER, "", "questions", _("质询")),
        Place(Kind.COMMITTEE, "", "keys", _("等您决定")),
        Place(Kind.PROTECTOR, "", "watch", _("在途")),
    )
