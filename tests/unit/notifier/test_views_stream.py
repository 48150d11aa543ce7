"""A live page shows every change, soon and not too often, and ends with the service."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import orjson
import pytest

from schemas.words import Team
from services.chassis.mongo import StoreUnavailable
from services.notifier.live import Fact, Live
from services.notifier.stopping import on_stop_signal
from services.notifier.web.streaming import Pace, touches, update, updates

_GAP = 0.02


class _Page:
    """Counts how often it is rendered."""

    def __init__(self) -> None:
        self.times = 0
        self.fails = False

    async def __call__(self) -> str:
        if self.fails:
            raise StoreUnavailable("down")
        self.times += 1
        return f"<p>{self.times}</p>\n<p>two lines</p>"


def _live() -> Live:
    return Live()


def _fact(**fields: object) -> Fact:
    return "rueckruf.task.accepted.v1", orjson.dumps({"office": "testhausen", **fields})


def _about(subject: str) -> Fact:
    return _fact(subject=subject, data={"team": "benefits"})


def _stream(live: Live, page: _Page, *, tick: float = 30.0) -> AsyncIterator[bytes]:
    return updates(live, page, lambda fact: b"mine" in fact[1], "test", gap=_GAP, tick=tick)


async def _connected(live: Live, page: _Page, tick: float = 30.0) -> AsyncIterator[bytes]:
    stream = _stream(live, page, tick=tick)
    assert (await anext(stream)).startswith(b"retry:")
    assert b"<p>1</p>" in await anext(stream)
    return stream


async def _next(stream: AsyncIterator[bytes]) -> bytes:
    return await anext(stream)


async def test_a_page_is_sent_at_once_and_after_a_change_that_concerns_it() -> None:
    live, page = _live(), _Page()
    stream = await _connected(live, page)
    following = asyncio.create_task(_next(stream))
    await asyncio.sleep(2 * _GAP)
    live._tell([_fact(data={"team": "other"})])
    await asyncio.sleep(2 * _GAP)
    assert not following.done()
    live._tell([_about("mine")])
    assert b"<p>2</p>" in await asyncio.wait_for(following, 1)


async def test_changes_that_come_together_are_shown_together() -> None:
    live, page = _live(), _Page()
    stream = await _connected(live, page)
    for _ in range(100):
        live._tell([_about("mine")])
    assert b"<p>2</p>" in await asyncio.wait_for(anext(stream), 1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(stream), 5 * _GAP)


async def test_a_gap_in_what_was_told_is_a_reason_to_look_again() -> None:
    live, page = _live(), _Page()
    stream = await _connected(live, page)
    live._tell(None)
    assert b"<p>2</p>" in await asyncio.wait_for(anext(stream), 1)


async def test_the_countdown_goes_on_when_nothing_happens() -> None:
    stream = await _connected(_live(), _Page(), tick=0.05)
    assert b"<p>2</p>" in await asyncio.wait_for(anext(stream), 1)


async def test_every_stream_ends_with_the_service_and_leaves_no_reader() -> None:
    live, page = _live(), _Page()
    stream = await _connected(live, page)
    live.end()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(stream), 1)
    assert not live._readers


async def test_who_goes_away_leaves_no_reader() -> None:
    live, page = _live(), _Page()
    stream = await _connected(live, page)
    waiting = asyncio.create_task(_next(stream))
    await asyncio.sleep(2 * _GAP)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not live._readers


async def test_a_store_that_does_not_answer_ends_the_stream() -> None:
    live, page = _live(), _Page()
    stream = await _connected(live, page)
    page.fails = True
    live._tell(None)
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(stream), 1)
    assert not live._readers


async def test_pages_that_take_long_leave_time_for_everything_else() -> None:
    pace = Pace(share=0.25)

    def piece() -> str:
        time.sleep(0.01)  # what rendering a long list is to the event loop
        return "made"

    begun = time.monotonic()
    assert await asyncio.gather(*(pace.make(piece) for _ in range(4))) == ["made"] * 4
    assert time.monotonic() - begun >= 3 * 0.04


def test_an_update_keeps_its_lines() -> None:
    assert update("<p>\na\r\nb") == b"event: update\ndata: <p>\ndata: a\ndata: b\n\n"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"data": {"team": "benefits"}}, True),
        ({"data": {"team": "placement"}}, False),
        ({"data": {"team": "placement", "advisor": "anna"}}, True),
        ({"subject": "shown", "data": {"team": "placement"}}, True),
        ({"office": "elsewhere", "data": {"team": "benefits"}}, False),
        ({}, False),
        ({"data": None}, False),
    ],
)
def test_a_page_is_touched_by_its_teams_its_reader_and_what_it_shows(
    fields: dict[str, object], *, expected: bool
) -> None:
    shown = frozenset({"shown"})
    assert touches(_fact(**fields), "testhausen", [Team.BENEFITS], "anna", shown) is expected


async def test_a_signal_is_told_before_who_handled_it_so_far() -> None:
    told: list[str] = []
    former = signal.signal(signal.SIGTERM, lambda *_: told.append("server"))
    try:
        with on_stop_signal(lambda: told.append("streams")):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.01)
        assert sorted(told) == ["server", "streams"]
        os.kill(os.getpid(), signal.SIGTERM)
        assert told.count("server") == 2
    finally:
        signal.signal(signal.SIGTERM, former)
