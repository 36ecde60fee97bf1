"""What django-allauth asks of the house: nobody signs up by themselves, and nobody is sent elsewhere."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):
    """People are enrolled by two keys (custody.seats), never by a form of their own."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
