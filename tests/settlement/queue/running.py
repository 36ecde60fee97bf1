"""Commands as a shell runs them: exit code, standard output, and what went to standard error."""

import io

from django.core.management import CommandError, call_command

from custody.models import Operator
from tests.settlement.desk import Provider


def ran(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output, and standard error with the last word of a refusal."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except CommandError as refusal:
        return refusal.returncode, out.getvalue(), f"{err.getvalue()}{refusal}"
    return 0, out.getvalue(), err.getvalue()


def acted(desk: Provider, actor: Operator, command: str, *arguments: object) -> tuple[int, str, str]:
    """A command for the desk's fund, by this person."""
    return ran(command, "--fund", desk.at.fund.code, "--actor", actor.username, *arguments)
