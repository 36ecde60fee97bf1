"""Keys on what is held back, and what of publishing waits for a person."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import LiteralString

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody import keys
from custody.kernel.errors import NotFound
from custody.kernel.words import told
from custody.models import Fund
from custody.permits.acts import Act
from custody.queue.keyed_subjects import Shown, Subject, register
from custody.queue.waiting_items import KEY_ACTS, Waiting, start_of
from reporting.disclosure.due import Due, dues_of
from reporting.disclosure.withheld import (
    WITHHOLDING,
    turn_withholding_key,
    withholding_called,
    withholdings_of,
)
from reporting.models import PublicationKind, Withheld, Withholding

PUBLICATION = "publication"
LACKING_A_KEY: LiteralString = """
SELECT w.fund_id AS fund, 'withholding' AS kind, w.id, w.id::text AS number, NULL::numeric AS amount,
       w.proposed_at AS since, w.proposed_by_id AS maker
  FROM reporting_withholding w
 WHERE w.fund_id = ANY(%(funds)s) AND NOT custody_key_turned(
           w.fund_id, 'withholding', w.id, '{which}', reporting_withholding_content(w.id))
"""


def register_withholdings() -> None:
    """Make the kind known, once the house starts. A key on it is not taken back: the reason is public."""
    register(
        Subject(
            WITHHOLDING, gettext_lazy("不公布"), withholding_numbered, _shown,
            lambda hand: turn_withholding_key(
                withholding_id=hand.subject_id, which=hand.which, actor=hand.person, at=hand.at
            ),
        )
    )  # fmt: skip


def withholding_numbered(fund_id: int, number: str) -> int:
    """The proposal of this number, as ``withhold`` told it. NotFound."""
    plain = number if number.isascii() and number.isdigit() and len(number) < 19 else "0"
    row = Withholding.objects.filter(fund_id=fund_id, pk=int(plain)).first()
    if row is None:
        raise NotFound(_("没有编号为 %(number)s 的不公布提议"), number=number)
    return row.pk


def publishing_turns(fund: Fund, at: datetime) -> Iterator[Waiting]:
    """Months and quarters to be published, and withholdings that lack a key."""
    for due in dues_of([fund], localdate(at)):
        if due.open:
            yield _due(due)
    for row in [row for row, stands in withholdings_of([fund.pk]) if not stands]:
        turned = {each.key: each for each in keys.standing(WITHHOLDING, row.pk)}
        for which in keys.HELD_BY.keys() - turned.keys():
            yield Waiting(
                fund=fund.code,
                act=KEY_ACTS[which],
                kind=WITHHOLDING,
                number=str(row.pk),
                what=told(
                    _("不公布%(what)s %(number)s：%(reason)s"),
                    what=Withheld(row.what).label, number=row.number[:16], reason=row.reason,
                ),
                since=row.proposed_at,
                not_by=frozenset({row.proposed_by_id, *(each.operator_id for each in turned.values())}),
            )  # fmt: skip


def _due(due: Due) -> Waiting:
    month = due.kind == PublicationKind.MONTH
    if due.unseen:
        what = _("%(period)s有 %(count)s 笔后来的分录业主还没看到，%(on)s 前再公布")
    elif due.overdue:
        what = (
            _("%(period)s的账目逾期未公布，应在 %(on)s 前")
            if month
            else _("%(period)s的公示逾期，应在 %(on)s 前")
        )
    else:
        what = _("%(period)s的账目应在 %(on)s 前公布") if month else _("%(period)s的公示应在 %(on)s 前贴出")
    command = (
        f"publish_month --month {due.period.to_on:%Y-%m}"
        if month
        else f"publish_board --quarter {_quarter(due)}"
    )
    return Waiting(
        fund=due.fund.code,
        act=Act.PUBLISH_ACCOUNTS,
        kind=PUBLICATION,
        number=f"{due.period.to_on:%Y-%m}" if month else _quarter(due),
        what=told(what, period=due.period.title, on=due.due_on, count=due.unseen),
        since=start_of(due.period.to_on + timedelta(days=1)),
        next_command=f"{command} --fund {due.fund.code}",
    )


def _quarter(due: Due) -> str:
    return f"{due.period.to_on.year}Q{(due.period.to_on.month + 2) // 3}"


def _shown(withholding_id: int) -> Shown:
    row = withholding_called(withholding_id)
    return [
        (_("编号"), str(row.pk)),
        (_("不公布什么"), f"{Withheld(row.what).label} {row.number}"),
        (_("公布给业主的理由"), row.reason),
        (_("提议人"), row.proposed_by.username),
    ]
