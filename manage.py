#!/usr/bin/env python
"""The operator's way in: every command of the back office runs through here."""

import os
import sys


def main() -> None:
    """Run one management command against the database named by DATABASE_URL, or the embedded one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
