"""Tells open pages that something changed, on every replica: one change stream on the outbox, fanned out to all.

A reader that connects is told the present state first and every change after it, so a lost connection leaves no gap.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from pymongo.errors import PyMongoError

from services.chassis.logs import get_logger
from services.chassis.mongo import Collection
from services.chassis.retrying import waits

Fact = tuple[str, bytes]
"""A topic's name and the encoded event."""
_MOST_WAITING = 1000
_QUIET_SECONDS = 15.0


class Live:
    """The stream of what notifier publishes, as it is committed."""

    def __init__(self, outbox: Collection) -> None:
        self._outbox = outbox
        self._readers: set[asyncio.Queue[Sequence[Fact] | None]] = set()
        self._task: asyncio.Task[None] | None = None
        self.ended = False

    def start(self) -> None:
        """Begin to follow the outbox."""
        self.ended = False
        self._task = asyncio.create_task(self._follow(), name="live")

    def end(self) -> None:
        """Let every reader end: a server that stops waits for the answers it still gives."""
        self.ended = True
        self._tell(None)

    async def stop(self) -> None:
        """End, and let every reader end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.end()

    @contextlib.asynccontextmanager
    async def reader(self) -> AsyncIterator["asyncio.Queue[Sequence[Fact] | None]"]:
        """Give a queue of what is committed from now on; None tells that something may have been missed or all ends."""
        queue: asyncio.Queue[Sequence[Fact] | None] = asyncio.Queue()
        self._readers.add(queue)
        try:
            yield queue
        finally:
            self._readers.discard(queue)

    async def next(self, reader: "asyncio.Queue[Sequence[Fact] | None]") -> Sequence[Fact] | None:
        """Return what was committed next; an empty list after a quiet while, None at the end or after a gap."""
        try:
            return await asyncio.wait_for(reader.get(), _QUIET_SECONDS)
        except TimeoutError:
            return ()

    async def _follow(self) -> None:
        pipeline = [{"$match": {"operationType": "insert"}}]
        for wait in waits(first=0.1, most=2.0):
            try:
                async with self._outbox.watch(pipeline, max_await_time_ms=5000) as stream:
                    self._tell(None)
                    async for change in stream:
                        self._tell([(m["t"], bytes(m["v"])) for m in change["fullDocument"]["messages"]])
            except PyMongoError as error:
                get_logger().warning("the live stream waits for MongoDB", exc_info=error)
            await asyncio.sleep(wait)

    def _tell(self, facts: Sequence[Fact] | None) -> None:
        for reader in self._readers:
            if reader.qsize() > _MOST_WAITING:  # a reader that does not read is told once that it missed something
                while not reader.empty():
                    reader.get_nowait()
                reader.put_nowait(None)
            reader.put_nowait(facts)
