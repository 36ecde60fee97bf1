"""The committee's signature on accepted work and scores (验收单): called by number, shown whole, waiting."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.kernel.errors import NotFound
from custody.kernel.words import told
from custody.models import Fund
from custody.permits.acts import Act
from custody.queue.keyed_subjects import Shown, Subject, register
from custody.queue.waiting_items import Waiting
from settlement.decisions.subjects import ACCEPTANCE
from settlement.models import Acceptance, AcceptanceRow, BudgetLine
from settlement.work.accepting import turn_acceptance_key, waiting_acceptances
from settlement.work.pending import Facts


def register_acceptance() -> None:
    """Make the kind known, once the house starts."""
    register(
        Subject(
            ACCEPTANCE,
            gettext_lazy("工单验收和考核"),
            acceptance_numbered,
            _shown,
            lambda hand: turn_acceptance_key(
                acceptance_id=hand.subject_id, which=hand.which, actor=hand.person, at=hand.at
            ),
        )
    )


def acceptance_numbered(fund_id: int, number: str) -> int:
    """The acceptance of this number, as ``import_work`` told it. NotFound."""
    named = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    row = Acceptance.objects.filter(fund_id=fund_id, pk=named).first()
    if row is None:
        raise NotFound(_("没有编号为 %(acceptance)s 的验收单"), acceptance=number)
    return row.pk


def acceptance_turns(fund: Fund) -> Iterator[Waiting]:
    """Each workbook of work and scores that a keyholder of the committee has still to sign."""
    for row in waiting_acceptances(fund.pk):
        yield Waiting(
            fund=fund.code,
            act=Act.TURN_FIRST_KEY,
            kind=ACCEPTANCE,
            number=str(row.pk),
            what=told(_("验收单「%(name)s」待业委会签收"), name=row.source_file.name),
            since=row.handed_in_at,
        )


def _shown(acceptance_id: int) -> Shown:
    row = Acceptance.objects.select_related("source_file", "handed_in_by").get(pk=acceptance_id)
    rows = list(row.rows.order_by("pk"))
    budget = BudgetLine.objects.in_bulk({each.facts.get("budget_line_id") for each in rows} - {None})
    names = {pk: f"{line.code} {line.name}" for pk, line in budget.items()}
    return [
        (_("编号"), str(row.pk)),
        (_("工作簿"), f"{row.source_file.name} SHA-256 {row.source_file.sha256}"),
        (_("交表人"), row.handed_in_by.full_name or row.handed_in_by.username),
        *((str(AcceptanceRow.What(each.what).label), _said(each.facts, names)) for each in rows),
    ]


def _said(facts: Facts, budget: dict[int, str]) -> str:
    """A row as whoever signs reads it."""
    if "score" in facts:
        return told(
            _("%(year)s 年 %(quarter)s 季度 %(score)s 分（%(by)s）"),
            year=facts["year"],
            quarter=facts["quarter"],
            score=facts["score"],
            by=facts["assessed_by"],
        )
    return told(
        _("%(number)s %(what)s，%(budget)s，%(done)s 完成，%(on)s %(by)s 验收%(result)s，%(amount)s 元"),
        number=facts["number"],
        what=facts["description"],
        budget=budget.get(facts["budget_line_id"], ""),
        done=facts["completed_on"],
        on=facts["accepted_on"],
        by=facts["accepted_by"],
        result=_("合格") if facts["accepted"] else _("不合格"),
        amount=facts["amount"],
    )
