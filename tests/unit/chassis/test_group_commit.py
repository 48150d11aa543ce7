"""Group commit: whoever comes while a commit is under way shares the next one, and hears how it went."""

import asyncio
from collections.abc import Sequence

import pytest

from services.chassis.group_commit import GroupCommit, Overloaded


class Store:
    """Commits when it is told to."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_go = asyncio.Event()
        self.failing: Exception | None = None

    async def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.groups.append(list(items))
        await self.may_go.wait()
        if self.failing:
            raise self.failing
        return [item * 10 for item in items]


async def call_all(commit: GroupCommit[int, int], numbers: Sequence[int]) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(commit(number)) for number in numbers]
    await asyncio.sleep(0.01)
    return tasks


async def test_who_comes_while_a_commit_is_under_way_shares_the_next_in_order() -> None:
    store = Store()
    commit = GroupCommit(store)
    tasks = await call_all(commit, [0]) + await call_all(commit, range(1, 6))
    assert store.groups == [[0]]
    store.may_go.set()
    assert await asyncio.gather(*tasks) == [0, 10, 20, 30, 40, 50]
    assert store.groups == [[0], [1, 2, 3, 4, 5]]


async def test_a_lone_caller_waits_for_nobody() -> None:
    store = Store()
    store.may_go.set()
    async with asyncio.timeout(1):
        assert await GroupCommit(store)(7) == 70


async def test_a_group_has_a_bound() -> None:
    store = Store()
    commit = GroupCommit(store, most=2)
    tasks = await call_all(commit, range(6))
    store.may_go.set()
    await asyncio.gather(*tasks)
    assert max(map(len, store.groups)) == 2
    assert [number for group in store.groups for number in group] == list(range(6))


async def test_an_error_reaches_every_caller_of_its_group_and_the_next_group_goes_on() -> None:
    store = Store()
    commit = GroupCommit(store)
    tasks = await call_all(commit, [0]) + await call_all(commit, [1, 2])
    store.failing = OSError("disk full")
    store.may_go.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError] * 3
    store.failing = None
    assert await commit(5) == 50


async def test_who_comes_when_too_much_is_waiting_is_told_at_once() -> None:
    store = Store()
    commit = GroupCommit(store, waiting=3)
    tasks = await call_all(commit, [0]) + await call_all(commit, [1, 2, 3])
    with pytest.raises(Overloaded):
        await commit(4)
    store.may_go.set()
    assert await asyncio.gather(*tasks) == [0, 10, 20, 30]
    assert await commit(5) == 50


async def test_a_caller_who_leaves_hurts_nobody() -> None:
    store = Store()
    commit = GroupCommit(store)
    first, *others = await call_all(commit, [0]) + await call_all(commit, [1, 2, 3])
    first.cancel()
    others[1].cancel()
    store.may_go.set()
    answers = await asyncio.gather(*others, return_exceptions=True)
    assert answers[0] == 10
    assert isinstance(answers[1], asyncio.CancelledError)
    assert answers[2] == 30


async def test_a_commit_that_answers_for_too_few_is_an_error_not_an_endless_wait() -> None:
    async def forgetful(items: Sequence[int]) -> Sequence[int]:
        return items[1:]

    async with asyncio.timeout(1):
        with pytest.raises(ValueError, match="shorter"):
            await GroupCommit(forgetful)(1)


async def test_a_cancelled_commit_leaves_nobody_waiting() -> None:
    async def cancelled(_: Sequence[int]) -> Sequence[int]:
        raise asyncio.CancelledError

    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await GroupCommit(cancelled)(1)
