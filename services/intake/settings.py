"""Settings of intake, beyond those of every service."""

from pydantic import Field

from services.chassis.settings import Keys, Settings


class IntakeSettings(Settings):
    """Where citizens reach the channels, and the keys that channels prove themselves with."""

    http_port: int = Field(default=8001, ge=0, le=65535)
    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=8025, ge=-1, le=65535, description="-1: no SMTP server.")
    smtp_most_bytes: int = Field(default=10 * 1024 * 1024, ge=1024)
    channel_keys: Keys = Field(default={}, description="Keys that upstream systems seal raw events with: id:base64,…")
    phone_keys: Keys = Field(default={}, description="Keys that telephone systems sign with: id:base64,…")
    desk_key: str = Field(default="", description="Passphrase of the front desk; without it the desk is closed.")
    form_key: str = Field(default="", description="Signs the web form's tokens; unset: one is drawn at start.")
    status_url: str = Field(default="", description="Where citizens look up a receipt number (notifier's page).")
    announce_again_seconds: float = Field(default=20.0, gt=0)
