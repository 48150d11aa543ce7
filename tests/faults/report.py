"""What a run prints: its faults, its invariants, its figures."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table

from tests.faults.nemesis import Happening
from tests.faults.verdicts import Verdict

_MOST_SHOWN = 20


def faults_table(happened: Sequence[Happening], began: datetime) -> Table:
    """Return the faults in the order they happened."""
    table = Table("at", "fault", "target", "planned at", "away", title="Faults", title_justify="left")
    for one in sorted(happened, key=lambda one: one.began):
        at = (one.began - began).total_seconds()
        table.add_row(f"{at:.1f} s", one.fault.kind, one.fault.target, f"{one.fault.at:.1f} s", f"{one.seconds:.1f} s")
    return table


def verdicts_table(verdicts: Iterable[Verdict]) -> Table:
    """Return one line an invariant."""
    table = Table("invariant", "checked", "count", "verdict", title="Invariants", title_justify="left")
    for one in verdicts:
        said = f"[red]{len(one.violations)} violations" if one.violations else "[green]holds"
        table.add_row(one.name, one.checked, str(one.count), said)
    return table


def show_violations(console: Console, verdicts: Iterable[Verdict]) -> None:
    """Print the first violations of each invariant."""
    for one in verdicts:
        for sentence in one.violations[:_MOST_SHOWN]:
            console.print(f"[red]{one.name}[/red]: {sentence}", highlight=False, markup=True)
        if (more := len(one.violations) - _MOST_SHOWN) > 0:
            console.print(f"[red]{one.name}[/red]: and {more} more")


def figures_table(figures: Mapping[str, object]) -> Table:
    """Return what was measured."""
    table = Table("measured", "value", title="Figures", title_justify="left")
    for name, value in figures.items():
        table.add_row(name, str(value))
    return table


def spread(seconds: Sequence[float]) -> str:
    """Return median, 99th percentile and maximum."""
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    half, nearly_all = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"p50 {half:.2f} s, p99 {nearly_all:.2f} s, max {ordered[-1]:.2f} s, n {len(ordered)}"
