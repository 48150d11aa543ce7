"""`rueckruf demo`: see it work."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.local import ending
from deploy.local.demo import story
from deploy.local.wording import t

HOME = Path(".rueckruf")


def demo(
    once: Annotated[bool, typer.Option("--once", help=t("cli.demo.once"))] = False,  # noqa: FBT002  # typer's way
    home: Annotated[Path, typer.Option(help=t("cli.option.home"))] = HOME,
) -> int:
    """Start everything, send real input through every channel, and show what becomes of it."""
    console = Console(highlight=False)
    return ending.run(story.demo(home.absolute(), console, once=once), until_told=not once)
