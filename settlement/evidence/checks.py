"""The ten checks of an invoice as a person reads them, each passed or not, from evidence already read.

The same rules as ``settlement.invoices.verification``, which judges under lock before an invoice is verified;
here nothing is locked and nothing decided. Refuses nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from settlement.evidence.panel import EvidencePanel
from settlement.invoices.verification import spaceless
from settlement.models import Basis

_TWENTY_DIGITS = re.compile("[0-9]{20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``name`` for machines, whether it ``passed``, and the ``sentence`` that says so."""

    name: str
    passed: bool
    sentence: str


def checks_of(evidence: EvidencePanel) -> list[Check]:
    """All ten, in the order a reader expects."""
    return [*_paper(evidence), *_money(evidence)]


def _paper(evidence: EvidencePanel) -> Iterator[Check]:
    row, standing = evidence.settlement, evidence.standing
    year = row.issued_on.year % 100
    yield _said(
        "number",
        _("发票号20位，年份与开票日期相符"),
        _("发票号不是20位，或年份与开票日期不符"),
        passed=bool(_TWENTY_DIGITS.fullmatch(row.number)) and int(row.number[:2]) == year,
    )
    yield _said(
        "number-free",
        _("号码未在任何小区报销过"),
        _("号码已在其他小区报销"),
        passed=not standing.number_taken,
    )
    yield _said(
        "buyer",
        _("购买方是本信托专户户名"),
        _("购买方不是本信托专户户名"),
        passed=spaceless(row.buyer) in map(spaceless, standing.holders),
    )
    twins = [each for each in evidence.likeness.others if each.days == 0 and each.total == row.total.amount]
    answered = _("有同额同日的另一张，物业已说明") if twins else _("没有同额同日的另一张发票")
    yield _said(
        "duplicate",
        answered,
        _("有同额同日的另一张发票，尚未说明"),
        passed=not twins or bool(row.duplicate_answer),
    )
    yield _said(
        "paid-unasked",
        _("没有对应的待查付款"),
        _("已有写着这张发票号的待查付款"),
        passed=not standing.paid_unasked,
    )


def _money(evidence: EvidencePanel) -> Iterator[Check]:
    row, claims = evidence.settlement, evidence.claims
    yield _said(
        "sum",
        _("明细合计等于价税合计"),
        _("明细合计不等于价税合计"),
        passed=bool(claims) and sum(each.amount for each in claims) == row.total.amount,
    )
    yield _entitled(evidence)
    books = {each.budget.book for each in claims if each.budget is not None}
    yield _said("book", _("只走一本账"), _("明细分属两本账"), passed=len(books) <= 1)
    yield _said(
        "budget",
        _("科目余额够付"),
        _("科目不在预算中，或余额不够"),
        passed=bool(claims)
        and all(each.budget is not None for each in claims)
        and all(each.left >= 0 for each in evidence.budgets),
    )
    yield _said(
        "payee",
        _("销售方有在用的收款账户"),
        _("销售方没有在用的收款账户，或已变更"),
        passed=row.payee_account_id is not None and evidence.standing.payee_in_use,
    )


def _entitled(evidence: EvidencePanel) -> Check:
    """Accepted work and no more of it; what the deed gives was judged when it was verified."""
    works = [each for each in evidence.claims if each.basis == Basis.WORK_ORDER]
    fits = all(each.work.accepted and each.left >= 0 for each in evidence.works)
    cited = all(each.work is not None for each in works)
    months = all(each.month is not None for each in evidence.claims if each.basis != Basis.WORK_ORDER)
    if works or not evidence.claims:
        return _said(
            "work",
            _("工单存在、合格，申报未超验收金额"),
            _("工单不存在、不合格，或申报超出验收金额"),
            passed=cited and fits and months,
        )
    return _said("work", _("酬金期间已过，核验时与契约应付额一致"), _("酬金期间写得不对"), passed=months)


def _said(name: str, good: str, bad: str, *, passed: bool) -> Check:
    return Check(name, passed, good if passed else bad)
