"""show_suspense --fund CODE: money whose meaning is open, how long, whose it may be. Never writes."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from rich.table import Table

from custody.console.commands import HouseCommand
from custody.console.screen import show_table
from custody.deeds.terms import suspense_days
from custody.kernel.words import told
from custody.money_in.ageing import age_buckets, age_days, is_late
from custody.money_in.break_proposals import standing_explanations, subject_named
from custody.money_in.breaks import discrepancies_told
from custody.money_in.candidates import Candidate, candidates
from custody.money_in.explanations import UnidentifiedMoney, unidentified_money


class Command(HouseCommand):
    """Edge of custody.money_in.explanations and candidates."""

    help = "列出待确认款项和待查付款，账龄与可能的来处 / show suspense and unexplained payments"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The fund."""
        self.add_fund(parser)

    def run(self, options: dict[str, Any]) -> None:
        """One row an item, how old they are, what was proposed, what else is a break, and the count."""
        fund = self.fund_called(options["fund"])
        items = unidentified_money(fund.pk)
        today = localdate(self.now())
        limit = suspense_days(fund.pk, today)
        if items:
            show_table(self.screen, _open_items(items, candidates(fund.pk), today))
            show_table(self.screen, _ages(items, today, limit))
        for each in standing_explanations(fund.pk):
            said = _("查明建议 %(proposal)s：%(subject)s是%(kind)s，%(reason)s（%(document)s）")
            facts = {"proposal": each.pk, "subject": subject_named(each), "kind": each.get_kind_display()}
            self.stdout.write(told(said, **facts, reason=each.reason, document=each.document.name))
        for fault in discrepancies_told(fund.pk):
            self.stdout.write(fault)
        late = sum(is_late(item, today, limit) for item in items)
        if late:
            sentence = _("%(count)s 项已超过 %(days)s 天 / older than they should be")
            self.stdout.write(told(sentence, count=late, days=limit))
        self.stdout.write(told(_("共 %(count)s 项 / items"), count=len(items)))


def _open_items(
    items: Sequence[UnidentifiedMoney], whose: Mapping[int, Sequence[Candidate]], today: date
) -> Table:
    table = Table(
        _("日期"), _("天数"), _("金额"), _("对方"), _("内容"), _("凭据"), _("待查事项"), _("可能是"),
        _("备注"),
    )  # fmt: skip
    table.columns[1].justify = table.columns[2].justify = "right"
    for item in items:
        table.add_row(
            item.on.isoformat(),
            str(age_days(item, today)),
            f"{item.amount:,.2f}",
            item.counterparty,
            item.text,
            item.evidence,
            item.note,
            "\n".join(map(str, whose.get(item.line.pk, ()) if item.line is not None else ())),
            item.left_note,
        )
    return table


def _ages(items: Sequence[UnidentifiedMoney], today: date, limit: int) -> Table:
    table = Table(_("账龄"), _("项数"), _("金额"))
    table.columns[1].justify = table.columns[2].justify = "right"
    for bucket in age_buckets(items, today, limit):
        table.add_row(bucket.label, str(bucket.count), f"{bucket.amount:,.2f}")
    return table
