"""``make bench``: every benchmark on a throw-away database; a table, or JSON lines with ``--json``.

Each line: name, unit, value (median), limit (the aim, if any), ratio (to the bare minimum run beside it).
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator

from tests.benchmarks.figures import Figure
from tests.throw_away import throw_away_database


def measure(rounds: int, scale: float, only: str) -> Iterator[Figure]:
    """Every figure, cheapest first; ``only``: of pages, of public ones, or of the ledger and statements."""
    from tests.benchmarks import ledger_rounds, page_rounds, public_rounds, statement_rounds

    if only == "public":
        yield from public_rounds.figures(rounds, scale)
        return
    if only != "pages":
        grounds = ledger_rounds.make_grounds()
        yield from ledger_rounds.figures(grounds, rounds, scale)
        yield from statement_rounds.figures(grounds, rounds, scale)
    if only != "ledger":
        yield from page_rounds.figures(rounds, scale)
        yield from public_rounds.figures(rounds, scale)


def _table(figures: list[Figure]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="make bench: medians (min–max); limits are aims for the ratio or the value")
    for title in ("name", "unit", "value", "limit", "ratio"):
        table.add_column(title, justify="left" if title in {"name", "unit"} else "right")
    for f in figures:
        ratio = ""
        if f.ratio is not None and f.ratio_spread is not None:
            ratio = f"{f.ratio:.2f} ({f.ratio_spread[0]:.2f}–{f.ratio_spread[1]:.2f})"
        table.add_row(
            f.name, f.unit, f"{f.value:,.1f} ({f.spread[0]:,.1f}–{f.spread[1]:,.1f})", f.limit, ratio
        )
    Console().print(table)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full amount of work")
    parser.add_argument("--only", choices=["ledger", "pages", "public"], default="", help="one part of it")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    with throw_away_database():
        figures = []
        for figure in measure(options.rounds, options.scale, options.only):
            figures.append(figure)
            if options.json:
                line = {
                    "name": figure.name,
                    "unit": figure.unit,
                    "value": round(figure.value, 3),
                    "min": round(figure.spread[0], 3),
                    "max": round(figure.spread[1], 3),
                    "limit": figure.limit,
                    "ratio": None if figure.ratio is None else round(figure.ratio, 3),
                }
                sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
                sys.stdout.flush()
    if not options.json:
        _table(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
