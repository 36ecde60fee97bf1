"""Which unit a payer means: every spelling of an address, a name that is nobody else's, or nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.money_in.roster import Household, Roster, folded_name, folded_text

ROSTER = Roster(
    [
        Household(1, 5, 2, "301", "张三"),
        Household(2, 5, 2, "302", "李四"),
        Household(3, 15, 1, "1201", "欧阳 娜娜"),
        Household(4, 7, 1, "101", "王伟"),
        Household(5, 7, 2, "101", "王伟"),
        Household(6, 25, 7, "10", "赵六"),
        Household(7, 11, 3, "701", "孙七"),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "5-2-301", "5-2-301 7月物业费", "物业费5-2-301", "05-2-301", "05-02-301", "5-2-0301", "5栋2单元301",
        "5栋2单元301号", "5栋2单元301室", "5幢2单元301", "5座2单元301", "5号楼2单元301", "5#2-301",
        "5#2单元301", "5#楼2单元301", "5栋2-301", "5栋-2单元-301", "5-2单元301", "5 栋 2 单元 301",
        "５－２－３０１物业费", "０５－２－３０１物业费", "5—2—301", "5–2–301", "5~2~301", "5〜2〜301",
        "5/2/301", "五栋二单元301",
        "5栋301", "张三 5-2-301", "2025年7月 5-2-301", "物业费 5-2-301 电话13800138000", "5-2-301-7月",
    ],
)  # fmt: skip
def test_every_spelling_of_an_address_names_its_unit(text: str) -> None:
    assert ROSTER.by_address(text).unit_id == 1


@pytest.mark.parametrize(
    "text",
    [
        "2025-07-01", "2025/07/10", "25-07-2025", "13805230101", "028-5230101", "批次5230", "GD2025070301",
        "15-2-301", "5-2-3011", "5-2-30", "55-2-301", "5.2301", "5-2", "99-1-101", "", "物业费",
        "1-5-2-301", "7栋101",
    ],
)  # fmt: skip
def test_dates_phones_and_strangers_name_no_unit(text: str) -> None:
    assert ROSTER.by_address(text).unit_id is None


def test_a_two_digit_building_is_not_read_as_its_last_digit() -> None:
    assert ROSTER.by_address("１１－３－７０１物业费").unit_id == 7


def test_a_long_room_number_is_read_whole() -> None:
    assert ROSTER.by_address("15栋1单元1201").unit_id == 3


def test_two_units_in_one_text_match_neither() -> None:
    match = ROSTER.find("5-2-301 5-2-302", "张三")

    assert (match.unit_id, bool(match.why)) == (None, True)


def test_one_unit_written_twice_is_one_unit() -> None:
    assert ROSTER.by_address("5-2-301 即5栋2单元301").unit_id == 1


def test_an_address_wins_over_a_name() -> None:
    assert ROSTER.find("5-2-302", "张三").unit_id == 2


def test_an_unknown_address_beside_a_known_name_is_for_a_clerk() -> None:
    match = ROSTER.find("99-1-101", "张三")

    assert (match.unit_id, match.why) == (None, "附言的房号不在业主名册")


@pytest.mark.parametrize("name", ["欧阳娜娜", " 欧阳 娜娜  ", "欧 阳 娜 娜", "欧阳\u3000娜娜"])
def test_spaces_in_a_payer_name_do_not_matter(name: str) -> None:
    assert ROSTER.by_name(name).unit_id == 3


def test_a_name_that_two_units_share_matches_neither_and_says_so() -> None:
    match = ROSTER.by_name("王伟")

    assert match.unit_id is None
    assert "同名" in match.why


def test_a_blank_name_is_nobody() -> None:
    assert Roster([Household(1, 1, 1, "101", "")]).by_name("  ").unit_id is None


SPELLINGS = (
    "{b}-{e}-{r}",
    "{b}栋{e}单元{r}",
    "{b:02}－{e:02}－{r}",
    "{b}#{e}-{r}",
    "{b}号楼{e}单元{r}室",
    "{b}幢{e}-{r}",
)


@given(
    building=st.integers(1, 199),
    entrance=st.integers(1, 20),
    floor=st.integers(1, 40),
    door=st.integers(1, 9),
    spelling=st.sampled_from(SPELLINGS),
    before=st.sampled_from(["", "物业费", "张三 ", "2025年7月 "]),
    after=st.sampled_from(["", "物业费", "号", " 7月"]),
)
def test_any_unit_is_found_in_any_spelling_and_only_that_one(
    building: int, entrance: int, floor: int, door: int, spelling: str, before: str, after: str
) -> None:
    room = f"{floor}{door:02}"
    others = [
        (building, entrance % 20 + 1, room),
        (building + 1, entrance, room),
        (building, entrance, f"{room}1"),
    ]
    units = [(building, entrance, room), *others]
    roster = Roster([Household(at, *unit, f"业主{at}") for at, unit in enumerate(units)])
    text = before + spelling.format(b=building, e=entrance, r=room) + after

    assert roster.by_address(text).unit_id == 0


@given(st.text())
def test_no_text_breaks_matching(text: str) -> None:
    assert ROSTER.find(text, text).unit_id in {None, *range(1, 8)}


@given(st.text())
def test_normalising_a_name_twice_changes_nothing_more(text: str) -> None:
    assert folded_name(folded_name(text)) == folded_name(text)


def test_normalising_keeps_two_numbers_apart() -> None:
    assert folded_text("7月 12 5-2-301") == "7月12 5-2-301"


@pytest.mark.parametrize("payer", ["赵甲", "钱乙"])
def test_either_of_two_owners_may_pay(payer: str) -> None:
    roster = Roster([Household(1, 1, 1, "101", "赵甲、钱乙"), Household(2, 1, 1, "102", "孙丙")])

    assert roster.by_name(payer).unit_id == 1
