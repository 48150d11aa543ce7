"""Tells open pages that something changed: each replica follows what all of them publish and passes it to its readers.

A page that connects reads the present state after it began to listen, so a lost connection leaves no gap. Kafka is
followed rather than the database: a change stream would make MongoDB look at every write of every service.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from aiokafka import ConsumerRecord

Fact = tuple[str, bytes]
"""A topic's name and the encoded event."""
_MOST_WAITING = 1000
_QUIET_SECONDS = 15.0


class Live:
    """The stream of what notifier publishes, for the readers of this replica."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._readers: set[asyncio.Queue[Sequence[Fact] | None]] = set()
        self.ended = False

    async def hear(self, records: Sequence[ConsumerRecord]) -> None:
        """Pass on what was published; without readers it costs next to nothing."""
        if self._readers:
            self._tell([(record.topic.removeprefix(self._prefix), record.value) for record in records])

    def end(self) -> None:
        """Let every reader end: a server that stops waits for the answers it still gives."""
        self.ended = True
        self._tell(None)

    @contextlib.asynccontextmanager
    async def reader(self) -> AsyncIterator["asyncio.Queue[Sequence[Fact] | None]"]:
        """Give a queue of what is published from now on; None tells that something may have been missed or all ends."""
        queue: asyncio.Queue[Sequence[Fact] | None] = asyncio.Queue()
        self._readers.add(queue)
        try:
            yield queue
        finally:
            self._readers.discard(queue)

    async def next(self, reader: "asyncio.Queue[Sequence[Fact] | None]") -> Sequence[Fact] | None:
        """Return what was published next; an empty list after a quiet while, None at the end or after a gap."""
        try:
            return await asyncio.wait_for(reader.get(), _QUIET_SECONDS)
        except TimeoutError:
            return ()

    def _tell(self, facts: Sequence[Fact] | None) -> None:
        for reader in self._readers:
            if reader.qsize() > _MOST_WAITING:  # a reader that does not read is told once that it missed something
                while not reader.empty():
                    reader.get_nowait()
                reader.put_nowait(None)
            reader.put_nowait(facts)
