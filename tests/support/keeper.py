"""Keeps the servers of one test run: they start at first use, all workers share them, the run ends them.

The keeper is a thread of the process that controls the run; workers of pytest-xdist reach it through a Unix
socket whose path stands in the environment. So servers neither start for tests that need none nor end with
the worker that happened to need them first, and where the run is killed the servers go with it.
"""

import asyncio
import json
import os
import shutil
import socket
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from tests.support.ladder import Ladder

SOCKET_VARIABLE = "RUECKRUF_TEST_SERVERS"
START_WITHIN_SECONDS = 900.0  # the first run of all may fetch Kafka or pull images


@dataclass(frozen=True, slots=True)
class Standing:
    """The server a run stands on."""

    name: str
    address: str
    is_apache: bool
    idempotent: bool
    seconds: float
    passed_over: tuple[str, ...] = ()

    @override
    def __str__(self) -> str:
        below = "".join(f"\n    not: {sentence.splitlines()[0]}" for sentence in self.passed_over)
        return f"{self.name}, ready in {self.seconds:.1f} s{below}"


class NoServerError(RuntimeError):
    """The ladder has no rung that holds; the sentence names what each lacked."""


class Keeper:
    """Starts the thread; `close` ends it and every server."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="rueckruf-tests-"))
        self._socket = self._directory / "socket"
        self._ladder: Ladder | None = None
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="test servers")
        self._thread.start()
        ready.wait()
        os.environ[SOCKET_VARIABLE] = str(self._socket)

    @property
    def standings(self) -> list[Standing]:
        """What was started, in the order of first use."""
        return list(self._ladder.standings.values()) if self._ladder else []

    def close(self) -> None:
        """End every server and forget their data."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        shutil.rmtree(self._directory, ignore_errors=True)
        os.environ.pop(SOCKET_VARIABLE, None)

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_unix_server(self._answer, self._socket)
        self._loop = asyncio.get_running_loop()
        ready.set()
        await self._stop.wait()
        server.close()
        if self._ladder:
            await self._ladder.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind = (await reader.readline()).decode().strip()
        try:
            answer = asdict(await self._ladder_or_new().stand_on(kind))
        except Exception as error:  # noqa: BLE001 - whatever it was, the worker that asked has to hear of it
            answer = {"error": f"{type(error).__name__}: {error}"}
        writer.write(json.dumps(answer).encode())
        writer.close()

    def _ladder_or_new(self) -> "Ladder":
        from tests.support.ladder import Ladder  # noqa: PLC0415 - slow, and unit tests need no server

        self._ladder = self._ladder or Ladder(self._directory)
        return self._ladder


def ask_keeper(kind: str) -> Standing:
    """The server of that kind ("kafka", "mongo") for this run, from whichever process of it.

    Raises:
        NoServerError: there is none to be had.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(START_WITHIN_SECONDS)
        line.connect(os.environ[SOCKET_VARIABLE])
        line.sendall(f"{kind}\n".encode())
        with line.makefile("rb") as stream:
            answer = json.loads(stream.read())
    if "error" in answer:
        raise NoServerError(answer["error"])
    return Standing(**(answer | {"passed_over": tuple(answer["passed_over"])}))
