"""The columns a city asks for, from a file that anybody may write, and the months to fill them. Reads only.

Refuses a file that is none, a column without a name or with a source nobody knows: by its place and name.
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from custody.deeds.units import facts_on
from custody.kernel.errors import Rejected
from custody.models import Fund
from reporting.reading.bank_rows import bank_records
from reporting.reading.gathering import figures, ledger_facts
from reporting.reading.ledger_rows import Cut
from reporting.statements.bank import bank_balance, uncovered
from reporting.statements.city_month import SOURCES, CityColumns, CityFacts, CityMonth

OURS = Path(__file__).with_name("city_columns.toml")


def city_columns(path: Path) -> CityColumns:
    """The file's title and columns. Rejected, saying what is wrong where."""
    try:
        raw = path.read_bytes()
        said = tomllib.loads(raw.decode())
    except (OSError, ValueError) as fault:
        raise _wrong(path, str(fault)) from None
    columns = said.get("columns")
    if not isinstance(columns, list) or not columns:
        raise _wrong(path, _("没有 [[columns]]"))
    return CityColumns(
        title=str(said.get("title") or "月报"),
        basis=str(said.get("basis") or path.name),
        columns=tuple(_column(path, at, each) for at, each in enumerate(columns, 1)),
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def _column(path: Path, at: int, said: Any) -> tuple[str, str]:
    name = said.get("name") if isinstance(said, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise _wrong(path, _("第 %(at)s 栏没有名称") % {"at": at})
    source = said.get("source")
    if source not in SOURCES:
        reason = _("第 %(at)s 栏「%(name)s」的来源 %(source)s 不认识；可用 %(known)s")
        known = "、".join(SOURCES)
        raise _wrong(path, reason % {"at": at, "name": name, "source": source, "known": known})
    return name.strip(), source


def _wrong(path: Path, reason: str) -> Rejected:
    return Rejected(
        _("城市月报的栏目文件 %(file)s 不能用：%(reason)s"),
        code="city-columns",
        file=path.name,
        reason=reason,
    )


def city_facts(fund: Fund, cut: Cut) -> CityFacts:
    """All of it; one snapshot is the caller's to hold."""
    records = bank_records(cut)
    missing = uncovered(records, cut.span)
    return CityFacts(
        ledger=ledger_facts(fund, cut),
        months=tuple(
            CityMonth(
                estate=fund.estate.name,
                district=fund.estate.district,
                fund_code=fund.code,
                month=month,
                units=len(facts_on(cut.fund_id, month.to_on)),
                figures=figures(cut.over(month)),
                bank=None if month in missing else bank_balance(records, month.to_on),
            )
            for month in cut.span.months()
        ),
        asked=city_columns(settings.CITY_COLUMNS or OURS),
    )
