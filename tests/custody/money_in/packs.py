"""Copies of the sample estate under another code and account, so every test onboards its own."""

import itertools
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import openpyxl

from custody.models import Fund, Operator
from settlement.contracts.taking_on import onboard_estate
from tests import factories

PACK = Path(__file__).parents[2] / "packs" / "four-seasons"
TRUSTEE = "示范信托有限公司"
CODE, ACCOUNT = "CD-GX-0001", "4402008809000000001"
AT = datetime(2025, 10, 9, 1, 0, tzinfo=UTC)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Pack:
    """Where one copy lies, and its code and account."""

    folder: Path
    code: str
    account: str

    def path(self, name: str) -> Path:
        """A file of the pack; workbooks that name the account are the copy's."""
        own = self.folder / name
        return own if own.exists() else PACK / name

    @property
    def statements(self) -> list[Path]:
        """The quarter's bank files, by month."""
        return [self.path(f"bank-2025-0{month}.xlsx") for month in (7, 8, 9)]

    @property
    def details(self) -> list[Path]:
        """The quarter's merchant files, by month."""
        return [self.path(f"channel-2025-0{month}.csv") for month in (7, 8, 9)]


def copy_pack(folder: Path) -> Pack:
    """The sample pack for a new estate: other code, other account, otherwise the same."""
    account = f"44020{os.getpid() % 10**7:07d}{next(_numbers):07d}"
    pack = Pack(folder, f"T-{uuid.uuid4().hex[:10]}", account)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("estate.xlsx", "bank-2025-07.xlsx", "bank-2025-08.xlsx", "bank-2025-09.xlsx"):
        book = openpyxl.load_workbook(PACK / name)
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and (ACCOUNT in cell.value or cell.value == CODE):
                        cell.value = cell.value.replace(ACCOUNT, pack.account).replace(CODE, pack.code)
        book.save(folder / name)
    return pack


def onboarded(pack: Pack) -> tuple[Fund, Operator]:
    """The copy's estate, taken into trust by its trust company's desk."""
    desk = factories.desk_of(TRUSTEE)
    onboard_estate(path=pack.path("estate.xlsx"), actor=desk, at=AT)
    fund = Fund.objects.get(code=pack.code)
    factories.MADE.append(fund.pk)
    return fund, desk
