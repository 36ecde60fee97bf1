"""Which connection runs migrations: only ``owner``, since the application's role may not alter tables."""

from typing import Any


class OwnerMigrates:
    """Django database router; refuses migrations on any connection but ``owner``."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """True only for the owner's connection."""
        return db == "owner"
