"""MongoDB: one client a process, majority writes, transactions, and which errors are worth another try."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC
from typing import Any, TypeVar
from uuid import UUID

import pymongo
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import ReadPreference, WriteConcern
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    CollectionInvalid,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern

from services.chassis.settings import Settings

Document = dict[str, Any]
Client = AsyncIOMotorClient[Document]
Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]
Session = AsyncIOMotorClientSession
R = TypeVar("R")

_DUPLICATE_KEY = 11000
_NAMESPACE_EXISTS = 48
_TRANSACTION_SECONDS = 12.0
_MENDED_BY_OPERATIONS = frozenset({13, 18, 391, 14031})
"""Unauthorized, authentication failed, authenticate again, disk full: no fault of what was to be stored."""

_PASSING = frozenset({24, 46, 112, 134})
"""A lock not had in time, a conflict of two writers, a majority that is not known yet after a start."""

_TRANSIENT_LABELS = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")


class StoreUnavailable(Exception):
    """MongoDB does not answer in time. Nothing was promised; the sender should try again."""


def connect(settings: Settings) -> Client:
    """Return a client that waits at most a few seconds for anything, and writes to a majority or not at all."""
    return AsyncIOMotorClient(
        settings.mongo_url.get_secret_value(),
        serverSelectionTimeoutMS=3000,
        connectTimeoutMS=3000,
        socketTimeoutMS=20_000,
        waitQueueTimeoutMS=3000,
        maxPoolSize=32,
        retryWrites=True,
        tz_aware=True,
        uuidRepresentation="standard",
        appname="rueckruf",
    )


def database(client: Client, settings: Settings, service: str) -> Database:
    """Return the database of ``service``: reads and writes of a majority, aware datetimes, native UUIDs."""
    options: CodecOptions[Document] = CodecOptions(
        tz_aware=True, tzinfo=UTC, uuid_representation=UuidRepresentation.STANDARD
    )
    return client.get_database(
        f"{settings.mongo_database}_{service}",
        codec_options=options,
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern("majority", wtimeout=10_000),
        read_concern=ReadConcern("majority"),
    )


async def transaction(client: Client, work: Callable[[Session], Coroutine[Any, Any, R]]) -> R:
    """Run ``work`` in one transaction, again where MongoDB asks for it; all of it happens or nothing.

    Raises :class:`StoreUnavailable` where MongoDB does not answer within 12 s; it may still have been stored then.
    ``work`` must be free of other effects.
    """
    try:
        # Motor alone would try for two minutes. The first bound ends its calls, the second its queue of calls.
        with pymongo.timeout(_TRANSACTION_SECONDS):
            async with asyncio.timeout(_TRANSACTION_SECONDS + 1), await client.start_session() as session:
                done: R = await session.with_transaction(work, write_concern=WriteConcern("majority"))
                return done
    except TimeoutError as error:
        raise StoreUnavailable("TimeoutError") from error
    except PyMongoError as error:
        if is_transient(error):
            raise StoreUnavailable(type(error).__name__) from error
        raise


def is_transient(error: BaseException) -> bool:
    """Say whether the same call may succeed later, with nothing changed but the servers."""
    match error:
        case StoreUnavailable() | ConnectionFailure() | AutoReconnect() | ExecutionTimeout() | WTimeoutError():
            return True
        case PyMongoError() if any(error.has_error_label(label) for label in _TRANSIENT_LABELS):
            return True
        case BulkWriteError():
            details = error.details or {}
            return bool(details.get("writeConcernErrors")) and not details.get("writeErrors")
        case ConfigurationError():
            return True  # what a member that has just started is said to lack: sessions, for one
        case OperationFailure():
            return error.code in _MENDED_BY_OPERATIONS | _PASSING
        case _:
            return False


def is_duplicate(error: BaseException) -> bool:
    """Say whether a unique key was there already: somebody else was faster with the same fact."""
    match error:
        case DuplicateKeyError():
            return True
        case BulkWriteError():
            writes = (error.details or {}).get("writeErrors", [])
            return bool(writes) and all(write.get("code") == _DUPLICATE_KEY for write in writes)
        case _:
            return False


async def already_there(collection: Collection, ids: list[UUID], session: Session | None = None) -> set[UUID]:
    """Return which of ``ids`` the collection holds: the check of handled-once, one read for a batch."""
    cursor = collection.find({"_id": {"$in": ids}}, {"_id": 1}, session=session)
    return {document["_id"] for document in await cursor.to_list(None)}


async def create_collections(database: Database, names: Iterable[str]) -> None:
    """Create collections that do not exist yet: a transaction should not have to, where several begin at once."""
    for name in set(names) - set(await database.list_collection_names()):
        try:
            await database.create_collection(name)
        except (CollectionInvalid, OperationFailure) as error:
            if isinstance(error, OperationFailure) and error.code != _NAMESPACE_EXISTS:
                raise  # else another replica was faster
