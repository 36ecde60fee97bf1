"""Registers the settlement app with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SettlementConfig(AppConfig):
    """Pays the provider against approved work."""

    name = "settlement"
    verbose_name = _("结算支付")

    def ready(self) -> None:
        """Bank lines are first asked whether they are our payments; what is keyed and proved is known."""
        from custody.amendments.enacting import register_kind, register_objection
        from custody.bank.explaining import register_explainer, register_sequel
        from custody.console.reminders import register_reminder
        from custody.ledger.sourced import register_source
        from custody.models import Amendment
        from custody.proofs.evidence import register_evidence
        from settlement.contracts.budgets import BUDGET_ENACTED, year_ahead
        from settlement.contracts.ended_accounts import paying_still
        from settlement.contracts.later_terms import claimed_already
        from settlement.payments.bank_lines import explain_payment
        from settlement.payments.filed_proof import PAID_SOURCE, payment_files
        from settlement.payments.paying_back import explain_payback
        from settlement.payments.status_proof import status_refusals
        from settlement.payments.status_reports import fail_by_the_bank
        from settlement.queue.acceptance_subject import register_acceptance
        from settlement.queue.payback_subject import register_payback
        from settlement.queue.paying_subjects import register_subjects
        from settlement.web.places import add_settlement_places

        register_explainer(explain_payment)
        register_explainer(explain_payback)
        register_sequel(fail_by_the_bank)
        register_kind(Amendment.Kind.BUDGET, BUDGET_ENACTED)
        register_objection(Amendment.Kind.DEED_TERMS, claimed_already)
        register_objection(Amendment.Kind.BANK_ACCOUNTS, paying_still)
        register_reminder(year_ahead)
        register_subjects()
        register_source("settlement", PAID_SOURCE)
        register_evidence("payment files", payment_files)
        register_evidence("payment status", status_refusals)
        register_payback()
        register_acceptance()
        add_settlement_places()
