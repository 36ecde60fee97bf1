"""Registers the reporting app with Django."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """Statements, fee split and value preservation."""

    name = "reporting"
    verbose_name = "信息披露"

    def ready(self) -> None:
        """Pages find their place in the navigation; what is to be published waits with everything else."""
        from custody.queue.further_turns import register_turns
        from reporting.disclosure.publishing_jobs import publishing_jobs
        from reporting.disclosure.withholding_keys import (
            LACKING_A_KEY,
            publishing_turns,
            register_withholdings,
        )
        from reporting.web.places import add_statement_places
        from settlement.queue.further_jobs import register_jobs
        from settlement.queue.further_keys import register_keyed_rows

        add_statement_places()
        register_withholdings()
        register_turns(publishing_turns)
        register_jobs(publishing_jobs)
        register_keyed_rows(LACKING_A_KEY)
