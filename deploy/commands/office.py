"""`rueckruf office check FILE...`: whether office files can be used."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.local.wording import t
from schemas.office import Office, OfficeFileRefused, load_office

app = typer.Typer(help=t("cli.office.help"), no_args_is_help=True)


@app.callback()
def office() -> None:
    """Keep `check` a command of its own: others may follow."""


@app.command(help=t("cli.office.check"))
def check(files: Annotated[list[Path], typer.Argument(help=t("cli.office.files"))]) -> int:
    """Return 0 where every file can be used, else 1, with a sentence for everything that is wrong."""
    console = Console(highlight=False)
    wrong = 0
    for file in files:
        try:
            console.print("✓ " + in_order(load_office(file)), style="green", markup=False, soft_wrap=True)
        except OfficeFileRefused as refusal:
            wrong += 1
            console.print(f"✗ {refusal_in(refusal)}", style="red", markup=False, soft_wrap=True)
    return 1 if wrong else 0


def in_order(found: Office) -> str:
    """Return what is said about a file that can be used."""
    return t("cli.office.ok", name=found.name, advisors=len(found.advisors), teams=len(found.teams))


def refusal_in(refusal: OfficeFileRefused) -> str:
    """Return a refusal in the language that is spoken here."""
    lines = [t("cli.office.refused", file=refusal.file)]
    for problem in refusal.problems:
        text = problem.de if t.code == "de" else problem.en
        lines.append(f"    {problem.where}: {text}" if problem.where else f"    {text}")
    return "\n".join(lines)
