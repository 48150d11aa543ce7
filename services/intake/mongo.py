"""Intake's ledger in MongoDB: requests, keys, originals and their announcement in one transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pymongo.errors import PyMongoError

from services.chassis.clock import Clock
from services.chassis.mongo import (
    Client,
    Database,
    Document,
    Session,
    StoreUnavailable,
    already_there,
    create_collections,
    is_duplicate,
    is_transient,
    transaction,
)
from services.chassis.publishing import Publisher
from services.chassis.sealing import seal, seal_bytes
from services.chassis.vault import MongoVault
from services.intake.announcements import Announcements, Announcer, Due, new_entry
from services.intake.domain.submission import Receipt, Submission, request_of

_TOLD_AT_ONCE = 500


class MongoRequests:
    """The ledger. It keeps each event as it was published, so that it can be published again."""

    def __init__(
        self, client: Client, database: Database, vault: MongoVault, publisher: Publisher, clock: Clock
    ) -> None:
        self._client = client
        self._database = database
        self._ledger = database.requests
        self._originals = database.originals
        self._announcements = Announcements(database.announcements)
        self._announcer = Announcer(publisher)
        self._vault = vault
        self._clock = clock

    async def prepare(self) -> None:
        """Create the collections, which is better done before a transaction needs them, and the index."""
        await create_collections(self._database, ["requests", "originals"])
        await self._announcements.prepare()
        await self._vault.prepare()

    async def stop(self) -> None:
        """Finish telling; what does not get through is told again by another replica or the next start."""
        await self._announcer.stop()

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
        await self._announcements.confirm(callbacks, at)

    async def announce_again(self, at: datetime, first_wait: timedelta, most: int) -> int:
        """Publish again what was announced but has no task yet; returns how many."""
        dues = await self._announcements.due(at, first_wait, most)
        queueing = [due for due in dues if self._announcements.is_queueing(due, at, first_wait)]
        again = [due for due in dues if due not in queueing]
        told: list[Due] = []
        for some in _together(again):
            # What Kafka does not take stays due: it is told as soon as Kafka is back, however long that was.
            if not await self._tell_again(some, at):
                break
            told += some
        await self._announcements.postpone(told, queueing, at, first_wait)
        return sum(len(due.callbacks) for due in told)

    async def _tell_again(self, dues: Sequence[Due], at: datetime) -> bool:
        callbacks = [callback for due in dues for callback in due.callbacks]
        found = await self._ledger.find({"_id": {"$in": callbacks}}, {"event": 1}).to_list(None)
        for due in dues:
            self._announcements.track(due.entry, due.callbacks, at)
        taken = await self._announcer.tell([(document["_id"], bytes(document["event"])) for document in found])
        if not taken:
            self._announcements.not_told([due.entry for due in dues])
        return taken

    async def figures(self) -> dict[str, int]:
        """Return how many were received and how many of them have no task yet."""
        return {
            "received": await self._ledger.count_documents({}),
            "under_way": await self._announcements.waiting(),
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
        for callback, submission in fresh.items():
            key, wrapped = self._vault.wrapping.new(callback)
            keys.append(wrapped)
            personal = submission.personal.__pydantic_serializer__.to_json(submission.personal, exclude_defaults=True)
            event = request_of(submission, seal(key, personal, callback.bytes))
            ledger.append(
                {
                    "_id": callback,
                    "office": submission.office,
                    "channel": submission.channel.value,
                    "occurred_at": submission.occurred_at,
                    "accepted_at": now,
                    "event": event.encode(),
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
        entry = new_entry()

        async def store(session: Session) -> None:
            await self._ledger.insert_many(ledger, ordered=False, session=session)
            await self._vault.add(keys, session)
            if originals:
                await self._originals.insert_many(originals, ordered=False, session=session)
            await self._announcements.add(entry, list(fresh), now, session)

        await transaction(self._client, store)
        self._announcements.track(entry, fresh, now)
        self._announcer.tell_soon(
            [(document["_id"], document["event"]) for document in ledger],
            lambda: self._announcements.not_told([entry]),
        )

    async def _receipts(self, submissions: Sequence[Submission], fresh: dict[UUID, Submission]) -> list[Receipt]:
        since = {callback: submission.occurred_at for callback, submission in fresh.items()}
        known = [submission.callback for submission in submissions if submission.callback not in fresh]
        if known:
            found = await self._ledger.find({"_id": {"$in": known}}, {"occurred_at": 1}).to_list(None)
            since |= {document["_id"]: document["occurred_at"] for document in found}
        return [
            Receipt(
                submission.callback,
                since[submission.callback],
                already_known=fresh.get(submission.callback) is not submission,
            )
            for submission in submissions
        ]


def _together(dues: Sequence[Due]) -> Iterator[list[Due]]:
    """Yield them in groups that are read and published at once."""
    some: list[Due] = []
    for due in dues:
        some.append(due)
        if sum(len(one.callbacks) for one in some) >= _TOLD_AT_ONCE:
            yield some
            some = []
    if some:
        yield some
