"""How many examples random tests draw: few in every run, thousands where somebody waits (``make long``).

``HYPOTHESIS_PROFILE=long`` draws ``EXAMPLES`` (5,000 unless told) everywhere.
"""

import os

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
LONG_EXAMPLES = int(os.environ.get("EXAMPLES", "5000"))


def examples(usually: int) -> int:
    """``usually``, or as many as a long run draws."""
    return LONG_EXAMPLES if LONG else usually
