"""The vault: one data key a subject, wrapped by a key from settings. Erasing a subject forgets its key for good."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from services.chassis.mongo import Collection, Database, Document, Session, create_collections
from services.chassis.sealing import SealBroken, new_key, open_bytes, seal_bytes


@dataclass(frozen=True, slots=True)
class Erased:
    """The key was erased: what it sealed can never be read again."""


ERASED = Erased()


class Vault(Protocol):
    """Keys by subject."""

    async def keys(self, subjects: Iterable[UUID]) -> Mapping[UUID, bytes | Erased]:
        """Return the key of each subject that has one."""

    async def erase(self, subject: UUID, at: datetime) -> None:
        """Forget the key; the mark that stays says when it was first forgotten, and nothing else."""


class Wrapping:
    """Wraps data keys with the current key-encryption key; opens with any that is still configured."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self._current = next(iter(self._keys))

    def new(self, subject: UUID) -> tuple[bytes, Document]:
        """Return a fresh data key and the document that keeps it, wrapped."""
        key = new_key()
        wrapped = seal_bytes(self._keys[self._current], key, subject.bytes)
        return key, {"_id": subject, "kek": self._current, "key": wrapped}

    def open(self, document: Document) -> bytes | Erased:
        """Unwrap; raises :class:`SealBroken` where the wrapping key is not configured any more."""
        if "key" not in document:
            return ERASED
        wrapping = self._keys.get(document["kek"])
        if wrapping is None:
            raise SealBroken(f"the vault key {document['kek']!r} is not configured")
        return open_bytes(wrapping, document["key"], document["_id"].bytes)


class MongoVault:
    """The vault in MongoDB. Writers add keys in their own transaction."""

    def __init__(self, collection: Collection, wrapping: Wrapping) -> None:
        self._collection = collection
        self.wrapping = wrapping

    async def prepare(self) -> None:
        """Create the collection: the first key is added in a transaction, which should not have to."""
        await create_collections(cast("Database", self._collection.database), [self._collection.name])

    async def add(self, documents: list[Document], session: Session) -> None:
        """Keep wrapped keys, in the transaction of what they seal."""
        await self._collection.insert_many(documents, ordered=False, session=session)

    async def keys(self, subjects: Iterable[UUID]) -> Mapping[UUID, bytes | Erased]:
        """Return the key of each subject that has one; one read for all."""
        found = await self._collection.find({"_id": {"$in": list(subjects)}}).to_list(None)
        return {document["_id"]: self.wrapping.open(document) for document in found}

    async def erase(self, subject: UUID, at: datetime) -> None:
        """Forget the key; the mark that stays says when, and nothing else."""
        await self._collection.update_one(
            {"_id": subject},
            [{"$set": {"erased_at": {"$ifNull": ["$erased_at", at]}}}, {"$unset": ["key", "kek"]}],
            upsert=True,
        )
