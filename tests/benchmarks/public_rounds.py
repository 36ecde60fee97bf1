"""How many of a published month's pages leave in a second, beside an empty page of the same site.

Two processes of granian on two cores, which this process's callers share; each caller keeps its line open.
The page is asked for whole, and by callers who hold it already.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from functools import partial

from custody.console.commands import HouseCommand
from reporting.disclosure.publishing import publish_month
from tests.benchmarks.addresses import EMPTY
from tests.benchmarks.figures import Figure, summary
from tests.benchmarks.page_rounds import served
from tests.benchmarks.visitors import Measured, at_once
from tests.custody.ledger.raw import citations_unjudged
from tests.reporting.builders import worked_quarter

CALLERS = 8
CALLS = 500  # each caller's, a round
LIMIT = "≥ 1,000"


def figures(rounds: int, scale: float) -> Iterator[Figure]:
    """Pages a second: whole, and known already."""
    calls = max(int(CALLS * scale), 20)
    with citations_unjudged():
        q = worked_quarter()
    publish_month(fund=q.made.fund, month=date(2025, 7, 1), actor=q.made.actor, at=HouseCommand.now())
    with served(workers=2) as port:
        month = f"/e/{q.code}/2025-07/"
        known = {"If-None-Match": _etag(port, month)}
        for name, headers in (("a published month", {}), ("a published month known already", known)):
            yield _figure(name, port, (month, headers), rounds, calls)


def _figure(name: str, port: int, asked: tuple[str, dict[str, str]], rounds: int, calls: int) -> Figure:
    rates, ratios = [], []
    for number in range(rounds + 1):
        rate, bare = (_rate(port, each, calls) for each in (asked, (EMPTY, {})))
        if number:  # the first round only warms
            rates.append(rate)
            ratios.append(rate / bare)
    value, spread = summary(rates)
    ratio, ratio_spread = summary(ratios)
    return Figure(f"{name}, {CALLERS} callers", "pages/s", value, spread, LIMIT, ratio, ratio_spread)


def _rate(port: int, asked: tuple[str, dict[str, str]], calls: int) -> float:
    _found, seconds = at_once([partial(_call, port, *asked, calls) for _ in range(CALLERS)])
    return CALLERS * calls / seconds


def _call(port: int, address: str, headers: dict[str, str], calls: int) -> Measured:
    """The same request again and again over one line; every answer read whole."""
    said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {address} HTTP/1.1\r\nHost: localhost:{port}\r\n{said}\r\n".encode()
    with closing(socket.create_connection(("localhost", port))) as line:
        for _ in range(calls):
            line.sendall(request)
            _answer(line)
    return [(time.perf_counter(),)]


def _answer(line: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of one answer. AssertionError: neither found nor known."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += line.recv(1 << 16)
    head, _blank, body = read.partition(b"\r\n\r\n")
    lowered = head.lower()
    if lowered.split(b" ", 2)[1] not in {b"200", b"304"}:
        raise AssertionError(head)
    length = int(lowered.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    while len(body) < length and b" 304" not in head.partition(b"\r\n")[0]:
        body += line.recv(1 << 16)
    return head, body


def _etag(port: int, address: str) -> str:
    with closing(socket.create_connection(("localhost", port))) as line:
        line.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
        head, _body = _answer(line)
    (found,) = [each for each in head.split(b"\r\n") if each.lower().startswith(b"etag:")]
    return found.partition(b":")[2].strip().decode()
