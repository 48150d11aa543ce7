"""Notifier's tasks in MongoDB: a task, its timer and the events it gives rise to change in one transaction.

The timer is a field of the task (``alarm_at``), so arming and cancelling it is part of the change itself.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.errors import PyMongoError

from schemas.envelope import Event
from schemas.ids import callbacks_of
from schemas.topics import BY_NAME
from schemas.words import Channel, Outcome, Stage, Team, Urgency
from services.chassis.mongo import (
    Client,
    Database,
    Document,
    Session,
    StoreUnavailable,
    is_duplicate,
    is_transient,
    transaction,
)
from services.chassis.outbox import Entry as OutboxEntry
from services.chassis.outbox import Outbox, Relay
from services.chassis.publishing import Message
from services.notifier.domain.task import Deed, Entry, Task
from services.notifier.metrics import breaches, count_alerts
from services.notifier.ports import Change, NoSuchTask, Opened, SomeAreKnown

OPEN = "open"


class MongoTasks:
    """The tasks."""

    def __init__(self, client: Client, database: Database, outbox: Outbox, relay: Relay) -> None:
        self._client = client
        self._tasks = database.tasks
        self._outbox = outbox
        self._relay = relay

    async def prepare(self) -> None:
        """Create the indexes: the inbox, the loads, the timers."""
        await self._tasks.create_index(
            [
                ("office", ASCENDING),
                ("state", ASCENDING),
                ("team", ASCENDING),
                ("rank", DESCENDING),
                ("started", ASCENDING),
            ]
        )
        await self._tasks.create_index(
            [("office", ASCENDING), ("advisor", ASCENDING)],
            partialFilterExpression={"state": OPEN, "advisor": {"$type": "string"}},
        )
        await self._tasks.create_index(
            [("alarm_at", ASCENDING)], partialFilterExpression={"alarm_at": {"$type": "date"}}
        )

    async def known(self, callbacks: Sequence[UUID]) -> Mapping[UUID, Task]:
        """Return the tasks that exist already."""
        found = await self._tasks.find({"_id": {"$in": list(callbacks)}}).to_list(None)
        return {document["_id"]: to_task(document) for document in found}

    async def open(self, opened: Sequence[Opened], again: Sequence[Event]) -> None:
        """Store new tasks and their events; publish ``again`` once more."""
        documents = [to_document(one.task, one.alarm_at) for one in opened]
        messages = [message(event) for event in (*(one.event for one in opened), *again)]
        if not messages:
            return

        async def store(session: Session) -> list[OutboxEntry]:
            if documents:
                await self._tasks.insert_many(documents, ordered=False, session=session)
            return await self._outbox.put(messages, session)

        try:
            entries = await transaction(self._client, store)
        except PyMongoError as error:
            if is_duplicate(error):
                raise SomeAreKnown from error
            raise
        self._relay.publish_soon(entries)

    async def change(self, office: str, callback: UUID, decide: Callable[[Task], Change]) -> Task:
        """Apply ``decide`` to the present task; a change by somebody else in between makes it run again."""

        async def apply(session: Session) -> tuple[Task, list[OutboxEntry]]:
            document = await self._tasks.find_one({"_id": callback, "office": office}, session=session)
            if document is None:
                raise NoSuchTask
            task = to_task(document)
            change = decide(task)
            if change.task is task:
                return task, []
            # Not replaced: when breaches were told stays with the task, though no decision needs it.
            changed = {"$set": to_document(change.task, change.alarm_at)}
            await self._tasks.update_one({"_id": callback}, changed, session=session)
            return change.task, await self._outbox.put([message(event) for event in change.events], session)

        task, entries = await transaction(self._client, apply)
        self._relay.publish_soon(entries)
        return task

    async def fire(self, at: datetime, decide: Callable[[Task], Change], most: int) -> int:
        """Apply ``decide`` to tasks whose alarm is due; a task that changes meanwhile makes the batch run again."""

        async def apply(session: Session) -> tuple[Sequence[Change], list[OutboxEntry]]:
            due = await self._tasks.find({"alarm_at": {"$lte": at}}, session=session).limit(most).to_list(None)
            changes = [decide(to_task(document)) for document in due]
            if not changes:
                return [], []
            await self._tasks.bulk_write(
                [
                    UpdateOne(
                        {"_id": change.task.callback},
                        {
                            "$set": {"fired": list(change.task.fired), "alarm_at": change.alarm_at},
                            "$push": {"breaches": {"$each": [b.data.due for b in breaches(change.events)]}},
                        },
                    )
                    for change in changes
                ],
                ordered=False,
                session=session,
            )
            messages = [message(event) for change in changes for event in change.events]
            return changes, await self._outbox.put(messages, session)

        changes, entries = await transaction(self._client, apply)
        self._relay.publish_soon(entries)
        for change in changes:
            count_alerts(change.events, at)
        return len(changes)

    async def database_now(self) -> datetime:
        """Return the time by the database's clock, the one that all replicas share."""
        answer = await self._client.admin.command("hello")
        now: datetime = answer["localTime"]
        return now.replace(tzinfo=UTC)  # a command's answer knows no zone

    async def loads(self, office: str) -> Mapping[str, int]:
        """Return how many open tasks each advisor has."""
        pipeline: list[Document] = [
            {"$match": {"office": office, "state": OPEN, "advisor": {"$type": "string"}}},
            {"$group": {"_id": "$advisor", "n": {"$sum": 1}}},
        ]
        groups = await self._tasks.aggregate(pipeline).to_list(None)
        return {group["_id"]: group["n"] for group in groups}

    async def inbox(self, office: str, teams: Sequence[Team], advisor: str, most: int) -> list[Task]:
        """Return the open tasks of the advisor and of the teams: emergencies first, then who waits longest."""
        query: Document = {
            "office": office,
            "state": OPEN,
            "$or": [{"team": {"$in": [team.value for team in teams]}}, {"advisor": advisor}],
        }
        cursor = self._tasks.find(query).sort([("rank", DESCENDING), ("started", ASCENDING)]).limit(most)
        return [to_task(document) for document in await cursor.to_list(None)]

    async def figures(self) -> dict[str, Any]:
        """Return counts of all offices: by state, open ones by urgency, emergencies, breaches told."""
        pipeline: list[Document] = [
            {
                "$facet": {
                    "states": [{"$group": {"_id": "$state", "n": {"$sum": 1}}}],
                    "open": [{"$match": {"state": OPEN}}, {"$group": {"_id": "$urgency", "n": {"$sum": 1}}}],
                    "emergencies": [{"$match": {"urgency": Urgency.EMERGENCY.value}}, {"$count": "n"}],
                    "breaches": [
                        {"$unwind": "$fired"},
                        {"$match": {"fired": {"$regex": "breached$"}}},
                        {"$count": "n"},
                    ],
                }
            }
        ]
        (found,) = await self._tasks.aggregate(pipeline).to_list(1)
        states = {group["_id"]: group["n"] for group in found["states"]}
        return {
            "tasks": sum(states.values()),
            "open": states.get(OPEN, 0),
            **{outcome.value: states.get(outcome.value, 0) for outcome in Outcome},
            "open_by_urgency": {group["_id"]: group["n"] for group in found["open"]},
            "emergencies": sum(group["n"] for group in found["emergencies"]),
            "breaches": sum(group["n"] for group in found["breaches"]),
        }

    async def find(self, office: str, callback: UUID) -> Task | None:
        """Return a task."""
        return await self._one({"_id": callback, "office": office})

    async def by_receipt(self, office: str, receipt: str) -> Task | None:
        """Return the task of a receipt number."""
        first, last = callbacks_of(receipt)
        return await self._one({"_id": {"$gte": first, "$lte": last}, "office": office})

    async def _one(self, query: Document) -> Task | None:
        try:
            document = await self._tasks.find_one(query)
        except PyMongoError as error:
            if is_transient(error):
                raise StoreUnavailable(type(error).__name__) from error
            raise
        return None if document is None else to_task(document)


