"""What the demo does, read from its data file."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.words import AttemptResult, Channel, Outcome, Team, Urgency

FILE = Path(__file__).parent / "requests.toml"


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DemoRequest(_Read):
    """One request: how it comes in, what it says, and how it is worked on. See the notes in the file."""

    via: Literal["phone", "web", "desk", "email", "kafka"]
    channel: Channel | None = None
    language: str
    text: str
    name: str = ""
    phone: str = ""
    email: str = ""
    subject: str = ""
    photo: str = ""
    team: Team | None = None
    own_words: Urgency | None = None
    interpreter: bool = False
    ago: int = 0
    again: bool = False
    late: bool = False
    attempts: tuple[AttemptResult, ...]
    later: bool = False
    ends: Outcome = Outcome.DONE

    @property
    def comes_by(self) -> Channel:
        """The channel it counts for."""
        return self.channel or Channel({"desk": "form"}.get(self.via, self.via))


class Refused(_Read):
    """What cannot be taken: nobody could call back."""

    name: str
    text: str


class Script(_Read):
    """Everything that is sent."""

    request: tuple[DemoRequest, ...]
    refused: Refused


def read_script() -> Script:
    """Read the data file."""
    return Script.model_validate(tomllib.loads(FILE.read_text("utf-8")))
