"""What may not stand on a page anybody opens, and how it is cut: names, units, plates, numbers. Pure.

Source: 个人信息保护法 6, 25 and 51. Refuses to guess kindly: what looks like a unit, a plate or an account is
cut, whoever's it is. Twenty digits are an electronic invoice's number, which anybody may look up.
"""

import re
from collections.abc import Set
from dataclasses import dataclass

from reporting.statements.paper_words import covered

INVOICE_DIGITS = 20
_NAME_LENGTHS = (4, 3, 2)
_RUN = re.compile(r"[㐀-鿿·]{2,}")
_WORD = re.compile(r"[0-9A-Za-z]{5,}")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9][0-9 ]{7,}[0-9](?![0-9A-Za-z])")
_PLATE = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼])\s*([A-Z])\s*[·•.]?\s*[0-9A-Z]{3,4}([0-9A-Z]{2})(?![0-9A-Z])"
)
_UNIT = re.compile(
    r"(?<![0-9A-Za-z#])[0-9]{1,3}\s*(?:[-－—–#/]|栋|幢|座|号楼)\s*(?:[0-9]{1,2}\s*(?:[-－—–#/]|单元)\s*)?"
    r"[0-9]{3,4}\s*(?:室|号房|号|房)?(?![0-9])"
)
_DAY = re.compile(r"20[0-9]{2}[-/][01][0-9](?:[-/][0-3][0-9])?")
CUT = "···"


@dataclass(frozen=True, slots=True)
class Masks:
    """``names`` of an estate's people; ``numbers`` of accounts and plates that are known whole."""

    names: Set[str] = frozenset()
    numbers: Set[str] = frozenset()

    def text(self, said: str) -> str:
        """``said`` with names to their surname, units gone, plates and long numbers to their ends."""
        said = _WORD.sub(self._known_number, said)
        said = _PLATE.sub(rf"\1\2{CUT}\3", said)
        said = _NUMBER.sub(_shortened, said)
        said = _outside_days(said)
        return _RUN.sub(self._covering, said) if self.names else said

    def party(self, name: str) -> str:
        """Who paid or was paid: an organisation in full, a person by surname."""
        return self.text(covered(name))

    def _known_number(self, word: re.Match[str]) -> str:
        number = word.group()
        return CUT + number[-4:] if number in self.numbers else number

    def _covering(self, run: re.Match[str]) -> str:
        """A run of Chinese characters with every known name in it covered, wherever it stands."""
        word, shown, at = run.group(), [], 0
        while at < len(word):
            length = next((each for each in _NAME_LENGTHS if word[at : at + each] in self.names
                           and len(word) >= at + each), 0)  # fmt: skip
            shown.append(word[at] + "*" if length else word[at])
            at += length or 1
        return "".join(shown)


def _shortened(number: re.Match[str]) -> str:
    digits = number.group().replace(" ", "")
    return number.group() if len(digits) == INVOICE_DIGITS else CUT + digits[-4:]


def _outside_days(said: str) -> str:
    """Units cut everywhere but in dates, which look like them."""
    pieces, at = [], 0
    for day in _DAY.finditer(said):
        pieces += [_UNIT.sub(CUT, said[at : day.start()]), day.group()]
        at = day.end()
    return "".join([*pieces, _UNIT.sub(CUT, said[at:])])
