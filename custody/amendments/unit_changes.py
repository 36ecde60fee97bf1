"""What changes of units from a day on (过户, 调价, 合并, 拆除): owner, price, area, new ones, ended ones.

Refuses an address nobody has, unless the row says all of it, one that is no more, a day in a closed period or
not after the unit's last change, and, when keys are turned, what another change has overtaken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from custody.amendments import enacting
from custody.amendments.enacting import Enacting, Facts, made_as
from custody.amendments.proposing import AmendmentImport
from custody.deeds.estate_file import UNITS_SHEET, area, natural, room, unit_price
from custody.files.faults import Fault
from custody.files.intake import Handed, take_in
from custody.files.outcomes import Outcome
from custody.files.tables import day, one_of, text_max
from custody.files.typed_rows import FileRow, Page, column
from custody.kernel.words import told
from custody.models import Amendment, Fund, Operator, Unit, UnitFact

WHAT_CHANGES = ("area", "owner_name", "monthly_price")
_ENDS = {"合并": UnitFact.End.MERGED, "拆除": UnitFact.End.DEMOLISHED}


class UnitChangeRow(FileRow):
    """A unit from its day on; what is left blank stays as it is."""

    building: int = column("楼栋", parse=natural("栋", "幢", "座", "号楼", "#楼", "#"))
    entrance: int = column("单元", parse=natural("单元", "门"))
    room: str = column("房号", parse=room)
    area: Decimal | None = column("建筑面积", parse=area, blank=None, required=False)
    owner_name: str | None = column("业主姓名", parse=text_max(100), blank=None, required=False)
    monthly_price: Decimal | None = column("月单价", parse=unit_price, blank=None, required=False)
    valid_from: date = column("生效日期", "过户日期", "起始日期", parse=day)
    ended_as: UnitFact.End | None = column("终止原因", parse=one_of(_ENDS), blank=None, required=False)


def import_units(
    *,
    fund: Fund,
    path: Path | Handed,
    paper: Handed | None,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
) -> Outcome:
    """Propose the changes of the sheet 房屋. Errors: Forbidden; Refused, nothing written."""
    return take_in(UnitsImport(actor, at, dry_run, fund, paper), [path])


@dataclass
class UnitsImport(AmendmentImport[UnitChangeRow]):
    """Each row one unit from its day on."""

    kind = Amendment.Kind.UNITS
    sheet = UNITS_SHEET
    model = UnitChangeRow

    def form_faults(self, page: Page[UnitChangeRow]) -> Iterator[Fault]:
        """A unit twice, a row that changes nothing, and one that both changes a unit and ends it."""
        seen: dict[tuple[int, int, str], int] = {}
        for row in page.rows:
            address = (row.building, row.entrance, row.room)
            if address in seen:
                expected = told(_("房屋地址重复，第%(row)s行已有"), row=seen[address])
                yield page.fault(row, "room", expected, value="-".join(map(str, address)))
            seen.setdefault(address, row.row)
            unsaid = all(getattr(row, name) is None for name in WHAT_CHANGES)
            if row.ended_as is not None and not unsaid:
                yield page.fault(row, "ended_as", _("终止的房屋不再填面积、业主、单价"))
            if row.ended_as is None and unsaid:
                yield page.fault(row, "owner_name", _("面积、业主、单价至少填一项"), value="")

    def facts_of(self, row: UnitChangeRow) -> tuple[Facts, str]:
        """The unit's whole fact, and which of it the row says itself; its day is what a clerk looks at."""
        address = {"building": row.building, "entrance": row.entrance, "room": row.room}
        unit = Unit.objects.filter(fund=self.fund, **address).first()
        stated = [name for name in WHAT_CHANGES if getattr(row, name) is not None]
        if unit is None and len(stated) == len(WHAT_CHANGES):
            unit = Unit.objects.create(fund=self.fund, **address)
        before = _before(unit.pk, row.valid_from) if unit else None
        values = {
            name: getattr(row, name) if name in stated else getattr(before, name, None)
            for name in WHAT_CHANGES
        }
        return {
            "fund_id": self.fund.pk,
            "unit_id": None if unit is None else unit.pk,
            "valid_from": row.valid_from.isoformat(),
            **{name: None if value is None else str(value) for name, value in values.items()},
            "ended_as": row.ended_as or "",
            "stated": stated,
        }, "room" if unit is None else "valid_from"


def _before(unit_id: int, on: date) -> UnitFact | None:
    """The unit as it is on the day before a change of ``on``."""
    return UnitFact.objects.filter(unit_id=unit_id, valid_from__lt=on).order_by("-valid_from").first()


def _objection(fund: Fund, facts: Facts) -> str:
    """An address nobody has, a closed day, one not after the last change, what was overtaken."""
    on, unit_id = date.fromisoformat(facts["valid_from"]), facts["unit_id"]
    if unit_id is None:
        return _("没有这套房屋；新增的房屋应填齐面积、业主、单价")
    closed = enacting.closed_day(fund)
    if closed is not None and on <= closed:
        return told(_("账期已关闭至 %(closed)s，生效日期应在其后"), closed=closed)
    last = UnitFact.objects.filter(unit_id=unit_id).order_by("-valid_from").first()
    if last is not None and last.ended_as:
        why = UnitFact.End(last.ended_as).label
        return told(_("该户已于 %(since)s %(why)s"), since=last.valid_from, why=why)
    if last is not None and last.valid_from >= on:
        return told(_("该户自 %(since)s 起已有变更，生效日期应在其后"), since=last.valid_from)
    kept = [name for name in WHAT_CHANGES if name not in facts["stated"]]
    if last is not None and any(str(getattr(last, name)) != facts[name] for name in kept):
        return told(_("该户在登记后另有变更自 %(since)s 起生效，请按现状重新登记"), since=last.valid_from)
    return ""


def _reads(facts: Facts) -> str:
    if facts["ended_as"]:
        return told(
            _("自 %(on)s 起 %(unit)s 不再存在（%(why)s）"),
            on=facts["valid_from"],
            unit=Unit.objects.get(pk=facts["unit_id"]).address,
            why=UnitFact.End(facts["ended_as"]).label,
        )
    return told(
        _("自 %(on)s 起 %(unit)s：业主 %(owner)s，%(area)s ㎡，月单价 %(price)s"),
        on=facts["valid_from"],
        unit=Unit.objects.get(pk=facts["unit_id"]).address,
        owner=facts["owner_name"],
        area=facts["area"],
        price=facts["monthly_price"],
    )


UNITS_ENACTED = Enacting(made_as(UnitFact), _objection, _reads)
