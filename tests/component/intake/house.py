"""Intake with its real addresses and its real use case, standing on a ledger in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import FastAPI
from prometheus_client import REGISTRY

from schemas.office import load_offices
from services.intake.app import open_channels
from services.intake.channels.door import Door
from services.intake.settings import IntakeSettings
from services.intake.use_cases.accept_request import AcceptRequest
from tests.support.ledger import MemoryRequests

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
OFFICES = load_offices(Path(__file__).parents[3] / "deploy" / "offices")
OFFICE = OFFICES["musterstadt"]
PHONE_KEY = bytes(range(32))
HTML = {"accept": "text/html"}


@dataclass
class House:
    """The service as a caller meets it; ``now`` is the time on its wall."""

    settings: IntakeSettings
    now: datetime = NOW
    requests: MemoryRequests = field(default_factory=lambda: MemoryRequests(NOW))

    @property
    def door(self) -> Door:
        return Door(AcceptRequest(self.requests), OFFICES, lambda: self.now, self.settings)

    def app(self) -> FastAPI:
        app = FastAPI()
        app.state.door = self.door
        open_channels(app, self.settings, OFFICES)
        return app

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://office.test") as client:
            yield client


def house(**settings: object) -> House:
    given: dict[str, object] = {
        "phone_keys": {"old": bytes(32), "new": PHONE_KEY},
        "desk_key": "Sesam",
        "smtp_port": 0,
        "mail_readers": 1,
    }
    return House(IntakeSettings.model_validate(given | settings))


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0
