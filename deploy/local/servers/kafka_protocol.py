"""Ask a broker, in the Kafka protocol, whether it is there and what it can do."""

from dataclasses import dataclass

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import ApiVersionRequest
from aiokafka.protocol.metadata import MetadataRequest

INIT_PRODUCER_ID = 22
ANSWER_MILLISECONDS = 2_000


@dataclass(frozen=True, slots=True)
class BrokerAnswer:
    """What a reachable broker says about itself."""

    nodes: int
    idempotent: bool


async def ask_broker(bootstrap_servers: str) -> BrokerAnswer | None:
    """Ask each of the servers in turn; None where none answers."""
    for host, port, _ in collect_hosts(bootstrap_servers):
        if answer := await _ask(host, port):
            return answer
    return None


async def _ask(host: str, port: int) -> BrokerAnswer | None:
    try:
        connection = await create_conn(host, port, request_timeout_ms=ANSWER_MILLISECONDS)
    except (TimeoutError, OSError, KafkaError):
        return None
    try:
        metadata = await connection.send(MetadataRequest([]))
        versions = await connection.send(ApiVersionRequest())
    except (TimeoutError, OSError, KafkaError):
        return None
    finally:
        connection.close()
    apis = {key for key, _, _ in versions.api_versions}
    return BrokerAnswer(nodes=len(metadata.brokers), idempotent=INIT_PRODUCER_ID in apis)
