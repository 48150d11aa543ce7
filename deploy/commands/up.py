"""`rueckruf up`: the whole installation on this machine, with one log."""

import asyncio
import os
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from deploy.commands.demo import HOME
from deploy.local.addresses import addresses
from deploy.local.ending import Sorry, only_one, run
from deploy.local.installation import OFFICES, Installation
from deploy.local.logs import Logs
from deploy.local.servers import Server, choose_broker, choose_mongo
from deploy.local.servers.choice import BROKER_VARIABLES, MONGO_VARIABLE
from deploy.local.servers.process import is_free
from deploy.local.watching import keep_running
from deploy.local.wording import t
from schemas.office import Office, load_offices

PORTS = {"intake": (8001, 8025), "triage": (8002,), "notifier": (8003,)}
_ORDER = ("intake", "triage", "notifier", "SMTP")
_COLOURS = {"intake": "cyan", "triage": "magenta", "notifier": "green"}
_OURS = {*BROKER_VARIABLES, MONGO_VARIABLE, "RUECKRUF_LANG", "RUECKRUF_TRACEBACK", "RUECKRUF_DEMO", "RUECKRUF_OFFICES"}


def up(
    offices: Annotated[Path, typer.Option(help=t("cli.up.offices"), show_default=False)] = OFFICES,
    home: Annotated[Path, typer.Option(help=t("cli.option.home"))] = HOME,
    ports: Annotated[str, typer.Option(help=t("cli.up.ports"))] = "",
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help=t("cli.up.demo"))] = True,  # noqa: FBT002  # typer's way
) -> int:
    """Start everything and keep it running until told to end."""
    console = Console(highlight=False)
    found = load_offices(offices)  # before anything starts: who wrote the file is still looking
    chosen = read_ports(ports) if ports else PORTS
    work = _up(home.absolute(), offices.absolute(), chosen, console, first=found.first, fixed=bool(ports), demo=demo)
    return run(work, until_told=True)


def read_ports(text: str) -> dict[str, tuple[int, ...]]:
    """Read "8001,8002,8003,8025": intake, triage, notifier, SMTP; raises :class:`Sorry`."""
    numbers = [int(part) for part in re.split(r"[,\s]+", text.strip()) if part.isdecimal()]
    right = len(numbers) == len(_ORDER) == len(set(numbers)) and all(0 < number < 1 << 16 for number in numbers)
    if not right:
        raise Sorry(t("cli.up.ports_wrong", given=text))
    intake, triage, notifier, smtp = numbers
    return {"intake": (intake, smtp), "triage": (triage,), "notifier": (notifier,)}


async def _up(
    home: Path,
    offices: Path,
    ports: dict[str, tuple[int, ...]],
    console: Console,
    *,
    first: Office,
    fixed: bool,
    demo: bool,
) -> int:
    with only_one(home):
        _look_at(ports, console, fixed=fixed)
        given = {
            name: value for name, value in os.environ.items() if name.startswith("RUECKRUF_") and name not in _OURS
        }
        installation = Installation(
            home,
            choose_broker(home / "kafka"),
            choose_mongo(home / "mongo"),
            offices=offices,
            settings={"RUECKRUF_LOG_FORMAT": "console"} | given,
            ports=ports,
            demo=demo,
            say=lambda line: console.print(line, style="dim", markup=False),
        )

        def show(service: str, line: str) -> None:
            text = Text.assemble((f"{service:<9}| ", _COLOURS[service]), Text.from_ansi(line))
            console.print(text, soft_wrap=True)

        logs = Logs({one.service: one.log for one in installation.services}, show)
        following = asyncio.create_task(logs.follow())
        try:
            await installation.start()
            for name, url in await addresses(installation, first):
                console.print(f"  {name}: {url}", style="bold", markup=False, soft_wrap=True)
            console.print(t("cli.up.passphrase", file=home / "keys"), style="dim", markup=False, soft_wrap=True)
            console.print(t("cli.up.until"), style="bold")
            servers: list[Server] = [installation.mongo, installation.broker]
            servers.extend(installation.services)
            await asyncio.gather(
                *(keep_running(one, lambda words: console.print(words, style="red")) for one in servers)
            )
            await asyncio.Event().wait()
        finally:
            console.print(t("cli.ending"), style="dim")
            await installation.stop()
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    return 0


def _look_at(ports: dict[str, tuple[int, ...]], console: Console, *, fixed: bool) -> None:
    for service, numbers in ports.items():
        for number in (number for number in numbers if not is_free(number)):
            if fixed:
                raise Sorry(t("cli.up.port_taken", service=service, port=number))
            console.print(t("cli.up.other_port", service=service, port=number), style="yellow")
