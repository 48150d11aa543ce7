"""How a command ends: with a sentence where it cannot go on, and cleanly on Ctrl-C, SIGTERM and a closed terminal."""

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import Coroutine, Iterator
from pathlib import Path

from deploy.local.wording import t

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Sorry(Exception):
    """The command cannot go on; the message is a sentence that says what to do."""


def run(work: Coroutine[object, object, int], *, until_told: bool) -> int:
    """Run ``work`` and return its exit code; a signal cancels it, once.

    ``until_told``: to be ended by a signal is the ordinary way, and no failure.
    """
    told: list[signal.Signals] = []

    async def main() -> int:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(work)

        def end(number: signal.Signals) -> None:
            if not told:
                told.append(number)
                task.cancel()

        for number in _SIGNALS:
            loop.add_signal_handler(number, end, number)
        return await task

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        return 0 if until_told else 128 + told[0] if told else 1


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold ``home`` for this process while the block runs; raises :class:`Sorry` where another one has it."""
    home.mkdir(parents=True, exist_ok=True)
    held = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Sorry(t("cli.home_in_use", home=home)) from None
        yield
    finally:
        os.close(held)


def is_held(home: Path) -> bool:
    """Whether a process holds ``home``."""
    try:
        with only_one(home):
            return False
    except Sorry:
        return True
