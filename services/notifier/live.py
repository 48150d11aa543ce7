"""Tells open pages that something changed: what this replica commits, at once; what others publish, as it arrives.

A page that connects reads the present state after it began to listen, so a lost connection leaves no gap. Kafka is
followed rather than the database: a change stream would make MongoDB look at every write of every service.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence

from aiokafka import ConsumerRecord

from services.chassis.publishing import Message

Fact = tuple[str, bytes]
"""A topic's name and the encoded event."""
_MOST_WAITING = 1000
_QUIET_SECONDS = 15.0
_MOST_SAID = 20_000


class Live:
    """The stream of what notifier publishes, for the readers of this replica."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._readers: set[asyncio.Queue[Sequence[Fact] | None]] = set()
        self._said: OrderedDict[bytes, None] = OrderedDict()
        self.ended = False

    def say(self, messages: Sequence[Message]) -> None:
        """Pass on what this replica just committed: its own readers need not wait for Kafka."""
        if self._readers:
            self._tell([(message.topic, message.value or b"") for message in messages])
            self._said.update((message.value or b"", None) for message in messages)
            while len(self._said) > _MOST_SAID:
                self._said.popitem(last=False)

    async def hear(self, records: Sequence[ConsumerRecord]) -> None:
        """Pass on what other replicas published; without readers it costs next to nothing."""
        if not self._readers:
            return
        others = [record for record in records if self._said.pop(record.value, record) is not None]
        if others:
            self._tell([(record.topic.removeprefix(self._prefix), record.value) for record in others])

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
