"""Puts notifier together: the only file that knows every part."""

import contextlib
import secrets
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from schemas.office import load_offices
from schemas.topics import NOTIFIER, read_by, written_by
from services.chassis.broker import Bus, TopicSpec
from services.chassis.clock import Clock, now
from services.chassis.health import operations
from services.chassis.mongo import connect, database
from services.chassis.outbox import Outbox, Relay
from services.chassis.running import repeating
from services.chassis.vault import MongoVault, Wrapping
from services.notifier.alarms import AlarmLoop
from services.notifier.api import Api
from services.notifier.consumers import subscribe
from services.notifier.domain.offices import compile_offices
from services.notifier.figures import Board
from services.notifier.identity import Identities
from services.notifier.live import Live
from services.notifier.mongo import MongoTasks
from services.notifier.parts import Parts
from services.notifier.settings import NotifierSettings
from services.notifier.stopping import on_stop_signal
from services.notifier.use_cases.open_tasks import OpenTasks
from services.notifier.use_cases.raise_alarms import RaiseAlarms
from services.notifier.use_cases.work_task import WorkTask
from services.notifier.web.door import DoorPages
from services.notifier.web.inbox import Inbox
from services.notifier.web.site import Site
from services.notifier.web.standing import StandingPages
from services.notifier.web.tasks import TaskPages

_FIGURES_SECONDS = 5.0


def create_app(settings: NotifierSettings, clock: Clock = now) -> FastAPI:
    """Return notifier as an ASGI application; nothing is connected before it starts."""
    files = load_offices(settings.offices)
    offices = compile_offices(files)
    specs = [TopicSpec(t.name, t.partitions, t.retention) for t in (*read_by(NOTIFIER), *written_by(NOTIFIER))]
    bus = Bus(settings, NOTIFIER, clock, specs)
    client = connect(settings)
    own = database(client, settings, NOTIFIER)
    outbox = Outbox(own.outbox)
    live = Live(settings.topic_prefix)
    relay = Relay(outbox, bus.publisher, live.say)
    tasks = MongoTasks(client, own, outbox, relay)
    vault = MongoVault(database(client, settings, "vault").get_collection("keys"), Wrapping(settings.vault_keys))
    alarms = AlarmLoop(tasks, own.leases, RaiseAlarms(tasks, offices), settings.alarm_pause_seconds)
    board = Board(own, outbox, files, clock)
    key = settings.page_key.encode() or secrets.token_bytes(32)
    parts = Parts(
        settings=settings,
        office_files=files,
        offices=offices,
        tasks=tasks,
        keys=vault,
        work=WorkTask(tasks, vault, offices, clock),
        live=live,
        identities=Identities(settings, files, key),
        clock=clock,
    )
    subscribe(bus, OpenTasks(tasks, offices, clock), live)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(client.close)
            stack.push_async_callback(relay.stop)
            await stack.enter_async_context(repeating(outbox.prepare, 3600, "outbox-indexes"))
            await stack.enter_async_context(repeating(tasks.prepare, 3600, "task-indexes"))
            relay.start()
            stack.push_async_callback(bus.stop)
            bus.start()
            stack.push_async_callback(alarms.stop)
            alarms.start()
            stack.callback(live.end)
            stack.enter_context(on_stop_signal(live.end))
            await stack.enter_async_context(repeating(board.prepare, 3600, "figures-index"))
            await stack.enter_async_context(repeating(board.refresh, _FIGURES_SECONDS, "figures"))
            yield

    app = FastAPI(title="Rückruf notifier", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)

    async def store_answers() -> bool:
        return bool(await client.admin.command("ping"))

    async def broker_answers() -> bool:
        return bus.ready

    async def consumers_run() -> bool:
        return not bus.halted

    app.include_router(
        operations(NOTIFIER, {"mongodb": store_answers, "kafka": broker_answers, "consumers": consumers_run})
    )
    app.include_router(Api(parts).routes())
    site = Site(parts, key)
    site.install(app)
    for pages in (Inbox(site), TaskPages(site), StandingPages(site, board), DoorPages(site)):
        app.include_router(pages.routes())

    @app.get("/figures")
    async def figures() -> JSONResponse:
        """Return how many tasks there are by state and urgency, and how many breaches were told."""
        return JSONResponse(await tasks.figures())

    return app
