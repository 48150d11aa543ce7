"""Announcements: what was accepted is told to Kafka until notifier answers that a task exists.

One entry stands for all requests of one commit; it holds ids only, the events themselves lie in the ledger. It
is forgotten when each of its requests is confirmed. So it is an outbox whose receipt is not "Kafka took it" but
"an advisor has it": a crash, a lost record, a wiped broker all end in the same way, by telling it again.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from pymongo import ASCENDING, UpdateOne

from schemas.topics import CALLBACK_REQUESTED
from services.chassis.logs import get_logger
from services.chassis.mongo import Collection, Session
from services.chassis.publishing import Message, Publisher, Unpublishable

_LONGEST_WAIT = timedelta(hours=1)
_MOST_TRACKED = 1_000_000


@dataclass(frozen=True, slots=True)
class Due:
    """An entry that is to be told again, and which of its requests nobody has confirmed to this process."""

    entry: UUID
    callbacks: tuple[UUID, ...]
    times: int


@dataclass(slots=True)
class _Open:
    waiting: set[UUID]
    told_at: datetime | None  # None: Kafka did not take it


class Announcements:
    """The entries in MongoDB, and in memory which requests of them are still unconfirmed.

    What this process has not heard of (it was told by another one, or before a restart) is told again: the
    answers then arrive here.
    """

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._entry_of: dict[UUID, UUID] = {}
        self._open: dict[UUID, _Open] = {}
        self._last_answer: datetime | None = None
        self._answered_to: datetime | None = None

    async def prepare(self) -> None:
        """Create the index of what is due."""
        await self._collection.create_index([("due", ASCENDING)])

    async def add(self, entry: UUID, callbacks: Sequence[UUID], at: datetime, session: Session) -> None:
        """Note that these are to be told, in the transaction that accepts them."""
        await self._collection.insert_one(
            {"_id": entry, "callbacks": list(callbacks), "due": at, "times": 1}, session=session
        )

    def track(self, entry: UUID, callbacks: Iterable[UUID], at: datetime) -> None:
        """Expect an answer for each of these, told at ``at``."""
        if len(self._entry_of) > _MOST_TRACKED:
            return  # told again later, when there is room
        waiting = set(callbacks)
        self._open[entry] = _Open(waiting, at)
        self._entry_of.update(dict.fromkeys(waiting, entry))

    def not_told(self, entries: Iterable[UUID]) -> None:
        """Note that Kafka did not take these: no answer is on its way."""
        for entry in entries:
            if entry in self._open:
                self._open[entry].told_at = None

    async def confirm(self, callbacks: Iterable[UUID], at: datetime) -> None:
        """Note that notifier has a task for each of these; forget entries that are complete."""
        complete: list[UUID] = []
        for callback in callbacks:
            entry = self._entry_of.pop(callback, None)
            if entry is None:
                continue
            self._last_answer = at
            open_ = self._open[entry]
            if open_.told_at is not None:
                self._answered_to = max(self._answered_to or open_.told_at, open_.told_at)
            open_.waiting.discard(callback)
            if not open_.waiting:
                del self._open[entry]
                complete.append(entry)
        if complete:
            await self._collection.delete_many({"_id": {"$in": complete}})

    async def due(self, at: datetime, first_wait: timedelta, most: int) -> list[Due]:
        """Return the entries that have waited long enough for an answer."""
        found = await self._collection.find({"due": {"$lte": at - first_wait}}).sort("due").limit(most).to_list(None)
        return [
            Due(
                document["_id"],
                tuple(open_.waiting if (open_ := self._open.get(document["_id"])) else document["callbacks"]),
                document["times"],
            )
            for document in found
        ]

    def is_queueing(self, due: Due, at: datetime, first_wait: timedelta) -> bool:
        """Say whether answers are flowing and have not come to this one yet, so that it only waits for its turn."""
        open_ = self._open.get(due.entry)
        if open_ is None or open_.told_at is None or self._last_answer is None or self._answered_to is None:
            return False
        return at - self._last_answer < first_wait / 2 and open_.told_at > self._answered_to - first_wait

    async def postpone(self, told: Sequence[Due], queueing: Sequence[Due], at: datetime, first_wait: timedelta) -> None:
        """Let the next time come later each time one is told, up to an hour; look at those in the queue as before."""
        later: list[tuple[Due, datetime, int]] = [
            *((due, at + min(first_wait * 2**due.times, _LONGEST_WAIT), 1) for due in told),
            *((due, at, 0) for due in queueing),
        ]
        if later:
            await self._collection.bulk_write(
                [
                    UpdateOne({"_id": due.entry}, {"$set": {"due": when}, "$inc": {"times": times}})
                    for due, when, times in later
                ],
                ordered=False,
            )

    async def waiting(self) -> int:
        """Return how many requests no task is known for."""
        sizes = [{"$group": {"_id": None, "n": {"$sum": {"$size": "$callbacks"}}}}]
        found = await self._collection.aggregate(sizes).to_list(1)
        told = sum(len(open_.waiting) for open_ in self._open.values())
        return min(told, found[0]["n"]) if found and self._open else (found[0]["n"] if found else 0)


class Announcer:
    """Publishes announcements; what fails is told again later."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._under_way: set[asyncio.Task[None]] = set()

    def tell_soon(self, events: Iterable[tuple[UUID, bytes]], failed: Callable[[], None]) -> None:
        """Publish these events without making the caller wait; ``failed`` is called where Kafka does not take them."""

        async def tell() -> None:
            if not await self.tell(events):
                failed()

        task = asyncio.create_task(tell())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def tell(self, events: Iterable[tuple[UUID, bytes]]) -> bool:
        """Publish these events; return whether Kafka took them, or never will."""
        messages = [Message(CALLBACK_REQUESTED.name, str(callback).encode(), event) for callback, event in events]
        try:
            await self._publisher.publish(messages)
        except Exception as error:  # noqa: BLE001  # whatever it was, the entry is still there
            get_logger().warning("will be announced again", records=len(messages), exc_info=error)
            return isinstance(error, Unpublishable)
        return True

    async def stop(self) -> None:
        """Wait a while for what is under way."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=10)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


def new_entry() -> UUID:
    """Return an id for an entry."""
    return uuid4()
