"""The demo's office: the one of the example file, at ten times the speed and open around the clock."""

import datetime as dt
import json
import math
import tomllib
from pathlib import Path
from typing import Any

from schemas.office import WEEKDAYS, Office
from schemas.office_values import Target, Unit
from schemas.words import Stage, Urgency

SPEED = 10
_SERVICE_DAY = 8 * 60


def write_sped_up(source: Path, directory: Path) -> Path:
    """Write ``source`` with faster promises below ``directory`` and return the new file."""
    content = tomllib.loads(source.read_text("utf-8"))
    office = Office.model_validate(content)
    content["service_hours"] = {day: ["00:00-24:00"] for day in WEEKDAYS}
    content["closings"] = []
    content["targets"] = {urgency.value: _faster(office, urgency) for urgency in Urgency}
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / source.name
    file.write_text("".join(f"{key} = {_toml(value)}\n" for key, value in content.items()), "utf-8")
    return file


def _faster(office: Office, urgency: Urgency) -> dict[str, Any]:
    promise = office.targets.of(urgency)
    return {
        "hours": "always",
        **{stage.value: _minutes(getattr(promise, stage.value)) for stage in Stage},
        "warn": list(promise.warn),
        "escalation": [{"after": _minutes(rung.after), "to": rung.to.value} for rung in promise.escalation],
    }


def _minutes(target: Target) -> str:
    days = target.unit is Unit.SERVICE_DAYS
    minutes = (target.amount + 1) * _SERVICE_DAY if days else target.amount
    return f"{math.ceil(minutes / SPEED)} min"


def _toml(value: object) -> str:
    # Inline throughout; a string of JSON is one of TOML.
    match value:
        case dict():
            return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + " }"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)
