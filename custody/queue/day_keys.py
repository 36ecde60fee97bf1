"""The key on a day's proof: called by the sheet's number, shown whole, waiting for whoever may sign it."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.kernel.errors import NotFound
from custody.kernel.words import told
from custody.models import DaySheet, Fund, Key
from custody.proofs.day_signing import DAY, sheets_to_sign, sign_day
from custody.queue.keyed_subjects import Shown, Subject, register
from custody.queue.waiting_items import KEY_ACTS, Waiting


def register_days() -> None:
    """Make the kind known, once the house starts."""
    register(
        Subject(
            DAY, gettext_lazy("日终核对"), sheet_numbered, _sheet,
            lambda hand: sign_day(
                sheet_id=hand.subject_id, which=hand.which, actor=hand.person, at=hand.at
            ),
        )
    )  # fmt: skip


def sheet_numbered(fund_id: int, number: str) -> int:
    """The sheet of this number, as ``prepare_day`` told it. NotFound."""
    plain = number if number.isascii() and number.isdigit() and len(number) < 19 else "0"
    row = DaySheet.objects.filter(fund_id=fund_id, pk=int(plain)).first()
    if row is None:
        raise NotFound(_("没有编号为 %(sheet)s 的日终核对表"), sheet=number)
    return row.pk


def day_turns(fund: Fund) -> Iterator[Waiting]:
    """Sheets that stand and that nobody has signed."""
    for row in sheets_to_sign([fund]):
        yield Waiting(
            fund=fund.code,
            act=KEY_ACTS[Key.RELEASE],
            kind=DAY,
            number=str(row.pk),
            what=told(_("%(day)s 日终核对，待签署"), day=row.day),
            since=row.prepared_at,
            not_by=frozenset({row.prepared_by_id}),
        )


def _sheet(sheet_id: int) -> Shown:
    row = DaySheet.objects.select_related("prepared_by").get(pk=sheet_id)
    return [
        (_("编号"), str(row.pk)),
        (_("日期"), row.day.isoformat()),
        (_("银行余额"), f"{row.bank:,.2f}"),
        (_("账面银行存款"), f"{row.book:,.2f}"),
        (_("在途收款"), f"{row.in_transit:,.2f}"),
        (_("其间最后一笔分录"), str(row.last_entry)),
        (_("链头"), row.chain),
        (_("经办人"), row.prepared_by.username),
    ]
