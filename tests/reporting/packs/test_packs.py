"""A pack is verified by openssl and sha256sum alone, as README tells; what is changed in it is refused."""

import json
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime
from hashlib import new, sha256
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from custody.files.archive import bytes_of
from custody.kernel.errors import Forbidden
from custody.models import Access, AccessRecord
from reporting.models import Handout, Pack, PackFile, PaperFormat, StatementKind
from reporting.packs.issuing import issue_pack
from reporting.packs.packing import packed
from reporting.packs.seal_files import FileSeal, make_seal, seal_in
from reporting.packs.seals import sealed_pdf
from reporting.papers.forms import file_name
from reporting.statements.asked import Asked
from reporting.statements.named_periods import Period
from tests.config.api.programs import program_of
from tests.custody.ledger.raw import refused, run
from tests.factories import AT
from tests.pages import browser_of
from tests.reporting.builders import FROM, TO
from tests.reporting.web.supervised import Supervised, supervised

pytestmark = pytest.mark.usefixtures("committed_db")
DAYS = Period(FROM, TO)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("seal") / "seal"
    make_seal(made, company="示范信托", at=datetime.now(UTC))
    return made


@pytest.fixture(scope="module")
def once() -> list[Supervised]:
    return []


@pytest.fixture
def here(committed_db: None, folder: Path, once: list[Supervised]) -> Supervised:
    """An estate whose quarter was packed, once for all tests."""
    if not once:
        made = supervised()
        issued(made, seal_in(folder))
        once.append(made)
    return once[0]


def issued(where: Supervised, signer: FileSeal) -> Pack:
    made = where.quarter.made
    return issue_pack(fund=made.fund, period=DAYS, actor=made.actor, at=AT, signer=signer)


def newest(where: Supervised) -> Pack:
    pack = Pack.objects.filter(fund=where.quarter.made.fund).order_by("edition").last()
    assert pack is not None
    return pack


@pytest.fixture
def unpacked(here: Supervised, tmp_path: Path) -> Path:
    place = tmp_path / "pack"
    with zipfile.ZipFile(
        BytesIO(bytes_of(Pack.objects.get(fund=here.quarter.made.fund, edition=1).document))
    ) as pack:
        pack.extractall(place)
    return place


def refused_by(place: Path) -> list[int]:
    """Which of README's four commands fail."""
    commands = [
        line.strip() for line in (place / "README.txt").read_text().splitlines() if line.startswith("    ")
    ]
    checks = [each for each in commands if " " in each]
    assert len(checks) == 4
    return [
        number
        for number, command in enumerate(checks, 1)
        if subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], cwd=place, capture_output=True, check=False
        ).returncode
    ]


def test_the_commands_of_readme_accept_a_pack(unpacked: Path) -> None:
    assert refused_by(unpacked) == []


