"""The fixture ladder: the best Kafka and MongoDB this machine has, tried from the top.

Given servers; containers where a Docker engine answers; Apache Kafka through Java and Maven; the embedded
ones. A given server that does not answer is an error, never a reason to step down.
"""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.servers import (
    ApacheKafka,
    EmbeddedBroker,
    EmbeddedMongo,
    GivenBroker,
    GivenMongo,
    Server,
    ServerMissingError,
    ServerStartError,
    choose_broker,
    choose_mongo,
)
from tests.support.keeper import Standing


@dataclass
class Ladder:
    """Starts each kind of server at its first use and ends all of them at `close`."""

    directory: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    standings: dict[str, Standing] = field(default_factory=dict)
    _running: list[Server] = field(default_factory=list)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def stand_on(self, kind: str) -> Standing:
        """The server of that kind ("kafka", "mongo"), started now if it is the first call.

        Raises:
            ServerMissingError: no rung holds.
        """
        async with self._lock:
            if kind not in self.standings:
                rungs = kafka_rungs if kind == "kafka" else mongo_rungs
                self.standings[kind] = await self._climb(rungs(self.directory / kind, self.environment))
            return self.standings[kind]

    async def close(self) -> None:
        """End everything that was started here."""
        await asyncio.gather(*(server.stop() for server in self._running))
        self._running.clear()

    async def _climb(self, rungs: Iterator[Server]) -> Standing:
        passed_over: list[str] = []
        for server in rungs:
            begun = time.monotonic()
            try:
                await server.start()
            except (ServerMissingError, ServerStartError) as reason:
                passed_over.append(f"{type(server).__name__}: {reason}")
                continue
            self._running.append(server)
            return Standing(
                name=server.name,
                address=server.address,
                is_apache=not isinstance(server, EmbeddedBroker),
                idempotent=getattr(server, "idempotent", False),
                seconds=time.monotonic() - begun,
                passed_over=tuple(passed_over),
            )
        raise ServerMissingError("No server to test on:\n" + "\n".join(passed_over))


def kafka_rungs(directory: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Brokers from the best to the least; with RUECKRUF_REQUIRE_KAFKA the embedded one is no rung."""
    embedded = choose_broker(directory / "embedded", environment)
    if isinstance(embedded, GivenBroker):
        yield embedded
        return
    from tests.support.containers import ContainedKafka  # noqa: PLC0415 - a slow import, for this rung only

    yield ContainedKafka()
    yield ApacheKafka(directory / "apache")
    if not environment.get("RUECKRUF_REQUIRE_KAFKA"):
        yield embedded


def mongo_rungs(directory: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """MongoDB from the best to the least."""
    embedded = choose_mongo(directory / "embedded", environment)
    if isinstance(embedded, GivenMongo):
        yield embedded
        return
    from tests.support.containers import ContainedMongo  # noqa: PLC0415 - a slow import, for this rung only

    yield ContainedMongo()
    yield embedded


async def own_broker(directory: Path) -> ApacheKafka | EmbeddedBroker:
    """A started broker that a test may kill, freeze and wipe; the caller stops it."""
    apache = ApacheKafka(directory)
    try:
        await apache.start()
    except ServerMissingError:
        if os.environ.get("RUECKRUF_REQUIRE_KAFKA"):
            raise
        embedded = EmbeddedBroker(directory)
        await embedded.start()
        return embedded
    return apache


async def own_mongo(directory: Path) -> EmbeddedMongo:
    """A started MongoDB that a test may kill, freeze and wipe; the caller stops it."""
    mongo = EmbeddedMongo(directory)
    await mongo.start()
    return mongo
