"""Labels of kinds, roles, keys and books, as pages say them in the visitor's language.

Records and files keep the labels as the tables have them, in Chinese, whoever looks; pages alone translate.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

LABELS: Mapping[str, Promise | str] = {
    "经营账": gettext_lazy("经营账"),
    "维修账": gettext_lazy("维修账"),
    "业委会审批": gettext_lazy("业委会审批"),
    "信托公司放款": gettext_lazy("信托公司放款"),
    "物业费": gettext_lazy("物业费"),
    "商户结算": gettext_lazy("商户结算"),
    "公共收益": gettext_lazy("公共收益"),
    "激励资金": gettext_lazy("激励资金"),
    "利息": gettext_lazy("利息"),
    "银行手续费": gettext_lazy("银行手续费"),
    "存放转出": gettext_lazy("存放转出"),
    "存放转回": gettext_lazy("存放转回"),
    "冲正": gettext_lazy("冲正"),
    "结算付款": gettext_lazy("结算付款"),
    "退还来款": gettext_lazy("退还来款"),
    "已认领": gettext_lazy("已认领"),
    "待确认款项": gettext_lazy("待确认款项"),
    "待查付款": gettext_lazy("待查付款"),
    "利息税": gettext_lazy("利息税"),
    "负利息": gettext_lazy("负利息"),
    "司法扣划": gettext_lazy("司法扣划"),
    "退还收款": gettext_lazy("退还收款"),
    "付错账户": gettext_lazy("付错账户"),
    "专户间划转": gettext_lazy("专户间划转"),
    "在途订单作废": gettext_lazy("在途订单作废"),
    "停车费": gettext_lazy("停车费"),
    "广告费": gettext_lazy("广告费"),
    "小区资料": gettext_lazy("小区资料"),
    "银行流水": gettext_lazy("银行流水"),
    "商户明细": gettext_lazy("商户明细"),
    "公共收益明细": gettext_lazy("公共收益明细"),
    "工单与考核": gettext_lazy("工单与考核"),
    "发票": gettext_lazy("发票"),
    "付款文件": gettext_lazy("付款文件"),
    "付款状态报告": gettext_lazy("付款状态报告"),
    "退回单": gettext_lazy("退回单"),
    "凭据": gettext_lazy("凭据"),
    "报表": gettext_lazy("报表"),
    "决议": gettext_lazy("决议"),
    "变更资料": gettext_lazy("变更资料"),
    "受托人（信托公司）": gettext_lazy("受托人（信托公司）"),
    "物业服务人": gettext_lazy("物业服务人"),
    "业主委员会": gettext_lazy("业主委员会"),
    "信托监察人": gettext_lazy("信托监察人"),
    "监管部门": gettext_lazy("监管部门"),
    "业主大会（委托人）": gettext_lazy("业主大会（委托人）"),
    "经办": gettext_lazy("经办"),
    "复核": gettext_lazy("复核"),
    "申报": gettext_lazy("申报"),
    "持钥人": gettext_lazy("持钥人"),
    "查阅": gettext_lazy("查阅"),
    "系统任务": gettext_lazy("系统任务"),
    "通行密钥": gettext_lazy("通行密钥"),
    "设备密钥": gettext_lazy("设备密钥"),
    "未办": gettext_lazy("未办"),
    "已转动": gettext_lazy("已转动"),
    "早已转动": gettext_lazy("早已转动"),
    "未转动": gettext_lazy("未转动"),
}


def label_in_words(label: str) -> str:
    """The label in the visitor's language; whatever is no label of ours stays as it is."""
    return str(LABELS.get(label, label))
