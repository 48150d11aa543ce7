"""The command line: `rueckruf`. Whatever goes wrong ends with a sentence; RUECKRUF_TRACEBACK=1 shows where."""

import errno
import importlib
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import typer
from rich.console import Console
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

from deploy.commands import office
from deploy.commands.demo import demo
from deploy.commands.doctor import doctor
from deploy.commands.key import key
from deploy.commands.up import up
from deploy.local.ending import Sorry
from deploy.local.servers import ServerMissingError, ServerStartError
from deploy.local.wording import t
from schemas.office import OfficeFileRefused
from services.chassis.settings import SettingsRefused

_DEAD_LETTERS = "deploy.commands.dlq"
_SENTENCES = (Sorry, OfficeFileRefused, SettingsRefused)
_DISK_FULL = os.strerror(errno.ENOSPC)
_USAGE, _FAILED = 2, 1


class _Command(TyperCommand):
    @override
    def get_help_option(self, ctx: Any) -> Any:
        return _in_our_words(super().get_help_option(ctx))


class _Group(TyperGroup):
    @override
    def get_help_option(self, ctx: Any) -> Any:
        return _in_our_words(super().get_help_option(ctx))


def application() -> typer.Typer:
    """Return all commands."""
    rich_utils.OPTIONS_PANEL_TITLE = t("cli.panel.options")
    rich_utils.COMMANDS_PANEL_TITLE = t("cli.panel.commands")
    rich_utils.ARGUMENTS_PANEL_TITLE = t("cli.panel.arguments")
    rich_utils.DEFAULT_STRING = t("cli.panel.default")
    rich_utils.REQUIRED_LONG_STRING = t("cli.panel.required")
    app = typer.Typer(help=t("cli.about"), no_args_is_help=True, add_completion=False, cls=_Group)
    app.command("demo", help=t("cli.demo.help"), cls=_Command)(demo)
    app.command("up", help=t("cli.up.help"), cls=_Command)(up)
    app.command("doctor", help=t("cli.doctor.help"), cls=_Command)(doctor)
    app.command("key", help=t("cli.key.help"), cls=_Command)(key)
    _mount(app, office.app, "office")
    if find_spec(_DEAD_LETTERS):
        _mount(app, importlib.import_module(_DEAD_LETTERS).app, "dlq")
    return app


def _mount(app: typer.Typer, other: typer.Typer, name: str) -> None:
    for command in other.registered_commands:
        command.cls = _Command
    app.add_typer(other, name=name, cls=_Group)


def main() -> None:
    """Run the command that was typed, and exit with its code."""
    command = typer.main.get_command(application())
    sys.exit(ended(lambda: command(prog_name="rueckruf", standalone_mode=False)))


def ended(work: Callable[[], object]) -> int:
    """Return the exit code of ``work``; whatever it raises is said in a sentence on stderr."""
    try:
        code = work()
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # who types a command gets a sentence, whatever happened
        if os.environ.get("RUECKRUF_TRACEBACK"):
            raise
        if not _is_usage(error):
            _complain(sentence(error))
            return _FAILED
        if str(error):  # else no command was given, and the help was shown
            _complain(sentence(error))
        return _USAGE
    return code if isinstance(code, int) else 0


def sentence(error: Exception) -> str:
    """Return what is said about an error."""
    if isinstance(error, OSError):
        return _about_files(error)
    if isinstance(error, ServerMissingError):
        return t("cli.error.server_missing", detail=error)
    if isinstance(error, ServerStartError):
        full = _DISK_FULL in str(error)  # of its last log lines
        return t("cli.error.disk_full") if full else t("cli.error.server_start", detail=error)
    if isinstance(error, _SENTENCES):
        return str(error)
    if _is_usage(error):
        return t("cli.error.usage", detail=str(getattr(error, "message", error)).removeprefix("Value error, "))
    return _unexpected(error)


def _about_files(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return t("cli.error.disk_full")
        case errno.EACCES | errno.EPERM | errno.EROFS | errno.ENOENT | errno.ENOTDIR if error.filename:
            return t("cli.error.not_allowed", path=error.filename)
        case _:
            return _unexpected(error)


def _unexpected(error: Exception) -> str:
    return t("cli.error.unexpected", kind=type(error).__name__, detail=error)


def _is_usage(error: Exception) -> bool:
    return hasattr(error, "format_message")  # click's own, of the copy that typer carries


def _complain(words: str) -> None:
    Console(stderr=True, highlight=False).print(words, style="red", markup=False, soft_wrap=True)


def _in_our_words(option: Any) -> Any:  # noqa: ANN401  # an option of the copy of click that typer carries
    if option is not None:
        option.help = t("cli.help")
    return option


if __name__ == "__main__":
    main()
