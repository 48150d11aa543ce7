"""An office whose promises lapse within minutes, so that a run sees deadlines met, warned of, broken and carried up."""

from pathlib import Path

_PROMISES = """
[targets.emergency]
hours = "always"
owned = "1 min"
attempted = "2 min"
outcome = "3 min"
warn = [50]
escalation = [{ after = "1 min", to = "lead" }, { after = "2 min", to = "management" }]

[targets.urgent]
hours = "always"
owned = "1 min"
attempted = "3 min"
outcome = "6 min"
warn = [75]
escalation = [{ after = "1 min", to = "lead" }]

[targets.normal]
hours = "always"
owned = "2 min"
attempted = "5 min"
outcome = "9 min"
warn = [75]
escalation = [{ after = "1 min", to = "lead" }]
"""


def write_hasty_office(source: Path, directory: Path) -> Path:
    """Write the office of ``source`` with promises of minutes below ``directory``; return the directory."""
    kept, found, _ = source.read_text("utf-8").partition("[targets.emergency]")
    if not found:
        raise ValueError(f"{source} has no promises to replace")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / source.name).write_text(kept + _PROMISES, "utf-8")
    return directory
