"""The command line answers in sentences, in the language that was asked for."""

import errno
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy import cli
from deploy.commands.doctor import Verdict, findings
from deploy.commands.key import Purpose, fresh
from deploy.commands.up import read_ports
from deploy.local.ending import Sorry, is_held, only_one
from deploy.local.servers import ServerMissingError, ServerStartError
from deploy.local.wording import speaking, t
from services.chassis.settings import read_keys

ROOT = Path(__file__).parents[3]
OFFICE = ROOT / "deploy/offices/musterstadt.toml"


def rueckruf(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *words],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COLUMNS": "200"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def fails(error: BaseException) -> int:
    def work() -> None:
        raise error

    return cli.ended(work)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Sorry("So geht das nicht."), "So geht das nicht."),
        (ServerMissingError("no mongod"), "make setup"),
        (ServerStartError("it ended"), "rueckruf doctor"),
        (OSError(errno.ENOSPC, "No space left on device"), "Schaffen Sie Platz"),
        (ServerStartError("MongoDB ended: No space left on device"), "Schaffen Sie Platz"),
        (PermissionError(errno.EACCES, "Permission denied", "/srv/x"), "/srv/x"),
        (ZeroDivisionError("division by zero"), "RUECKRUF_TRACEBACK=1"),
    ],
)
def test_whatever_goes_wrong_is_a_sentence_and_exit_code_one(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "t", speaking({}))
    assert fails(error) == 1
    printed = capsys.readouterr().err
    assert said in printed
    assert "Traceback" not in printed


def test_an_interrupted_command_says_nothing_and_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(KeyboardInterrupt()) == 130
    assert not capsys.readouterr().err


def test_a_mistyped_command_is_explained_without_a_traceback() -> None:
    ran = rueckruf("dmeo")
    assert ran.returncode == 2
    assert "--help" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_help_is_german_unless_another_language_is_asked_for() -> None:
    assert "Alles starten und zeigen" in rueckruf("--help").stdout
    assert "Alles starten und zeigen" in rueckruf("--help", LANG="C.UTF-8").stdout
    assert "Start everything and show" in rueckruf("--help", LANG="de_DE.UTF-8", RUECKRUF_LANG="en").stdout


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "de"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "tlh"}, "de"),
        ({"LANG": "en", "RUECKRUF_LANG": "de"}, "de"),
    ],
)
def test_the_language_is_the_one_of_the_environment(environment: dict[str, str], code: str) -> None:
    assert speaking(environment).code == code


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_fresh_key_is_what_the_settings_want(purpose: Purpose) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    first, second = fresh(purpose, now), fresh(purpose, now)
    assert first != second
    keys = read_keys(first)
    assert isinstance(keys, dict)
    assert list(keys) == [f"{purpose}-20261123"]


def test_four_ports_are_read_in_their_order() -> None:
    assert read_ports("8001, 8002,8003 8025") == {"intake": (8001, 8025), "triage": (8002,), "notifier": (8003,)}


@pytest.mark.parametrize("text", ["8001", "8001,8002,8003,8003", "1,2,3,x", "1,2,3,70000", "0,1,2,3"])
def test_what_are_no_four_ports_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Sorry, match="--ports 8001,8002,8003,8025"):
        read_ports(text)


def test_one_folder_holds_one_installation(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with only_one(tmp_path):
        assert is_held(tmp_path)
        with pytest.raises(Sorry, match=str(tmp_path)), only_one(tmp_path):
            pytest.fail("two installations in one folder")
    assert not is_held(tmp_path)


def test_an_office_file_that_is_wrong_is_explained_line_by_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(OFFICE.read_text("utf-8").replace('owned = "10 min"', 'owned = "bald"'), "utf-8")
    ran = rueckruf("office", "check", str(OFFICE), str(wrong))
    assert ran.returncode == 1
    assert "✓ Jobcenter Musterstadt" in ran.stdout
    assert "bald" in ran.stdout
    assert "EN" not in ran.stdout


def test_the_doctor_names_what_is_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUECKRUF_PHONE_KEYS", "telefon:abc")
    monkeypatch.setenv("PATH", "")
    bad = [one.sentence for one in findings(tmp_path, tmp_path) if one.verdict is Verdict.BAD]
    assert any("rueckruf key phone" in sentence for sentence in bad)
    assert any(str(tmp_path) in sentence and "musterstadt.toml" in sentence for sentence in bad)


def test_the_doctor_finds_nothing_wrong_with_the_example_office(tmp_path: Path) -> None:
    sentences = [one.sentence for one in findings(OFFICE.parent, tmp_path) if one.verdict is Verdict.GOOD]
    assert t("cli.doctor.rules") in sentences
    assert any("Jobcenter Musterstadt" in sentence for sentence in sentences)
