"""A restore takes the anchors back too: what shows it is a head that somebody kept outside."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from custody.ledger.heads import heads_read, heads_written
from custody.ledger.proof import verify_fund
from tests.custody.ledger.raw import run
from tests.custody.ledger.test_tampering_is_named import triggers_off
from tests.factories import TestFund, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    made = make_fund()
    made.fill("1000")
    made.fill("500", book="maintenance")
    return made


def kept(trust: TestFund, out: Path) -> Path:
    call_command("export_heads", fund=trust.fund.code, out=out, stdout=StringIO())
    return out


def verified(trust: TestFund, against: Path) -> tuple[str, str]:
    """What the command says, and what it complains of."""
    said, complained = StringIO(), StringIO()
    told: dict[str, Any] = {"stdout": said, "stderr": complained}
    try:
        call_command("verify_ledger", fund=trust.fund.code, against=against, **told)
    except CommandError as refusal:
        complained.write(str(refusal))
    return said.getvalue(), complained.getvalue()


def test_a_journal_that_goes_on_agrees_with_every_head_kept_before(trust: TestFund, tmp_path: Path) -> None:
    heads = kept(trust, tmp_path / "heads.csv")
    trust.account("suspense")
    kept(trust, heads)

    assert len(heads_read(heads.read_bytes(), name="heads.csv")) == 2
    said, complained = verified(trust, heads)
    assert complained == ""
    assert "账本完好 2 笔" in said


def test_a_journal_set_back_to_an_earlier_moment_is_named(trust: TestFund, tmp_path: Path) -> None:
    [head] = heads_read(kept(trust, tmp_path / "heads.csv").read_bytes(), name="")
    with triggers_off():
        run("owner", "DELETE FROM custody_line WHERE fund_id = %s AND sequence = 2", [trust.fund.pk])
        run("owner", "DELETE FROM custody_entry WHERE fund_id = %s AND sequence = 2", [trust.fund.pk])
        run(
            "owner",
            "UPDATE custody_balance b SET posted = 0 FROM custody_account a "
            "WHERE a.id = b.account_id AND a.fund_id = %s AND a.book = 'maintenance'",
            [trust.fund.pk],
        )
        run(
            "owner",
            "UPDATE custody_ledger_head h SET sequence = 1, chain = e.chain FROM custody_entry e "
            "WHERE e.fund_id = h.fund_id AND e.sequence = 1 AND h.fund_id = %s",
            [trust.fund.pk],
        )
        alone = verify_fund(trust.fund.pk, using="owner")
        found = verify_fund(trust.fund.pk, using="owner", outside=[(head.sequence, head.chain)])

    assert alone == []
    assert [(each.sequence, each.claim) for each in found] == [
        (2, "an entry whose head was kept outside is still there")
    ]


def test_another_history_of_the_same_length_is_named(trust: TestFund, tmp_path: Path) -> None:
    heads = kept(trust, tmp_path / "heads.csv")
    [head] = heads_read(heads.read_bytes(), name="")
    other = bytes(31) + b"\1"
    heads.write_bytes(heads_written([head])[: -len(head.kept_at.isoformat()) - 66] + b",".join(
        [other.hex().encode(), head.kept_at.isoformat().encode()]) + b"\n")  # fmt: skip

    _said, complained = verified(trust, heads)

    assert "第 2 笔分录 库外保存的链首应与账本一致" in complained


def test_a_fund_the_database_no_longer_knows_is_named(trust: TestFund, tmp_path: Path) -> None:
    heads = kept(trust, tmp_path / "heads.csv")
    text = heads.read_text().replace(trust.fund.code, "T-gone")
    heads.write_text(text)

    with pytest.raises(CommandError):
        call_command("verify_ledger", against=heads, stdout=StringIO(), stderr=(told := StringIO()))
    assert "T-gone" in told.getvalue()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "export_heads"),
        (b"\xff\xfe", "export_heads"),
        (b"fund,sequence\n", "export_heads"),
        (b"fund,sequence,chain,kept_at\nA,1," + b"0" * 63 + b",2025-07-01T00:00:00+08:00\n", "第 2 行"),
        (b"fund,sequence,chain,kept_at\nA,-1," + b"0" * 64 + b",2025-07-01T00:00:00+08:00\n", "第 2 行"),
        (b"fund,sequence,chain,kept_at\nA,1," + b"0" * 64 + b",2025-07-01T00:00:00\n", "第 2 行"),
        (b"fund,sequence,chain,kept_at\nA,1," + b"0" * 64 + b",2025-13-01T00:00:00+08:00\n", "第 2 行"),
    ],
)
def test_a_file_that_is_no_list_of_heads_is_refused_with_its_line(
    tmp_path: Path, content: bytes, named: str
) -> None:
    heads = tmp_path / "heads.csv"
    heads.write_bytes(content)

    for command, options in (("verify_ledger", {"against": heads}), ("export_heads", {"out": heads})):
        with pytest.raises(CommandError, match=named):
            call_command(command, stdout=StringIO(), stderr=StringIO(), **options)
    assert heads.read_bytes() == content


def test_a_place_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="无法读取"):
        call_command("verify_ledger", against=tmp_path / "none.csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="无法写入"):
        call_command("export_heads", out=tmp_path / "file" / "heads.csv")
