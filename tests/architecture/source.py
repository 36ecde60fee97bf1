"""Where the source stands, for the tests that read it as text."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
APPS = ("config", "custody", "settlement", "reporting")


def sources() -> list[Path]:
    """Every module of the four apps, migrations left out."""
    return [
        path
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts and path.read_text().strip()
    ]


def of_the_tests() -> list[Path]:
    """Every module of the tests."""
    return [path for path in sorted((ROOT / "tests").rglob("*.py")) if path.read_text().strip()]


def name(path: Path) -> str:
    """The path as a person would write it."""
    return path.relative_to(ROOT).as_posix()
