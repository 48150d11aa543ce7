"""The figures of an office, read from MongoDB and kept for a moment: however many look, few queries run."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import REGISTRY
from pymongo import ASCENDING

from schemas.office import Offices
from schemas.words import Stage, Team, Urgency
from services.chassis.clock import Clock
from services.chassis.mongo import Database, Document
from services.chassis.outbox import Outbox
from services.notifier import metrics
from services.notifier.domain.deadlines import AlarmKind
from services.notifier.domain.figures import Figures, Group
from services.notifier.mongo import OPEN

_FRESH = timedelta(seconds=2)
_MOST_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class Machine:
    """What waits to be published, and what was put aside by this replica since it started."""

    outbox_waiting: int
    outbox_age: timedelta
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An office and the machine at one moment."""

    at: datetime
    figures: Figures
    machine: Machine


class Board:
    """How the offices stand. What is asked for again within two seconds is answered from memory."""

    def __init__(self, database: Database, outbox: Outbox, offices: Offices, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._offices = offices
        self._clock = clock
        self._locks = {office: asyncio.Lock() for office in offices}
        self._standings: dict[str, Standing] = {}

    async def prepare(self) -> None:
        """Create the index of today's breaches."""
        await self._database.tasks.create_index([("office", ASCENDING), ("breaches", ASCENDING)], sparse=True)

    async def refresh(self) -> None:
        """Read all offices and set the gauges."""
        for office in self._offices:
            await self.of(office)

    async def of(self, office: str) -> Standing:
        """Return how an office stands; those who ask at once wait for one reading."""
        async with self._locks[office]:
            at = self._clock()
            standing = self._standings.get(office)
            if standing is None or not timedelta() <= at - standing.at < _FRESH:
                standing = Standing(at, await self._figures(office, at), await self._machine())
                self._standings[office] = standing
                metrics.show(office, standing.figures, at)
            return standing

    async def _figures(self, office: str, at: datetime) -> Figures:
        tasks = self._database.tasks
        day = at.astimezone(self._offices[office].zone).replace(hour=0, minute=0, second=0, microsecond=0)
        today = {"$gte": day, "$lt": day + timedelta(days=1)}
        breached: list[Document] = [
            {"$match": {"office": office, "breaches": {"$elemMatch": today}}},
            {"$unwind": "$breaches"},
            {"$match": {"breaches": today}},
            {"$count": "n"},
        ]
        states: list[Document] = [{"$match": {"office": office}}, {"$group": {"_id": "$state", "n": {"$sum": 1}}}]
        groups = await tasks.aggregate(_open_groups(office)).to_list(None)
        by_state = await tasks.aggregate(states).to_list(None)
        told = await tasks.aggregate(breached).to_list(1)
        return Figures(
            groups=tuple(_group(document) for document in groups),
            by_state={document["_id"]: document["n"] for document in by_state},
            breaches_today=told[0]["n"] if told else 0,
        )

    async def _machine(self) -> Machine:
        waiting = await self._database.outbox.count_documents({}, limit=_MOST_WAITING)
        age = await self._outbox.oldest_seconds() if waiting else 0.0
        return Machine(waiting, timedelta(seconds=age), _dead_letters())


def _open_groups(office: str) -> list[Document]:
    next_stage: Document = {
        "$switch": {
            "branches": [
                {"case": {"$not": [f"$met.{stage.value}"]}, "then": stage.value}
                for stage in (Stage.OWNED, Stage.ATTEMPTED)
            ],
            "default": Stage.OUTCOME.value,
        }
    }
    breach = {"$concat": ["$urgency", ".", "$next", f".{AlarmKind.BREACHED.value}"]}
    return [
        {"$match": {"office": office, "state": OPEN}},
        {"$set": {"next": next_stage}},
        {
            "$group": {
                "_id": {"team": "$team", "urgency": "$urgency", "next": "$next"},
                "open": {"$sum": 1},
                "overdue": {"$sum": {"$cond": [{"$in": [breach, "$fired"]}, 1, 0]}},
                "oldest": {"$min": "$started"},
            }
        },
    ]


def _group(document: Mapping[str, Any]) -> Group:
    key = document["_id"]
    return Group(
        team=Team(key["team"]),
        urgency=Urgency(key["urgency"]),
        next_stage=Stage(key["next"]),
        open=document["open"],
        overdue=document["overdue"],
        oldest=document["oldest"],
    )


def _dead_letters() -> int:
    return int(
        sum(
            sample.value
            for metric in REGISTRY.collect()
            if metric.name == "rueckruf_dead_letters"
            for sample in metric.samples
            if sample.name.endswith("_total")
        )
    )
