"""Group commit: callers that arrive while a commit is under way share the next one. No timer, no added wait."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Overloaded(Exception):
    """More is waiting than can be committed in good time; say so now instead of growing."""


class GroupCommit(Generic[T, R]):
    """Turns single calls into batches for ``commit``, which returns one result an item, in order."""

    def __init__(
        self, commit: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, most: int = 500, waiting: int = 5000
    ) -> None:
        self._commit = commit
        self._most = most
        self._limit = waiting
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        """Return when ``item`` is committed; raises what ``commit`` raised, or :class:`Overloaded`."""
        if len(self._waiting) >= self._limit:
            raise Overloaded
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="group-commit")
        return await result

    async def _work(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            try:
                results = await self._commit([item for item, _ in group])
                answered = list(zip(group, results, strict=True))
            except asyncio.CancelledError:
                for _, result in (*group, *self._waiting):
                    result.cancel()
                self._waiting.clear()
                raise
            except Exception as error:  # noqa: BLE001  # whatever it was, each caller is told
                for _, result in group:
                    if not result.done():
                        result.set_exception(error)
            else:
                for (_, result), value in answered:
                    if not result.done():
                        result.set_result(value)