@pytest.mark.parametrize("name", ["entries.csv", "manifest.json", "SHA256SUMS"])
def test_a_flipped_byte_is_refused(unpacked: Path, name: str) -> None:
    content = bytearray((unpacked / name).read_bytes())
    content[len(content) // 2] ^= 1
    (unpacked / name).write_bytes(content)

    assert refused_by(unpacked)


def test_an_added_file_and_a_missing_one_are_refused(unpacked: Path) -> None:
    (unpacked / "extra.pdf").write_bytes(b"%PDF")
    assert refused_by(unpacked) == [4]
    (unpacked / "extra.pdf").unlink()
    (unpacked / "entries.csv").unlink()

    assert set(refused_by(unpacked)) == {3, 4}


def test_a_swapped_paper_is_refused_even_with_its_line_rewritten(unpacked: Path) -> None:
    paper = next(unpacked.glob("*.pdf"))
    was = sha256(paper.read_bytes()).hexdigest()
    shutil.copy(next(each for each in unpacked.glob("*.pdf") if each != paper), paper)
    assert refused_by(unpacked) == [3]
    sums = (unpacked / "SHA256SUMS").read_text()
    (unpacked / "SHA256SUMS").write_text(sums.replace(was, sha256(paper.read_bytes()).hexdigest()))

    assert refused_by(unpacked) == [1]


def test_a_pack_of_another_seal_is_refused(unpacked: Path, tmp_path: Path) -> None:
    other = make_seal(tmp_path / "other", company="别的公司", at=datetime.now(UTC))
    (unpacked / "root.crt").write_bytes((tmp_path / "other" / "root.crt").read_bytes())

    assert other.certificates
    assert set(refused_by(unpacked)) >= {1, 2}


def test_the_manifest_lists_every_file_with_both_digests(unpacked: Path, here: Supervised) -> None:
    manifest = json.loads((unpacked / "manifest.json").read_text())

    for each in manifest["files"]:
        content = (unpacked / each["name"]).read_bytes()
        assert (each["size"], each["sha256"]) == (len(content), sha256(content).hexdigest())
        assert each["sm3"] == new("sm3", content).hexdigest()
    assert manifest["fund"] == here.code
    assert manifest["entries"]["count"] == len(
        {x.split(",")[0] for x in (unpacked / "entries.csv").read_text().splitlines()[1:]}
    )


def test_a_sealed_pdf_begins_with_the_paper_that_was_issued(unpacked: Path, here: Supervised) -> None:
    for paper in Handout.objects.filter(fund=here.quarter.made.fund, format="pdf"):
        plain = bytes_of(paper.document)
        if paper.at <= Pack.objects.get(fund=here.quarter.made.fund, edition=1).at:
            assert [each for each in unpacked.glob("*.pdf") if each.read_bytes().startswith(plain)]


def test_a_pdfs_seal_verifies_by_openssl_over_its_own_byte_range(unpacked: Path, tmp_path: Path) -> None:
    content = next(unpacked.glob("*.pdf")).read_bytes()
    at = content.rindex(b"/ByteRange")
    numbers = content[content.index(b"[", at) + 1 : content.index(b"]", at)].split()
    a, b, c, d = map(int, numbers)
    (tmp_path / "cms").write_bytes(_der(bytes.fromhex(content[b + 1 : c - 1].decode())))
    (tmp_path / "said").write_bytes(content[a : a + b] + content[c : c + d])
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-inform", "DER", "-in", "cms", "-content", "said", "-binary",
         "-CAfile", str(unpacked / "root.crt"), "-purpose", "any", "-out", "/dev/null"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


def _der(octets: bytes) -> bytes:
    """The structure at the beginning, without the zeros that fill its place."""
    length = octets[1] - 128
    return octets[: 2 + length + int.from_bytes(octets[2 : 2 + length])]


def test_the_same_files_under_the_same_key_are_the_same_pack(folder: Path) -> None:
    signer, files = seal_in(folder), {"b.txt": b"b", "a.txt": b"a"}
    first, again = (packed("t", files, {"fund": "x"}, [], signer) for _time in range(2))

    assert first.content == again.content


def test_the_same_figures_are_not_issued_again_and_others_are_the_next_edition(
    folder: Path, here: Supervised
) -> None:
    signer, first = seal_in(folder), newest(here)
    assert issued(here, signer).pk == first.pk

    here.quarter.receipt("grant_received", "grant", date(2025, 9, 28), "1.00")
    second = issued(here, signer)

    assert (second.edition, issued(here, signer).pk) == (first.edition + 1, second.pk)
    assert "entries.csv" in [name for name, _was, _now in second.changed]
    with zipfile.ZipFile(BytesIO(bytes_of(second.document))) as pack:
        assert first.sha256 in pack.read("README.txt").decode()


def test_a_supervisor_takes_the_newest_pack_and_it_is_on_record(here: Supervised) -> None:
    browser, address = browser_of(here.reader), f"/oversight/{here.code}/2025Q3/"
    answer = browser.get(f"{address}pack.zip")

    assert answer.content == bytes_of(newest(here).document)
    assert here.looks(here.reader)[-1][1].endswith(".zip")
    assert newest(here).sha256 in browser.get(address).content.decode()


def test_where_no_pack_was_issued_a_supervisor_is_led_back(here: Supervised) -> None:
    answer = browser_of(here.reader).get(f"/oversight/{here.code}/2025-07/pack.zip")

    assert (answer.status_code, answer["Location"]) == (302, f"/oversight/{here.code}/2025-07/")


def test_verify_answers_for_a_pack_and_for_each_file_in_it(here: Supervised) -> None:
    pack = newest(here)
    for digest in (
        pack.sha256,
        *PackFile.objects.filter(pack=pack, name__endswith=".pdf").values_list("sha256", flat=True),
    ):
        assert "与出具的监管资料包一致" in Client().get("/verify/", {"sha256": digest}).content.decode()


def test_a_firm_issues_no_pack(folder: Path, here: Supervised) -> None:
    made = here.quarter.made
    with pytest.raises(Forbidden):
        issue_pack(fund=made.fund, period=DAYS, actor=made.provider_clerk, at=AT, signer=seal_in(folder))


def test_the_command_issues_and_writes_a_pack(folder: Path, here: Supervised, tmp_path: Path) -> None:
    out, made = tmp_path / "pack.zip", here.quarter.made
    asked = (f"--fund={here.code}", f"--actor={made.actor.username}", "--from=2025-07-01", "--to=2025-09-30")
    call_command("issue_pack", *asked, f"--seal={folder}", f"--out={out}", stdout=StringIO())

    assert out.read_bytes() == bytes_of(newest(here).document)
    with pytest.raises(CommandError, match="make_seal"):
        call_command("issue_pack", *asked, f"--seal={tmp_path / 'none'}")


def test_a_program_takes_the_newest_pack_as_it_was_issued(here: Supervised) -> None:
    fund, pack = here.quarter.made.fund, newest(here)
    supervisor = program_of(fund, here.reader.memberships.get().organisation, "read")
    taken, none = (supervisor.get(f"packs/{here.code}/{period}") for period in ("2025Q3", "2025-02"))
    firm = program_of(fund, here.quarter.made.provider, "read").get(f"packs/{here.code}/2025Q3")

    assert (taken.status_code, sha256(taken.content).hexdigest()) == (200, pack.sha256)
    assert (none.status_code, firm.status_code) == (404, 404)
    assert AccessRecord.objects.filter(fund=fund, about=pack.document.name, what=Access.DOWNLOADED).exists()


def test_a_pack_holds_every_statement_its_days_can_have_and_names_the_others(
    here: Supervised, unpacked: Path
) -> None:
    left_out = json.loads((unpacked / "manifest.json").read_text())["left_out"]
    kinds = {
        each
        for each in StatementKind.values
        if (unpacked / file_name(Asked(here.code, each, FROM, TO), PaperFormat.PDF)).exists()
    }

    assert kinds | set(left_out) == set(StatementKind.values)
    assert kinds >= {"fund", "balance-sheet", "profit", "annual-report", "city-month"}


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_nobody_rewrites_a_pack(here: Supervised, statement: str) -> None:
    for table, column in (("reporting_pack", "edition"), ("reporting_packfile", "size")):
        written = statement.format(table, column, column)
        with refused(constraint="append_only", using="owner"):
            run("owner", written)
        with refused(state="42501", using="default"):
            run("default", written)


def test_the_database_takes_a_pack_in_order_and_under_an_anchor_alone(here: Supervised) -> None:
    again = """
    INSERT INTO reporting_pack
           (fund_id, document_id, sha256, from_on, to_on, edition, changed, sequence, chain, at, by_id)
    SELECT fund_id, document_id, sha256, from_on, to_on, edition + {}, changed, {}, chain, at, {}
      FROM reporting_pack WHERE id = %s"""
    pack, clerk = newest(here), here.quarter.made.provider_clerk.pk
    for constraint, said in (
        ("pack_editions_follow", (2, "sequence", "by_id")),
        ("pack_under_an_anchor", (1, "sequence + 1", "by_id")),
        ("pack_issued_by_one_who_may", (1, "sequence", clerk)),
    ):
        with refused(constraint=constraint, using="default"):
            run("default", again.format(*said), [pack.pk])


def test_sealing_needs_no_clock(folder: Path, unpacked: Path) -> None:
    pdf = next(unpacked.glob("*.pdf")).read_bytes()
    plain = pdf[: pdf.index(b"%%EOF") + 6]
    first, again = (sealed_pdf(plain, seal_in(folder), at=AT) for _time in range(2))

    assert first == again
