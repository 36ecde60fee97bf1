"""Where kept bytes lie: one file a digest, complete before it has its name, never written again or deleted.

Another storage under the alias ``documents`` (STORAGES in the settings) serves as well, if it too keeps these
promises. Refuses to delete.
"""

from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

from custody.kernel.durable import flush_folder, write_whole
from custody.kernel.errors import Forbidden

READ_ONLY = 0o444


class DocumentStorage(FileSystemStorage):
    """Files under ``location`` by digest: ``ab/cd/abcd…``."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: the same digest is the same file."""
        return name

    def _save(self, name: str, content: Any) -> str:
        """Write, sync, and only then name it; when the name is taken, the bytes were kept before."""
        path = Path(self.path(name))
        if not path.exists():
            write_whole(path, content.read(), mode=READ_ONLY)
            for folder in (path.parent.parent, Path(self.location)):
                flush_folder(folder)
        return name

    def delete(self, name: str) -> None:
        """Refused: kept papers stay."""
        raise Forbidden(code="document-kept", name=name)
