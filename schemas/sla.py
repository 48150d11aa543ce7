"""Deadlines that come near or pass. Owner: notifier. Each stage of each task raises each of these once."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Event, Fact
from schemas.words import Stage, Team, Urgency


class SlaData(Fact):
    """Which promise of which task, and what was due when."""

    stage: Stage
    due: AwareDatetime
    urgency: Urgency
    team: Team
    advisor: str | None = Field(default=None, max_length=64)
    policy: str = Field(description="Version of policy and calendar that the deadline was counted with.")


class Warned(SlaData):
    """Part of the time has gone."""

    percent: int = Field(ge=1, le=99)


class Breached(SlaData):
    """The deadline passed unmet."""


class Escalated(SlaData):
    """The breach went on, so the next one on the ladder was told."""

    step: int = Field(ge=1)
    to: str = Field(max_length=64, description="lead or management")


class SlaWarned(Event):
    """A deadline comes near."""

    TYPE: ClassVar[str] = "rueckruf.sla.warned.v1"
    type: Literal["rueckruf.sla.warned.v1"] = "rueckruf.sla.warned.v1"
    data: Warned


class SlaBreached(Event):
    """A deadline passed unmet."""

    TYPE: ClassVar[str] = "rueckruf.sla.breached.v1"
    type: Literal["rueckruf.sla.breached.v1"] = "rueckruf.sla.breached.v1"
    data: Breached


class SlaEscalated(Event):
    """A breach was carried up."""

    TYPE: ClassVar[str] = "rueckruf.sla.escalated.v1"
    type: Literal["rueckruf.sla.escalated.v1"] = "rueckruf.sla.escalated.v1"
    data: Escalated
