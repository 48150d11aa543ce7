"""What earlier runs found broken stays mended."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pymongo.errors import ConfigurationError, OperationFailure

from services.chassis.mongo import StoreUnavailable, is_transient
from services.notifier.alarms import AlarmLoop
from services.notifier.mongo import MongoTasks
from services.notifier.use_cases.raise_alarms import MOST_AT_ONCE, RaiseAlarms

_MANAGEABLE = 60


@dataclass
class Overloaded:
    """Alarms of which no more than a few fit into a transaction."""

    waiting: int = 1000
    tried: list[int] = field(default_factory=list)

    async def __call__(self, _: datetime, most: int) -> int:
        self.tried.append(most)
        if most > _MANAGEABLE:
            raise StoreUnavailable
        fired = min(most, self.waiting)
        self.waiting -= fired
        return fired

    async def database_now(self) -> datetime:
        return datetime.now(UTC)

    async def update_one(self, *_: Any, **__: Any) -> SimpleNamespace:
        return SimpleNamespace(matched_count=1)


async def test_alarms_that_do_not_fit_into_one_transaction_are_told_in_smaller_parts() -> None:
    overloaded = Overloaded()
    loop = AlarmLoop(cast(MongoTasks, overloaded), cast(Any, overloaded), cast(RaiseAlarms, overloaded), pause=0.001)
    loop.start()
    try:
        async with asyncio.timeout(5):
            while overloaded.waiting:
                await asyncio.sleep(0.001)
    finally:
        await loop.stop()
    assert overloaded.tried[0] == MOST_AT_ONCE
    assert max(overloaded.tried[-5:]) < MOST_AT_ONCE


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("Sessions are not supported by this MongoDB deployment"),
        OperationFailure("conflict", 112),
        OperationFailure("no majority yet", 134),
    ],
)
def test_what_a_member_that_just_started_says_refuses_nobody_for_good(error: Exception) -> None:
    assert is_transient(error)


def test_what_is_wrong_with_a_record_itself_does_not_pass() -> None:
    assert not is_transient(OperationFailure("document validation failed", 121))
