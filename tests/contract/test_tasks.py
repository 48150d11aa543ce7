"""What notifier's use cases may expect of any store of tasks: the one in memory and MongoDB's keep the same word."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from schemas.envelope import Event
from schemas.examples import examples
from schemas.ids import receipt_number
from schemas.task import TaskAssigned
from schemas.words import Channel, Outcome, Team, Urgency
from services.chassis.mongo import connect, database
from services.chassis.outbox import Outbox, Relay
from services.chassis.publishing import Message
from services.notifier.domain.task import NotAllowed, Task
from services.notifier.mongo import MongoTasks
from services.notifier.ports import Change, NoSuchTask, Opened, SomeAreKnown
from tests.integration.chassis.house import settings_for
from tests.support.tasks import MemoryTasks

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SPACE = UUID("6f0f5a52-2d56-5c0d-9a3c-0d6d1c8f3b11")
TOLD = next(event for event in examples().values() if isinstance(event, TaskAssigned))
Store = MemoryTasks | MongoTasks


@dataclass
class Keeping:
    """A store, and how many events it published."""

    tasks: Store
    told: Callable[[], Awaitable[int]]


class Recorder:
    """A broker that confirms everything at once."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def publish(self, messages: Sequence[Message]) -> None:
        self.messages += messages


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
async def keeping(request: pytest.FixtureRequest) -> AsyncIterator[Keeping]:
    if request.param == "memory":
        memory = MemoryTasks()

        async def counted() -> int:
            return len(memory.told)

        yield Keeping(memory, counted)
        return
    settings = settings_for(None, request.getfixturevalue("database_name"), request.getfixturevalue("mongo_url"))
    client = connect(settings)
    own = database(client, settings, "notifier")
    recorder = Recorder()
    relay = Relay(Outbox(own.outbox), recorder)
    tasks = MongoTasks(client, own, Outbox(own.outbox), relay)
    await tasks.prepare()

    async def published() -> int:
        await relay.stop()
        return len(recorder.messages)

    yield Keeping(tasks, published)
    await relay.stop()
    client.close()


