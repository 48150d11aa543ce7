"""A task with its event for tests of the pages, and a store in memory that decides as the real one does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from typing_extensions import override

from schemas.callback import CallbackTriaged, Triaged
from schemas.ids import callback_id, receipt_number
from schemas.personal import Personal
from schemas.words import Category, Channel, Reading, Team, Urgency
from services.chassis.mongo import StoreUnavailable
from services.chassis.sealing import new_key, seal
from services.chassis.vault import Erased
from services.notifier.domain.task import Deed, Entry, Task
from tests.support.tasks import MemoryTasks

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
KEY = new_key()
SAID = "Wir haben nichts mehr zu essen. Der Strom war letztes Jahr weg."
_EVIDENCE = (
    {"start": 0, "end": 30, "rule": "no_food/nothing-to-eat", "reading": Reading.AFFIRMED},
    {"start": 32, "end": 63, "rule": "energy_cutoff/cut", "reading": Reading.PAST},
)


def task_with(key: str = "1", **changes: Any) -> Task:
    """An emergency of the benefits team of four minutes ago, assigned to Anna, that nobody has accepted."""
    callback = callback_id("testhausen", Channel.WEB, key)
    personal = Personal(name="Erika Muster", phone="+493023125999", text=SAID)
    started = changes.pop("started", NOW - timedelta(minutes=4))
    urgency = changes.pop("urgency", Urgency.EMERGENCY)
    event = CallbackTriaged(
        id=callback,
        source="test",
        time=started,
        subject=callback,
        correlationid=callback,
        office="testhausen",
        data=Triaged.model_validate(
            {
                "channel": Channel.WEB,
                "receipt": receipt_number(callback),
                "sealed": seal(KEY, personal.model_dump_json().encode(), callback.bytes),
                "urgency": urgency,
                "category": Category.NO_FOOD,
                "team": Team.BENEFITS,
                "language": "uk",
                "interpreter": True,
                "danger_to_life": True,
                "evidence": _EVIDENCE,
                "rules": "test",
            }
        ),
    )
    task = Task(
        callback=callback,
        office="testhausen",
        receipt=receipt_number(callback),
        channel=Channel.WEB,
        urgency=urgency,
        team=Team.BENEFITS,
        advisor="anna",
        language="uk",
        started=started,
        opened=started + timedelta(seconds=1),
        event=event.encode(),
        policy="test",
        history=(Entry(Deed.ASSIGNED, started + timedelta(seconds=1), "anna", "language"),),
    )
    return replace(task, **changes)


class Tasks(MemoryTasks):
    """The tasks of a test; ``down`` makes every call fail as a store does that does not answer."""

    def __init__(self, *tasks: Task) -> None:
        super().__init__({task.callback: task for task in tasks})
        self.down = False

    @override
    async def find(self, office: str, callback: UUID) -> Task | None:
        self._answer()
        return await super().find(office, callback)

    @override
    async def by_receipt(self, office: str, receipt: str) -> Task | None:
        self._answer()
        return await super().by_receipt(office, receipt)

    @override
    async def inbox(self, office: str, teams: Sequence[Team], advisor: str, most: int) -> list[Task]:
        self._answer()
        return await super().inbox(office, teams, advisor, most)

    def _answer(self) -> None:
        if self.down:
            raise StoreUnavailable("down")


class MemoryKeys:
    """A vault where every callback has the same key, but for the erased ones."""

    def __init__(self) -> None:
        self.erased: set[UUID] = set()

    async def keys(self, subjects: Iterable[UUID]) -> Mapping[UUID, bytes | Erased]:
        return {subject: Erased() if subject in self.erased else KEY for subject in subjects}

    async def erase(self, subject: UUID, at: datetime) -> None:  # noqa: ARG002  # when it was, no test asks
        self.erased.add(subject)
