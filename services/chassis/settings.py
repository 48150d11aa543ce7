"""Settings that every service has. All come from environment variables named ``RUECKRUF_…``."""

import base64
import binascii
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError
from typing_extensions import override

KEY_BYTES = 32


class SettingsRefused(Exception):
    """A setting is missing or wrong; the message says which and what to do."""


def read_keys(value: object) -> object:
    """Read ``id:base64,id:base64``: several keys allow a change of keys without a stop; the first one seals."""
    if not isinstance(value, str):
        return value
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in value.split(","))):
        name, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not name or len(key) != KEY_BYTES:
            raise ValueError("expected name:base64 of 32 bytes, several divided by commas")
        keys[name] = key
    return keys


Keys = Annotated[dict[str, bytes], NoDecode, BeforeValidator(read_keys)]
"""Named 256-bit keys; the first one is current, the others still open what they sealed."""


class Settings(BaseSettings):
    """Base of the settings of a service."""

    model_config = SettingsConfigDict(env_prefix="RUECKRUF_", extra="ignore", hide_input_in_errors=True)

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_tls: bool = False
    kafka_idempotent: bool = Field(default=True, description="Off for brokers that know no producer ids.")
    kafka_fetch_wait_ms: int = Field(default=500, ge=1, description="Low for brokers that answer late.")
    kafka_create_topics: bool = Field(default=True, description="Off where operations create the topics.")
    kafka_replication: int = Field(default=-1, description="Replicas of created topics; -1: the broker's own.")
    topic_prefix: str = Field(
        default="", description="Put before every topic and group: several installations, one Kafka."
    )
    instance: str | None = Field(
        default=None,
        description="A stable name of this replica: after a crash it takes its partitions back at once.",
    )

    mongo_url: SecretStr = SecretStr("mongodb://127.0.0.1:27017/?replicaSet=rs0")
    mongo_database: str = Field(default="rueckruf", description="Prefix of the databases; each service has its own.")

    vault_keys: Keys = Field(default={}, description="Keys that wrap the callbacks' own keys: id:base64,…")

    offices: Path = Field(default=Path("deploy/offices"), description="Folder of the office files.")
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    public_url: str = Field(default="", description="How the outside reaches this service.")
    trusted_hosts: str = "*"

    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otlp_endpoint: str | None = Field(default=None, description="Where traces go; unset: none are made.")

    @override
    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        return ()  # it may be printed anywhere, and half of it is secret

    @classmethod
    def load(cls, **given: object) -> Self:
        """Read the settings of a service, which always needs vault keys; raises :class:`SettingsRefused`."""
        settings = cls.read(**given)
        if not settings.vault_keys:
            raise SettingsRefused(
                "RUECKRUF_VAULT_KEYS is not set. It seals personal data; make one with: rueckruf key vault"
            )
        return settings

    @classmethod
    def read(cls, **given: object) -> Self:
        """Read the environment; raises :class:`SettingsRefused` with a sentence for each wrong setting."""
        try:
            return cls(**given)  # type: ignore[arg-type]  # tests and the embedded run give names, not a signature
        except ValidationError as error:
            wrong = "; ".join(
                f"RUECKRUF_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}"
                for e in error.errors(include_input=False)
            )
            raise SettingsRefused(f"The settings are not complete: {wrong}") from None
        except SettingsError as error:
            raise SettingsRefused(f"The settings cannot be read: {error}") from None
