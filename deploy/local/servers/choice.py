"""Which server to use: one that is given wins over an own one on this machine, that over the embedded one."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError
from typing_extensions import override

from deploy.local.servers.kafka_protocol import ask_broker
from deploy.local.servers.mongo import EmbeddedMongo
from deploy.local.servers.port import Broker, Database, Server, ServerStartError
from deploy.local.servers.tansu import EmbeddedBroker

BROKER_VARIABLES = ("KAFKA_BOOTSTRAP_SERVERS", "RUECKRUF_KAFKA_BOOTSTRAP_SERVERS")
MONGO_VARIABLE = "RUECKRUF_MONGO_URL"
ANSWER_MILLISECONDS = 5_000


class _Given(Server):
    """A server somebody else runs: it is spoken to, never started, ended or emptied."""

    def __init__(self, address: str) -> None:
        self._address = address

    @property
    @override
    def pid(self) -> int | None:
        return None

    @property
    @override
    def address(self) -> str:
        return self._address

    @override
    async def stop(self) -> None:
        """Leave it running."""

    @override
    async def kill(self) -> None:
        """Leave it running."""

    @override
    async def wipe(self) -> None:
        """Leave its data alone."""

    @override
    def suspend(self) -> None:
        """Leave it running."""

    @override
    def resume(self) -> None:
        """Leave it running."""


class GivenBroker(_Given):
    """A broker named by KAFKA_BOOTSTRAP_SERVERS."""

    durable = True
    idempotent = True

    @property
    @override
    def name(self) -> str:
        return f"the given broker {self.address}"

    @override
    async def start(self) -> None:
        """Make sure that it answers, and learn what it can do."""
        answer = await ask_broker(self.address)
        if answer is None:
            raise ServerStartError(f"No Kafka broker answers at {self.address} (KAFKA_BOOTSTRAP_SERVERS).")
        self.idempotent = answer.idempotent


class GivenMongo(_Given):
    """A MongoDB named by RUECKRUF_MONGO_URL."""

    @property
    @override
    def name(self) -> str:
        return "the given MongoDB"  # its URL may hold a password

    @override
    async def start(self) -> None:
        """Make sure that it answers and can do transactions."""
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
            self.address, serverSelectionTimeoutMS=ANSWER_MILLISECONDS
        )
        try:
            hello = await client.admin.command("hello")
        except PyMongoError as error:
            raise ServerStartError(f"No MongoDB answers at {MONGO_VARIABLE}: {type(error).__name__}.") from error
        finally:
            client.close()
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            raise ServerStartError(f"The MongoDB at {MONGO_VARIABLE} is no replica set; a single node will do.")


def choose_broker(directory: Path, environment: Mapping[str, str] = os.environ) -> Broker:
    """The broker to run on: the given one, else Tansu (an own one on PATH wins over the wheel)."""
    for variable in BROKER_VARIABLES:
        if given := environment.get(variable):
            return GivenBroker(given)
    return EmbeddedBroker(directory)


def choose_mongo(directory: Path, environment: Mapping[str, str] = os.environ) -> Database:
    """The database to run on: the given one, else `mongod` (an own one on PATH wins over the wheel)."""
    if given := environment.get(MONGO_VARIABLE):
        return GivenMongo(given)
    return EmbeddedMongo(directory)
