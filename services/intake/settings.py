"""Settings of intake, beyond those of every service."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from services.chassis.settings import Keys, Settings

_MIB = 1024 * 1024


class IntakeSettings(Settings):
    """Where citizens reach the channels, and the keys that channels prove themselves with."""

    http_port: int = Field(default=8001, ge=0, le=65535)
    http_most_bytes_at_once: int = Field(
        default=256 * _MIB, ge=_MIB, description="Bodies held in memory, all together."
    )
    upload_most_files: int = Field(default=6, ge=0, le=50)
    upload_most_bytes_each: int = Field(default=10 * _MIB, ge=0, le=15 * _MIB)
    upload_most_bytes: int = Field(default=20 * _MIB, ge=0, description="All files of one request together.")

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=8025, ge=-1, le=65535, description="-1: no SMTP server.")
    smtp_most_bytes: int = Field(default=10 * _MIB, ge=1024, le=15 * _MIB)
    smtp_most_sessions: int = Field(default=20, ge=1)
    smtp_seconds: float = Field(
        default=60.0, gt=0, description="For one command, a whole DATA with its answer included."
    )
    smtp_certificate: Path | None = Field(default=None, description="PEM chain; with smtp_certificate_key: STARTTLS.")
    smtp_certificate_key: Path | None = None
    mail_readers: int = Field(default=2, ge=1, le=16, description="Child processes that take mails apart.")

    channel_keys: Keys = Field(default={}, description="Keys that upstream systems seal raw events with: id:base64,…")
    phone_keys: Keys = Field(default={}, description="Keys that telephone systems sign with: id:base64,…")
    desk_key: str = Field(default="", description="Passphrase of the front desk; without it the desk is closed.")
    form_key: str = Field(default="", description="Signs the desk's sessions and forms; unset: one is drawn at start.")
    status_url: str = Field(default="", description="Where citizens look up a receipt number (notifier's page).")
    announce_again_seconds: float = Field(default=20.0, gt=0)

    @model_validator(mode="after")
    def _certificate_has_its_key(self) -> Self:
        if (self.smtp_certificate is None) != (self.smtp_certificate_key is None):
            raise ValueError("smtp_certificate and smtp_certificate_key belong together")
        return self
