"""A time-stamp authority's token stands beside a day, verified by openssl; nothing else passes for one."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from custody.kernel.errors import Rejected
from reporting.models import LogDay, LogStamp
from reporting.transparency.day_stamps import StampAuthority, signed_head, stamp_newest
from tests.custody.ledger.raw import refused, run
from tests.reporting.transparency.days import ORIGIN, closed, days_later, keys

pytestmark = pytest.mark.usefixtures("committed_db")
CONF = """\
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_in(tmp_path_factory.mktemp("tsa"))


def openssl(*arguments: str, octets: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=octets, capture_output=True, check=True).stdout


def stamped_by(folder: Path) -> Callable[[bytes], bytes]:
    """How an honest authority answers a query."""

    def answer(query: bytes) -> bytes:
        (folder / "query").write_bytes(query)
        return openssl("ts", "-reply", "-config", f"{folder}/tsa.cnf", "-queryfile", f"{folder}/query")

    return answer


def made_in(folder: Path) -> Path:
    """A key of an authority and its certificate, made by openssl."""
    (folder / "tsa.cnf").write_text(CONF.format(folder=folder))
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9",
        "-subj", "/CN=Stamps", "-addext", "extendedKeyUsage=critical,timeStamping",
        "-keyout", f"{folder}/tsa.key", "-out", f"{folder}/tsa.pem",
    )  # fmt: skip
    return folder


def named(authority: StampAuthority) -> dict[str, Any]:
    """The settings that name it."""
    return {
        "LOG_ORIGIN": ORIGIN,
        "TIMESTAMP_AUTHORITY": authority.address,
        "TIMESTAMP_ROOT": authority.root,
    }


@contextmanager
def answering(folder: Path, answer: Callable[[bytes], bytes]) -> Iterator[StampAuthority]:
    """An authority at an address of this machine."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield StampAuthority(f"http://127.0.0.1:{server.server_port}/", folder / "tsa.pem")
    finally:
        server.shutdown()
        server.server_close()


def test_a_closed_day_is_stamped_once_and_openssl_verifies_it(folder: Path, tmp_path: Path) -> None:
    with answering(folder, stamped_by(folder)) as authority, days_later():
        with override_settings(**named(authority)):
            call_command("close_log_day", f"--keys={keys(folder)}", stdout=StringIO())
        again = stamp_newest(authority)
    day = LogDay.objects.order_by("number").last()
    assert day is not None
    for name in ("head.txt", "head.tsr"):
        (tmp_path / name).write_bytes(Client().get(f"/log/days/{day.number}/{name}").content)
    verify = (
        "ts", "-verify", "-token_in", "-in", f"{tmp_path}/head.tsr", "-CAfile", f"{folder}/tsa.pem", "-data",
    )  # fmt: skip
    openssl(*verify, f"{tmp_path}/head.txt")
    (tmp_path / "other.txt").write_bytes(signed_head(day).replace(b"1", b"2", 1))

    assert again is None
    assert f"/log/days/{day.number}/head.tsr" in Client().get("/log/").content.decode()
    with pytest.raises(subprocess.CalledProcessError):
        openssl(*verify, f"{tmp_path}/other.txt")


def another_question(folder: Path) -> Callable[[bytes], bytes]:
    """Answers with a token over other octets."""

    def answer(_query: bytes) -> bytes:
        digest = sha256(b"other").hexdigest()
        return stamped_by(folder)(openssl("ts", "-query", "-digest", digest, "-sha256", "-cert"))

    return answer


def test_what_is_no_token_for_this_head_is_refused_and_the_day_stays_to_be_asked_for(
    folder: Path, tmp_path: Path
) -> None:
    (day,) = closed(folder)[-1:]
    for answer, why in (
        (another_question(folder), "不是所问的日头"),
        (stamped_by(made_in(tmp_path)), "不是这家机构签的"),
        (lambda query: query, "RFC 3161"),
        (lambda _query: b"", "RFC 3161"),
        (lambda _query: b"\x30\x05\x30\x03\x02\x01\x02", "RFC 3161"),
    ):
        with answering(folder, answer) as authority, pytest.raises(Rejected, match=why):
            authority.stamped(signed_head(day))
    for address, root, why in (
        (authority.address, folder / "tsa.pem", "没有得到时间戳"),  # nobody answers there any more
        ("file:///etc/hostname", folder / "tsa.pem", "http"),
        (authority.address, folder / "no.pem", "根证书"),
        (authority.address, folder / "tsa.key", "根证书"),
    ):
        with pytest.raises(Rejected, match=why):
            StampAuthority(address, root).stamped(b"")
    silent = override_settings(**named(authority))
    with days_later(), silent, pytest.raises(CommandError, match="没有得到时间戳"):
        call_command("close_log_day", f"--keys={keys(folder)}", stdout=StringIO())

    assert LogDay.objects.filter(number=day.number + 1).exists()
    assert not LogStamp.objects.filter(day=day).exists()
    with answering(folder, stamped_by(folder)) as authority:
        stamp = stamp_newest(authority)
    assert stamp is not None
    assert stamp.day_id == day.number + 1


def test_a_stamp_is_added_by_the_vault_alone_and_dated_by_the_database(folder: Path) -> None:
    day = closed(folder)[-1]
    add = (
        "INSERT INTO reporting_logstamp (number, authority, token, at) "
        f"VALUES ({day.number}, 'x', 'x', timestamptz '2001-01-01')"
    )
    with refused(state="42501", using="default"):
        run("default", add)
    run("vault", add)

    now = run("owner", "SELECT custody_now()")[0][0]
    assert now - timedelta(minutes=5) < LogStamp.objects.get(day=day).at <= now
    for change in ("UPDATE reporting_logstamp SET token = 'y'", "DELETE FROM reporting_logstamp"):
        with refused():
            run("owner", change)
