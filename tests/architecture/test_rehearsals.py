"""Every command that writes can be rehearsed with --dry-run, but for those excused by name and reason."""

from functools import cache

from django.core.management import get_commands, load_command_class

from tests.architecture.source import APPS

READS = ("show_", "verify_", "export_")
EXCUSED = {
    "close_log_day": "closes only days that are over; a head that was signed is not unsigned",
    "confirm_failed": "turns a key and nothing else; `turn_key refusal --dry-run` shows what it is turned on",
    "export_heads": "adds to a file of its own beside the database, and keeps what it held",
    "grant_roles": "sets the roles to one list in the source, as often as it is run",
    "make_key": "makes a key file on the keyholder's own machine, and knows no database",
    "make_log_keys": "makes key files in a folder that is new, and knows no database",
    "make_seal": "makes key files in a folder that is new, and knows no database",
    "make_template": "writes an empty workbook, which holds nothing of the house",
    "migrate": "Django's own, which has --plan",
    "replay_pack": "fills a demonstration's database, which is there to be thrown away",
    "run_vault": "a process that stays, not an act",
    "seal_demo": "issues and verifies in a demonstration's database, which is there to be thrown away",
    "seat_key": "the installer's, over the owner's connection, and refused a third time",
    "serve": "opens a demonstration's own database, and is a process that stays",
}


@cache
def takes_dry_run() -> dict[str, bool]:
    """Every command of ours, and whether it takes ``--dry-run``."""
    ours = {name: app for name, app in get_commands().items() if str(app).partition(".")[0] in APPS}
    parsers = {name: load_command_class(app, name).create_parser("", name) for name, app in ours.items()}
    return {
        name: any("--dry-run" in action.option_strings for action in parser._actions)
        for name, parser in parsers.items()
    }


def test_every_command_that_writes_is_rehearsed_or_excused_with_a_reason() -> None:
    without = {name for name, rehearsed in takes_dry_run().items() if not rehearsed}

    assert {name for name in without if not name.startswith(READS)} <= EXCUSED.keys()


def test_nobody_is_excused_who_needs_no_excuse() -> None:
    commands = takes_dry_run()

    assert [name for name in EXCUSED if commands.get(name)] == []
    assert (
        EXCUSED.keys() - {"replay_pack", "serve", "seat_key", "seal_demo"} <= commands.keys()
    )  # those four are known at times only


def test_a_command_that_only_reads_has_nothing_to_rehearse() -> None:
    rehearsed = {name for name, dry in takes_dry_run().items() if dry and name.startswith(READS)}

    assert rehearsed == {"export_statement"}  # hands out: keeps the paper and anchors the head
