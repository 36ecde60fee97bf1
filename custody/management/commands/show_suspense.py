"""show_suspense --fund CODE: money whose meaning is open and what a clerk must settle. Never writes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.models import Fund
from custody.money_in.explanations import open_items


class Command(BaseCommand):
    """Edge of custody.selectors.bank.open_items."""

    help = "列出待确认款项和待查付款 / show suspense and unexplained payments"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The fund."""
        parser.add_argument("--fund", required=True, metavar="CODE")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line an item, and the count."""
        fund = Fund.objects.filter(code=options["fund"]).first()
        if fund is None:
            raise CommandError(f"没有这个编码的信托:{options['fund']}", returncode=2)
        items = open_items(fund.pk)
        for item in items:
            facts = (item.on, f"{item.amount:,.2f}", item.counterparty, item.text, item.evidence, item.note)
            self.stdout.write("  ".join(str(fact) for fact in facts if fact))
        self.stdout.write(f"共 {len(items)} 项 / items")
