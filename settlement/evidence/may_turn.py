"""Whether this person may turn this key on this invoice now: yes, or the sentence why not.

The services and the database judge again; this only says beforehand what they would say. Refuses nothing.
"""

from collections.abc import Collection, Iterator
from itertools import chain

from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.models import Key, Operator
from custody.queue.waiting_items import KEY_ACTS
from settlement.evidence.happenings import standing_seal
from settlement.evidence.panel import EvidencePanel
from settlement.states import TITLES, State

DUE = {Key.APPROVE: State.VERIFIED, Key.RELEASE: State.APPROVED}


def why_not(which: Key, evidence: EvidencePanel, person: Operator, acts: Collection[str]) -> str:
    """The first reason why the person may not turn ``which`` now; empty when they may.

    ``acts`` is what the person's role permits, where they are a party to the fund.
    """
    return next(chain(_person(which, evidence, person, acts), _invoice(which, evidence)), "")


def _person(which: Key, evidence: EvidencePanel, person: Operator, acts: Collection[str]) -> Iterator[str]:
    if KEY_ACTS[which] not in acts:
        yield _("您不是持钥人，这把密码由持钥人转动")
    if person.pk == evidence.settlement.submitted_by_id:
        yield _("您是申报人，不能审批或放款自己申报的发票")


def _invoice(which: Key, evidence: EvidencePanel) -> Iterator[str]:
    if evidence.state is not DUE[which]:
        yield told(_("发票现为「%(state)s」，没有等着的密码"), state=TITLES[evidence.state])
        return
    if which is Key.RELEASE and standing_seal(evidence.steps, Key.APPROVE) is None:
        yield _("审批后内容已变，第一把密码失效，须由业委会重新审批")
    if which is Key.RELEASE and evidence.standing.break_open:
        yield _("本信托账实不符或有待查付款未查明，不能放款；查明之后再放")
    if evidence.standing.stayed_until is not None:
        yield told(_("监察人暂缓到%(until)s，此前不能转密码"), until=evidence.standing.stayed_until)
    if not evidence.standing.debtor_in_use:
        yield _("付款账户已变更，须退回后重新申报")
    if not evidence.standing.payee_in_use:
        yield _("收款账户已变更，或变更后尚不可用，须退回后重新申报")
    if which is Key.APPROVE and evidence.cash.available < evidence.settlement.total:
        yield _("账本可用资金不足")
