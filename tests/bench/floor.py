"""The floor: hand-written aiokafka batches with one bulk insert at each end. No outbox, no sealing, no checks.

What a pipeline of three hops costs at least; nothing that keeps a promise can be below it. ``floor`` is written as
one would: aiokafka's ``send`` for each record, awaited together, and the standard library's JSON. ``bare`` goes
further down: ready-made record batches a partition and orjson.

    python -m tests.bench.floor intake|triage|notifier BOOTSTRAP MONGO PREFIX floor|bare
"""

import asyncio
import json
import sys
import zlib
from collections import defaultdict
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient

_HOPS = {"intake": ("raw", "requested"), "triage": ("requested", "triaged"), "notifier": ("triaged", None)}


async def serve(role: str, bootstrap: str, mongo: str, prefix: str, style: str) -> None:
    """Run one of the three services until it is killed."""
    source, target = _HOPS[role]
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo, w="majority")
    database = client[prefix]
    consumer = AIOKafkaConsumer(
        f"{prefix}.{source}",
        bootstrap_servers=bootstrap,
        group_id=f"{prefix}.{role}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=256 * 1024)
    read, publish = (orjson.loads, _publish_batches) if style == "bare" else (json.loads, _publish)
    await consumer.start()
    await producer.start()
    while True:
        polled = await consumer.getmany(timeout_ms=1000, max_records=500)
        events = [read(record.value) for records in polled.values() for record in records]
        if not events:
            continue
        if role == "intake":
            await database.requests.insert_many([{"_id": event["key"], **event} for event in events], ordered=False)
        if role == "triage":
            for event in events:
                event["urgency"] = "emergency" if "strom" in event["text"].lower() else "normal"
        if role == "notifier":
            await database.tasks.insert_many([{"_id": event["key"], **event} for event in events], ordered=False)
        if target:
            await publish(producer, f"{prefix}.{target}", events)
        await consumer.commit()


async def _publish(producer: AIOKafkaProducer, topic: str, events: list[dict[str, Any]]) -> None:
    sent = [
        await producer.send(topic, json.dumps(event, ensure_ascii=False).encode(), key=event["key"].encode())
        for event in events
    ]
    await asyncio.gather(*sent)


async def _publish_batches(producer: AIOKafkaProducer, topic: str, events: list[dict[str, Any]]) -> None:
    partitions = len(await producer.partitions_for(topic))
    groups: defaultdict[int, list[tuple[bytes, bytes]]] = defaultdict(list)
    for event in events:
        key = event["key"].encode()
        groups[zlib.crc32(key) % partitions].append((key, orjson.dumps(event)))
    deliveries = []
    for partition, group in groups.items():
        batch = producer.create_batch()
        for key, value in group:
            if batch.append(key=key, value=value, timestamp=None) is None:
                deliveries.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        deliveries.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*deliveries)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
