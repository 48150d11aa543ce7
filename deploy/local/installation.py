"""An installation on this machine: MongoDB, a broker and the three services, each a process of its own."""

import asyncio
import base64
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.local.servers import Broker, Database
from deploy.local.service import ServiceProcess

KEY_ID = "demo"
OFFICES = Path(__file__).resolve().parents[1] / "offices"


class Keys:
    """The secrets of an installation, drawn once and kept in a file only its owner can read."""

    def __init__(self, file: Path) -> None:
        names = ("vault", "channel", "phone", "desk", "form", "page")
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text("\n".join(base64.b64encode(secrets.token_bytes(32)).decode() for _ in names), "ascii")
        self._values = dict(zip(names, file.read_text("ascii").split(), strict=True))

    def text(self, name: str) -> str:
        """Return a secret in base64."""
        return self._values[name]

    def key(self, name: str) -> bytes:
        """Return a secret's 32 bytes."""
        return base64.b64decode(self._values[name])


class Installation:
    """Starts and ends everything in the right order; what it keeps lies below ``home``."""

    def __init__(
        self,
        home: Path,
        broker: Broker,
        mongo: Database,
        *,
        offices: Path = OFFICES,
        settings: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.home = home
        self.broker = broker
        self.mongo = mongo
        self.keys = Keys(home / "keys")
        self._offices = offices
        self._settings = dict(settings or {})
        self._say = say
        self.intake: ServiceProcess
        self.triage: ServiceProcess
        self.notifier: ServiceProcess

    @property
    def services(self) -> tuple[ServiceProcess, ...]:
        """The three services, in the order they start."""
        return self.notifier, self.triage, self.intake

    async def start(self) -> None:
        """Start all; returns when every part says it is ready."""
        await asyncio.gather(*(self._start_server(server) for server in (self.mongo, self.broker)))
        notifier = {
            "RUECKRUF_DEMO": "true",
            "RUECKRUF_IDENTITY_HEADER": "X-Rueckruf-Advisor",
            "RUECKRUF_PAGE_KEY": self.keys.text("page"),
        }
        self.notifier = ServiceProcess("notifier", self.home / "notifier", self.environment() | notifier)
        self.triage = ServiceProcess("triage", self.home / "triage", self.environment())
        intake = {
            "RUECKRUF_CHANNEL_KEYS": f"{KEY_ID}:{self.keys.text('channel')}",
            "RUECKRUF_PHONE_KEYS": f"{KEY_ID}:{self.keys.text('phone')}",
            "RUECKRUF_DESK_KEY": self.keys.text("desk"),
            "RUECKRUF_FORM_KEY": self.keys.text("form"),
            "RUECKRUF_STATUS_URL": self.notifier.url,
        }
        self.intake = ServiceProcess("intake", self.home / "intake", self.environment() | intake, ports=2)
        await asyncio.gather(*(self._start_server(service) for service in self.services))

    async def stop(self) -> None:
        """End all: services first, what they stand on after them."""
        await asyncio.gather(*(service.stop() for service in self.services if hasattr(self, service.service)))
        await asyncio.gather(self.broker.stop(), self.mongo.stop())

    def environment(self) -> dict[str, str]:
        """Return the settings that all services share."""
        idempotent = self.broker.idempotent
        return {
            "RUECKRUF_KAFKA_BOOTSTRAP_SERVERS": self.broker.address,
            "RUECKRUF_KAFKA_IDEMPOTENT": str(idempotent).lower(),
            "RUECKRUF_KAFKA_FETCH_WAIT_MS": "500" if idempotent else "20",
            "RUECKRUF_KAFKA_REPLICATION": "1",
            "RUECKRUF_MONGO_URL": self.mongo.address,
            "RUECKRUF_VAULT_KEYS": f"{KEY_ID}:{self.keys.text('vault')}",
            "RUECKRUF_OFFICES": str(self._offices),
            "RUECKRUF_INSTANCE": "1",
            **self._settings,
        }

    async def _start_server(self, server: Broker | Database | ServiceProcess) -> None:
        self._say(f"… {server.name}")
        await server.start()
        self._say(f"✓ {server.name}")
