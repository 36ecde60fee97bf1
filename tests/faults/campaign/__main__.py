"""``make faults``: what was done to how many acts, and each run that lost, doubled or changed a fen."""

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.throw_away import throw_away_database

if TYPE_CHECKING:
    from tests.faults.campaign.story import Story

# An act that found itself done, or overtaken by its twin, says so; anything else is a fault.
OVERTAKEN = {"", "state-moved-on"}
TRIES = 5
HALF = 0.5
KINDS = ["process"] * 5 + ["twice"] * 3 + ["nobody"]
LOST = "lost"


def main() -> int:
    """Run the seeds asked for; 1 when one came out wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    own_server = not os.environ.get("DATABASE_URL")
    done: Counter[str] = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, throw_away_database(), _devices():
        steps = rehearse(Path(folder) / "rehearsal")
        for seed in range(options.seed, options.seed + options.runs):
            faults = run(seed, Path(folder) / str(seed), steps, done, own_server)
            wrong += bool(faults)
            for fault in faults:
                sys.stdout.write(f"seed {seed}: {fault}\n")
    for name, count in sorted(done.items()):
        sys.stdout.write(f"{name:40} {count:7}\n")
    sys.stdout.write(f"{options.runs} runs, {wrong} wrong\n")
    return 1 if wrong else 0


def _devices() -> AbstractContextManager[None]:
    """Whoever turns a key in the story signs it, by the clock it tells: known once there is a database."""
    from django.db import connections

    from tests import signing

    with connections["owner"].cursor() as cursor:
        cursor.execute("INSERT INTO custody_clock (ahead, told) VALUES ('0', true)")

    return signing.by_everybody()


def rehearse(folder: Path) -> dict[str, int]:
    """The story with nothing wrong: how many steps each act takes, so that a seed always means the same."""
    from tests.faults.campaign import children
    from tests.faults.campaign.steps import Doom

    steps = {}
    with _outbox(folder) as outbox:
        told = _story(random.Random(0), outbox)
        for name, act in told.acts():
            ended = children.together(act, [Doom()])[0]
            if ended != children.Ended(steps=ended.steps):
                raise SystemExit(f"the rehearsal failed at {name}: {ended}")
            steps[name] = ended.steps
        if faults := told.faults():
            raise SystemExit(f"the rehearsal came out wrong: {faults}")
    return steps


def run(seed: int, folder: Path, steps: dict[str, int], done: Counter[str], own_server: bool) -> list[str]:
    """One story with something wrong at every act, and what came of it. A hint may be lost altogether."""
    from tests.faults.campaign.story import HINT

    dice = random.Random(seed)
    with _outbox(folder) as outbox:
        told = _story(dice, outbox)
        for name, act in told.acts():
            kind = dice.choice(KINDS + ["server"] * own_server + [LOST] * 4 * (name == HINT))
            at, after = dice.randrange(1, steps[name] + 1), dice.random() < HALF
            if kind == LOST:
                done[f"{name}: {kind}"] += 1
            elif bug := _suffer(name, act, kind, (at, after), done):
                return [bug]
        return told.faults()


def _suffer(
    name: str, act: Callable[[], object], kind: str, where: tuple[int, bool], done: Counter[str]
) -> str:
    """Do the act under a doom, then again until it is done; answers what must not happen."""
    from tests.faults.campaign import children
    from tests.faults.campaign.steps import Doom, Victim

    doom = Doom(Victim(kind), *where) if kind in set(Victim) else Doom()
    ended = children.together(act, [doom, doom] if kind == "twice" else [doom])
    done[f"{name}: {kind}"] += 1
    done["killed"] += sum(each.killed or each.lost for each in ended)
    for _try in range(TRIES):
        for each in ended:
            if each.bug or each.code not in OVERTAKEN:
                return f"{name} ({kind} at {where}): {each.bug or each.code}"
        children.server_is_back()
        ended = children.together(act, [Doom()])
        if not any(each.killed or each.lost or each.bug or each.code not in OVERTAKEN for each in ended):
            return ""
    return f"{name} ({kind} at {where}) was never done"


def _story(dice: random.Random, outbox: Path) -> "Story":
    """Imported late: Django must know its database first."""
    from tests.faults.campaign import story

    return story.begin(dice, outbox)


@contextmanager
def _outbox(folder: Path) -> Iterator[Path]:
    """Where the bank's channel puts its files during one story."""
    from django.test import override_settings

    outbox = folder / "outbox"
    outbox.mkdir(parents=True)
    with override_settings(BANK_OUTBOX=outbox):
        yield outbox


if __name__ == "__main__":
    sys.exit(main())
