"""What an import answers: counts and sentences for the operator. Refuses nothing; a refusal is an error."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Outcome:
    """``already_done``: nothing new. ``counts`` by Chinese label in reading order; ``notes`` to act on."""

    already_done: bool
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
