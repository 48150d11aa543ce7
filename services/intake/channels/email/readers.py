"""Keeps child processes that take mails apart: warm, a bounded number, replaced when they die of a mail."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Self

import orjson
from prometheus_client import Counter

from services.chassis.logs import get_logger
from services.intake.channels.email.child import LENGTH
from services.intake.channels.email.mail import Mail
from services.intake.domain.submission import Original

UNREADABLE = Counter("rueckruf_intake_unreadable_mails", "Mails kept raw because nobody could take them apart.")
_ROOT = Path(__file__).parents[4]
_WALL_SECONDS = 15.0  # the processor time is bounded by the child; this is for one that hangs
_START_SECONDS = 20.0
_MOST_ANSWER = 64 * 1024 * 1024


class ReadersBusy(Exception):
    """All readers were at work for too long; the sender should try again."""


class MailReaders:
    """A bounded number of child processes; an async context."""

    def __init__(self, number: int, longest_wait: float) -> None:
        self._free: asyncio.Queue[_Child] = asyncio.Queue()
        self._children = [_Child() for _ in range(number)]
        self._longest_wait = longest_wait

    async def __aenter__(self) -> Self:
        """Begin; the children warm up in the background and on their first mail at the latest."""
        self._warming = [asyncio.create_task(self._warm(child), name="mail-reader") for child in self._children]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End every child."""
        for task in self._warming:
            task.cancel()
        await asyncio.gather(*self._warming, return_exceptions=True)
        await asyncio.gather(*(child.end() for child in self._children))

    async def read(self, raw: bytes, sender: str | None) -> Mail | None:
        """Return the mail in parts, or None where it cannot be read within the limits.

        Raises :class:`ReadersBusy` where no child gets free in time.
        """
        try:
            async with asyncio.timeout(self._longest_wait):
                child = await self._free.get()
        except TimeoutError:
            raise ReadersBusy from None
        try:
            mail = await child.read(raw, sender or "")
        finally:
            self._free.put_nowait(child)
        if mail is None:
            UNREADABLE.inc()
        return mail

    async def _warm(self, child: "_Child") -> None:
        try:
            await child.start()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            get_logger().warning("mail reader does not start", exc_info=error)
        finally:
            self._free.put_nowait(child)


class _Child:
    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> asyncio.subprocess.Process:
        process = self._process
        if process is not None and process.returncode is None:
            return process
        # No settings, no keys: what reads strangers' mail holds nothing worth taking.
        environment = {"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-B", "-m", "services.intake.channels.email.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # a traceback may quote the mail
            env=environment,
            cwd=_ROOT,
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                await _frame(process)
        except BaseException:
            await self.end()  # what is not known to be ready must not be taken for it
            raise
        return process

    async def read(self, raw: bytes, sender: str) -> Mail | None:
        try:
            process = await self.start()
            async with asyncio.timeout(_WALL_SECONDS):
                return await _ask(process, raw, sender)
        except (OSError, TimeoutError, EOFError, ValueError, TypeError, KeyError) as error:
            get_logger().warning("a mail could not be read", reason_code=type(error).__name__, size=len(raw))
            await self.end()
            return None
        except asyncio.CancelledError:
            await self.end()  # half an answer in the pipe would become the next mail's
            raise

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _ask(process: asyncio.subprocess.Process, raw: bytes, sender: str) -> Mail | None:
    if process.stdin is None:
        raise EOFError
    for frame in (sender.encode("utf-8", "replace"), raw):
        process.stdin.write(LENGTH.pack(len(frame)))
        process.stdin.write(frame)
    await process.stdin.drain()
    about, contents = await _frame(process), await _frame(process)
    if not about:
        return None
    said = orjson.loads(about)
    attachments: list[Original] = []
    at = 0
    for name, kind, size in said.pop("attachments"):
        attachments.append(Original(name, kind, contents[at : at + size]))
        at += size
    return Mail(**said, attachments=tuple(attachments))


async def _frame(process: asyncio.subprocess.Process) -> bytes:
    if process.stdout is None:
        raise EOFError
    size = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))[0]
    if size > _MOST_ANSWER:
        raise ValueError("the answer is too long")
    return await process.stdout.readexactly(size)
