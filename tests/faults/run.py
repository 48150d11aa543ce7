"""One run: an installation with two replicas of notifier, its senders and advisors, and the nemesis among them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path
from typing import Any

import httpx
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.installation import OFFICES, Installation
from deploy.local.servers import ApacheKafka, EmbeddedMongo
from deploy.local.service import ServiceProcess
from schemas import topics
from schemas.office import load_office
from services.chassis.publishing import KafkaPublisher, Message
from services.chassis.settings import Settings
from services.notifier.domain.policy import compile_policy
from tests.faults.advisors import Advisors
from tests.faults.alerts import LATENESS, RECOVERY, Window, told_by
from tests.faults.asking import OFFICE, Ask, asks
from tests.faults.commits import read_commits
from tests.faults.ledger import Ledger
from tests.faults.nemesis import Happening, Nemesis
from tests.faults.promises import write_hasty_office
from tests.faults.report import spread
from tests.faults.schedule import SECONDS_EACH, Fault
from tests.faults.senders import Senders
from tests.faults.verdicts import Evidence, Verdict, judge
from tests.faults.watching import POISONED, hearing_of_tasks, read_all

WITHIN_SECONDS = 60.0
_PATIENCE_SECONDS = 600.0  # a service gets ready only once what it needs is no longer being killed
_HOLD_UP_ALERTS = ("notifier", "notifier-2", "broker", "mongodb")
_POISON = (b"no json at all", None, b"\xff\xfe")
_ODD_HEADER = ("source", b"\xff\xfe\xfd")


@dataclass
class Result:
    """What a run found."""

    began: datetime
    happened: list[Happening]
    verdicts: list[Verdict]
    figures: dict[str, object]

    @property
    def holds(self) -> bool:
        """Whether every invariant held."""
        return not any(one.violations for one in self.verdicts)


@dataclass
class Run:
    """A run below ``home``; ``say`` is told how it goes on."""

    home: Path
    seed: int
    callbacks: int
    faults: tuple[Fault, ...]
    say: Callable[[str], None] = print
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        """Lay out the servers; nothing is started yet."""
        offices = write_hasty_office(OFFICES / f"{OFFICE}.toml", self.home / "offices")
        self.broker = ApacheKafka(self.home / "kafka")
        self.mongo = EmbeddedMongo(self.home / "mongo")
        self.installation = Installation(self.home / "run", self.broker, self.mongo, offices=offices, say=self.say)
        self.second = ServiceProcess("notifier", self.home / "run" / "notifier-2")
        for server in (self.broker, self.mongo, self.second, *self.installation.services):
            server.start_within_seconds = _PATIENCE_SECONDS
        self.office = load_office(offices / f"{OFFICE}.toml")

    async def run(self) -> Result:
        """Start all, break it, wait for it to heal, judge."""
        async with self._started():
            began = datetime.now(UTC)
            happened, healed, poison = await self._break(began)
            return await self._judge(began, happened, healed, poison)

    @contextlib.asynccontextmanager
    async def _started(self) -> AsyncIterator[None]:
        try:
            await self.installation.start()
            self.second.settings = {**self.installation.notifier.settings, "RUECKRUF_INSTANCE": "2"}
            await self.second.start()
            yield
        finally:
            await self.second.stop()
            await self.installation.stop()

    async def _break(self, began: datetime) -> tuple[list[Happening], float, int]:
        services = self.installation
        nemesis = Nemesis(
            {
                "intake": services.intake,
                "triage": services.triage,
                "notifier": services.notifier,
                "notifier-2": self.second,
                "broker": self.broker,
                "mongodb": self.mongo,
            },
            lambda text: self.say(f"{(datetime.now(UTC) - began).total_seconds():6.1f} s  {text}"),
        )
        advisors = Advisors([services.notifier.url, self.second.url], self.office, self.seed)
        seconds = max(len(self.faults) * SECONDS_EACH, self.callbacks / 60)
        async with (
            Senders(services, self.office, self.ledger) as senders,
            hearing_of_tasks(self.broker.address, advisors.hear_of),
        ):
            progress = asyncio.create_task(self._progress(began))
            poison = asyncio.create_task(self._poison(seconds / 2))
            sending = [
                asyncio.create_task(self._send_at(senders, ask, ask.at))
                for ask in asks(self.seed, self.callbacks, seconds)
            ]
            await nemesis.run(self.faults)
            up = datetime.now(UTC)
            await asyncio.gather(*sending)
            healed = await self._healed(up)
            progress.cancel()
            await advisors.stop()
        self.deeds = dict(sorted(advisors.deeds.items()))
        return nemesis.happened, healed, await poison

    async def _send_at(self, senders: Senders, ask: Ask, at: float) -> None:
        await asyncio.sleep(at)
        await senders.send(ask)

    async def _healed(self, up: datetime) -> float:
        """Wait until everyone who was promised a call has a task; return the seconds since the last fault ended."""
        tasks = self._client()["rueckruf_notifier"].tasks
        while (seconds := (datetime.now(UTC) - up).total_seconds()) < WITHIN_SECONDS:
            there = {document["_id"] async for document in tasks.find({}, {"_id": 1})}
            if not self.ledger.accepted - there:
                break
            await asyncio.sleep(0.2)
        return seconds

    async def _poison(self, after: float) -> int:
        """Publish what nobody can read among what everybody reads; return how many."""
        await asyncio.sleep(after)
        names = [topic.name for topic in (topics.WEB, topics.CALLBACK_REQUESTED, topics.CALLBACK_TRIAGED)]
        messages = [Message(name, POISONED, value, (_ODD_HEADER,)) for name in names for value in _POISON]
        publisher = KafkaPublisher(Settings(kafka_bootstrap_servers=self.broker.address))
        while True:
            try:
                await publisher.start()
                await publisher.publish(messages)
                return len(messages)
            except Exception as error:  # noqa: BLE001  # the broker may be down just now
                self.say(f"the poison waits: {type(error).__name__}")
                await asyncio.sleep(1)
            finally:
                await publisher.stop()

    async def _judge(self, began: datetime, happened: list[Happening], healed: float, poison: int) -> Result:
        client = self._client()
        self.say("waiting for the last alarms")
        await asyncio.sleep(2)  # what advisors asked for last is committed
        now = (await client.admin.command("hello"))["localTime"].replace(tzinfo=UTC)
        windows: list[Window] = [(one.began, one.ended) for one in happened if one.fault.target in _HOLD_UP_ALERTS]
        await asyncio.sleep((told_by(now, windows) - datetime.now(UTC)).total_seconds() + RECOVERY.total_seconds())
        await self._until_answered()
        async with httpx.AsyncClient(timeout=30) as http:
            services = {"intake": self.installation.intake, "notifier": self.installation.notifier}
            figures = {name: (await http.get(f"{one.url}/figures")).json() for name, one in services.items()}
        tasks = {document["_id"]: document async for document in client["rueckruf_notifier"].tasks.find()}
        ledger = client["rueckruf_intake"].requests
        requests = frozenset([document["_id"] async for document in ledger.find({}, {"_id": 1})])
        seen = Evidence(
            now=now,
            ledger=self.ledger,
            tasks=tasks,
            requests=requests,
            commits=await read_commits(client, "rueckruf_notifier.tasks"),
            read=await read_all(self.broker.address),
            policy=compile_policy(self.office),
            holding_up=windows,
            figures=figures,
            poison=poison,
            logs=[one.log for one in (*self.installation.services, self.second)],
        )
        verdicts = judge(seen)
        if healed >= WITHIN_SECONDS:
            verdicts.append(Verdict("healed", "seconds until all had tasks", int(healed), ("not within 60 s",)))
        return Result(began, happened, verdicts, self._figures(seen, healed))

    async def _until_answered(self) -> None:
        """Wait until intake has heard of every task, 60 s at most: the last answers may still be on their way."""
        give_up = asyncio.get_running_loop().time() + WITHIN_SECONDS
        async with httpx.AsyncClient(timeout=30) as http:
            while asyncio.get_running_loop().time() < give_up:
                figures = (await http.get(f"{self.installation.intake.url}/figures")).json()
                if not figures["under_way"]:
                    return
                await asyncio.sleep(0.5)

    def _figures(self, seen: Evidence, healed: float) -> dict[str, object]:
        lines = seen.ledger.lines
        opened = {callback: task["opened"] for callback, task in seen.tasks.items()}
        waited = {
            callback: (opened[callback] - line.accepted).total_seconds()
            for callback, line in lines.items()
            if line.accepted and callback in opened
        }
        emergencies = [waited[one] for one, task in seen.tasks.items() if task["rank"] == 2 and one in waited]
        first, told = seen.read.first, [one for one in seen.alerts if one.event in seen.read.first]
        late = [(first[one.event] - one.since).total_seconds() for one in told]
        undisturbed = [told_by(one.since, seen.holding_up) == one.since + LATENESS for one in told]
        return {
            "callbacks": f"{len(lines)} asked, {len(seen.ledger.accepted)} accepted, {len(seen.ledger.maybe)} maybe",
            "answers": dict(seen.ledger.answers),
            "accepted by door": _by_door(seen.ledger),
            "all had tasks after the last fault": f"{healed:.1f} s",
            "accepted to task": spread(list(waited.values())),
            "emergencies, accepted to task": spread(emergencies),
            "alerts told late by": spread(late),
            "of these, while nothing was broken": spread(list(compress(late, undisturbed))),
            "records on Kafka, of these delivered again": f"{sum(seen.read.records.values())}, {seen.read.again}",
            "advisors": self.deeds,
        }

    async def _progress(self, began: datetime) -> None:
        while True:
            await asyncio.sleep(10)
            seconds = (datetime.now(UTC) - began).total_seconds()
            answers = self.ledger.answers
            self.say(
                f"{seconds:6.1f} s  {len(self.ledger.lines)} asked, {len(self.ledger.accepted)} accepted, "
                f"{sum(answers.values()) - answers['accepted']} refused or unanswered tries"
            )

    def _client(self) -> AsyncIOMotorClient[dict[str, Any]]:
        return AsyncIOMotorClient(self.mongo.address, uuidRepresentation="standard", tz_aware=True, tzinfo=UTC)


def _by_door(ledger: Ledger) -> dict[str, int]:
    counted: dict[str, int] = {}
    for callback in ledger.accepted:
        door = ledger.lines[callback].ask.door.value
        counted[door] = counted.get(door, 0) + 1
    return counted
