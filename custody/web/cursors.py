"""Where a list goes on: the number under which the next page begins. Whatever is no number is page one."""

from django.http import HttpRequest

DIGITS_MAX = 18


def before_of(request: HttpRequest) -> int | None:
    """``?before=`` as a number; None for the first page, or for what is no number."""
    said = request.GET.get("before", "")
    fits = said.isascii() and said.isdigit() and len(said) <= DIGITS_MAX
    return int(said) if fits else None
