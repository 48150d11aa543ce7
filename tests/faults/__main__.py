"""``python -m tests.faults``: thousands of callbacks while everything is killed, and what became of each."""

import argparse
import asyncio
import contextlib
import logging
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from deploy.local.servers import ServerMissingError
from tests.faults import report
from tests.faults.run import Run
from tests.faults.schedule import fingerprint, schedule


def main() -> int:
    """Return 0 where every invariant held, 1 where one did not, 2 where nothing could be tried."""
    told = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    told.add_argument("--seed", type=int, default=1)
    told.add_argument("--callbacks", type=int, default=3000)
    told.add_argument("--kills", type=int, default=24)
    told.add_argument("--keep", type=Path, help="keep data and logs below this directory")
    given = told.parse_args()
    logging.basicConfig(level=logging.CRITICAL)  # clients of killed servers have much to say
    console = Console(width=None if sys.stdout.isatty() else 150, soft_wrap=False)
    faults = schedule(given.seed, given.kills)
    console.print(f"seed {given.seed}, {len(faults)} faults, schedule {fingerprint(faults)}")
    with contextlib.ExitStack() as stack:
        home = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rueckruf-faults-")))
        run = Run(home, given.seed, given.callbacks, faults, say=lambda text: console.print(text, highlight=False))
        try:
            result = asyncio.run(run.run())
        except ServerMissingError as missing:
            console.print(f"Real Kafka is needed to kill it and start it again with its data: {missing}")
            return 2
    console.print(report.faults_table(result.happened, result.began))
    console.print(report.figures_table(result.figures))
    console.print(report.verdicts_table(result.verdicts))
    report.show_violations(console, result.verdicts)
    return 0 if result.holds else 1


if __name__ == "__main__":
    sys.exit(main())
