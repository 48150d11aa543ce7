"""Request bodies: each bounded in bytes and seconds, all together in bytes, and never on a disk."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

_URLENCODED = "application/x-www-form-urlencoded"
_FORMS = frozenset({_URLENCODED, "multipart/form-data"})
_BOUNDS = {"max_fields": 60, "max_part_size": 256 * 1024}  # 20,000 characters of any script, percent-encoded


class _InMemory(MultiPartParser):
    spool_max_size = 1 << 30  # what citizens send is not written down in the clear; the stream is bounded


class Bodies:
    """Takes bodies in. ``most_bytes`` bounds what all requests hold at one moment."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held = 0

    @contextlib.asynccontextmanager
    async def whole(self, request: Request, most: int, seconds: float) -> AsyncIterator[bytes]:
        """Give the body while the block runs; raises HTTPException 400, 408, 413 or 503."""
        async with self._chunks(request, most, seconds) as chunks:
            yield b"".join([chunk async for chunk in chunks])

    @contextlib.asynccontextmanager
    async def form(self, request: Request, most: int, seconds: float, files: int = 0) -> AsyncIterator[FormData]:
        """Give the form while the block runs; raises HTTPException 400, 408, 413, 415 or 503."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _FORMS:
            raise HTTPException(415)
        async with self._chunks(request, most, seconds) as chunks:
            try:
                if kind == _URLENCODED:
                    form = await FormParser(request.headers, chunks, **_BOUNDS).parse()
                else:
                    form = await _InMemory(request.headers, chunks, max_files=files, **_BOUNDS).parse()
            except (MultiPartException, FormParserError, KeyError) as error:
                raise HTTPException(400) from error
            try:
                yield form
            finally:
                await form.close()

    @contextlib.asynccontextmanager
    async def _chunks(self, request: Request, most: int, seconds: float) -> AsyncIterator[AsyncGenerator[bytes, None]]:
        taken = 0
        deadline = asyncio.get_running_loop().time() + seconds

        async def chunks() -> AsyncGenerator[bytes, None]:
            nonlocal taken
            stream = request.stream()
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        chunk = await anext(stream, None)
                except TimeoutError:
                    raise HTTPException(408) from None
                except ClientDisconnect:
                    raise HTTPException(400) from None
                if chunk is None:
                    return
                taken += len(chunk)
                self._held += len(chunk)
                if taken > most:
                    raise HTTPException(413)
                if self._held > self._most_bytes:
                    raise HTTPException(503, headers={"retry-after": "30"})
                yield chunk

        try:
            yield chunks()
        finally:
            self._held -= taken
