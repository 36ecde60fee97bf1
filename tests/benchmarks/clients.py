"""Client processes for the benchmark, each with a connection of its own; none is ever shared."""

import multiprocessing
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.benchmarks.ledger import Ground


def client(pipe: Any, number: int) -> None:
    """A process with its own connection: runs what it is told, answers when done."""
    import django

    django.setup()
    from django.db import connection
    from django.db.backends.signals import connection_created

    from tests.benchmarks.ledger import WORK

    connection_created.disconnect(dispatch_uid="config.logins")  # the bare tables' grants are on no list
    connection.ensure_connection()
    pipe.send("ready")
    while (order := pipe.recv()) is not None:
        name, grounds, count, tag = order
        work = WORK[name](grounds, count, f"{tag}:{number}")
        pipe.send("prepared")
        pipe.recv()
        work()
        pipe.send("done")
    connection.close()


class Clients:
    """Processes kept warm for the whole run."""

    def __init__(self, size: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipes = []
        self.processes = []
        for number in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=client, args=(theirs, number), daemon=True)
            process.start()
            self.pipes.append(ours)
            self.processes.append(process)
        for pipe in self.pipes:
            pipe.recv()

    def run(self, name: str, shares: "list[list[Ground]]", count: int, tag: str) -> float:
        """Entries per second of all clients together, each doing ``count`` on its share of funds."""
        used = self.pipes[: len(shares)]
        for pipe, share in zip(used, shares, strict=True):
            pipe.send((name, share, count, tag))
        for pipe in used:
            pipe.recv()
        began = time.perf_counter()
        for pipe in used:
            pipe.send("go")
        for pipe in used:
            pipe.recv()
        return len(shares) * count / (time.perf_counter() - began)

    def close(self) -> None:
        """Let every process end."""
        for pipe in self.pipes:
            pipe.send(None)
        for process in self.processes:
            process.join(timeout=10)
