"""Settings of triage, beyond those of every service."""

from pathlib import Path

from pydantic import Field

from services.chassis.settings import Settings


class TriageSettings(Settings):
    """Where the rules are."""

    http_port: int = Field(default=8002, ge=0, le=65535)
    rules: Path = Field(default=Path(__file__).parent / "rules", description="Folder of the rule files.")
