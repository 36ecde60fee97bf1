"""Registers the reporting app with Django."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """Statements, fee split and value preservation."""

    name = "reporting"
    verbose_name = "信息披露"
