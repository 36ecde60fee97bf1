"""From what an entry cites to what stands behind it: bank lines, files, resolutions, orders, placements.

Rooms above add theirs (an invoice) when the house starts. What nobody knows is shown as it is cited.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.ledger import references
from custody.models import BankLine, ChannelOrder, Document, Fund, LineExplanation, Placement, Resolution


@dataclass(frozen=True, slots=True)
class Source:
    """One thing behind an entry: what it is, its facts in words, and its page or its paper, if any."""

    title: str
    detail: str
    address: str = ""
    paper: Document | None = None


Reader = Callable[[Fund, str], Source | None]
_readers: dict[str, Reader] = {}


def lead_to(kind: str, reader: Reader) -> None:
    """How a source of this kind is found; a second call replaces the first."""
    _readers[kind] = reader


def sources_behind(fund: Fund, cited: str, sequence: int) -> list[Source]:
    """What an entry cites, and the bank lines that it books."""
    found = []
    kind, name = references.cited(cited)
    if kind and kind != references.BANK_LINE:
        reader = _readers.get(kind, _OWN.get(kind))
        found.append((reader(fund, name) if reader else None) or Source(_("依据"), cited))
    explained = LineExplanation.objects.filter(fund=fund, entry_sequence=sequence)
    lines = BankLine.objects.filter(pk__in=explained.values("line"))
    return [*found, *_bank(lines.select_related("account", "source_file").order_by("pk"))]


def _bank(lines: Iterable[BankLine]) -> list[Source]:
    said = _("%(on)s %(amount)s %(who)s（%(file)s 第 %(row)s 行）")
    return [
        Source(
            told(_("流水第%(position)s笔"), position=each.position),
            told(
                said, on=each.booked_on, amount=f"{each.amount.amount:,.2f}", who=each.counterparty_name,
                file=each.source_file.name, row=each.row,
            ),
            reverse("suspense_line", args=[each.pk]),
            each.source_file,
        )
        for each in lines
    ]  # fmt: skip


def _file(fund: Fund, name: str) -> Source | None:
    row = Document.objects.filter(fund=fund, sha256=name).order_by("pk").first()
    return None if row is None else Source(str(row.get_kind_display()), row.name, paper=row)


def _resolution(fund: Fund, name: str) -> Source | None:
    row = Resolution.objects.select_related("document").filter(fund=fund, reference=name).first()
    if row is None:
        return None
    return Source(_("决议"), f"{row.reference} {row.resolved_on} {row.title}", paper=row.document)


def _order(fund: Fund, name: str) -> Source | None:
    orders = ChannelOrder.objects.select_related("source_file").filter(fund=fund)
    row = orders.filter(order_number=name.partition(":")[0]).first()
    if row is None:
        return None
    detail = f"{row.order_number} {row.paid_on} {row.amount.amount:,.2f} {row.payer_name}"
    return Source(_("商户订单"), detail, paper=row.source_file)


def _placement(fund: Fund, name: str) -> Source | None:
    row = Placement.objects.filter(fund=fund, order_key=name).first()
    if row is None:
        return None
    detail = f"{row.product} {row.principal.amount:,.2f} {row.ordered_on}"
    return Source(_("存放"), detail)


_OWN: dict[str, Reader] = {
    references.FILE: _file,
    references.RESOLUTION: _resolution,
    references.ORDER: _order,
    references.PLACEMENT: _placement,
}
