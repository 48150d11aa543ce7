"""Intake's ledger in MongoDB: request, keys, originals and outbox entry in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pymongo import ASCENDING, UpdateOne
from pymongo.errors import PyMongoError

from schemas.topics import CALLBACK_REQUESTED
from services.chassis.clock import Clock
from services.chassis.mongo import (
    Client,
    Database,
    Document,
    Session,
    StoreUnavailable,
    already_there,
    is_duplicate,
    is_transient,
    transaction,
)
from services.chassis.outbox import Entry, Outbox, Relay
from services.chassis.publishing import Message
from services.chassis.sealing import seal, seal_bytes
from services.chassis.vault import MongoVault
from services.intake.domain.submission import Receipt, Submission, receipt_of, request_of

_LONGEST_WAIT = timedelta(hours=1)


class MongoRequests:
    """The ledger. It keeps the announcement as it was published, so that it can be published again."""

    def __init__(
        self, client: Client, database: Database, vault: MongoVault, outbox: Outbox, relay: Relay, clock: Clock
    ) -> None:
        self._client = client
        self._ledger = database.requests
        self._originals = database.originals
        self._vault = vault
        self._outbox = outbox
        self._relay = relay
        self._clock = clock

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._ledger.create_index([("announce_after", ASCENDING)], sparse=True)
        await self._ledger.create_index([("office", ASCENDING), ("receipt", ASCENDING)])

    async def add(self, submissions: Sequence[Submission]) -> Sequence[Receipt]:
        """Store all of them and announce the new ones: all durable, or none and an error."""
        first: dict[UUID, Submission] = {}
        for submission in submissions:
            first.setdefault(submission.callback, submission)
        try:
            known = await already_there(self._ledger, list(first))
            fresh = {callback: submission for callback, submission in first.items() if callback not in known}
            while fresh:
                try:
                    await self._store(fresh)
                    break
                except PyMongoError as error:
                    if not is_duplicate(error):
                        raise
                    known = await already_there(self._ledger, list(fresh))
                    fresh = {callback: submission for callback, submission in fresh.items() if callback not in known}
            return await self._receipts(submissions, fresh)
        except PyMongoError as error:
            if is_transient(error):
                raise StoreUnavailable(type(error).__name__) from error
            raise

    async def confirm(self, callbacks: Sequence[UUID], at: datetime) -> None:
        """Note that notifier has a task for each of these."""
        await self._ledger.update_many(
            {"_id": {"$in": list(callbacks)}, "confirmed_at": None},
            {"$set": {"confirmed_at": at}, "$unset": {"announce_after": ""}},
        )

    async def announce_again(self, at: datetime, first_wait: timedelta, most: int) -> int:
        """Publish again what was announced but has no task yet; returns how many."""
        waiting = await (
            self._ledger.find({"announce_after": {"$lte": at - first_wait}}).sort("announce_after").limit(most)
        ).to_list(None)
        if not waiting:
            return 0
        messages = [_announcement(document["_id"], document["event"]) for document in waiting]
        moves = [
            UpdateOne(
                {"_id": document["_id"], "announced": document["announced"], "confirmed_at": None},
                {
                    "$set": {"announce_after": at + min(first_wait * 2 ** document["announced"], _LONGEST_WAIT)},
                    "$inc": {"announced": 1},
                },
            )
            for document in waiting
        ]

        async def move(session: Session) -> list[Entry]:
            await self._ledger.bulk_write(moves, ordered=False, session=session)
            return await self._outbox.put(messages, session)

        self._relay.publish_soon(await transaction(self._client, move))
        return len(waiting)

    async def figures(self) -> dict[str, int]:
        """Return how many were received and how many of them have no task yet."""
        return {
            "received": await self._ledger.count_documents({}),
            "under_way": await self._ledger.count_documents({"announce_after": {"$exists": True}}),
        }

    async def received_by_channel(self) -> dict[str, int]:
        """Return how many were received on each channel."""
        groups = await self._ledger.aggregate([{"$group": {"_id": "$channel", "n": {"$sum": 1}}}]).to_list(None)
        return {group["_id"]: group["n"] for group in groups}

    async def _store(self, fresh: dict[UUID, Submission]) -> None:
        now = self._clock()
        keys: list[Document] = []
        ledger: list[Document] = []
        originals: list[Document] = []
        messages: list[Message] = []
        for callback, submission in fresh.items():
            key, wrapped = self._vault.wrapping.new(callback)
            keys.append(wrapped)
            personal = submission.personal.__pydantic_serializer__.to_json(submission.personal, exclude_defaults=True)
            event = request_of(submission, seal(key, personal, callback.bytes))
            encoded = event.encode()
            ledger.append(
                {
                    "_id": callback,
                    "office": submission.office,
                    "channel": submission.channel.value,
                    "receipt": event.data.receipt,
                    "occurred_at": submission.occurred_at,
                    "accepted_at": now,
                    "event": encoded,
                    "announced": 1,
                    "announce_after": now,
                }
            )
            originals += [
                {
                    "callback": callback,
                    "name": seal(key, original.name.encode(), callback.bytes),
                    "type": original.type,
                    "content": seal_bytes(key, original.content, callback.bytes),
                }
                for original in submission.originals
            ]
            messages.append(_announcement(callback, encoded))

        async def store(session: Session) -> list[Entry]:
            await self._ledger.insert_many(ledger, ordered=False, session=session)
            await self._vault.add(keys, session)
            if originals:
                await self._originals.insert_many(originals, ordered=False, session=session)
            return await self._outbox.put(messages, session)

        self._relay.publish_soon(await transaction(self._client, store))

    async def _receipts(self, submissions: Sequence[Submission], fresh: dict[UUID, Submission]) -> list[Receipt]:
        known = [submission.callback for submission in submissions if submission.callback not in fresh]
        since: dict[UUID, datetime] = {}
        if known:
            found = await self._ledger.find({"_id": {"$in": known}}, {"occurred_at": 1}).to_list(None)
            since = {document["_id"]: document["occurred_at"] for document in found}
        return [
            receipt_of(submission)
            if fresh.get(submission.callback) is submission
            else _first_receipt(submission, since.get(submission.callback, submission.occurred_at))
            for submission in submissions
        ]


def _first_receipt(submission: Submission, since: datetime) -> Receipt:
    return Receipt(submission.callback, since, already_known=True)


def _announcement(callback: UUID, event: bytes) -> Message:
    return Message(CALLBACK_REQUESTED.name, str(callback).encode(), bytes(event))
