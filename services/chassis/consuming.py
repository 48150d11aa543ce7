"""Consuming batches: each record is decoded on its own, one bad record never blocks or drops its batch.

What a handler is told: it may see any record again, so it must be idempotent. What it may do: return the
records it can never accept; raise what passes by itself, and be called again; raise anything else, and the
batch is halved until the one bad record stands alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from aiokafka import ConsumerRecord

from services.chassis.dead_letters import DeadLetter, DeadLetters
from services.chassis.logs import get_logger
from services.chassis.retrying import passes_by_itself, waits
from services.chassis.telemetry import BATCH_SECONDS, CONSUMED, HALTED, RETRIES, span
from services.chassis.traffic import SMALL_BATCH, Traffic

_PATIENCE_SECONDS = 60.0
_MOST_IN_A_ROW = 100
_HALTED_PAUSE_SECONDS = 30.0
_MOST_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rejection:
    """The record at ``index`` of the batch can never be accepted; ``reason`` is a code."""

    index: int
    reason: str


class Traced(Protocol):
    """What consuming needs to know of an event: the trace it comes from."""

    @property
    def traceparent(self) -> str | None:
        """W3C trace context, where there is one."""


E = TypeVar("E", bound=Traced)
Handle = Callable[[Sequence[E]], Awaitable[Sequence[Rejection] | None]]


class TooManyDeadLetters(Exception):
    """A whole topic seems to be unreadable; the consumer stops instead of draining it into the dead letters."""


class BatchConsumer(Generic[E]):
    """Feeds the batches of one group to one handler."""

    def __init__(
        self,
        *,
        group: str,
        decode: Callable[[bytes], E],
        handle: Handle[E],
        letters: DeadLetters,
        traffic: Traffic | None = None,
        urgent: bool = False,
        patience: float = _PATIENCE_SECONDS,
        most_in_a_row: int = _MOST_IN_A_ROW,
        halted_pause: float = _HALTED_PAUSE_SECONDS,
    ) -> None:
        self.group = group
        self.halted = False
        self._decode = decode
        self._handle = handle
        self._letters = letters
        self._traffic = traffic or Traffic()
        self._urgent = urgent
        self._patience = patience
        self._most_in_a_row = most_in_a_row
        self._halted_pause = halted_pause
        self._in_a_row = 0
        self._pauses = waits(most=_MOST_PAUSE_SECONDS)
        HALTED.labels(group).set(0)

    async def __call__(self, records: Sequence[ConsumerRecord]) -> None:
        """Return when every record is handled or put aside; raise, and the same records come again."""
        try:
            await self._pass(records)
        except TooManyDeadLetters:
            raise
        except Exception as error:
            # The client hands the same records over at once and says nothing: wait here, and say it.
            get_logger().error("a batch comes again", group=self.group, records=len(records), exc_info=error)
            await asyncio.sleep(next(self._pauses))
            raise
        self._pauses = waits(most=_MOST_PAUSE_SECONDS)

    async def _pass(self, records: Sequence[ConsumerRecord]) -> None:
        if self._urgent:
            self._traffic.urgent()
        if self._urgent or not self._traffic.is_busy:
            await self._take(records)
            return
        for start in range(0, len(records), SMALL_BATCH):
            began = time.perf_counter()
            await self._take(records[start : start + SMALL_BATCH])
            if self._traffic.is_busy:
                await self._traffic.give_way(time.perf_counter() - began)

    async def _take(self, records: Sequence[ConsumerRecord]) -> None:
        began = time.perf_counter()
        letters: list[DeadLetter] = []
        good: list[ConsumerRecord] = []
        events: list[E] = []
        for record in records:
            try:
                events.append(self._decode(record.value if record.value is not None else b""))
                good.append(record)
            except Exception:  # noqa: BLE001  # however reading fails, it is this record that cannot be read
                letters.append(DeadLetter(record, "null_value" if record.value is None else "unreadable"))
        with span(f"process {self.group}", (event.traceparent for event in events), records=len(records)):
            if events:
                letters += await self._settle(good, events)
            await self._put_aside(letters, succeeded=len(letters) < len(records))
        CONSUMED.labels(records[0].topic, self.group).inc(len(records))
        BATCH_SECONDS.labels(self.group).observe(time.perf_counter() - began)

    async def _settle(self, records: Sequence[ConsumerRecord], events: Sequence[E]) -> list[DeadLetter]:
        try:
            rejections = await self._patiently(events)
            return [DeadLetter(records[rejection.index], rejection.reason) for rejection in rejections]
        except Exception as error:  # a handler may fail in any way; the record that makes it fail is put aside
            if passes_by_itself(error):
                raise
            if len(events) == 1:
                get_logger().error("a record cannot be handled", group=self.group, exc_info=error)
                return [DeadLetter(records[0], f"failed:{type(error).__name__}")]
            half = len(events) // 2
            return await self._settle(records[:half], events[:half]) + await self._settle(records[half:], events[half:])

    async def _patiently(self, events: Sequence[E]) -> Sequence[Rejection]:
        until = time.monotonic() + self._patience
        for wait in waits():
            try:
                return await self._handle(events) or ()
            except Exception as error:
                if not passes_by_itself(error) or time.monotonic() > until:
                    raise
                RETRIES.labels(self.group).inc()
                get_logger().warning("waiting for a server", group=self.group, exc_info=error)
            await asyncio.sleep(wait)
        raise AssertionError("waits() never ends")

    async def _put_aside(self, letters: Sequence[DeadLetter], *, succeeded: bool) -> None:
        if succeeded:
            self._in_a_row = 0
        if self._in_a_row + len(letters) > self._most_in_a_row and not succeeded:
            await self._halt()
        await self._letters.put(letters, self.group)
        self._in_a_row += len(letters)
        if self.halted:
            self.halted = False
            HALTED.labels(self.group).set(0)

    async def _halt(self) -> None:
        if not self.halted:
            get_logger().critical("too many dead letters in a row: the consumer has stopped", group=self.group)
        self.halted = True
        HALTED.labels(self.group).set(1)
        await asyncio.sleep(self._halted_pause)
        raise TooManyDeadLetters(self.group)
