"""Evidence changed by whoever owns the tables or the disk: the proof names the line, the file, the entry."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from custody.files.archive import place_of
from custody.ledger import encoding, proof
from custody.ledger.proof import Finding, Stood, verify_fund
from custody.models import BankLine, Document, Fund, JournalEntry
from custody.money_in.channel import import_channel_detail
from custody.money_in.public_revenue import import_public_revenue
from custody.proofs import evidence
from custody.proofs.evidence import verify_evidence
from tests.custody.ledger.raw import run, undone
from tests.custody.ledger.test_tampering_is_named import triggers_off
from tests.custody.money_in.small import AT, Said, Small, small_estate

pytestmark = pytest.mark.usefixtures("committed_db")
LINES = (
    Said("2025-07-02", "10.00", "路人", account="6222", memo="借款"),
    Said("2025-07-03", "-4.00", "某某", memo="往来"),
    Said("2025-07-04", "96.00", "银联商务", memo="商户结算0703"),
    Said("2025-07-05", "30.00", "停车场", memo="停车费批次P1"),
)


@pytest.fixture
def small(committed_db: None, tmp_path: Path) -> Small:
    """Receipts, a payment nobody knows, a merchant's lump and a batch, each with its file."""
    made = small_estate(tmp_path)
    orders = made.channel(("Q1", "2025-07-03 09:00:00", "5-1-101", "赵一", "100.00", "4.00"))
    import_channel_detail(fund=made.fund, paths=[orders], actor=made.actor, at=AT)
    batch = made.revenue(("2025-07-04", "停车费", "停车场", "E1", "30.00", "P1"))
    import_public_revenue(fund=made.fund, path=batch, actor=made.actor, at=AT)
    made.take(*LINES)
    return made


def after(small: Small, *statements: str, journal: bool = False) -> list[str]:
    """What does not hold once an owner, whom triggers do not bind, has typed these; then it is undone."""
    with triggers_off() if journal else undone():
        run("owner", "SET LOCAL session_replication_role = replica")
        for statement in statements:
            run("owner", statement, {"fund": small.fund.pk})
        return verify_evidence(small.fund, using="owner")


def test_untouched_evidence_is_borne_out(small: Small) -> None:
    assert verify_evidence(small.fund) == []


LINE = "fund_id = %(fund)s AND position = 2"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"UPDATE custody_bankline SET memo = '货款' WHERE {LINE}", "登记为 货款"),
        (f"UPDATE custody_bankline SET amount = -5 WHERE {LINE}", "账上按它记了 -4.00 元"),
        (f"UPDATE custody_bankline SET balance = 1 WHERE {LINE}", "第 3 笔与前一笔余额不衔接"),
        (f"UPDATE custody_bankline SET booked_on = '2025-07-01' WHERE {LINE}", "booked_on 登记为 2025-07-01"),
        (f"UPDATE custody_bankline SET row = 99 WHERE {LINE}", "文件中没有这一行"),
        (f"UPDATE custody_bankline SET position = 9 WHERE {LINE}", "第 9 笔与前一笔余额不衔接或缺号"),
        (f"DELETE FROM custody_bankline WHERE {LINE}", "没有登记为流水"),
        ("UPDATE custody_document SET sha256 = repeat('0', 64) WHERE kind = 'bank' AND fund_id = %(fund)s",
         "无法重读"),
        ("DELETE FROM custody_channelorder WHERE fund_id = %(fund)s", "order:Q1 不"),
        ("UPDATE custody_channelorder SET amount = 99 WHERE fund_id = %(fund)s", "order:Q1 不存在"),
        ("UPDATE custody_revenueline SET batch = 'P2' WHERE fund_id = %(fund)s", "revenue:P1 不存在"),
        ("UPDATE custody_document SET sha256 = repeat('0', 64) WHERE kind = 'estate' AND fund_id = %(fund)s",
         "所依据的 file:"),
    ],
)  # fmt: skip
def test_a_changed_fact_is_named(small: Small, statement: str, named: str) -> None:
    assert [fault for fault in after(small, statement) if named in fault] != []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE custody_entry SET source = 'bankline:none:1' WHERE fund_id = %(fund)s AND sequence = 5",
         "第 5 笔分录所依据的 bankline:none:1 不存在"),
        (("UPDATE custody_line l SET amount = amount * 2 FROM custody_entry e WHERE e.fund_id = l.fund_id"
          " AND e.sequence = l.sequence AND e.key LIKE 'bank:%%:2' AND e.fund_id = %(fund)s"),
         "账上按它记了 -8.00 元"),
        (("UPDATE custody_balance b SET posted = posted + 1 FROM custody_account a WHERE a.id = b.account_id"
          " AND a.kind = 'cash' AND a.book = 'operating' AND a.fund_id = %(fund)s"),
         "银行余额与账面银行存款相差 -1.00"),
    ],
)  # fmt: skip
def test_a_changed_journal_no_longer_agrees(small: Small, statement: str, named: str) -> None:
    assert [fault for fault in after(small, statement, journal=True) if named in fault] != []


