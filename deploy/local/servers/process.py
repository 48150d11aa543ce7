"""A server as a child process: start, readiness, signals, end, and its files in one directory."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Self, TextIO

from deploy.local.servers import leash
from deploy.local.servers.port import ServerStartError

POLL_SECONDS = 0.03
LAST_LOG_LINES = 15
PORT_TRIES = 200


class ServerProcess(ABC):
    """One server below one directory: `data/`, `server.log`, and `ports`, so that it comes back where it was.

    Start it from a thread that lives as long as the server shall (see `leash`).
    """

    ports_needed = 1
    start_within_seconds = 60.0
    stop_within_seconds = 10.0

    def __init__(self, directory: Path) -> None:
        """Keep everything below `directory`, which is created at the first start."""
        self.directory = directory.absolute()
        self.environment: Mapping[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: list[int] = []

    @property
    @abstractmethod
    def name(self) -> str:
        """What it is, for a human."""

    @abstractmethod
    async def _prepare(self) -> list[str]:
        """Make its files ready and give the command line to run."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Whether it does its work already, asked in its own protocol."""

    @property
    def data(self) -> Path:
        """Where the server keeps its data."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """Where the server's output goes."""
        return self.directory / "server.log"

    @property
    def port(self) -> int:
        """The port clients use; drawn once a directory."""
        return self._all_ports()[0]

    @property
    def pid(self) -> int | None:
        """The process while it runs, frozen or not."""
        return self._process.pid if self._process and self._process.poll() is None else None

    async def start(self) -> None:
        """Start, and return once it answers.

        Raises:
            ServerMissingError: a program it needs is not installed.
            ServerStartError: it ended at once or did not answer in time.
        """
        if self.pid is not None:
            return
        self.data.mkdir(parents=True, exist_ok=True)
        if not all(is_free(port) for port in self._all_ports()):
            self._draw_ports()
        command = await self._prepare()
        with self.log.open("a", encoding="utf-8") as log:
            self._process = self._spawn(command, log)
        try:
            await self._wait_until_it_answers()
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """End it politely, after `stop_within_seconds` by force."""
        if self.pid is None:
            return
        self.resume()
        self._signal(signal.SIGTERM)
        if not await self._ended_within(self.stop_within_seconds):
            await self.kill()

    async def kill(self) -> None:
        """End it without warning."""
        self._signal(signal.SIGKILL)
        await self._ended_within(self.start_within_seconds)

    async def wipe(self) -> None:
        """Forget all data; a running server is killed first and stays down."""
        await self.kill()
        shutil.rmtree(self.data, ignore_errors=True)

    def suspend(self) -> None:
        """Freeze it: connections stay open, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _spawn(self, command: list[str], log: TextIO) -> subprocess.Popen[bytes]:
        leashed = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *command]
        return subprocess.Popen(
            leashed,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=self.directory,
            env={**os.environ, **self.environment},  # never as arguments: those can be read by all
            start_new_session=True,  # Ctrl-C is for us; servers end after the services that need them
        )

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self.pid is not None:
            self._process.send_signal(number)

    async def _wait_until_it_answers(self) -> None:
        give_up = time.monotonic() + self.start_within_seconds
        while time.monotonic() < give_up:
            if self.pid is None:
                raise ServerStartError(f"{self.name} ended while starting. {self._last_words()}")
            if _is_open(self.port) and await self._answers():
                return
            await asyncio.sleep(POLL_SECONDS)
        raise ServerStartError(
            f"{self.name} did not answer within {self.start_within_seconds:.0f} s. {self._last_words()}"
        )

    async def _ended_within(self, seconds: float) -> bool:
        give_up = time.monotonic() + seconds
        while self.pid is not None:
            if time.monotonic() > give_up:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LOG_LINES:]
        return "\n  ".join([f"Its log is {self.log}; the last lines:", *(line[:300] for line in lines)])

    def _all_ports(self) -> list[int]:
        if not self._ports:
            remembered = self.directory / "ports"
            with contextlib.suppress(OSError, ValueError):
                self._ports = [int(word) for word in remembered.read_text(encoding="ascii").split()]
            if len(self._ports) != self.ports_needed:
                self._draw_ports()
        return self._ports

    def _draw_ports(self) -> None:
        self._ports = [free_port() for _ in range(self.ports_needed)]
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "ports").write_text(" ".join(map(str, self._ports)), encoding="ascii")


def free_port() -> int:
    """A free port on loopback, outside the range that outgoing connections draw from.

    A port of that range could be taken by a client, or even answer itself, while a killed server is down.
    """
    for _ in range(PORT_TRIES):
        port = 20_000 + secrets.randbelow(12_000)
        if is_free(port):
            return port
    raise ServerStartError(f"Found no free port between 20000 and 32000 in {PORT_TRIES} tries.")


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
