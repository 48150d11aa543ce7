"""Who asks for what, by which door: drawn from a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from schemas.ids import callback_id
from schemas.words import Channel, Urgency
from services.intake.channels.asking import read_asking
from tests.bench.texts import emergency_text, normal_text

OFFICE = "musterstadt"
MARK = "Zweifelsfrei"  # the family name of everybody who asks: found in the clear it is a leak
PHONE_MARK = "4930231257"


class Door(StrEnum):
    """The ways in."""

    PHONE = "phone webhook"
    PORTAL = "portal JSON"
    PAGE = "web form"
    DESK = "front desk JSON"
    MAIL = "SMTP"
    KAFKA = "Kafka"


_DOORS = {Door.PHONE: 25, Door.PORTAL: 20, Door.PAGE: 15, Door.DESK: 15, Door.MAIL: 10, Door.KAFKA: 15}
_URGENCIES = {Urgency.NORMAL: 75, Urgency.URGENT: 15, Urgency.EMERGENCY: 10}
_LONGEST_AGO = 300.0
_CHANNELS = {
    Door.PHONE: Channel.PHONE,
    Door.PORTAL: Channel.WEB,
    Door.PAGE: Channel.WEB,
    Door.DESK: Channel.FORM,
    Door.MAIL: Channel.EMAIL,
    Door.KAFKA: Channel.WEB,
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. ``ago``: seconds since the citizen acted; ``again``: sent twice; ``fickle``: gives up at once."""

    n: int
    at: float
    door: Door
    urgency: Urgency
    ago: float
    again: bool
    fickle: bool

    @property
    def key(self) -> str:
        """The channel's own key."""
        return f"FAULTS-{self.n:06}"

    @property
    def text(self) -> str:
        """What they say."""
        return emergency_text(self.n) if self.urgency is Urgency.EMERGENCY else normal_text(self.n)

    @property
    def phone(self) -> str:
        """Where to call back."""
        return f"+{PHONE_MARK}{self.n % 100:02}"

    def fields(self) -> dict[str, str]:
        """Return what a written request holds."""
        return {"name": f"Ada {MARK}", "phone": self.phone, "text": self.text, "own_words": self.urgency.value}

    @property
    def callback(self) -> UUID:
        """The callback that this must become, and no other."""
        match self.door:
            case Door.PORTAL:
                key = f"api {self.key}"
            case Door.PAGE:
                key = read_asking({**self.fields(), "windows": []}).fingerprint(self.key)
            case Door.MAIL:
                key = f"<{self.key}@example.org>"
            case _:
                key = self.key
        return callback_id(OFFICE, _CHANNELS[self.door], key)


def asks(seed: int, count: int, seconds: float) -> Iterator[Ask]:
    """Yield ``count`` requests, spread over ``seconds``."""
    chance = random.Random(f"asks {seed}")
    for n in range(count):
        door = chance.choices(list(_DOORS), list(_DOORS.values()))[0]
        told_late = door in {Door.PHONE, Door.DESK, Door.KAFKA} and chance.random() < 0.5
        yield Ask(
            n=n,
            at=seconds * (n + chance.random()) / count,
            door=door,
            urgency=chance.choices(list(_URGENCIES), list(_URGENCIES.values()))[0],
            ago=chance.uniform(0, _LONGEST_AGO) if told_late else 0.0,
            again=chance.random() < 0.1,
            fickle=chance.random() < 0.03,
        )
