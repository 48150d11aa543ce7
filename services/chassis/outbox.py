"""The outbox: what a service wants to say is stored with what it did, in one transaction, and published after it.

One entry holds the messages of one transaction. The relay publishes an entry right after the commit; a
sweep under a lease publishes what was not confirmed: the process may have died in between.
"""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from bson.binary import Binary
from pymongo import ASCENDING
from pymongo.errors import PyMongoError

from services.chassis.logs import get_logger
from services.chassis.mongo import Collection, Document, Session
from services.chassis.publishing import Message, Publisher
from services.chassis.telemetry import OUTBOX_AGE, OUTBOX_SWEPT

_LEASE_MS = 5_000
_SWEEP_SECONDS = 1.0
_SWEEP_AT_ONCE = 50
_FORGET_SECONDS = 0.05
_MOST_BYTES = 8 * 1024 * 1024

Entry = tuple[UUID, Sequence[Message]]


class Outbox:
    """The collection of what is to be published."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def prepare(self) -> None:
        """Create the indexes of the sweep."""
        await self._collection.create_index([("leased_at", ASCENDING)])
        await self._collection.create_index([("at", ASCENDING)])

    async def put(self, messages: Sequence[Message], session: Session) -> list[Entry]:
        """Store messages in the caller's transaction; hand the entries to the relay after the commit."""
        entries: list[Entry] = [(uuid4(), part) for part in _parts(messages)]
        for entry in entries:
            # An upsert, because only updates can ask for the database's clock. The writer thereby holds the
            # first lease: the sweep steps in only where the writer did not get to publish.
            await self._collection.update_one(
                {"_id": entry[0]},
                {"$set": {"messages": _documents(entry[1])}, "$currentDate": {"at": True, "leased_at": True}},
                upsert=True,
                session=session,
            )
        return entries

    async def claim(self) -> Entry | None:
        """Lease one entry whose lease has run out, by the database's clock."""
        found = await self._collection.find_one_and_update(
            {"$expr": {"$lt": ["$leased_at", {"$subtract": ["$$NOW", _LEASE_MS]}]}},
            {"$currentDate": {"leased_at": True}},
            sort=[("leased_at", ASCENDING)],
        )
        return None if found is None else _entry(found)

    async def forget(self, ids: Sequence[UUID]) -> None:
        """Delete entries that are published."""
        await self._collection.delete_many({"_id": {"$in": list(ids)}})

    async def oldest_seconds(self) -> float:
        """Return the age of the oldest entry by the database's clock, 0 where there is none."""
        oldest: list[Document] = [
            {"$sort": {"at": ASCENDING}},
            {"$limit": 1},
            {"$project": {"age": {"$divide": [{"$subtract": ["$$NOW", "$at"]}, 1000]}}},
        ]
        found = await self._collection.aggregate(oldest).to_list(1)
        return float(found[0]["age"]) if found else 0.0


class Relay:
    """Publishes outbox entries: at once where it is told of them, and by a sweep what was left behind."""

    def __init__(
        self,
        outbox: Outbox,
        publisher: Publisher,
        committed: Callable[[Sequence[Message]], None] = lambda _: None,
    ) -> None:
        """``committed`` is told of messages right after their commit, before Kafka has them."""
        self._committed = committed
        self._outbox = outbox
        self._publisher = publisher
        self._under_way: set[asyncio.Task[bool]] = set()
        self._published: list[UUID] = []
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to sweep."""
        self._loops = [
            asyncio.create_task(self._sweep(), name="outbox-sweep"),
            asyncio.create_task(self._forget(), name="outbox-forget"),
        ]

    async def stop(self) -> None:
        """Finish what is under way; what does not finish is swept by another replica or the next start."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=10)
        for task in (*self._loops, *self._under_way):
            task.cancel()
        await asyncio.gather(*self._loops, *self._under_way, return_exceptions=True)
        try:
            await self._forget_published()
        except PyMongoError as error:
            get_logger().warning("published entries will be published again", exc_info=error)

    def publish_soon(self, entries: Sequence[Entry]) -> None:
        """Publish committed entries without making the caller wait."""
        for entry in entries:
            self._committed(entry[1])
            task = asyncio.create_task(self._publish(entry))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _publish(self, entry: Entry) -> bool:
        try:
            await self._publisher.publish(entry[1])
        except Exception as error:  # noqa: BLE001  # whatever it was, the entry is still there
            get_logger().warning("left to the sweep", entry=str(entry[0]), exc_info=error)
            return False
        self._published.append(entry[0])
        return True

    async def _sweep(self) -> None:
        while True:
            try:
                OUTBOX_AGE.set(await self._outbox.oldest_seconds())
                more = await self._sweep_some()
            except Exception as error:  # noqa: BLE001  # a sweep that dies would leave entries unpublished for ever
                get_logger().warning("the sweep will try again", exc_info=error)
                more = False
            if not more:
                await asyncio.sleep(_SWEEP_SECONDS)

    async def _sweep_some(self) -> bool:
        claimed: list[Entry] = []
        room = _MOST_BYTES
        while len(claimed) < _SWEEP_AT_ONCE and room > 0 and (entry := await self._outbox.claim()) is not None:
            claimed.append(entry)
            room -= sum(len(message.value or b"") for message in entry[1])
        OUTBOX_SWEPT.inc(len(claimed))
        # Each on its own: an entry that Kafka refuses holds up no other one.
        published = await asyncio.gather(*(self._publish(entry) for entry in claimed))
        return bool(claimed) and all(published)

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(_FORGET_SECONDS)
            try:
                await self._forget_published()
            except PyMongoError as error:
                get_logger().warning("published entries stay until MongoDB answers", exc_info=error)

    async def _forget_published(self) -> None:
        if self._published:
            done, self._published = self._published, []
            try:
                await self._outbox.forget(done)
            except BaseException:
                self._published += done
                raise


def _parts(messages: Sequence[Message]) -> list[list[Message]]:
    parts: list[list[Message]] = []
    room = 0
    for message in messages:
        size = len(message.value or b"") + 200
        if size > room:
            parts.append([])
            room = _MOST_BYTES
        parts[-1].append(message)
        room -= size
    return parts


def _documents(messages: Sequence[Message]) -> list[Document]:
    return [{"t": m.topic, "k": m.key, "v": m.value, "h": [list(header) for header in m.headers]} for m in messages]


def _entry(document: Document) -> Entry:
    return document["_id"], [
        Message(m["t"], _bytes(m["k"]), _bytes(m["v"]), tuple((name, _bytes(value)) for name, value in m.get("h", ())))
        for m in document["messages"]
    ]


def _bytes(value: Binary | bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
