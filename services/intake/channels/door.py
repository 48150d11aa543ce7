"""What every channel needs to hand in a request."""

from dataclasses import dataclass

from schemas.office import Offices
from services.chassis.clock import Clock
from services.intake.settings import IntakeSettings
from services.intake.use_cases.accept_request import AcceptRequest


@dataclass(frozen=True, slots=True)
class Door:
    """The way in: the use case, the offices, the time and the settings."""

    accept: AcceptRequest
    offices: Offices
    clock: Clock
    settings: IntakeSettings
