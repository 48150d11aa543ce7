"""Bodies: bounded in bytes and seconds, and given back when they are done with."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from services.intake.web.bodies import Bodies


def request(chunks: Callable[[], AsyncIterator[bytes]], content_type: str = "application/json") -> Request:
    source = chunks()

    async def receive() -> Message:
        chunk = await anext(source, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def trickle() -> AsyncIterator[bytes]:
    for _ in range(100):
        yield b"x"
        await asyncio.sleep(0.05)


async def flood() -> AsyncIterator[bytes]:
    for _ in range(100):
        yield b"x" * 1000


async def status_of(bodies: Bodies, one: Request, most: int = 1_000_000, seconds: float = 10) -> int:
    try:
        async with bodies.whole(one, most, seconds):
            return 200
    except HTTPException as error:
        return error.status_code


async def test_a_body_that_trickles_is_not_waited_for() -> None:
    assert await status_of(Bodies(10_000), request(trickle), seconds=0.2) == 408


async def test_a_body_may_be_as_large_as_it_may_be_and_no_byte_larger() -> None:
    bodies = Bodies(1_000_000)
    assert await status_of(bodies, request(flood), most=100_000) == 200
    assert await status_of(bodies, request(flood), most=99_999) == 413


async def test_what_all_callers_hold_is_bounded_and_given_back() -> None:
    bodies = Bodies(150_000)
    async with bodies.whole(request(flood), 1_000_000, 10):
        assert await status_of(bodies, request(flood)) == 503
    assert await status_of(bodies, request(flood)) == 200
    for _ in range(10):
        assert await status_of(bodies, request(flood), most=50_000) == 413
    assert await status_of(bodies, request(flood)) == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/plain", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=a", 400),
        ("application/x-www-form-urlencoded", 200),
    ],
)
async def test_a_form_that_is_none_is_refused(content_type: str, status: int) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"not a part"

    found = 200
    try:
        async with Bodies(10_000).form(request(body, content_type), 10_000, 10):
            pass
    except HTTPException as error:
        found = error.status_code
    assert found == status
