"""The demo from its first to its last line."""

import asyncio
import secrets
import shutil
import time
from collections import Counter
from pathlib import Path

from rich.console import Console

from deploy.local.addresses import addresses
from deploy.local.demo.advisors import Advisors
from deploy.local.demo.balance import Balance, balance
from deploy.local.demo.channels import Channels
from deploy.local.demo.given import forget, names_of
from deploy.local.demo.journeys import Journey, Journeys, until
from deploy.local.demo.office import SPEED, write_sped_up
from deploy.local.demo.screen import Screen
from deploy.local.demo.script import DemoRequest, read_script
from deploy.local.ending import Sorry, is_held, only_one
from deploy.local.installation import OFFICES, Installation
from deploy.local.servers import choose_broker, choose_mongo
from deploy.local.wording import t
from schemas.office import Office, load_office
from schemas.sla import SlaEscalated, SlaWarned
from schemas.words import Outcome

_ARRIVES_WITHIN = 30.0
_LAPSES_WITHIN = 30.0
_SETTLES_WITHIN = 10.0
_PAUSE_SECONDS = 0.15


async def demo(folder: Path, console: Console, *, once: bool) -> int:
    """Run the demo on fresh data below ``folder``; raises :class:`Sorry` where something does not add up."""
    _sweep(folder)
    home = folder / f"demo-{secrets.token_hex(4)}"
    with only_one(home):
        office_file = write_sped_up(OFFICES / "musterstadt.toml", home / "offices")
        installation = Installation(
            home,
            choose_broker(home / "kafka"),
            choose_mongo(home / "mongo"),
            offices=office_file.parent,
            settings=names_of(home.name) | {"RUECKRUF_DESK_KEY": f"desk-{secrets.token_hex(3)}"},
            say=lambda line: console.print(line, style="dim", markup=False, highlight=False),
        )
        begun = time.monotonic()
        try:
            await installation.start()
            console.print(t("demo.started", seconds=t.number(round(time.monotonic() - begun, 1))), style="green")
            story = Story(installation, load_office(office_file), console)
            await (story.once() if once else story.go_on())
        except Exception:
            await installation.stop()
            console.print(t("demo.logs_kept", home=home), style="yellow", markup=False)
            raise
        except asyncio.CancelledError:
            console.print(t("cli.ending"), style="dim")
            await _end(installation)
            raise
        await _end(installation)
        if once:
            print(story.balance.line())
    return 0


class Story:
    """One run against an installation that is up."""

    balance: Balance

    def __init__(self, installation: Installation, office: Office, console: Console) -> None:
        self._installation = installation
        self._office = office
        self._script = read_script()
        self._sent: dict[str, DemoRequest] = {}
        self._screen = Screen(console, office, len(self._script.request))
        self._journeys = Journeys(installation, office.id, office.management[0], self._screen.told)

    async def go_on(self) -> None:
        """Send everything, say where to look, and show alerts until the task is cancelled."""
        async with self._journeys.watched():
            with self._screen.progress:
                await self._send_all()
            await self._say_where()
            await asyncio.Event().wait()

    async def once(self) -> None:
        """Send everything, work it to its end, and check that all of it adds up."""
        async with self._journeys.watched():
            with self._screen.progress:
                await self._send_all()
            await self._say_where()
            await self._work_all()
            await self._settle()

    async def _send_all(self) -> None:
        say = self._screen.say
        say(t("demo.sending", n=len(self._script.request), office=self._office.name, speed=SPEED), "bold")
        async with Channels(self._installation, self._office) as channels:
            for request in self._script.request:
                first, *others = await channels.send(request)
                self._sent[first.receipt] = request
                for other in others:
                    if other.receipt != first.receipt:
                        raise Sorry(t("demo.wrong.doubled", first=first.receipt, second=other.receipt))
                    say(t("demo.again", receipt=first.receipt), "cyan")
                await asyncio.sleep(_PAUSE_SECONDS)
            sentence = await channels.be_refused(self._script.refused, t.code)
            say(t("demo.refused", sentence=sentence), "cyan")
        expected = len(self._sent)
        if not await until(lambda: sum(one.is_over for one in self._all()) >= expected, _ARRIVES_WITHIN):
            arrived = len(self._journeys.pushed)
            raise Sorry(t("demo.wrong.not_pushed", sent=expected, pushed=arrived, seconds=round(_ARRIVES_WITHIN)))

    async def _work_all(self) -> None:
        say = self._screen.say
        self._screen.say(t("demo.working"), "bold")
        advisors = Advisors(self._installation, self._office)
        done: Counter[Outcome] = Counter()

        async def work(journey: Journey, request: DemoRequest) -> None:
            if request.late and not await until(lambda: self._has_lapsed(journey), _LAPSES_WITHIN):
                raise Sorry(t("demo.wrong.no_breach", receipt=journey.receipt, seconds=round(_LAPSES_WITHIN)))
            await advisors.work(journey, request)
            done[request.ends] += 1

        try:
            pairs = [(one, self._sent[one.receipt]) for one in self._all() if one.receipt in self._sent]
            for last in (False, True):
                turn = [pair for pair in pairs if (pair[1].ends is Outcome.ERASED) == last]
                await asyncio.gather(*(work(journey, request) for journey, request in turn))
        finally:
            await advisors.close()
        say(", ".join(t("demo.ended", n=count, outcome=t(f"outcome.{end}")) for end, count in done.items()), "green")

    async def _settle(self) -> None:
        """Wait until both services and what was seen say the same."""
        for kind, wrong in ((SlaWarned, t("demo.wrong.no_warning")), (SlaEscalated, t("demo.wrong.no_escalation"))):
            if not self._screen.alerts[kind]:
                raise Sorry(wrong)
        give_up = time.monotonic() + _SETTLES_WITHIN
        while True:
            figures = await balance(self._installation, len(self._journeys.pushed), len(self._journeys.breaches))
            self.balance = figures
            told = figures.breaches == figures.breaches_alerted > 0
            if figures.ok and told and figures.received == len(self._sent):
                return
            if time.monotonic() > give_up:
                raise Sorry(
                    t("demo.wrong.balance", sent=len(self._sent), breaches=figures.breaches, line=figures.line())
                )
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _say_where(self) -> None:
        found = await addresses(self._installation, self._office)
        width = max(len(name) for name, _ in found)
        for name, url in found:
            self._screen.say(f"  {name:<{width}}  {url}")
        self._screen.say(t("demo.passphrase", passphrase=self._installation.desk_passphrase), "bold")
        self._screen.say(t("demo.until"), "dim")

    def _all(self) -> list[Journey]:
        return list(self._journeys.by_callback.values())

    def _has_lapsed(self, journey: Journey) -> bool:
        return any(breach.subject == journey.callback for breach in self._journeys.breaches)


async def _end(installation: Installation) -> None:
    """End everything and leave nothing of it."""
    try:
        await asyncio.gather(*(service.stop() for service in installation.services))
        await forget(installation)
    finally:
        await installation.stop()
        shutil.rmtree(installation.home, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what runs left that were killed or went wrong."""
    for left in folder.glob("demo-*"):
        if not is_held(left):
            shutil.rmtree(left, ignore_errors=True)
