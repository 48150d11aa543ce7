"""Server-sent events: a piece of a page, sent again whenever something changes that it shows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import orjson
from pymongo.errors import PyMongoError
from starlette.responses import StreamingResponse

from schemas.words import Team
from services.chassis.logs import get_logger
from services.chassis.mongo import StoreUnavailable
from services.notifier.live import Fact, Live
from services.notifier.metrics import PUSHES

COUNTDOWN_SECONDS = 30.0
GAP_SECONDS = 0.25
_RETRY_MS = 1000

Reader = asyncio.Queue[Sequence[Fact] | None]
IsRelevant = Callable[[Fact], bool]


class Pace:
    """Gives all live pages together a share of the event loop: a long list must not hold up an emergency."""

    def __init__(self, share: float = 0.3) -> None:
        self._rest = 1 / share - 1
        self._turn = asyncio.Lock()
        self._free_at = 0.0

    async def make(self, piece: Callable[[], str]) -> str:
        """Return what ``piece`` makes, when it is its turn; the longer it took, the later the next one's turn."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            await asyncio.sleep(max(0.0, self._free_at - loop.time()))
            begun = loop.time()
            html = piece()
            ended = loop.time()
            self._free_at = ended + (ended - begun) * self._rest
            return html


def event_stream(pieces: AsyncIterator[bytes]) -> StreamingResponse:
    """Return an answer that no cache and no proxy holds back."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(pieces, media_type="text/event-stream", headers=headers)


def update(html: str) -> bytes:
    """Return a server-sent event "update" with a piece of a page."""
    return b"event: update\n" + b"".join(b"data: " + line.encode() + b"\n" for line in html.splitlines()) + b"\n"


async def updates(
    live: Live,
    render: Callable[[], Awaitable[str]],
    is_relevant: IsRelevant,
    kind: str,
    gap: float = GAP_SECONDS,
    tick: float = COUNTDOWN_SECONDS,
) -> AsyncIterator[bytes]:
    """Yield the piece at once, after each change that is relevant, and every ``tick`` seconds.

    Changes within ``gap`` seconds are shown together. The stream ends with the service, and where the store does
    not answer: the page then says that it is not up to date, and connects again.
    """
    async with live.reader() as reader:
        yield f"retry: {_RETRY_MS}\n\n".encode()
        while not live.ended:
            try:
                html = await render()
            except (StoreUnavailable, PyMongoError) as error:
                get_logger().warning("a live page ends until MongoDB answers", exc_info=error)
                return
            PUSHES.labels(kind).inc()
            yield update(html)
            await asyncio.sleep(gap)
            await _change(live, reader, is_relevant, tick)


async def _change(live: Live, reader: Reader, is_relevant: IsRelevant, tick: float) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + tick
    while not live.ended and (left := until - loop.time()) > 0:
        try:
            facts = await asyncio.wait_for(reader.get(), left)
        except TimeoutError:
            return
        if facts is None or any(is_relevant(fact) for fact in facts):
            while not reader.empty():  # what came along is in the next reading as well
                reader.get_nowait()
            return


def touches(
    fact: Fact, office: str, teams: Sequence[Team], advisor: str | None = None, shown: frozenset[str] = frozenset()
) -> bool:
    """Say whether a fact is about a callback that is shown, or about the office's teams, or the advisor."""
    try:
        event = orjson.loads(fact[1])
        data = event["data"]
        about = event["office"], data.get("team"), data.get("advisor"), event.get("subject")
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        return False  # no event of ours
    where, team, owner, subject = about
    return where == office and (team in teams or (owner is not None and owner == advisor) or subject in shown)