def test_a_line_that_no_file_of_the_bank_holds_is_named(small: Small) -> None:
    """What a stolen application login can still write: a line beside the file, citing the file."""
    last = BankLine.objects.filter(fund=small.fund).latest("position")
    columns = [
        each.column for each in BankLine._meta.concrete_fields if each.column not in ("id", "position", "row")
    ]
    with undone("default"):
        run(
            "default",
            f"INSERT INTO custody_bankline (position, row, {', '.join(map(str, columns))})"
            f" SELECT 5, 6, {', '.join(map(str, columns))} FROM custody_bankline WHERE id = %s",
            [last.pk],
        )
        found = verify_evidence(small.fund)

    assert [fault for fault in found if "第 5 笔" in fault and "文件中没有这一行" in fault] != []


def test_a_kept_file_changed_on_the_disk_is_named(small: Small) -> None:
    document = Document.objects.get(fund=small.fund, kind=Document.Kind.BANK)
    place = Path(storages["documents"].path(place_of(document.sha256)))
    content = place.read_bytes()
    place.chmod(0o600)
    try:
        place.write_bytes(content.replace("往来".encode(), "货款".encode()))
        assert [fault for fault in verify_evidence(small.fund) if document.name in fault] != []
    finally:
        place.write_bytes(content)


# ------------------------------------------------------------------------------------------ resuming


def proved(small: Small, **options: Any) -> tuple[str, str]:
    said, complained = StringIO(), StringIO()
    told: dict[str, Any] = {"stdout": said, "stderr": complained, "fund": small.fund.code}
    try:
        call_command("verify_ledger", **told, **options)
    except CommandError as refusal:
        complained.write(str(refusal))
    return said.getvalue(), complained.getvalue()


def test_the_command_proves_journal_and_evidence(small: Small) -> None:
    said, complained = proved(small)

    assert (complained, "账本完好" in said, "凭据相符" in said) == ("", True, True)


def test_the_journal_alone_is_proved_on_request(small: Small) -> None:
    assert "凭据" not in proved(small, journal_only=True)[0]


class Killed(Exception):
    """The proof was interrupted."""


@pytest.fixture
def interrupted(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a proof that was killed in the midst of the evidence, the journal behind it."""
    state = tmp_path / "state.json"

    def die(fund: Fund, place: int, using: str) -> Iterator[tuple[int, list[str]]]:
        if place == 0:
            raise Killed
        yield place, []

    monkeypatch.setattr(proof, "CHECKPOINT_ENTRIES", 2)
    with monkeypatch.context() as patched:
        patched.setitem(evidence._checks, "sources", die)
        with pytest.raises(Killed):
            proved(small, state=state)
    return state


def test_an_interrupted_proof_goes_on_where_it_stood(small: Small, interrupted: Path) -> None:
    kept = json.loads(interrupted.read_text())["proved"][small.fund.code]
    assert kept["journal"]["sequence"] == JournalEntry.objects.filter(fund_id=small.fund.pk).count() // 2 * 2
    assert kept["evidence"].keys() == {"bank files", "bank balances", "booked lines"}

    said, complained = proved(small, state=interrupted)

    assert (complained, "凭据相符" in said, interrupted.exists()) == ("", True, False)


def test_what_was_found_before_the_interruption_is_told_after_it(small: Small, interrupted: Path) -> None:
    kept = json.loads(interrupted.read_text())
    kept["proved"][small.fund.code]["unfounded"] = ["流水 1 第 2 笔不符"]
    interrupted.write_text(json.dumps(kept))

    assert "流水 1 第 2 笔不符" in proved(small, state=interrupted)[1]


@pytest.mark.parametrize("content", ["", "{}", '{"proved": {"A": {"journal": {"sequence": 1}}}}', "[1]"])
def test_a_file_that_is_no_state_is_refused(small: Small, tmp_path: Path, content: str) -> None:
    state = tmp_path / "state.json"
    state.write_text(content)

    assert "不是验证进度" in proved(small, state=state)[1]


def checkpoints(small: Small, monkeypatch: pytest.MonkeyPatch) -> list[Stood]:
    monkeypatch.setattr(proof, "CHECKPOINT_ENTRIES", 1)
    stood: list[Stood] = []

    def reached(place: Stood, findings: list[Finding]) -> None:
        stood.append(place)

    assert verify_fund(small.fund.pk, reached=reached) == []
    return stood


def test_from_any_entry_on_the_proof_of_the_journal_comes_to_the_same_end(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in checkpoints(small, monkeypatch):
        assert verify_fund(small.fund.pk, stood=place) == []


def test_a_resumed_proof_names_what_was_changed_behind_it(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    middle = checkpoints(small, monkeypatch)[3]
    other = Stood(middle.sequence, encoding.GENESIS, middle.posted)

    with triggers_off():
        run(
            "owner",
            "UPDATE custody_entry SET memo = 'x' WHERE fund_id = %s AND sequence = 6",
            [small.fund.pk],
        )
        found = verify_fund(small.fund.pk, using="owner", stood=middle)

    assert [each.sequence for each in found] == [6]
    assert verify_fund(small.fund.pk, stood=other)[0].sequence == middle.sequence + 1
