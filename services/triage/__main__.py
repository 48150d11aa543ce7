"""Run triage: ``python -m services.triage``."""

from services.chassis.running import run
from services.triage.app import create_app
from services.triage.settings import TriageSettings

if __name__ == "__main__":
    run("triage", TriageSettings, create_app)
