"""``make pictures``: takes them from what ``make serve`` starts, in a folder and a database thrown away."""

import os
import tempfile
from pathlib import Path

import psycopg


def main() -> None:
    """Every picture anew."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from tests import server
    from tests.houses import House
    from tests.picture_album.album import PACKS, take_pictures

    name = f"pictures_{os.getpid()}"
    with psycopg.connect(server.url(), autocommit=True) as owner, tempfile.TemporaryDirectory() as folder:
        owner.execute(f"CREATE DATABASE {name}".encode())
        house = House(Path(folder), server.url(name), PACKS)
        try:
            house.start()
            take_pictures(house)
        finally:
            house.stop()
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


if __name__ == "__main__":
    main()
