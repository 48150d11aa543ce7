"""Raw events: what upstream systems publish when they speak Kafka themselves.

``data.sealed`` holds the channel's own payload (:class:`Call`, :class:`PaperForm`, :class:`WebForm`,
:class:`Email`) as JSON, sealed with the key that the upstream system and intake share: no readable
personal data enters Kafka, and only who holds the key can speak for the channel.
"""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.envelope import Event, Fact
from schemas.words import Team, Urgency


class TimeWindow(Fact):
    """When the citizen can be reached: a weekday (mon..sun, or daily) and two times of the office's zone."""

    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "daily"] = "daily"
    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])
    end: str = Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$", examples=["12:00"])


class Wishes(Fact):
    """What a citizen may say about the callback on any channel."""

    team: Team | None = None
    own_words: Urgency | None = Field(default=None, description="How urgent the citizen says it is.")
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$", description="ISO 639 code.")
    interpreter: bool = False
    video: bool = False
    windows: tuple[TimeWindow, ...] = Field(default=(), max_length=14)


class Call(Wishes):
    """A call that nobody answered, or a voicemail."""

    number: str | None = Field(default=None, max_length=40, description="Null where it was withheld.")
    name: str | None = Field(default=None, max_length=200)
    voicemail: str = Field(default="", max_length=20_000, description="The transcript, where there is one.")


class PaperForm(Wishes):
    """A form from the letter box, as typed in or read."""

    name: str = Field(max_length=200)
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=320)
    text: str = Field(default="", max_length=20_000)


class WebForm(Wishes):
    """A request from the web portal."""

    name: str = Field(max_length=200)
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=320)
    text: str = Field(default="", max_length=20_000)


class Email(Wishes):
    """A mail, already taken apart by the upstream system."""

    name: str | None = Field(default=None, max_length=200)
    email: str = Field(max_length=320)
    phone: str | None = Field(default=None, max_length=40)
    subject: str = Field(default="", max_length=1000)
    text: str = Field(default="", max_length=100_000)


class RawData(Fact):
    """The open part of a raw event."""

    key: str = Field(
        min_length=1, max_length=512, description="The channel's own key: the same key is the same callback."
    )
    keyid: str = Field(max_length=64, description="Which channel key sealed the payload.")
    occurred: AwareDatetime = Field(description="When the citizen acted.")
    sealed: str = Field(max_length=400_000)


class ChannelEvent(Event):
    """Base of the raw events; ``subject`` may be any id, intake derives the callback's own."""

    data: RawData


class PhoneCallReceived(ChannelEvent):
    """A telephone system says that a call went unanswered."""

    TYPE: ClassVar[str] = "rueckruf.channel.phone.v1"
    PAYLOAD: ClassVar[type[Fact]] = Call
    type: Literal["rueckruf.channel.phone.v1"] = "rueckruf.channel.phone.v1"


class PaperFormReceived(ChannelEvent):
    """A paper form was typed in or read."""

    TYPE: ClassVar[str] = "rueckruf.channel.form.v1"
    PAYLOAD: ClassVar[type[Fact]] = PaperForm
    type: Literal["rueckruf.channel.form.v1"] = "rueckruf.channel.form.v1"


class WebFormReceived(ChannelEvent):
    """A portal took a request."""

    TYPE: ClassVar[str] = "rueckruf.channel.web.v1"
    PAYLOAD: ClassVar[type[Fact]] = WebForm
    type: Literal["rueckruf.channel.web.v1"] = "rueckruf.channel.web.v1"


class EmailReceived(ChannelEvent):
    """A mail gateway took a mail."""

    TYPE: ClassVar[str] = "rueckruf.channel.email.v1"
    PAYLOAD: ClassVar[type[Fact]] = Email
    type: Literal["rueckruf.channel.email.v1"] = "rueckruf.channel.email.v1"


RawPayload = Call | PaperForm | WebForm | Email
RawEvent = PhoneCallReceived | PaperFormReceived | WebFormReceived | EmailReceived
