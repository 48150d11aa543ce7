"""Which failures pass by themselves, and how long to wait for that."""

import random
from collections.abc import Iterator

from aiokafka.errors import KafkaError

from services.chassis.mongo import is_transient as is_transient_store_error
from services.chassis.publishing import BrokerUnavailable


def passes_by_itself(error: BaseException) -> bool:
    """Say whether the same call may succeed later with nothing changed but the world around it."""
    match error:
        case BrokerUnavailable() | KafkaError() | TimeoutError() | ConnectionError():
            return True
        case _:
            return is_transient_store_error(error)


def waits(first: float = 0.05, most: float = 5.0) -> Iterator[float]:
    """Yield seconds to wait between tries: doubling, with jitter so that replicas do not march in step."""
    wait = first
    while True:
        yield wait * random.uniform(0.5, 1.0)  # noqa: S311  # jitter guards no secret
        wait = min(wait * 2, most)
