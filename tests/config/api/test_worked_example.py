"""The lines of docs/api.md, run as they stand there, against the API itself."""

import re
from functools import partial
from pathlib import Path

import httpx
import pytest

from config.wsgi import application
from settlement.models import Settlement
from tests.config.api.programs import all_written, program_of
from tests.settlement.desk import make_provider
from tests.settlement.web.test_firm_hands_in import workbook

pytestmark = pytest.mark.usefixtures("committed_db")
PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def lines_of_the_page() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    return str(code)


def test_a_firms_month_is_handed_in_by_the_lines_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_provider()
    desk.work("400", number="A")
    (tmp_path / "july.xlsx").write_bytes(workbook(desk, tmp_path))
    program = program_of(desk.at.fund, desk.at.provider)
    said = {
        "FUND": desk.at.fund.code,
        "MONTH": "2025-07",
        "TOKEN": program.text,
        "API": "http://testserver/api/v1",
        "WORKBOOK": str(tmp_path / "july.xlsx"),
    }
    for name, value in said.items():
        monkeypatch.setenv(f"TRUST_{name}", value)
    served = partial(httpx.Client, transport=httpx.WSGITransport(app=application))
    monkeypatch.setattr(httpx, "Client", served)
    exec(compile(lines_of_the_page(), "docs/api.md", "exec"), {})
    row = Settlement.objects.get(fund=desk.at.fund)
    first = capsys.readouterr().out
    all_written()
    exec(compile(lines_of_the_page(), "docs/api.md", "exec"), {})
    again = capsys.readouterr().out

    assert row.state == "verified"
    assert f"{row.number} verified" in first
    assert again.count(f"{row.number} verified") == 2  # the verdict, told again, and the event
    assert "submitted" in again


def test_the_page_keeps_its_promise_of_thirty_lines() -> None:
    assert len([line for line in lines_of_the_page().splitlines() if line.strip()]) <= 30
