"""How much of an upload the house takes in: no file above what its readers take, whatever the browser sends.

Refuses by leaving the file out: the page says that none arrived, or that it was too large.
"""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from custody.files.limits import SIZE_BYTES_MAX


class Bounded(FileUploadHandler):
    """First of the handlers: stops a request whose file goes on beyond the limit, and keeps none of it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Each file is counted by itself."""
        super().new_file(*args, **kwargs)
        self.taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """The chunk goes on to the next handler while there is room."""
        self.taken += len(raw_data)
        if self.taken > SIZE_BYTES_MAX:
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler makes the file."""
