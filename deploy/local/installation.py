"""An installation on this machine: MongoDB, a broker and the three services, each a process of its own."""

import asyncio
import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.servers import Broker, Database
from deploy.local.service import ServiceProcess
from schemas.office import load_offices

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
    """Starts and ends everything in the right order; what it keeps lies below ``home``.

    ``ports`` names ports by service (intake: HTTP, SMTP); where one of them is taken, others are drawn.
    ``demo`` lets everybody who reaches the pages choose who they are; without it the environment's
    RUECKRUF_IDENTITY_HEADER decides. ``settings`` win over everything.
    """

    def __init__(
        self,
        home: Path,
        broker: Broker,
        mongo: Database,
        *,
        offices: Path = OFFICES,
        settings: Mapping[str, str] | None = None,
        ports: Mapping[str, Sequence[int]] | None = None,
        demo: bool = True,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.home = home
        self.broker = broker
        self.mongo = mongo
        self.keys = Keys(home / "keys")
        self._offices = offices
        self._settings = dict(settings or {})
        self._demo = demo
        self._say = say
        wanted = ports or {}
        self.notifier = ServiceProcess("notifier", home / "notifier", ports=wanted.get("notifier", 1))
        self.triage = ServiceProcess("triage", home / "triage", ports=wanted.get("triage", 1))
        self.intake = ServiceProcess("intake", home / "intake", ports=wanted.get("intake", 2))

    @property
    def services(self) -> tuple[ServiceProcess, ...]:
        """The three services, in the order they start."""
        return self.notifier, self.triage, self.intake

    @property
    def desk_passphrase(self) -> str:
        """What opens the front desk."""
        return self._settings.get("RUECKRUF_DESK_KEY") or self.keys.text("desk")

    async def start(self) -> None:
        """Start all; returns when every part says it is ready."""
        await asyncio.gather(*(self._start_server(server) for server in (self.mongo, self.broker)))
        demo = {"RUECKRUF_DEMO": str(self._demo).lower()}
        if self._demo:
            demo["RUECKRUF_IDENTITY_HEADER"] = "X-Rueckruf-Advisor"
        self.notifier.settings = demo | {"RUECKRUF_PAGE_KEY": self.keys.text("page")} | self.environment()
        self.triage.settings = self.environment()
        self.intake.settings = {
            "RUECKRUF_CHANNEL_KEYS": f"{KEY_ID}:{self.keys.text('channel')}",
            "RUECKRUF_PHONE_KEYS": f"{KEY_ID}:{self.keys.text('phone')}",
            "RUECKRUF_DESK_KEY": self.keys.text("desk"),
            "RUECKRUF_FORM_KEY": self.keys.text("form"),
            "RUECKRUF_STATUS_URL": f"{self.notifier.url}/{load_offices(self._offices).first.id}/status",
            **self.environment(),
        }
        await asyncio.gather(*(self._start_server(service) for service in self.services))

    async def stop(self) -> None:
        """End all: services first, what they stand on after them."""
        await asyncio.gather(*(service.stop() for service in self.services))
        await asyncio.gather(self.broker.stop(), self.mongo.stop())

    def environment(self) -> dict[str, str]:
        """Return the settings that all services share."""
        idempotent = self.broker.idempotent
        return {
            "RUECKRUF_KAFKA_BOOTSTRAP_SERVERS": self.broker.address,
            "RUECKRUF_KAFKA_IDEMPOTENT": str(idempotent).lower(),
            "RUECKRUF_KAFKA_FETCH_WAIT_MS": "500" if idempotent else "20",
            "RUECKRUF_KAFKA_REPLICATION": "-1" if idempotent else "1",
            "RUECKRUF_MONGO_URL": self.mongo.address,
            "RUECKRUF_VAULT_KEYS": f"{KEY_ID}:{self.keys.text('vault')}",
            "RUECKRUF_OFFICES": str(self._offices.absolute()),
            "RUECKRUF_INSTANCE": "1",
            **self._settings,
        }

    async def _start_server(self, server: Broker | Database | ServiceProcess) -> None:
        self._say(f"… {server.name}")
        await server.start()
        self._say(f"✓ {server.name}")
