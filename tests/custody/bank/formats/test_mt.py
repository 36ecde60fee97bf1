"""MT940 in any envelope and encoding reads back as its chain; MT942 and payment messages are refused."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.bank.reading import read_account_bytes, read_statement_bytes, read_statements_bytes
from custody.bank.statement import Statement
from custody.files.faults import Refused
from tests.custody.bank.exports import ACCOUNT, Move, chains, sample
from tests.custody.bank.messages import ENVELOPES, mt940

OPENING = Decimal("498532.47")


def read(text: str, *, encoding: str = "utf-8") -> Statement:
    return read_statement_bytes(text.encode(encoding), "a.sta")


def swift(lines: list[str], envelope: str = "plain") -> str:
    return ENVELOPES[envelope]("\r\n".join(lines))


def one(line: str, details: str = "", *, closing: str = "C250701CNY101,") -> Statement:
    fields = [":20:X", ":25:123", ":60F:C250701CNY100,", line, *([details] if details else [])]
    return read(swift([*fields, f":62F:{closing}"]))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("envelope", sorted(ENVELOPES))
def test_every_envelope_and_encoding_reads_alike(envelope: str, encoding: str) -> None:
    moves = sample()
    text = swift(mt940(moves, opening=OPENING), envelope)

    statement = read(text.removeprefix("\ufeff") if encoding == "gb18030" else text, encoding=encoding)

    assert (statement.faults, statement.layout, statement.account) == ((), "MT940", ACCOUNT)
    assert [
        (x.booked_on, x.amount, x.balance, x.counterparty_name, x.counterparty_account, x.memo)
        for x in statement.lines
    ] == [(m.at.date(), m.amount, m.balance, m.name, m.number, m.memo) for m in moves]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves=chains(), envelope=st.sampled_from(sorted(ENVELOPES)))
def test_any_chain_reads_back(moves: list[Move], envelope: str) -> None:
    opening = moves[0].balance - moves[0].amount

    statement = read(swift(mt940(moves, opening=opening), envelope))

    assert statement.faults == ()
    assert [(x.amount, x.balance) for x in statement.lines] == [(m.amount, m.balance) for m in moves]


def test_a_line_stands_on_its_row_of_the_file() -> None:
    assert [line.row for line in read(swift(mt940(sample(), opening=OPENING), "blocks")).lines][:2] == [6, 8]


def test_several_statements_of_one_account_are_chained_and_others_named() -> None:
    moves = sample()
    lines = [
        *mt940(moves[:2], opening=OPENING, number="1/1"),
        "-",
        *mt940(moves, opening=OPENING, account="622"),
        "-",
        *mt940(moves[2:], opening=moves[1].balance, number="1/2"),
    ]

    statement, others = read_account_bytes(swift(lines).encode(), "a.sta", ACCOUNT)

    assert (statement.faults, others) == ((), ("622",))
    assert [line.balance for line in statement.lines] == [move.balance for move in moves]


def test_a_missing_line_breaks_the_chain() -> None:
    moves = sample()

    statement = read(swift(mt940(moves[:-1], opening=OPENING, closing=moves[-1].balance)))

    assert "余额不连续" in str(statement.faults[0])


@pytest.mark.parametrize(
    ("mark", "closing", "amount"),
    [
        ("C", "C250701CNY101,", 1),
        ("D", "C250701CNY99,", -1),
        ("RC", "C250701CNY99,", -1),
        ("RD", "C250701CNY101,", 1),
    ],
)
def test_a_reversal_goes_the_other_way(mark: str, closing: str, amount: int) -> None:
    statement = one(f":61:2507010701{mark}1,00NTRFNONREF", closing=closing)

    assert ([line.amount for line in statement.lines], statement.faults) == ([Decimal(amount)], ())


def test_structured_details_are_taken_apart() -> None:
    details = ":86:166?00转账?20物业费 1-2-301?30BANKCNBJ?31622202?32张三"

    (line,) = one(":61:2507010701C1,NTRFNONREF//REF1", details).lines

    assert (line.counterparty_name, line.counterparty_account, line.counterparty_bank) == (
        "张三",
        "622202",
        "BANKCNBJ",
    )
    assert (line.memo, line.summary, line.voucher) == ("物业费 1-2-301", "转账", "REF1")


def test_free_details_go_to_the_memo_across_their_rows() -> None:
    (line,) = one(":61:2507010701C1,NTRFNONREF", ":86:物业费\r\n一号楼").lines

    assert line.memo == "物业费 一号楼"


def test_an_account_with_its_currency_or_bank_before_it_is_the_account() -> None:
    text = swift(mt940([], opening=OPENING, account=f"BANKCNBJ/{ACCOUNT}CNY"))

    assert read(text).account == ACCOUNT


def test_a_point_in_an_amount_is_read_as_the_comma_it_stands_for() -> None:
    assert [line.amount for line in one(":61:2507010701C1.00NTRFNONREF").lines] == [Decimal("1.00")]


@pytest.mark.parametrize(
    "line", [":61:abc", ":61:2507010701X1,NTRF", ":61:2513990701C1,NTRF", ":61:2507010701C1,5"]
)
def test_a_line_that_makes_no_sense_is_a_fault_on_its_row(line: str) -> None:
    statement = one(line)

    assert ([fault.row for fault in statement.faults], statement.lines) == ([4], ())


def test_stated_sums_that_differ_are_faults() -> None:
    lines = mt940(sample(), opening=OPENING)
    statement = read(swift([*lines, ":90D:9CNY7144,01", ":90C:3CNY1095,17"]))

    assert [fault.column for fault in statement.faults] == ["借方笔数"]


def test_an_interim_report_without_balances_is_refused_by_name() -> None:
    lines = [":20:X", ":25:123", ":28C:1/1", ":34F:CNY0,", ":13D:2507011200+0800"]
    lines += [":61:2507010701C1,NTRFNONREF", ":90C:1CNY1,"]

    with pytest.raises(Refused, match="MT942 日间报告"):
        read(swift(lines))


def test_a_payment_message_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="MT103"):
        read("{1:F01BANKCNBJAXXX0000000000}{2:O1031200}{4:\r\n:20:X\r\n:32A:250701CNY1,\r\n-}")


@settings(max_examples=150, deadline=None)
@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(["20", "25", "28C", "60F", "61", "62F", "86", "90D", "NS", "13D", "64"]),
            st.text(alphabet="0123456789,.CDRNTFCNY/?-@{}: 张\n", max_size=40),
        ),
        max_size=12,
    )
)
def test_whatever_the_fields_hold_they_are_read_or_refused_and_never_an_accident(
    fields: list[tuple[str, str]],
) -> None:
    text = ":20:X\r\n:25:1\r\n" + "".join(f":{tag}:{value}\r\n" for tag, value in fields)
    try:
        found = len(read_statements_bytes(text.encode(), "a.sta"))
    except Refused as refused:
        found = len(refused.faults)

    assert found
