"""The deed's tiers of performance pay, as text and as values: one notation for whoever reads or writes them.

Refuses, with a ValueError saying what was expected, scores outside 0 to 100 or twice, factors outside 0 to 1,
a lower score that pays more than a higher one, and tiers that leave low scores unanswered.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from unicodedata import normalize

from django.utils.translation import gettext as _

from custody.kernel.words import told

SCORE_MAX = 100
_TIER = re.compile(r"\s*([0-9]{1,3})\s*:\s*([01](?:[.][0-9]{1,4})?)\s*", re.ASCII)
_EXAMPLE = "90:1.00;80:0.50;0:0.00"


@dataclass(frozen=True, slots=True)
class Tier:
    """From ``score_min`` points on, ``factor`` (0 to 1) of the accrued performance fee is payable."""

    score_min: int
    factor: Decimal


def read_tiers(text: str) -> tuple[Tier, ...]:
    """Read ``90:1.00;80:0.50;0:0.00``, in any order; answers them from the highest score down."""
    parts = normalize("NFKC", text).strip().rstrip(";").split(";")
    tiers = tuple(sorted(map(_tier, parts), key=lambda tier: -tier.score_min))
    for better, worse in pairwise(tiers):
        if better.score_min == worse.score_min:
            raise ValueError(told(_("%(score)s 分的档位重复"), score=worse.score_min))
        if worse.factor > better.factor:
            raise ValueError(
                told(
                    _("%(worse)s 分档系数 %(paid)s 不应高于 %(better)s 分档 %(most)s"),
                    worse=worse.score_min,
                    paid=worse.factor,
                    better=better.score_min,
                    most=better.factor,
                )
            )
    if tiers[-1].score_min != 0:
        raise ValueError(told(_("最低一档应从 0 分起，如 %(example)s"), example=_EXAMPLE))
    return tiers


def write_tiers(tiers: Sequence[Tier]) -> str:
    """The notation ``read_tiers`` reads."""
    return ";".join(f"{tier.score_min}:{tier.factor}" for tier in tiers)


def _tier(part: str) -> Tier:
    found = _TIER.fullmatch(part)
    if found is None:
        raise ValueError(
            told(
                _("每档应为“分数：系数”，用分号分隔，如 %(example)s，而不是「%(found)s」"),
                example=_EXAMPLE,
                found=part.strip(),
            )
        )
    tier = Tier(int(found[1]), Decimal(found[2]))
    if tier.score_min > SCORE_MAX or tier.factor > 1:
        raise ValueError(told(_("分数应为 0 到 100，系数 0 到 1，而不是「%(found)s」"), found=part.strip()))
    return tier
