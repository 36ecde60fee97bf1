"""The log's octets are those of docs/verify.md, and an outsider checks a list with the script there alone."""

import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from reporting.transparency.checkpoints import BadHead, Seals, check_seals, head_sealed, head_text, note_of
from reporting.transparency.head_lines import HeadLine, HeadList, head_list_read
from reporting.transparency.leaves import (
    Secret,
    as_canonical,
    commitment,
    day_leaf,
    entry_leaf,
    fund_day,
    paper_leaf,
)
from reporting.transparency.log_keys import FileSigner, make_log_keys
from reporting.transparency.merkle import Growing, root_of
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs/verify.md").read_text()
SECRET = Secret(bytes(range(32)))
DAY = date(2026, 11, 30)
ORIGIN = "trust.example/log"


def vectors() -> dict[str, str]:
    entry = entry_leaf(
        SECRET.salt("CD-1", 5),
        as_canonical({"words": "利息", "fund": "CD-1", "sequence": 5, "amount": "10.00"}),
    )
    paper = paper_leaf("ab" * 32)
    of_fund = fund_day("CD-1", DAY, [5], [entry], [paper])
    return {
        "SALT": SECRET.salt("CD-1", 5).hex(),
        "OPENING": SECRET.opening("CD-1", 5).hex(),
        "ENTRY": entry.hex(),
        "PAPER": paper.hex(),
        "FUNDDAYTEXT": of_fund.text.replace("|", r"\|"),
        "FUNDDAY": of_fund.leaf.hex(),
        "DAY": day_leaf(DAY, 1, root_of([of_fund.leaf]).hex()).hex(),
    }


@pytest.mark.parametrize("of", ["SALT", "OPENING", "ENTRY", "PAPER", "FUNDDAYTEXT", "FUNDDAY", "DAY"])
def test_the_page_tells_the_octets(of: str) -> None:
    assert f"`{vectors()[of]}`" in PAGE


def test_a_fund_code_that_holds_a_bar_is_no_other_day() -> None:
    assert fund_day("a|2", DAY, [], [], []).text != fund_day("a", DAY, [2], [], []).text
    assert fund_day("a|1", DAY, [], [], []).leaf != fund_day("a", DAY, [1], [], []).leaf


def test_salts_and_openings_are_of_one_fund_and_entry() -> None:
    said = {SECRET.salt(fund, number) for fund in ("a", "b") for number in (1, 2)}

    assert len(said | {SECRET.opening("a", 1)}) == 5
    assert commitment(SECRET.opening("a", 1), bytes(32)) != commitment(SECRET.opening("a", 2), bytes(32))


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return make_log_keys(tmp_path_factory.mktemp("log") / "keys")


def head_of(signer: FileSigner, number: int, on: date, funds: int, root: str, log_root: bytes) -> HeadLine:
    return HeadLine(
        number, on, funds, root, log_root.hex(), head_sealed(head_text(ORIGIN, number, log_root), signer)
    )


def heads(signer: FileSigner, count: int = 5, funds: int = 2) -> HeadList:
    grown, lines = Growing(), []
    for number in range(1, count + 1):
        on, root = DAY + timedelta(number), f"{number:064x}"
        grown.append(day_leaf(on, funds, root))
        lines.append(head_of(signer, number, on, funds, root, grown.root))
    return HeadList(ORIGIN, tuple(lines))


def test_a_head_signed_by_another_is_refused(signer: FileSigner, tmp_path: Path) -> None:
    text, other = head_text("o", 1, bytes(32)), make_log_keys(tmp_path / "other")
    good, theirs = head_sealed(text, signer), head_sealed(text, other)
    for bad in (
        Seals(good.p256_key, theirs.p256_signature, good.ed25519_key, good.ed25519_signature),
        Seals(good.p256_key, good.p256_signature, good.ed25519_key, theirs.ed25519_signature),
        Seals(b"", good.p256_signature, good.ed25519_key, good.ed25519_signature),
    ):
        with pytest.raises(BadHead):
            check_seals(text, bad)


def test_a_note_is_a_c2sp_checkpoint(signer: FileSigner) -> None:
    text = head_text("trust.example/log", 3, bytes(32))
    note = note_of(text, head_sealed(text, signer))

    assert note.startswith(f"{text}\n— trust.example/log ")
    assert re.fullmatch(r"(— trust\.example/log [A-Za-z0-9+/]+=*\n){2}", note.removeprefix(f"{text}\n"))


def test_a_list_is_read_as_it_was_written(signer: FileSigner) -> None:
    made = heads(signer)

    assert head_list_read(made.written.encode(), name="heads.txt") == made


@pytest.fixture
def script(tmp_path: Path) -> Path:
    found = re.search(r"```python\n(.*?)```", PAGE, re.S)
    assert found is not None
    (tmp_path / "check.py").write_text(found[1])
    return tmp_path / "check.py"


def checked(script: Path, kept: str, now: str) -> tuple[int, str]:
    for name, text in (("kept.txt", kept), ("heads.txt", now)):
        (script.parent / name).write_text(text)
    done = subprocess.run(
        [sys.executable, script.name, "kept.txt", "heads.txt"],
        capture_output=True, check=False, cwd=script.parent, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_an_outsiders_script_finds_a_list_that_grew_in_order(script: Path, signer: FileSigner) -> None:
    now = heads(signer, 5)
    kept = HeadList(now.origin, now.lines[:3])

    assert checked(script, kept.written, now.written) == (0, "5 days hold, and agree with 3 kept ones\n")


def test_an_outsiders_script_names_what_was_rewritten(
    script: Path, signer: FileSigner, tmp_path: Path
) -> None:
    now = heads(signer, 4).written
    lines = now.splitlines(keepends=True)
    stranger = make_log_keys(tmp_path / "stranger")
    again, forged = heads(signer, 4, funds=3).written, heads(stranger, 4).written

    for published, words in (
        ("".join(lines[:2] + lines[3:]), "missing or twice"),
        ("".join(lines[:-1]), "2026-12-04: not as it was kept"),
        (again, "not as it was kept"),
        (forged, "signed by another key"),
        (now.replace(lines[4].split(" ")[4], "0" * 64), "does not follow"),
        (now.replace("origin trust", "origin other"), "not signed by its key"),
    ):
        code, said = checked(script, now, published)
        assert (code, words in said) == (1, True), said