def task(name: str, **changes: object) -> Task:
    plain = Task(
        callback=uuid5(SPACE, name),
        office="musterstadt",
        receipt=receipt_number(uuid5(SPACE, name)),
        channel=Channel.WEB,
        urgency=Urgency.NORMAL,
        team=Team.BENEFITS,
        advisor=None,
        language="de",
        started=NOW,
        opened=NOW,
        event=b"{}",
        policy="1",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the tests name the fields


def opened(one: Task, alarm_at: datetime | None = None) -> Opened:
    return Opened(one, told(one.callback), alarm_at)


def told(callback: UUID) -> Event:
    return TOLD.model_copy(update={"subject": callback})


def accept(advisor: str) -> Callable[[Task], Change]:
    def decide(present: Task) -> Change:
        return Change(present.accept(advisor, NOW), [told(present.callback)], None)

    return decide


def fire(present: Task) -> Change:
    return Change(replace(present, fired=(*present.fired, "owned:warned")), [told(present.callback)], None)


async def test_a_task_is_opened_and_found_as_it_was(keeping: Keeping) -> None:
    one = task("one", advisor="kim", attempt_days=("2026-11-23",), until=NOW + timedelta(hours=1))
    await keeping.tasks.open([opened(one)], [])
    assert await keeping.tasks.known([one.callback, uuid5(SPACE, "other")]) == {one.callback: one}
    assert await keeping.tasks.find("musterstadt", one.callback) == one
    assert await keeping.tasks.by_receipt("musterstadt", one.receipt) == one
    assert await keeping.told() == 1


async def test_another_office_sees_nothing_of_it(keeping: Keeping) -> None:
    one = task("one", advisor="kim")
    await keeping.tasks.open([opened(one)], [])
    assert await keeping.tasks.find("anderswo", one.callback) is None
    assert await keeping.tasks.by_receipt("anderswo", one.receipt) is None
    assert await keeping.tasks.inbox("anderswo", list(Team), "kim", 10) == []
    assert await keeping.tasks.loads("anderswo") == {}
    with pytest.raises(NoSuchTask):
        await keeping.tasks.change("anderswo", one.callback, accept("kim"))


async def test_where_one_of_a_batch_is_known_none_is_opened_and_nothing_is_told(keeping: Keeping) -> None:
    await keeping.tasks.open([opened(task("one"))], [])
    with pytest.raises(SomeAreKnown):
        await keeping.tasks.open([opened(task("two")), opened(task("one", advisor="kim"))], [])
    known = await keeping.tasks.known([uuid5(SPACE, "one"), uuid5(SPACE, "two")])
    assert list(known.values()) == [task("one")]
    assert await keeping.told() == 1


async def test_two_who_open_the_same_task_at_once_open_it_once(keeping: Keeping) -> None:
    tries = [keeping.tasks.open([opened(task("one")), opened(task(f"own {n}"))], []) for n in range(4)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(answer) for answer in answers if answer is not None] == [SomeAreKnown] * 3
    assert await keeping.told() == 2


async def test_what_is_told_again_is_told_without_a_task(keeping: Keeping) -> None:
    await keeping.tasks.open([], [told(uuid5(SPACE, "one"))])
    await keeping.tasks.open([], [])
    assert await keeping.told() == 1


async def test_of_two_who_accept_at_once_one_wins_and_the_other_hears_who(keeping: Keeping) -> None:
    one = task("one")
    await keeping.tasks.open([opened(one)], [])
    names = ["kim", "robin", "sascha"]
    answers = await asyncio.gather(
        *(keeping.tasks.change("musterstadt", one.callback, accept(name)) for name in names), return_exceptions=True
    )
    winners = [answer for answer in answers if isinstance(answer, Task)]
    losers = [answer for answer in answers if isinstance(answer, NotAllowed)]
    assert (len(winners), len(losers)) == (1, 2)
    assert {loser.by for loser in losers} == {winners[0].owner}
    assert await keeping.tasks.find("musterstadt", one.callback) == winners[0]
    assert await keeping.told() == 2


async def test_a_change_that_changes_nothing_tells_nothing(keeping: Keeping) -> None:
    one = task("one")
    await keeping.tasks.open([opened(one)], [])
    await keeping.tasks.change("musterstadt", one.callback, accept("kim"))
    await keeping.tasks.change("musterstadt", one.callback, accept("kim"))
    assert await keeping.told() == 2


async def test_a_change_that_is_refused_leaves_the_task_as_it_was(keeping: Keeping) -> None:
    one = task("one")
    await keeping.tasks.open([opened(one)], [])
    with pytest.raises(NotAllowed):
        await keeping.tasks.change(
            "musterstadt", one.callback, lambda t: Change(t.close("kim", Outcome.DONE, NOW), [], None)
        )
    assert await keeping.tasks.find("musterstadt", one.callback) == one


async def test_an_alarm_fires_when_it_is_due_and_not_before(keeping: Keeping) -> None:
    await keeping.tasks.open([opened(task("one"), NOW), opened(task("none"))], [])
    assert await keeping.tasks.fire(NOW - timedelta(seconds=1), fire, 10) == 0
    assert await keeping.tasks.fire(NOW, fire, 10) == 1
    fired = await keeping.tasks.find("musterstadt", uuid5(SPACE, "one"))
    assert fired is not None
    assert fired.fired == ("owned:warned",)
    assert await keeping.tasks.fire(NOW + timedelta(days=1), fire, 10) == 0
    assert await keeping.told() == 3


async def test_two_who_fire_at_once_fire_each_alarm_once(keeping: Keeping) -> None:
    await keeping.tasks.open([opened(task(f"t{n}"), NOW) for n in range(20)], [])
    counts = await asyncio.gather(*(keeping.tasks.fire(NOW, fire, 100) for _ in range(3)))
    assert sum(counts) == 20
    assert await keeping.told() == 40


async def test_alarms_fire_in_bounded_batches(keeping: Keeping) -> None:
    await keeping.tasks.open([opened(task(f"t{n}"), NOW) for n in range(5)], [])
    assert [await keeping.tasks.fire(NOW, fire, 2) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_change_arms_and_disarms_the_alarm_with_it(keeping: Keeping) -> None:
    one = task("one")
    await keeping.tasks.open([opened(one, NOW)], [])
    await keeping.tasks.change("musterstadt", one.callback, accept("kim"))
    assert await keeping.tasks.fire(NOW + timedelta(days=1), fire, 10) == 0


async def test_the_inbox_shows_emergencies_first_and_then_who_waits_longest(keeping: Keeping) -> None:
    late = NOW + timedelta(hours=1)
    tasks = [
        task("normal late", started=late),
        task("normal"),
        task("emergency late", urgency=Urgency.EMERGENCY, started=late),
        task("urgent", urgency=Urgency.URGENT),
        task("other team", team=Team.PLACEMENT),
        task("mine in another team", team=Team.PLACEMENT, advisor="kim", started=late),
        task("ended", outcome=Outcome.DONE),
    ]
    await keeping.tasks.open([opened(one) for one in tasks], [])
    shown = await keeping.tasks.inbox("musterstadt", [Team.BENEFITS], "kim", 4)
    assert [one.callback for one in shown[:3]] == [
        uuid5(SPACE, name) for name in ("emergency late", "urgent", "normal")
    ]
    assert len(shown) == 4
    everything = await keeping.tasks.inbox("musterstadt", [Team.BENEFITS], "kim", 50)
    names = ("emergency late", "urgent", "normal", "normal late", "mine in another team")
    assert {one.callback for one in everything} == {uuid5(SPACE, name) for name in names}


async def test_the_load_counts_open_tasks_of_each_advisor(keeping: Keeping) -> None:
    tasks = [
        task("1", advisor="kim"),
        task("2", advisor="kim"),
        task("3", advisor="robin"),
        task("4", advisor="robin", outcome=Outcome.DONE),
        task("5"),
    ]
    await keeping.tasks.open([opened(one) for one in tasks], [])
    assert await keeping.tasks.loads("musterstadt") == {"kim": 2, "robin": 1}
