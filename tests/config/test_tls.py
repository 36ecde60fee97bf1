"""The pages as docs/deploy.md has them served: DEBUG off, granian ending TLS, nobody trusted before it."""

import datetime as dt
import http.client
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import server
from tests.architecture.source import ROOT
from tests.config.test_logins import PRODUCTION, as_login

OPENS_WITHIN_SECONDS = 120


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Paths of a certificate for localhost and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    places = folder / "certificate.pem", folder / "key.pem"
    for place, content in zip(places, (certificate.public_bytes(pem), private), strict=True):
        place.write_bytes(content)
    return places


def as_owner(statement: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as owner:
        owner.execute(statement.encode())


def answer_of(port: int, path: str, certificate: Path, **headers: str) -> http.client.HTTPResponse:
    context = ssl.create_default_context(cafile=str(certificate))
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=30)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


@pytest.fixture(scope="module")
def served(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Port and certificate of pages that work under a login of the application alone."""
    login = f"pages_{os.getpid()}"
    certificate, key = self_signed(tmp_path_factory.mktemp("tls"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--ssl-certificate", str(certificate), "--ssl-keyfile", str(key), "config.wsgi:application",
    ]  # fmt: skip
    as_owner(f"CREATE ROLE {login} LOGIN IN ROLE trust_app")
    environment = server.environment(as_login(login), **PRODUCTION) | {"ALLOWED_HOSTS": "localhost"}
    running = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, certificate)
        yield port, certificate
    finally:
        running.terminate()
        running.wait(timeout=30)
        as_owner(f"DROP OWNED BY {login}")
        as_owner(f"DROP ROLE {login}")


def wait_for(port: int, certificate: Path) -> None:
    until = time.monotonic() + OPENS_WITHIN_SECONDS
    while time.monotonic() < until:
        try:
            answer_of(port, "/account/login/", certificate)
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise AssertionError("nothing answers")


def test_the_sign_in_page_is_served_over_tls_with_debug_off(served: tuple[int, Path]) -> None:
    answer = answer_of(served[0], "/account/login/", served[1])

    assert (answer.status, "物业服务信托" in answer.read().decode()) == (200, True)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "; Secure" in answer.headers["Set-Cookie"]


def test_stylesheet_and_scripts_are_served_without_a_second_server(served: tuple[int, Path]) -> None:
    answer = answer_of(served[0], "/static/trust/app.css", served[1])

    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, "text/css")


def test_another_host_is_refused(served: tuple[int, Path]) -> None:
    assert answer_of(served[0], "/account/login/", served[1], Host="elsewhere.example").status == 400
