"""`make serve`: two estates in the middle of a quarter, with people who can sign in and a bank that answers.

One house is started as a newcomer starts it, on a database of its own, with the smaller estate alone.
"""

import http.cookiejar
import os
import re
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from config.replay.serving.demonstration_bank import DemonstrationBank
from config.replay.serving.opening import Opening
from custody.kernel.errors import Forbidden
from custody.vault import device
from tests import server
from tests.architecture.source import ROOT
from tests.config.replay.test_where_it_runs import known_commands
from tests.factories import make_fund
from tests.houses import ANSWERS_WITHIN_SECONDS, House

PACK = ROOT / "tests/packs/brocade-garden"
CODE = "CD-WH-0002"
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    name = f"test_serve_{os.getpid()}"
    made = House(tmp_path_factory.mktemp("serve"), server.url(name), [PACK])
    with psycopg.connect(server.url(), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}".encode())
    try:
        made.start()
        yield made
        if made.running is not None and made.running.poll() is None:
            made.stop()
    finally:
        with psycopg.connect(server.url(), autocommit=True) as owner:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


class Browser:
    """Somebody's browser without scripts, on a real connection."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> tuple[str, str]:
        """Where it ended, and the page."""
        with self.opener.open(self.address + path.lstrip("/"), timeout=ANSWERS_WITHIN_SECONDS) as answer:
            return urllib.parse.urlsplit(answer.url).path, answer.read().decode()

    def post(self, path: str, **said: str) -> tuple[str, str]:
        token = next(each.value for each in self.cookies if each.name == "csrftoken")
        data = urllib.parse.urlencode({**said, "csrfmiddlewaretoken": token or ""}).encode()
        asked = urllib.request.Request(self.address + path.lstrip("/"), data)
        with self.opener.open(asked, timeout=ANSWERS_WITHIN_SECONDS) as answer:
            return urllib.parse.urlsplit(answer.url).path, answer.read().decode()

    def sign_in(self, person: dict[str, str]) -> str:
        """Password, then code; answers where the person begins."""
        here, _page = self.get("/account/login/")
        here, _page = self.post(here, login=person["username"], password=person["password"])
        assert "2fa" in here, person["username"]
        code = format_hotp_value(hotp_value(person["totp_secret"], int(time.time()) // 30))
        return self.post(here, code=code)[0]


def eventually(found: Callable[[], Any]) -> Any:
    until = time.monotonic() + ANSWERS_WITHIN_SECONDS
    while time.monotonic() < until:
        answer = found()
        if answer:
            return answer
        time.sleep(0.2)
    raise AssertionError("nothing came")


def test_the_commands_are_unknown_with_debug_off() -> None:
    known = known_commands(DEBUG="0", SECRET_KEY="x" * 60).split()

    assert not {"serve", "show_codes"} & set(known)


@pytest.mark.usefixtures("committed_db")
def test_it_opens_on_no_database_with_somebody_elses_fund(tmp_path: Path) -> None:
    make_fund()
    opening = Opening([PACK], tmp_path, lambda _holder: device.make())

    with pytest.raises(Forbidden, match="只能开在自己的库上"):
        opening.run(DemonstrationBank(tmp_path / "bank", tmp_path / "outbox"), lambda *_told: None)


def test_a_stranger_is_shown_the_sign_in_page(house: House) -> None:
    assert Browser(house.address).get("/")[0] == "/account/login/"


def test_there_is_somebody_for_every_role(house: House) -> None:
    assert {each["role"] for each in house.people} == {
        "trustee-maker", "trustee-keyholder", "trustee-checker", "provider-clerk", "committee-keyholder",
        "committee-checker", "protector-keyholder", "regulator-viewer",
    }  # fmt: skip


def test_everybody_signs_in_by_password_and_code_and_begins_where_it_says(house: House) -> None:
    begun = {each["username"]: Browser(house.address).sign_in(each) for each in house.people}

    assert begun == {each["username"]: each["start"] for each in house.people}


def test_the_key_of_every_keyholder_is_enrolled_and_opens_with_their_password(house: House) -> None:
    rows = house.sql(
        "SELECT username, point FROM custody_publickey k JOIN custody_operator o ON o.id = k.operator_id"
    )
    ours = {
        each["username"]: device.unsealed(each["device_key"].encode(), each["password"]).point
        for each in house.people
        if each["role"].endswith("keyholder")
    }

    assert ours == {username: bytes(point) for username, point in rows}


def test_the_codes_are_told(house: House) -> None:
    said = house.manage("show_codes", "--logins", str(house.logins)).stdout

    assert re.search(r"^\d{6}  linjing  林静$", said, re.M)


def test_work_waits_for_the_keyholders_and_the_makers(house: House) -> None:
    states = dict(house.sql("SELECT state, count(*) FROM settlement_settlement GROUP BY state"))

    assert {"verified", "approved", "released", "returned"} <= set(states)


def test_the_bank_pays_what_is_filed_and_takes_what_nobody_foresaw(house: House) -> None:
    handed_out = house.home / "bank" / CODE
    paid = "SELECT count(*) FROM settlement_settlement WHERE state = 'paid'"
    before = house.sql(paid)[0][0]
    filed = house.manage("instruct_payments", "--fund", CODE, "--actor", "linjing")
    eventually(lambda: len(list(handed_out.glob("*.xlsx"))) == 2)
    files = [str(each) for each in sorted(handed_out.glob("*.xlsx"), key=lambda path: path.stem[-2:])]
    taken = house.manage("import_bank_statement", "--fund", CODE, "--actor", "linjing", *files)

    assert (filed.returncode, taken.returncode) == (0, 0), taken.stderr
    assert house.sql(paid)[0][0] > before
    assert "待查付款：1" in taken.stdout


def test_what_waits_to_be_handed_in_is_taken_once_the_work_is_accepted(house: House) -> None:
    folder = house.home / "handed-in" / CODE
    of = {each["role"]: each["username"] for each in house.people}

    def handed_in(name: str) -> str:
        return house.manage(
            "import_invoices",
            "--fund",
            CODE,
            "--actor",
            of["provider-clerk"],
            str(folder / name),
            "--dry-run",
        ).stdout

    faulty, early = handed_in("发票-有错.xlsx"), handed_in("发票.xlsx")
    house.manage(
        "import_work", "--fund", CODE, "--actor", of["committee-checker"], str(folder / "工单与考核.xlsx")
    )
    keyholder = next(each for each in house.people if each["role"] == "committee-keyholder")
    key_file = house.home / "committee.pem"
    key_file.write_text(keyholder["device_key"], encoding="utf-8")
    ((number,),) = house.sql("SELECT max(id) FROM settlement_acceptance")
    signed = house.manage(
        "turn_key", "--fund", CODE, "--actor", keyholder["username"], "--key-file", str(key_file),
        "acceptance", str(number), KEY_PASSPHRASE=keyholder["password"],
    )  # fmt: skip

    assert ("未受理" in faulty, "核验通过" in early, signed.returncode) == (True, False, 0), signed.stderr
    assert "核验通过：1" in handed_in("发票.xlsx")


def test_a_second_one_says_where_the_first_is(house: House) -> None:
    done = house.once_more()

    assert (done.returncode, house.address in done.stdout) == (0, True)


def test_a_port_that_is_taken_is_refused_in_a_sentence(house: House, tmp_path: Path) -> None:
    done = House(tmp_path, house.database, [PACK], house.port).once_more()

    assert (done.returncode, f"端口 {house.port} 已被占用" in done.stderr) == (2, True)


def test_starting_again_keeps_what_was_done_and_who_signs_in(house: House) -> None:
    facts = "SELECT count(*) FROM custody_entry UNION ALL SELECT count(*) FROM custody_approval"
    before, people = house.sql(facts), house.people
    statements = sorted(path.name for path in (house.home / "bank").rglob("*.xlsx"))
    ended = house.stop()
    house.start()

    assert ended == 0
    assert (house.sql(facts), house.people) == (before, people)
    assert statements == sorted(path.name for path in (house.home / "bank").rglob("*.xlsx"))
    assert Browser(house.address).sign_in(people[0]) == people[0]["start"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_killed_outright_it_leaves_none_of_its_programs_running(house: House) -> None:
    assert house.running is not None
    programs = psutil.Process(house.running.pid).children(recursive=True)
    house.running.kill()
    house.running.wait()

    assert len(programs) >= 3
    assert psutil.wait_procs(programs, timeout=ANSWERS_WITHIN_SECONDS)[1] == []
