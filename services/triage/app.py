"""Puts triage together: the only file that knows every part."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from schemas.topics import TRIAGE, read_by, written_by
from services.chassis.broker import Bus, TopicSpec
from services.chassis.clock import Clock, now
from services.chassis.health import operations
from services.chassis.mongo import connect, database
from services.chassis.vault import MongoVault, Wrapping
from services.triage.consumers import KafkaDecisions, subscribe
from services.triage.domain import language
from services.triage.domain.rules import load_rules
from services.triage.settings import TriageSettings
from services.triage.use_cases.triage_callbacks import TriageCallbacks


def create_app(settings: TriageSettings, clock: Clock = now) -> FastAPI:
    """Return triage as an ASGI application; nothing is connected before it starts."""
    rules = load_rules(settings.rules)
    language.prepare()
    specs = [TopicSpec(t.name, t.partitions, t.retention) for t in (*read_by(TRIAGE), *written_by(TRIAGE))]
    bus = Bus(settings, TRIAGE, clock, specs)
    client = connect(settings)
    vault = MongoVault(database(client, settings, "vault").get_collection("keys"), Wrapping(settings.vault_keys))
    subscribe(bus, TriageCallbacks(rules, vault, KafkaDecisions(bus.publisher)))

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        bus.start()
        try:
            yield
        finally:
            await bus.stop()
            client.close()

    app = FastAPI(title="Rückruf triage", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)

    async def store_answers() -> bool:
        return bool(await client.admin.command("ping"))

    async def broker_answers() -> bool:
        return bus.ready

    async def consumers_run() -> bool:
        return not bus.halted

    app.include_router(
        operations(TRIAGE, {"mongodb": store_answers, "kafka": broker_answers, "consumers": consumers_run})
    )
    return app
