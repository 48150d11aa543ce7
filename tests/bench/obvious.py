"""The obvious pipeline, as one writes it from FastStream's documentation: a handler a message, an insert each.

The default settings were made durable: all replicas acknowledge, offsets are committed after the handler,
writes go to a majority. No outbox, no sealing, no dead letters, no deadlines.

    python -m tests.bench.obvious intake|triage|notifier BOOTSTRAP MONGO PREFIX
"""

import asyncio
import sys
from datetime import datetime
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel


class Raw(BaseModel):
    """What the channel sends."""

    key: str
    office: str
    channel: str
    occurred: datetime
    name: str
    phone: str
    text: str


class Requested(Raw):
    """An accepted request."""

    id: str


class Triaged(Requested):
    """A decided request."""

    urgency: str


def build(role: str, bootstrap: str, mongo: str, prefix: str) -> FastStream:
    """Return one of the three services."""
    broker = KafkaBroker(bootstrap, acks="all", logger=None)
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo, w="majority")
    database = client[prefix]
    options: dict[str, Any] = {"auto_offset_reset": "earliest", "ack_policy": AckPolicy.NACK_ON_ERROR}

    if role == "intake":

        @broker.subscriber(f"{prefix}.raw", group_id=f"{prefix}.intake", **options)
        @broker.publisher(f"{prefix}.requested")
        async def accept(raw: Raw) -> Requested:
            requested = Requested(**raw.model_dump(), id=raw.key)
            await database.requests.insert_one({"_id": requested.id, **requested.model_dump()})
            return requested

    if role == "triage":

        @broker.subscriber(f"{prefix}.requested", group_id=f"{prefix}.triage", **options)
        @broker.publisher(f"{prefix}.triaged")
        async def decide(requested: Requested) -> Triaged:
            urgent = any(word in requested.text.lower() for word in ("strom", "obdachlos", "hunger", "kein geld"))
            return Triaged(**requested.model_dump(), urgency="emergency" if urgent else "normal")

    if role == "notifier":

        @broker.subscriber(f"{prefix}.triaged", group_id=f"{prefix}.notifier", **options)
        async def notify(triaged: Triaged) -> None:
            await database.tasks.insert_one({"_id": triaged.id, **triaged.model_dump()})

    return FastStream(broker, logger=None)


if __name__ == "__main__":
    asyncio.run(build(*sys.argv[1:5]).run())
