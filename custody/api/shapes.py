"""How the API writes what every room speaks of: money as text, days in ISO 8601, pages with a cursor."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema
from ninja.responses import NinjaJSONEncoder
from pydantic import AfterValidator

Item = TypeVar("Item")
Place = TypeVar("Place", int, str)
NUMBER_MAX = 2**62
Yuan = Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["18333.33"])]
Cursor = Annotated[int, Field(ge=0, le=NUMBER_MAX)]
Number = Annotated[int, Field(ge=1, le=NUMBER_MAX)]


def _storable(text: str) -> str:
    """ValueError for what no text of a database is: NUL, and half of a character."""
    if "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError("not a text")
    return text


Said = Annotated[str, AfterValidator(_storable), Field(max_length=300)]


def as_yuan(amount: Decimal) -> str:
    """An amount in yuan with its two decimals; ValueError for a fraction of a fen."""
    whole = amount.quantize(Decimal("0.01"))
    if whole != amount:
        raise ValueError("a fraction of a fen")
    return f"{whole:f}"


class WholeInstants(NinjaJSONEncoder):
    """Instants to the microsecond: ``known_at`` takes back what ``recorded_at`` said."""

    def default(self, o: Any) -> Any:
        """As JSON has it."""
        return o.isoformat() if isinstance(o, dt.datetime) else super().default(o)


class Paged(Schema, Generic[Item]):
    """One page; ``next`` is what ``after`` takes for the following one, null at the end."""

    items: list[Item]
    next: int | None


def linked(request: HttpRequest, response: HttpResponse, following: Place | None) -> Place | None:
    """Say where the list goes on in the header ``Link`` (RFC 8288) too."""
    if following is not None:
        query = request.GET.copy()
        query["after"] = str(following)
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return following


def page_of(rows: Sequence[Item], most: int) -> tuple[Sequence[Item], bool]:
    """The first ``most`` of rows that were asked for with one more, and whether there are more."""
    return rows[:most], len(rows) > most
