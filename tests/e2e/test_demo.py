"""The demo as a newcomer runs it: a process of its own, judged by its last line and by what it leaves behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "deploy.cli", "demo"]
PROMISED_SECONDS = 90
READY = "Strg-C beendet die Vorführung"
GIVEN = {"KAFKA_BOOTSTRAP_SERVERS", "RUECKRUF_KAFKA_BOOTSTRAP_SERVERS", "RUECKRUF_MONGO_URL"}

pytestmark = pytest.mark.timeout(300)


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in GIVEN}
    return kept | {"PYTHONPATH": str(ROOT), "RUECKRUF_LANG": "de", "PYTHONUNBUFFERED": "1"}


def processes_below(folder: Path) -> list[int]:
    """Every process that works in ``folder``: servers, services and what those started."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def all_ended_within(seconds: float, folder: Path) -> bool:
    give_up = time.monotonic() + seconds
    while processes_below(folder):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.1)
    return True


def test_the_demo_runs_to_its_end_and_its_balance_holds(tmp_path: Path) -> None:
    begun = time.monotonic()
    ran = subprocess.run(
        [*COMMAND, "--once"], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    took = time.monotonic() - begun
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr
    balance = json.loads(ran.stdout.splitlines()[-1])
    ends = ("open", "done", "withdrawn", "merged", "unreachable", "erased")
    assert balance["balance_ok"] is True
    assert balance["received"] == sum(balance[end] for end in ends) == balance["pushed"] >= 30
    assert balance["open"] == 0
    assert balance["erased"] == 1
    assert balance["withdrawn"] >= 2
    assert balance["emergencies"] >= 8
    assert balance["breaches_alerted"] >= 2
    assert sum(balance["by_channel"].values()) == balance["received"]
    assert set(balance["by_channel"]) == {"phone", "form", "web", "email"}
    assert took < PROMISED_SECONDS
    assert processes_below(tmp_path) == []
    assert list((tmp_path / ".rueckruf").iterdir()) == []


@pytest.fixture
def running_demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo that has shown everything and goes on."""
    demo = subprocess.Popen(COMMAND, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    said = []
    for line in demo.stdout:
        said.append(line)
        if READY in line:
            break
    assert demo.poll() is None, "".join(said)
    yield demo
    demo.kill()
    demo.communicate()


def test_a_demo_that_is_interrupted_ends_cleanly(running_demo: subprocess.Popen[str], tmp_path: Path) -> None:
    assert len(processes_below(tmp_path / ".rueckruf")) >= 5
    running_demo.send_signal(signal.SIGINT)
    assert running_demo.wait(30) == 0
    assert processes_below(tmp_path) == []
    assert list((tmp_path / ".rueckruf").iterdir()) == []


def test_a_demo_that_is_killed_leaves_no_process_behind(running_demo: subprocess.Popen[str], tmp_path: Path) -> None:
    running_demo.kill()
    running_demo.wait(10)
    assert all_ended_within(10, tmp_path)
