"""How to reach Kafka, from the settings: the same for producers, consumers and administration."""

import ssl
from typing import Any

from services.chassis.settings import Settings


def connection(settings: Settings) -> dict[str, Any]:
    """Return the connection arguments of an aiokafka client."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "client_id": "rueckruf",
    }
    if settings.kafka_tls:
        arguments["ssl_context"] = ssl.create_default_context()
    if settings.kafka_username is not None and settings.kafka_password is not None:
        arguments["sasl_mechanism"] = "SCRAM-SHA-512"
        arguments["sasl_plain_username"] = settings.kafka_username
        arguments["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    arguments["security_protocol"] = {
        (False, False): "PLAINTEXT",
        (True, False): "SSL",
        (False, True): "SASL_PLAINTEXT",
        (True, True): "SASL_SSL",
    }[settings.kafka_tls, "sasl_mechanism" in arguments]
    return arguments
