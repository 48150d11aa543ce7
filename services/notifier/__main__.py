"""Run notifier: ``python -m services.notifier``."""

from services.chassis.running import run
from services.notifier.app import create_app
from services.notifier.settings import NotifierSettings

if __name__ == "__main__":
    run("notifier", NotifierSettings, create_app)
