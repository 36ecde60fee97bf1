"""What a letter says: how many of what, at which estate, for how much, since when, and nothing more.

Refuses names of owners and payees, numbers of accounts and invoices, and addresses of pages: a mailbox is
nobody's desk, and a link in a letter is how people are robbed.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.permits.acts import Act
from custody.queue.keyed_subjects import kinds
from custody.queue.waiting_items import Waiting
from settlement.models import NoticeKind

LINES_MAX = 40


def subject_of(kind: NoticeKind, items: list[Waiting], on: date) -> str:
    """One line."""
    said = {
        NoticeKind.DIGEST: _("%(on)s 有 %(count)s 件事等您"),
        NoticeKind.URGENT: _("急：%(count)s 件事等您先办"),
        NoticeKind.RAISED: _("逾期：%(count)s 件事没有人办"),
    }
    return told(said[kind], on=on, count=len(items))


def body_of(kind: NoticeKind, items: list[Waiting], estates: Mapping[str, str]) -> str:
    """The lines, by estate and act, the oldest first, and where to go."""
    groups: dict[tuple[str, Act, str], list[Waiting]] = {}
    for each in sorted(items, key=lambda item: item.since):
        groups.setdefault((each.fund, each.act, each.kind), []).append(each)
    lines = [_line(estates[fund], act, kind_of, group) for (fund, act, kind_of), group in groups.items()]
    if len(lines) > LINES_MAX:
        lines[LINES_MAX:] = [told(_("另有 %(count)s 类"), count=len(lines) - LINES_MAX)]
    why = {
        NoticeKind.DIGEST: _("等您办理的："),
        NoticeKind.URGENT: _("请先办这些："),
        NoticeKind.RAISED: _("这些该有人办而没有办，请过问："),
    }
    end = _("请照常打开系统登录办理。本邮件不含链接；要您点链接或报验证码的都不是我们。")
    return "\n".join([why[kind], "", *lines, "", end])


def earliest_due(items: Iterable[Waiting]) -> date | None:
    """The earliest day any of it is due."""
    return min((each.due_on for each in items if each.due_on), default=None)


def _line(estate: str, act: Act, kind: str, items: list[Waiting]) -> str:
    what = str(Act(act).label)
    if kind in kinds():
        what = told(_("%(act)s（%(kind)s）"), act=what, kind=kinds()[kind].title)
    said = told(_("%(estate)s：%(what)s %(count)s 项"), estate=estate, what=what, count=len(items))
    total = sum((abs(each.amount) for each in items if each.amount is not None), Decimal(0))
    if total:
        said += told(_("，共 %(total)s 元"), total=f"{total:,.2f}")
    said += told(_("，最早 %(on)s"), on=localdate(items[0].since))
    due = earliest_due(items)
    return said + told(_("，%(on)s 到期"), on=due) if due else said
