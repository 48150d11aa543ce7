"""`rueckruf doctor`: what is missing here, and what to do about it."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from deploy.commands.demo import HOME
from deploy.commands.office import in_order, refusal_in
from deploy.commands.up import PORTS
from deploy.local.installation import OFFICES
from deploy.local.servers import ServerMissingError
from deploy.local.servers.choice import BROKER_VARIABLES, MONGO_VARIABLE
from deploy.local.servers.kafka import find_java
from deploy.local.servers.mongo import find_mongod
from deploy.local.servers.process import is_free
from deploy.local.servers.tansu import find_tansu
from deploy.local.wording import t
from schemas.office import OfficeFileRefused, load_office
from services.chassis.settings import read_keys
from services.triage.domain.rules import load_rules

RULES = Path(__file__).resolve().parents[2] / "services" / "triage" / "rules"
_OLDEST_PYTHON = (3, 11)
_LEAST_FREE_BYTES = 2 * 1024**3
_KEY_VARIABLES = ("RUECKRUF_VAULT_KEYS", "RUECKRUF_CHANNEL_KEYS", "RUECKRUF_PHONE_KEYS")


class Verdict(StrEnum):
    """Fine, worth knowing, or in the way."""

    GOOD = "✓"
    NOTE = "·"
    BAD = "✗"


_STYLES = {Verdict.GOOD: "green", Verdict.NOTE: "yellow", Verdict.BAD: "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing."""

    verdict: Verdict
    sentence: str


def doctor(
    offices: Annotated[Path, typer.Option(help=t("cli.up.offices"), show_default=False)] = OFFICES,
    home: Annotated[Path, typer.Option(help=t("cli.option.home"))] = HOME,
) -> int:
    """Return 0 where nothing is in the way of `rueckruf up`, else 1."""
    console = Console(highlight=False)
    bad = 0
    for finding in findings(offices, home):
        bad += finding.verdict is Verdict.BAD
        line = f"{finding.verdict} {finding.sentence}"
        console.print(line, style=_STYLES[finding.verdict], markup=False, soft_wrap=True)
    console.print(t("cli.doctor.bad", n=bad) if bad else t("cli.doctor.good"), style="bold")
    return 1 if bad else 0


def findings(offices: Path, home: Path) -> Iterator[Finding]:
    """Look at everything, one after the other."""
    yield _python()
    yield _server("MongoDB", (MONGO_VARIABLE,), find_mongod)
    yield _server("Kafka", BROKER_VARIABLES, find_tansu)
    yield from _extras()
    yield _disk(home)
    yield from _offices(offices)
    yield _rules()
    yield from _keys()
    yield from _services()


def _python() -> Finding:
    right = sys.version_info >= _OLDEST_PYTHON
    words = t("cli.doctor.python" if right else "cli.doctor.python.old", version=platform.python_version())
    return Finding(Verdict.GOOD if right else Verdict.BAD, words)


def _server(name: str, variables: tuple[str, ...], find: Callable[[], str]) -> Finding:
    given = next((variable for variable in variables if os.environ.get(variable)), None)
    if given:
        return Finding(Verdict.GOOD, t("cli.doctor.given", name=name, variable=given))
    try:
        program = find()
    except ServerMissingError as missing:
        return Finding(Verdict.BAD, t("cli.doctor.missing", name=name, detail=missing))
    return Finding(Verdict.GOOD, t("cli.doctor.embedded", name=name, program=program))


def _extras() -> Iterator[Finding]:
    try:
        java = find_java()
    except ServerMissingError:
        java = ""
    there = bool(java) and shutil.which("mvn") is not None
    yield Finding(Verdict.GOOD if there else Verdict.NOTE, t("cli.doctor.java" if there else "cli.doctor.java.none"))
    docker = shutil.which("docker") is not None
    words = t("cli.doctor.docker" if docker else "cli.doctor.docker.none")
    yield Finding(Verdict.GOOD if docker else Verdict.NOTE, words)


def _disk(home: Path) -> Finding:
    there = next(folder for folder in (home.absolute(), *home.absolute().parents) if folder.exists())
    if not os.access(there, os.W_OK):
        return Finding(Verdict.BAD, t("cli.doctor.disk.locked", folder=there))
    free = shutil.disk_usage(there).free
    enough = free >= _LEAST_FREE_BYTES
    words = t(
        "cli.doctor.disk" if enough else "cli.doctor.disk.full",
        gigabytes=t.number(round(free / 1024**3, 1)),
        folder=there,
    )
    return Finding(Verdict.GOOD if enough else Verdict.BAD, words)


def _offices(folder: Path) -> Iterator[Finding]:
    files = sorted(folder.glob("*.toml"))
    if not files:
        yield Finding(Verdict.BAD, t("cli.doctor.offices.none", folder=folder))
    for file in files:
        try:
            yield Finding(Verdict.GOOD, in_order(load_office(file)))
        except OfficeFileRefused as refusal:
            yield Finding(Verdict.BAD, refusal_in(refusal))


def _rules() -> Finding:
    try:
        load_rules(RULES)
    except (ValueError, OSError) as refusal:
        return Finding(Verdict.BAD, t("cli.doctor.rules.wrong", detail=refusal))
    return Finding(Verdict.GOOD, t("cli.doctor.rules"))


def _keys() -> Iterator[Finding]:
    for variable in _KEY_VARIABLES:
        given = os.environ.get(variable)
        if not given:
            continue
        try:
            read_keys(given)
        except ValueError:
            purpose = variable.removeprefix("RUECKRUF_").removesuffix("_KEYS").lower()
            yield Finding(Verdict.BAD, t("cli.doctor.key.wrong", variable=variable, purpose=purpose))
        else:
            yield Finding(Verdict.GOOD, t("cli.doctor.key", variable=variable))
    if not os.environ.get(_KEY_VARIABLES[0]):
        yield Finding(Verdict.NOTE, t("cli.doctor.key.none"))


def _services() -> Iterator[Finding]:
    for service, ports in PORTS.items():
        for number in ports:
            yield _port(service, number, http=number == ports[0])


def _port(service: str, number: int, *, http: bool) -> Finding:
    if is_free(number):
        return Finding(Verdict.NOTE, t("cli.doctor.port.free", service=service, port=number))
    if not http:
        return Finding(Verdict.NOTE, t("cli.doctor.port.taken", service=service, port=number))
    try:
        answer = httpx.get(f"http://127.0.0.1:{number}/health/ready", timeout=3)
        health = answer.json()
        ours = health.get("service") == service
    except (httpx.HTTPError, ValueError, AttributeError):
        ours, health = False, {}
    if not ours:
        return Finding(Verdict.NOTE, t("cli.doctor.port.taken", service=service, port=number))
    if health.get("ready"):
        return Finding(Verdict.GOOD, t("cli.doctor.service", service=service, port=number))
    parts = ", ".join(name for name, good in health.get("parts", {}).items() if not good)
    return Finding(Verdict.BAD, t("cli.doctor.service.waits", service=service, port=number, parts=parts))
