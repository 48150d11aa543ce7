"""Settings of notifier, beyond those of every service."""

from pydantic import Field

from services.chassis.settings import Settings


class NotifierSettings(Settings):
    """Who may come in, and how often overdue alarms are looked for."""

    http_port: int = Field(default=8003, ge=0, le=65535)
    demo: bool = Field(default=False, description="Named demo identities: anybody may choose who they are.")
    identity_header: str = Field(
        default="", description="Header with the advisor's id, set by a reverse proxy that signed them in."
    )
    page_key: str = Field(default="", description="Signs cookies and form tokens; unset: one is drawn at start.")
    alarm_pause_seconds: float = Field(default=0.25, gt=0, le=1)
