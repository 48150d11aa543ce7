"""The envelope of every event: the CloudEvents 1.0 attributes, as structured JSON.

Readers ignore fields they do not know; within ``v1`` only optional fields are added.
"""

from typing import ClassVar, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Fact(BaseModel):
    """Base of everything in the contract: frozen, tolerant of fields it does not know, silent about values.

    Errors never repeat their input, so a validation error can be logged without personal data.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Event(Fact):
    """A fact in the past tense about one callback."""

    TYPE: ClassVar[str]

    specversion: Literal["1.0"] = "1.0"
    id: UUID = Field(description="Derived from the cause and the type: a redelivery has the same id.")
    source: str = Field(description="The service that says so, such as rueckruf/intake.")
    type: str
    time: AwareDatetime = Field(description="When it happened; for a request, when the citizen acted.")
    recordedtime: AwareDatetime | None = Field(
        default=None, description="When it was typed in, where that was later than it happened."
    )
    subject: UUID = Field(description="The callback this is about; also the Kafka key.")
    correlationid: UUID = Field(description="The id of the event that began the chain.")
    causationid: UUID | None = Field(default=None, description="The id of the event this one followed from.")
    office: str = Field(max_length=64, description="The office, as its office file names it.")
    traceparent: str | None = Field(default=None, max_length=64, description="W3C trace context.")
    datacontenttype: Literal["application/json"] = "application/json"

    def encode(self) -> bytes:
        """Return the wire form: UTF-8 JSON without the fields that are not set."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Read the wire form; raises ``pydantic.ValidationError`` where it is not this event."""
        return cls.model_validate_json(value)
