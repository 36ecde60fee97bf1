"""Positive claims that must hold; a false one is our own bug, never the user's."""


class InvariantBroken(AssertionError):
    """A claim this program relies on does not hold."""


def invariant(holds: object, claim: str) -> None:
    """Raise InvariantBroken naming ``claim`` unless ``holds``."""
    if not holds:
        raise InvariantBroken(claim)
