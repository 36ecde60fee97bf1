"""order_placement: asks for idle cash to be placed within the mandate. Refuses with every fault at once.

``--key`` names the order: the same key and order again is the order already there, and ``turn_key placement``
takes it. ``withdraw_key placement`` calls the order off; the bank's lines place it and bring it back.
"""

from argparse import ArgumentParser, ArgumentTypeError
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand, asked_day
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger.chart import Book
from custody.placements import orders
from settlement.fees.measures import monthly_budget


def asked_number(text: str) -> Decimal:
    """A plain decimal number, such as 80000.00 or 0.011."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ArgumentTypeError(told(_("应为数字，而不是 %(text)s / not a number"), text=text))
    return number


class Command(HouseCommand):
    """Edge of custody.placements.orders."""

    help = "下达存放指令，须两把密码 / order a placement"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--key KEY --book BOOK --product NAME --principal YUAN [--rate R] [--on DATE]``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("--key", required=True, metavar="KEY", help="指令编号，自定，不可重复使用")
        parser.add_argument("--book", required=True, choices=[book.value for book in Book], help="账本")
        parser.add_argument("--product", required=True, metavar="NAME", help="产品，如 七天通知存款")
        parser.add_argument("--principal", required=True, type=asked_number, metavar="YUAN", help="本金，元")
        parser.add_argument("--rate", type=asked_number, metavar="RATE", help="年利率，0.011 即 1.1%%")
        parser.add_argument("--on", type=asked_day, metavar="DATE", help="下单日期，缺省为今天")

    def run(self, options: dict[str, Any]) -> None:
        """Order, and say what is next."""
        fund, at = self.fund_called(options["fund"]), self.now()
        on = options["on"] or localdate(at)
        row = orders.order(
            fund=fund,
            book=Book(options["book"]),
            product=options["product"],
            principal=yuan(options["principal"]),
            annual_rate=options["rate"],
            ordered_on=on,
            monthly_budget=monthly_budget(fund.pk, on),
            key=options["key"],
            actor=self.actor_named(options["actor"]),
            at=at,
        )
        said = _("存放指令 %(number)s：%(product)s %(principal)s 元，待两把密码")
        facts = {"number": row.order_key, "product": row.product, "principal": row.principal}
        self.stdout.write(told(said, **facts))
