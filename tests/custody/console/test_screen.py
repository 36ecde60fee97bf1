"""One width where nobody's terminal says otherwise, and no table folded in a pipe."""

import io

from rich.table import Table

from custody.console.screen import WIDTH, screen, show_table


def test_a_pipe_is_as_wide_as_every_other() -> None:
    assert screen(io.StringIO()).width == WIDTH


def test_a_table_in_a_pipe_is_never_folded() -> None:
    out = io.StringIO()
    table = Table("附言")
    table.add_row("一号楼" * 100)

    show_table(screen(out), table)

    assert "一号楼" * 100 in out.getvalue()


def test_a_wide_table_leaves_the_width_as_it_was() -> None:
    console = screen(io.StringIO())
    table = Table("附言")
    table.add_row("一号楼" * 100)

    show_table(console, table)

    assert console.width == WIDTH


def test_text_is_shown_as_it_stands() -> None:
    out = io.StringIO()

    screen(out).print("[red]:smile:[/red]")

    assert "[red]:smile:[/red]" in out.getvalue()
