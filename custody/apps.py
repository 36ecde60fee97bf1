"""Registers the custody app: the order of its explainers, and how its kinds of change become fact."""

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Each estate's segregated trust fund and the ledger that proves it."""

    name = "custody"
    verbose_name = "信托财产保管"

    def ready(self) -> None:
        """After the explainers of upper apps: own accounts, breaks given back, placements, then the rules.

        What custody's keys are turned on is known too, and where its pages are found.
        """
        from custody.amendments.bank_accounts import ACCOUNTS_ENACTED
        from custody.amendments.deed_terms import TERMS_ENACTED
        from custody.amendments.enacting import register_kind
        from custody.amendments.parties import PARTIES_ENACTED
        from custody.amendments.unit_changes import UNITS_ENACTED
        from custody.models import Amendment
        from custody.money_in.own_transfers import between_own_accounts
        from custody.money_in.receipts import recognise
        from custody.money_in.recording import explain_in_order
        from custody.money_in.reversals import break_given_back
        from custody.placements.lines import explain_at_desk
        from custody.queue.amendment_turns import register_amendments
        from custody.queue.custody_subjects import register_explanations
        from custody.queue.day_keys import register_days
        from custody.queue.enrolment_keys import register_enrolment
        from custody.queue.period_keys import register_period
        from custody.queue.seat_keys import register_seats
        from custody.web.places import add_custody_places

        register_kind(Amendment.Kind.DEED_TERMS, TERMS_ENACTED)
        register_kind(Amendment.Kind.UNITS, UNITS_ENACTED)
        register_kind(Amendment.Kind.PARTIES, PARTIES_ENACTED)
        register_kind(Amendment.Kind.BANK_ACCOUNTS, ACCOUNTS_ENACTED)
        register_amendments()
        register_explanations()
        register_enrolment()
        explain_in_order(between_own_accounts, break_given_back, explain_at_desk, recognise)
        register_period()
        register_days()
        register_seats()
        add_custody_places()
