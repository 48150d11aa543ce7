"""The loop that fires alarms: one replica at a time, woken when the next alarm is due."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pymongo.errors import DuplicateKeyError, PyMongoError

from services.chassis.logs import get_logger
from services.chassis.mongo import Collection, StoreUnavailable
from services.notifier.mongo import MongoTasks
from services.notifier.use_cases.raise_alarms import MOST_AT_ONCE, RaiseAlarms

_LEASE = timedelta(seconds=3)
_LEASE_NAME = "alarms"


class AlarmLoop:
    """Fires what is due. The lease only saves work: two who fire at once cannot double an alarm."""

    def __init__(self, tasks: MongoTasks, leases: Collection, raise_alarms: RaiseAlarms, pause: float) -> None:
        self._tasks = tasks
        self._leases = leases
        self._raise_alarms = raise_alarms
        self._pause = pause
        self._me = str(uuid4())
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._loop(), name="alarms")

    async def stop(self) -> None:
        """End; another replica takes over when the lease runs out."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _loop(self) -> None:
        most = MOST_AT_ONCE
        while True:
            fired, tried = 0, most
            try:
                if await self._hold_lease():
                    fired = await self._raise_alarms(await self._tasks.database_now(), tried)
                    most = min(2 * most, MOST_AT_ONCE)
            except (PyMongoError, StoreUnavailable) as error:
                # Too many for the time a transaction has would be too many for ever.
                most = max(most // 2, 1)
                get_logger().warning("alarms wait for MongoDB", at_once=tried, exc_info=error)
            except Exception as error:  # noqa: BLE001  # a loop that dies would break every promise at once
                get_logger().error("alarms failed", exc_info=error)
            if fired < tried:
                await asyncio.sleep(self._pause)

    async def _hold_lease(self) -> bool:
        mine_or_over = {
            "$or": [
                {"$eq": ["$holder", self._me]},
                {"$lt": ["$held_at", {"$subtract": ["$$NOW", int(_LEASE.total_seconds() * 1000)]}]},
            ]
        }
        lease = {"_id": _LEASE_NAME}
        held = {"$set": {"holder": self._me}, "$currentDate": {"held_at": True}}
        found = await self._leases.update_one({**lease, "$expr": mine_or_over}, held)
        if found.matched_count:
            return True
        with contextlib.suppress(DuplicateKeyError):
            never = {"$setOnInsert": {"holder": "", "held_at": datetime.fromtimestamp(0, UTC)}}
            await self._leases.update_one(lease, never, upsert=True)
        return False
