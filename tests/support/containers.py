"""Kafka and MongoDB as containers, with the same port as the servers that are child processes."""

import asyncio
import time
from abc import abstractmethod

import docker  # type: ignore[import-untyped] # no types are shipped
from docker.errors import DockerException  # type: ignore[import-untyped] # as above
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure, PyMongoError
from testcontainers.core.container import DockerContainer
from typing_extensions import override

from deploy.local.servers import Server, ServerMissingError, ServerStartError
from deploy.local.servers.kafka_protocol import ask_broker
from deploy.local.servers.process import free_port

KAFKA_IMAGE = "apache/kafka:4.1.1"
MONGO_IMAGE = "mongo:8.0"
ENGINE_ANSWERS_WITHIN_SECONDS = 3
START_WITHIN_SECONDS = 60
ALREADY_INITIALISED = 23


class _Contained(Server):
    """One container on a fixed port of loopback, so that it comes back where it was."""

    image: str
    inner_port: int

    def __init__(self) -> None:
        self.port = free_port()
        self._container: DockerContainer | None = None

    @property
    @override
    def name(self) -> str:
        return f"{self.image} in a container"

    @property
    @override
    def pid(self) -> int | None:
        return None

    @abstractmethod
    def _describe(self, container: DockerContainer) -> DockerContainer:
        """Give the container its command and settings."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Whether it does its work already, asked in its own protocol."""

    @override
    async def start(self) -> None:
        await asyncio.to_thread(self._run)
        give_up = time.monotonic() + START_WITHIN_SECONDS
        while not await self._answers():
            if time.monotonic() > give_up:
                await self.stop()
                raise ServerStartError(f"{self.name} did not answer within {START_WITHIN_SECONDS} s.")
            await asyncio.sleep(0.1)

    def _run(self) -> None:
        try:
            docker.from_env(timeout=ENGINE_ANSWERS_WITHIN_SECONDS).ping()
        except DockerException as error:
            raise ServerMissingError("No Docker engine answers.") from error
        container = DockerContainer(self.image).with_bind_ports(self.inner_port, self.port)
        try:
            self._container = self._describe(container).start()
        except DockerException as error:
            raise ServerStartError(f"{self.image} could not be started: {error}") from error

    @override
    async def stop(self) -> None:
        if self._container:
            await asyncio.to_thread(self._container.stop)
            self._container = None

    @override
    async def kill(self) -> None:
        self._call("kill")

    @override
    async def wipe(self) -> None:
        await self.stop()

    @override
    def suspend(self) -> None:
        self._call("pause")

    @override
    def resume(self) -> None:
        self._call("unpause")

    def _call(self, action: str) -> None:
        if self._container:
            getattr(self._container.get_wrapped_container(), action)()


class ContainedKafka(_Contained):
    """Apache Kafka's own image, one node."""

    image = KAFKA_IMAGE
    inner_port = 9092
    idempotent = True
    durable = True

    @property
    @override
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @override
    def _describe(self, container: DockerContainer) -> DockerContainer:
        settings = {
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_NODE_ID": "1",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{self.address}",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        }
        return container.with_envs(**settings)

    @override
    async def _answers(self) -> bool:
        answer = await ask_broker(self.address)
        return answer is not None and answer.nodes > 0


class ContainedMongo(_Contained):
    """MongoDB's own image as a one-node replica set (the stock test container is none)."""

    image = MONGO_IMAGE
    inner_port = 27017

    @property
    @override
    def address(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    @override
    def _describe(self, container: DockerContainer) -> DockerContainer:
        return container.with_command("--replSet rueckruf --bind_ip_all")

    @override
    async def _answers(self) -> bool:
        client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(self.address, serverSelectionTimeoutMS=1000)
        members = [{"_id": 0, "host": "127.0.0.1:27017"}]
        try:
            hello = await client.admin.command("hello")
            if "setName" not in hello:
                await client.admin.command("replSetInitiate", {"_id": "rueckruf", "members": members})
        except OperationFailure as refusal:
            if refusal.code != ALREADY_INITIALISED:
                raise
            return False
        except PyMongoError:
            return False
        else:
            return bool(hello.get("isWritablePrimary"))
        finally:
            client.close()
