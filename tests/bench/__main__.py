"""``make bench``: this project beside the obvious pipeline and the floor, in one run on one machine.

Only ratios mean something elsewhere; the figures themselves belong to the machine they were measured on.
"""

import argparse
import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local.servers import ApacheKafka, Broker, EmbeddedBroker, EmbeddedMongo, ServerMissingError
from tests.bench.latency import PER_SECOND, Latency, measure
from tests.bench.pipelines import Ours, Pipeline, Run, Scripted

OBVIOUS_TIMES, FLOOR_SHARE, BACKLOG_TIMES = 15.0, 0.4, 2.0
GROWTH = (1_000, 10_000, 100_000)
_WARM_UP = 1_000
console = Console()


async def main(*, count: int, growth: tuple[int, ...], rounds: int) -> bool:
    """Run everything and print it; returns whether the targets were met."""
    with tempfile.TemporaryDirectory(prefix="rueckruf-bench-") as place:
        home = Path(place)
        broker = await _broker(home)
        async with EmbeddedMongo(home / "mongo", cache_gigabytes=2) as mongo:
            console.print(f"on {broker.name} and {mongo.name}")
            try:
                runs: dict[str, list[Run]] = {}
                for n in range(rounds):
                    for pipeline, size in (
                        (Scripted("obvious", "obvious", broker, mongo), count // 20),
                        (Scripted("floor", "floor", broker, mongo), count),
                        (Scripted("floor", "bare", broker, mongo), count),
                    ):
                        async with pipeline:
                            runs.setdefault(pipeline.name, []).append(await _measured(pipeline, size))
                        console.print(f"  {pipeline.name}, round {n + 1}: {runs[pipeline.name][-1].per_second:,.0f}/s")
                async with Ours(home / "ours", broker, mongo) as ours:
                    runs["rueckruf"] = [await _measured(ours, count)]
                    runs["rueckruf"] += [await ours.run(count) for _ in range(rounds - 1)]
                    console.print(f"  rueckruf: {', '.join(f'{run.per_second:,.0f}/s' for run in runs['rueckruf'])}")
                    quiet = await measure(ours, "quiet", 0)
                    behind = await measure(ours, "behind", count)
                    grown = [await ours.run(size) for size in growth]
            finally:
                await broker.stop()
    return _report({name: _middle(all_) for name, all_ in runs.items()}, quiet, behind, grown)


async def _broker(home: Path) -> Broker:
    try:
        kafka = ApacheKafka(home / "kafka")
        await kafka.start()
    except ServerMissingError as missing:
        console.print(f"[yellow]{missing}[/] Measured on the embedded broker instead.")
    else:
        return kafka
    embedded = EmbeddedBroker(home / "tansu")
    await embedded.start()
    return embedded


async def _measured(pipeline: Pipeline, count: int) -> Run:
    await pipeline.run(min(_WARM_UP, count // 5))
    return await pipeline.run(count)


def _middle(runs: list[Run]) -> Run:
    return sorted(runs, key=lambda run: run.per_second)[len(runs) // 2]


def _report(runs: dict[str, Run], quiet: Latency, behind: Latency, grown: list[Run]) -> bool:
    table = Table("pipeline", "callbacks/s", "Python CPU µs each", "of the floor", "times obvious", "MB")
    for name, run in runs.items():
        table.add_row(
            name,
            f"{run.per_second:,.0f}",
            f"{run.cpu_microseconds:,.0f}",
            f"{run.per_second / runs['floor'].per_second:.2f}",
            f"{run.per_second / runs['obvious'].per_second:.1f}",
            f"{run.megabytes:.0f}",
        )
    console.print(table)
    table = Table(f"emergencies at {PER_SECOND}/s, accepted to pushed", "p50 ms", "p99 ms", "worst", "HTTP p99", "lost")
    for name, latency in (("alone", quiet), ("with a backlog of normal ones", behind)):
        figures = (latency.p50, latency.p99, latency.worst, latency.answered_p99)
        table.add_row(name, *(f"{figure:.0f}" for figure in figures), str(latency.lost))
    console.print(table)
    table = Table("callbacks", "callbacks/s", "Python CPU µs each", "MB of the three services")
    for run in grown:
        table.add_row(
            f"{run.callbacks:,}", f"{run.per_second:,.0f}", f"{run.cpu_microseconds:,.0f}", f"{run.megabytes:.0f}"
        )
    console.print(table)
    ours = runs["rueckruf"].per_second
    verdicts = {
        f"at least {OBVIOUS_TIMES:.0f} times the obvious pipeline": ours / runs["obvious"].per_second >= OBVIOUS_TIMES,
        f"at least {FLOOR_SHARE} of the floor": ours / runs["floor"].per_second >= FLOOR_SHARE,
        f"emergency p99 with a backlog within {BACKLOG_TIMES:.0f} times that without": behind.p99
        <= BACKLOG_TIMES * quiet.p99,
        "no emergency lost": quiet.lost == behind.lost == 0,
    }
    for target, met in verdicts.items():
        console.print(f"{'[green]met' if met else '[red]missed'}[/] {target}")
    measured = {name: asdict(run) | {"per_second": run.per_second} for name, run in runs.items()}
    latencies = {"quiet": asdict(quiet), "behind": asdict(behind)}
    print(json.dumps({"runs": measured, "latency": latencies, "grown": [asdict(run) for run in grown]}))
    return all(verdicts.values())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="callbacks of one run, and of the backlog")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each pipeline; the middle one counts")
    parser.add_argument("--short", action="store_true", help="leave out the run of 100,000")
    options = parser.parse_args()
    sizes = GROWTH[:2] if options.short else GROWTH
    raise SystemExit(not asyncio.run(main(count=options.count, growth=sizes, rounds=options.rounds)))
