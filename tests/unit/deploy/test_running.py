"""Running things: signals end them once, what dies comes back, all logs become one."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from deploy.local import watching
from deploy.local.ending import run
from deploy.local.installation import Keys
from deploy.local.logs import Logs
from deploy.local.servers import ServerStartError


class Mortal:
    """A server that can die, and fails to start ``failures`` times before it comes back."""

    name = "triage"
    address = "http://127.0.0.1:1"

    def __init__(self, failures: int = 0) -> None:
        self.pid: int | None = 1
        self.failures = failures
        self.starts = 0

    async def start(self) -> None:
        self.starts += 1
        if self.starts <= self.failures:
            raise ServerStartError("triage ended while starting.")
        self.pid = 1

    async def stop(self) -> None:
        self.pid = None

    kill = wipe = stop

    def suspend(self) -> None: ...

    resume = suspend


async def watch(server: Mortal, said: list[str], enough: int) -> None:
    heard_all = asyncio.Event()

    def say(sentence: str) -> None:
        said.append(sentence)
        if len(said) == enough:
            heard_all.set()

    task = asyncio.create_task(watching.keep_running(server, say))
    await asyncio.sleep(0.02)
    server.pid = None
    await asyncio.wait_for(heard_all.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_LOOK_SECONDS", 0.005)
    monkeypatch.setattr(watching, "_FIRST_WAIT", 0.01)


@pytest.mark.usefixtures("_hurried")
async def test_a_service_that_dies_is_started_again_and_both_are_said() -> None:
    server, said = Mortal(), list[str]()
    await watch(server, said, enough=2)
    assert server.starts == 1
    assert server.pid == 1
    assert all("triage" in sentence for sentence in said)


@pytest.mark.usefixtures("_hurried")
async def test_a_service_that_cannot_start_is_tried_again() -> None:
    server, said = Mortal(failures=2), list[str]()
    await watch(server, said, enough=6)
    assert server.starts == 3
    assert server.pid == 1


async def _ended_by(number: signal.Signals, log: list[str]) -> int:
    os.kill(os.getpid(), number)
    try:
        await asyncio.sleep(10)
    finally:
        log.append("cleaned up")
    return 0


@pytest.mark.parametrize(
    ("until_told", "code"),
    [(True, 0), (False, 128 + signal.SIGTERM)],
)
def test_a_signal_ends_the_work_after_it_has_cleaned_up(until_told: bool, code: int) -> None:
    log: list[str] = []
    assert run(_ended_by(signal.SIGTERM, log), until_told=until_told) == code
    assert log == ["cleaned up"]


def test_work_that_ends_by_itself_gives_its_own_code() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 3

    assert run(work(), until_told=True) == 3


def test_new_lines_of_all_logs_are_shown_with_their_writer(tmp_path: Path) -> None:
    files = {"intake": tmp_path / "a", "triage": tmp_path / "b"}
    files["intake"].write_text("old\n", "utf-8")
    shown: list[tuple[str, str]] = []
    logs = Logs(files, lambda name, line: shown.append((name, line)))
    with files["intake"].open("a", encoding="utf-8") as log:
        log.write("öne\nhal")
    files["triage"].write_text("two\n", "utf-8")
    logs.look()
    with files["intake"].open("a", encoding="utf-8") as log:
        log.write("f\n")
    logs.look()
    assert shown == [("intake", "öne"), ("triage", "two"), ("intake", "half")]


def test_a_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "log"
    shown: list[str] = []
    logs = Logs({"intake": file}, lambda _, line: shown.append(line), most=10)
    for line in ("a longer line", "another line"):
        with file.open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")
        logs.look()
    assert shown == ["a longer line", "another line"]
    assert file.stat().st_size == 0


def test_keys_are_drawn_once_and_only_for_their_owner(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    first, again = Keys(file), Keys(file)
    assert first.key("vault") == again.key("vault")
    assert len(first.key("vault")) == 32
    assert file.stat().st_mode & 0o077 == 0
