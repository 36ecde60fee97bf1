"""Registers the custody app, and says in which order its explainers are asked about a bank line."""

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Each estate's segregated trust fund and the ledger that proves it."""

    name = "custody"
    verbose_name = "信托财产保管"

    def ready(self) -> None:
        """After the explainers of upper apps: a break given back, placements, then the rules for the rest."""
        from custody.money_in.receipts import recognise
        from custody.money_in.recording import explain_in_order
        from custody.money_in.reversals import break_given_back
        from custody.placements.lines import explain_at_desk

        explain_in_order(break_given_back, explain_at_desk, recognise)
