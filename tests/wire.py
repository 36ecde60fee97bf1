"""A wire to the test database that can be cut: it stands between Django's connection and the server.

``cut_after`` lets one message reach the server, waits until the server has answered it, and drops the answer.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection


class Wire:
    """Forwards every connection to the server; counts what the client says."""

    def __init__(self, host: str, port: str) -> None:
        self.server = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.said = b""
        self.cuts: list[bytes] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def cut_after(self, word: bytes, *, times: int = 1) -> None:
        """The next ``times`` messages holding ``word`` are done and never answered."""
        self.cuts += [word] * times

    def close(self) -> None:
        """Take no further connection; a thread that waits for one is woken."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._carry, args=(client, self._dial()), daemon=True).start()

    def _dial(self) -> socket.socket:
        host, port = self.server
        if host and not host.startswith("/"):
            return socket.create_connection((host, int(port or 5432)))
        dialled = socket.socket(socket.AF_UNIX)
        dialled.connect(str(Path(host or "/var/run/postgresql") / f".s.PGSQL.{port or 5432}"))
        return dialled

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """Client to server here, server to client in a second thread, until either ends."""
        dropping = threading.Event()
        back = threading.Thread(target=self._answer, args=(client, server, dropping), daemon=True)
        back.start()
        with suppress(OSError):
            while heard := client.recv(65536):
                self.said += heard
                if self.cuts and self.cuts[0] in heard:
                    self.cuts.pop(0)
                    dropping.set()
                server.sendall(heard)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _answer(client: socket.socket, server: socket.socket, dropping: threading.Event) -> None:
        with suppress(OSError):
            while answer := server.recv(65536):
                if dropping.is_set():
                    break
                client.sendall(answer)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def on_a_wire() -> Iterator[Wire]:
    """Django's default connection goes over a wire for the block."""
    settings = connection.settings_dict
    straight = {name: settings[name] for name in ("HOST", "PORT")}
    wire = Wire(straight["HOST"], straight["PORT"])
    connection.close()
    settings |= {"HOST": "127.0.0.1", "PORT": str(wire.port)}
    try:
        yield wire
    finally:
        wire.close()
        connection.close()
        settings |= straight
