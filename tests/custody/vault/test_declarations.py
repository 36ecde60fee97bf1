"""What a device signs has one text: read as it was written, and nothing else is read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from custody.vault.declaration import MAX_LINES, Signed, declared, read

AT = datetime(2026, 3, 1, 8, 15, tzinfo=UTC)
ONE = Signed("settlement", 12, "approve", "a" * 64)
TEXT = (
    "trust-declaration-1\nperson zhang@committee\nat 2026-03-01T08:15:00Z\n"
    f"nonce {'0f' * 16}\nsettlement 12 approve {'a' * 64}\n"
)


def test_the_text_is_what_the_document_says() -> None:
    made = read(TEXT)

    assert (made.person, made.at, made.nonce, made.subjects) == ("zhang@committee", AT, "0f" * 16, (ONE,))
    assert made.text == TEXT


@given(
    some.lists(
        some.builds(
            Signed,
            some.from_regex(r"[a-z_]{1,20}", fullmatch=True),
            some.integers(1, 2**62),
            some.sampled_from(["approve", "release"]),
            some.from_regex(r"[0-9a-f]{64}", fullmatch=True),
        ),
        min_size=1,
        max_size=20,
        unique_by=lambda each: (each.kind, each.number, each.key),
    )
)
def test_whatever_is_declared_is_read_again(subjects: list[Signed]) -> None:
    made = declared("zhang", AT, subjects)

    assert read(made.text) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "\n",
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("-1\n", "-2\n", 1),
        TEXT.replace("08:15", "8:15"),
        TEXT.replace("12 approve", "012 approve"),
        TEXT.replace("12 approve", "0 approve"),
        TEXT.replace("12 approve", f"{2**63} approve"),
        TEXT.replace("2026-", "0026-"),
        TEXT.replace("approve", "agree"),
        TEXT.replace("a" * 64, "A" * 64),
        TEXT.replace("a" * 64, "a" * 63),
        TEXT.replace("zhang", "zhang wei"),
        TEXT.replace("zhang", "张"),
        TEXT.replace("0f0f", "0f0F", 1),
        TEXT.replace(f"settlement 12 approve {'a' * 64}\n", ""),
        TEXT + f"settlement 12 approve {'b' * 64}\n",
        TEXT.replace("person ", "Person "),
    ],
)
def test_any_other_text_is_no_declaration(text: str) -> None:
    with pytest.raises(ValueError):
        read(text)


def test_a_list_holds_five_hundred_and_no_more() -> None:
    many = [Signed("settlement", number + 1, "approve", "a" * 64) for number in range(MAX_LINES + 1)]

    assert len(declared("zhang", AT, many[:-1]).subjects) == MAX_LINES
    with pytest.raises(ValueError, match="not a declaration"):
        declared("zhang", AT, many)


def test_two_declarations_of_one_list_are_told_apart() -> None:
    assert declared("zhang", AT, [ONE]).nonce != declared("zhang", AT, [ONE]).nonce
