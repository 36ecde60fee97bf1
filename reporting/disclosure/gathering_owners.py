"""Everything that owners are shown of some days, read at once; the caller holds the lock or the snapshot."""

from collections.abc import Mapping
from datetime import date

from custody.models import Fund
from reporting.exporting import fund_facts
from reporting.models import Withholding
from reporting.reading.estate_rows import estate_facts
from reporting.reading.ledger_rows import Cut
from reporting.reading.mask_rows import masks_of
from reporting.reading.voucher_rows import vouchers_of
from reporting.statements.owners import OwnersFacts


def owners_facts(fund: Fund, cut: Cut, on: date, held: Mapping[str, Withholding]) -> OwnersFacts:
    """The facts of the fund statement over these days, their vouchers, and the estate as it is on ``on``."""
    facts = fund_facts(fund, cut)
    return OwnersFacts(
        fund=facts,
        masks=masks_of(fund.pk, max(on, cut.to_on)),
        vouchers=vouchers_of(fund.pk, {line.sequence: line.source for line in facts.ledger.lines}),
        estate=estate_facts(fund.pk, on),
        held_back={number: each.reason for number, each in held.items()},
    )
