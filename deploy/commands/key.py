"""`rueckruf key`: fresh keys in the form that the settings want."""

import base64
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from deploy.local.wording import t
from services.chassis.settings import KEY_BYTES


class Purpose(StrEnum):
    """What a key is for."""

    VAULT = "vault"
    CHANNEL = "channel"
    PHONE = "phone"


def key(purpose: Annotated[Purpose, typer.Argument(help=t("cli.key.purpose"))]) -> None:
    """Print ``name:base64`` on stdout; where it belongs goes to stderr."""
    print(fresh(purpose, datetime.now(UTC)))
    typer.echo(t(f"cli.key.belongs.{purpose}"), err=True)


def fresh(purpose: Purpose, now: datetime) -> str:
    """Return a new key, named after its purpose and day so that several can be told apart."""
    return f"{purpose}-{now:%Y%m%d}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