_TOPIC_OF = {topic.event.TYPE: name for name, topic in BY_NAME.items() if name == topic.event.TYPE}


def message(event: Event) -> Message:
    """Return an event as a record of its topic."""
    return Message(_TOPIC_OF[event.TYPE], str(event.subject).encode(), event.encode())


def to_document(task: Task, alarm_at: datetime | None) -> Document:
    """Return a task as it is stored."""
    return {
        "_id": task.callback,
        "office": task.office,
        "receipt": task.receipt,
        "channel": task.channel.value,
        "urgency": task.urgency.value,
        "rank": task.urgency.rank,
        "team": task.team.value,
        "advisor": task.advisor,
        "language": task.language,
        "state": OPEN if task.outcome is None else task.outcome.value,
        "started": task.started,
        "opened": task.opened,
        "event": task.event,
        "policy": task.policy,
        "version": task.version,
        "met": {stage.value: at for stage, at in task.met.items()},
        "until": task.until,
        "attempts": task.attempts,
        "attempt_days": list(task.attempt_days),
        "fired": list(task.fired),
        "history": [[entry.deed.value, entry.at, entry.by, entry.detail] for entry in task.history],
        "alarm_at": alarm_at,
    }


def to_task(document: Mapping[str, Any]) -> Task:
    """Return a stored task."""
    state = document["state"]
    return Task(
        callback=document["_id"],
        office=document["office"],
        receipt=document["receipt"],
        channel=Channel(document["channel"]),
        urgency=Urgency(document["urgency"]),
        team=Team(document["team"]),
        advisor=document["advisor"],
        language=document["language"],
        started=document["started"],
        opened=document["opened"],
        event=bytes(document["event"]),
        policy=document["policy"],
        version=document["version"],
        met={Stage(stage): at for stage, at in document["met"].items()},
        outcome=None if state == OPEN else Outcome(state),
        until=document["until"],
        attempts=document["attempts"],
        attempt_days=tuple(document["attempt_days"]),
        fired=tuple(document["fired"]),
        history=tuple(Entry(Deed(deed), at, by, detail) for deed, at, by, detail in document["history"]),
    )
