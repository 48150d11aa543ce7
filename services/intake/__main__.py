"""Run intake: ``python -m services.intake``."""

from services.chassis.running import run
from services.intake.app import create_app
from services.intake.settings import IntakeSettings

if __name__ == "__main__":
    run("intake", IntakeSettings, create_app)
