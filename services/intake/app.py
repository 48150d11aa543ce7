"""Puts intake together: the only file that knows every part."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from schemas.office import Offices, load_offices
from schemas.topics import INTAKE, read_by, written_by
from services.chassis.broker import Bus, TopicSpec
from services.chassis.clock import Clock, now
from services.chassis.health import operations
from services.chassis.mongo import connect, database
from services.chassis.running import repeating
from services.chassis.vault import MongoVault, Wrapping
from services.intake import consumers
from services.intake.channels.door import Door
from services.intake.channels.email.server import smtp_server
from services.intake.mongo import MongoRequests
from services.intake.settings import IntakeSettings
from services.intake.use_cases.accept_request import AcceptRequest
from services.intake.use_cases.announce_again import AnnounceAgain
from services.intake.web import phone
from services.intake.web.desk import Desk
from services.intake.web.portal import Portal
from services.intake.web.site import Site


def create_app(settings: IntakeSettings, clock: Clock = now) -> FastAPI:
    """Return intake as an ASGI application; nothing is connected before it starts."""
    offices = load_offices(settings.offices)
    specs = [TopicSpec(t.name, t.partitions, t.retention) for t in (*read_by(INTAKE), *written_by(INTAKE))]
    bus = Bus(settings, INTAKE, clock, specs)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        client = connect(settings)
        own = database(client, settings, INTAKE)
        vault = MongoVault(database(client, settings, "vault").get_collection("keys"), Wrapping(settings.vault_keys))
        requests = MongoRequests(client, own, vault, bus.publisher, clock)
        again = AnnounceAgain(requests, clock, timedelta(seconds=settings.announce_again_seconds))
        app.state.door = Door(AcceptRequest(requests, bus.traffic.urgent), offices, clock, settings)
        app.state.requests = requests
        app.state.ping = own.client.admin.command
        consumers.subscribe(bus, requests, offices, settings, clock)
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(client.close)
            stack.push_async_callback(bus.publisher.stop)
            stack.push_async_callback(requests.stop)
            await stack.enter_async_context(repeating(requests.prepare, 3600, "ledger-indexes"))
            stack.push_async_callback(bus.stop)
            bus.start()
            await stack.enter_async_context(repeating(again, settings.announce_again_seconds / 4, "announce-again"))
            app.state.smtp_port = await stack.enter_async_context(smtp_server(app.state.door))
            yield

    app = FastAPI(title="Rückruf intake", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)

    async def store_answers() -> bool:
        return bool(await app.state.ping("ping"))

    async def broker_answers() -> bool:
        return bus.ready

    async def consumers_run() -> bool:
        return not bus.halted

    app.include_router(
        operations(INTAKE, {"mongodb": store_answers, "kafka": broker_answers, "consumers": consumers_run})
    )

    @app.get("/figures")
    async def figures() -> JSONResponse:
        """Return how many requests were received, by channel, and how many have no task yet."""
        requests: MongoRequests = app.state.requests
        return JSONResponse({**await requests.figures(), "by_channel": await requests.received_by_channel()})

    open_channels(app, settings, offices)
    return app


def open_channels(app: FastAPI, settings: IntakeSettings, offices: Offices) -> None:
    """Give the app the addresses of the channels that speak HTTP; they expect ``app.state.door``."""
    site = Site(settings, offices)
    site.install(app)
    app.include_router(phone.routes(site))
    app.include_router(Portal(site).routes())
    app.include_router(Desk(site).routes())
