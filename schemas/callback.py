"""The callback itself: requested by a citizen, triaged by rules. Owners: intake and triage."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.channels import Wishes
from schemas.envelope import Event, Fact
from schemas.words import Category, Channel, Reading, Team, Urgency


class Requested(Wishes):
    """What is open about a request; who asked and what they said is sealed."""

    channel: Channel
    receipt: str = Field(pattern=r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$", examples=["7K3M-9QXP-2ABC"])
    partner: str | None = Field(default=None, max_length=64, description="The partner line it came through.")
    attachments: int = Field(default=0, ge=0, description="How many files came along.")
    sealed: str = Field(description="schemas.personal.Personal, sealed with the callback's own key.")


class CallbackRequested(Event):
    """A citizen asked to be called back. ``time`` is when they acted: the clock starts there."""

    TYPE: ClassVar[str] = "rueckruf.callback.requested.v1"
    type: Literal["rueckruf.callback.requested.v1"] = "rueckruf.callback.requested.v1"
    data: Requested


class Evidence(Fact):
    """A passage that a rule found, as offsets (code points) into what was said; the words stay sealed."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    rule: str = Field(max_length=120)
    reading: Reading


class Triaged(Requested):
    """A request with its decision and the passages that made it."""

    urgency: Urgency
    category: Category
    team: Team
    language: str = Field(max_length=8)
    danger_to_life: bool = False
    evidence: tuple[Evidence, ...] = ()
    rules: str = Field(description="Version of the rules that decided.")


class CallbackTriaged(Event):
    """Triage decided. Emergencies travel on a topic of their own, so that they never wait behind others."""

    TYPE: ClassVar[str] = "rueckruf.callback.triaged.v1"
    type: Literal["rueckruf.callback.triaged.v1"] = "rueckruf.callback.triaged.v1"
    data: Triaged
