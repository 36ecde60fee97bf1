#!/usr/bin/env python
"""The operator's way in: every command of the back office runs through here."""

import os
import sys


def main() -> None:
    """Run one management command against the database named by DATABASE_URL, or the embedded one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.console import run

    sys.exit(run(sys.argv))


if __name__ == "__main__":
    main()
