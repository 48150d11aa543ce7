"""Publish the contract: JSON Schema and an example of every event, AsyncAPI of every service.

``python -m schemas.publish`` writes ``schemas/published/``; with ``--check`` it only says what differs. Changes to
what is published are reviewed like code; what breaks readers is refused by :func:`breaks`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.asyncapi import SERVICES, asyncapi
from schemas.examples import examples
from schemas.topics import ALL

PUBLISHED = Path(__file__).parent / "published"


def documents() -> dict[str, str]:
    """Return the published files by name, as they should be."""
    made: dict[str, Any] = {}
    for event in sorted({topic.event for topic in ALL}, key=lambda event: event.__name__):
        made[f"{event.__name__}.schema.json"] = event.model_json_schema(mode="validation")
    for name, example in examples().items():
        made[f"{name}.example.json"] = example.model_dump(mode="json", exclude_none=True)
    for service in SERVICES:
        made[f"{service}.asyncapi.json"] = asyncapi(service)
    return {name: json.dumps(value, indent=2, ensure_ascii=False) + "\n" for name, value in made.items()}


def differences() -> list[str]:
    """Say what in the published files differs from the code."""
    wanted = documents()
    there = {file.name: file.read_text("utf-8") for file in PUBLISHED.glob("*.json")}
    return [
        *(f"{name} is missing" for name in sorted(wanted.keys() - there.keys())),
        *(f"{name} belongs to nothing any more" for name in sorted(there.keys() - wanted.keys())),
        *(f"{name} is out of date" for name in sorted(wanted.keys() & there.keys()) if wanted[name] != there[name]),
    ]


def breaks(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield what in a new JSON Schema would break readers or writers that know the old one.

    Within a version only optional fields may be added: no field goes, none changes its type or its values' set,
    none becomes required.
    """
    yield from _breaks(old, new, old, new, "")


def _breaks(old: Any, new: Any, old_root: Any, new_root: Any, at: str) -> Iterator[str]:  # noqa: ANN401  # JSON
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{at}/{name} became required"
    for key in ("type", "const", "format", "pattern"):
        if old.get(key) != new.get(key):
            yield f"{at}: {key} changed from {old.get(key)} to {new.get(key)}"
    if set(old.get("enum", ())) != set(new.get("enum", ())):
        yield f"{at}: the values changed"
    there = dict(_parts(new))
    for name, part in _parts(old):
        if name not in there:
            yield f"{at}/{name} is gone"
        else:
            yield from _breaks(part, there[name], old_root, new_root, f"{at}/{name}")


def _parts(schema: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # JSON
    yield from schema.get("properties", {}).items()
    for key in ("anyOf", "prefixItems"):
        yield from ((f"{key}/{n}", part) for n, part in enumerate(schema.get(key, ())))
    if isinstance(schema.get("items"), dict):
        yield "items", schema["items"]


def _resolved(schema: Any, root: Any) -> Any:  # noqa: ANN401  # JSON
    reference = schema.get("$ref")
    return root["$defs"][reference.removeprefix("#/$defs/")] if reference else schema


def main() -> None:
    """Write or check the published files."""
    if "--check" in sys.argv:
        found = differences()
        for line in found:
            sys.stderr.write(f"schemas/published: {line}. Run: .venv/bin/python -m schemas.publish\n")
        raise SystemExit(bool(found))
    PUBLISHED.mkdir(exist_ok=True)
    for name, text in documents().items():
        old = PUBLISHED / name
        if name.endswith(".schema.json") and old.exists():
            for reason in breaks(json.loads(old.read_text("utf-8")), json.loads(text)):
                sys.stderr.write(f"{name}: {reason}. That needs a new class and a .v2 topic.\n")
        old.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
