"""The order in which MongoDB committed what happened to each task, read from its own log (the oplog)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient

from schemas.words import Stage

Document = dict[str, Any]


@dataclass
class Commits:
    """For one task: how often it was inserted, and the number of the commit that first had each stage or alarm."""

    inserted: int = 0
    deleted: int = 0
    met: dict[Stage, int] = field(default_factory=dict)
    fired: dict[str, int] = field(default_factory=dict)


async def read_commits(client: AsyncIOMotorClient[Document], namespace: str) -> Mapping[UUID, Commits]:
    """Read every commit that touched the collection ``namespace`` (database.collection)."""
    options: CodecOptions[Document] = CodecOptions(tz_aware=True, uuid_representation=4)
    oplog = client.local.get_collection("oplog.rs", codec_options=options)
    commits: defaultdict[UUID, Commits] = defaultdict(Commits)
    touched = {"$or": [{"ns": namespace}, {"o.applyOps.ns": namespace}]}
    number = 0
    async for entry in oplog.find(touched).sort("$natural", 1):
        number += 1
        for operation in _operations(entry):
            if operation["ns"] == namespace:
                _note(commits, operation, number)
    return commits


def _operations(entry: Document) -> Iterator[Document]:
    yield from entry["o"]["applyOps"] if entry["op"] == "c" else [entry]


def _note(commits: defaultdict[UUID, Commits], operation: Document, number: int) -> None:
    kind: str = operation["op"]
    match kind:
        case "i":
            commits[operation["o"]["_id"]].inserted += 1
        case "d":
            commits[operation["o"]["_id"]].deleted += 1
        case "u":
            one = commits[operation["o2"]["_id"]]
            diff = operation["o"].get("diff", {})
            for stage in _inside(diff, "met"):
                one.met.setdefault(Stage(stage), number)
            for key in _inside(diff, "fired"):
                one.fired.setdefault(key, number)
        case _:
            pass


def _inside(diff: Document, name: str) -> Iterator[str]:
    """Yield the keys of a field that is a map, the values of one that is a list, as a change of them tells."""
    for how in ("u", "i"):
        yield from diff.get(how, {}).get(name, ())
    part = diff.get(f"s{name}", {})
    for how in ("u", "i"):
        yield from part.get(how, ())
    yield from (value for key, value in part.items() if key.startswith("u") and isinstance(value, str))
