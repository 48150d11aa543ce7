"""A service of ours as a child process: the same port to start, break and end it as any server."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
from typing_extensions import override

from deploy.local.servers.process import ServerProcess, is_free

_HERE = Path(__file__).resolve().parents[2]


class ServiceProcess(ServerProcess):
    """``python -m services.<name>`` with its settings in the environment; ready when it says so."""

    start_within_seconds = 90.0
    stop_within_seconds = 25.0

    def __init__(self, service: str, directory: Path, *, ports: Sequence[int] | int = 1) -> None:
        """Take these ``ports`` where they are free, else others; a number says how many to draw."""
        super().__init__(directory)
        self.service = service
        self.settings: Mapping[str, str] = {}
        self.ports_needed = ports if isinstance(ports, int) else len(ports)
        if not isinstance(ports, int) and all(map(is_free, ports)):
            self._ports = list(ports)

    @property
    @override
    def name(self) -> str:
        return self.service

    @property
    def url(self) -> str:
        """Where it answers HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """Where clients connect."""
        return self.url

    def other_port(self) -> int:
        """Return its second port (SMTP of intake)."""
        return self._all_ports()[1]

    @override
    async def _prepare(self) -> list[str]:
        self.environment = {
            **self.settings,
            "RUECKRUF_HTTP_PORT": str(self.port),
            **({"RUECKRUF_SMTP_PORT": str(self.other_port())} if self.ports_needed > 1 else {}),
            "PYTHONPATH": str(_HERE),
            "PYTHONUNBUFFERED": "1",
        }
        return [sys.executable, "-m", f"services.{self.service}"]

    @override
    async def _answers(self) -> bool:
        try:
            async with httpx.AsyncClient(timeout=2) as client:
                return (await client.get(f"{self.url}/health/ready")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False
