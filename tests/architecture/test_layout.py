"""The layout: services know one another only through schemas, look alike, and stay small enough to read."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "triage", "notifier")
MOST_LINES = 300
LONGER: dict[str, str] = {}
"""Files that may be longer, each with its reason."""

_BOOT = """
import importlib, sys
service = sys.argv[1]
settings = importlib.import_module(f"services.{service}.settings")
kind = next(v for n, v in vars(settings).items() if n.lower() == f"{service}settings")
app = importlib.import_module(f"services.{service}.app").create_app(kind.load())
assert "/health/ready" in app.openapi()["paths"], app.openapi()["paths"]
mine = [m for m in sys.modules if m.split(".")[0] in ("schemas", "services", "deploy", "tests")]
paths = {getattr(sys.modules[m], "__file__", None) or "" for m in mine}
assert all(not path or path.startswith(sys.argv[2]) for path in paths), paths
print(len(mine))
"""


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_boots_with_nothing_but_the_contract_and_the_chassis(service: str, tmp_path: Path) -> None:
    house = tmp_path / "house"
    skip = shutil.ignore_patterns("__pycache__")
    for part in ("schemas", "services/chassis", "services/texts", f"services/{service}", "deploy/offices"):
        shutil.copytree(ROOT / part, house / part, ignore=skip)
    shutil.copy(ROOT / "services" / "__init__.py", house / "services")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RUECKRUF_", "PYTHON"))}
    booted = subprocess.run(
        [sys.executable, "-P", "-c", _BOOT, service, str(house)],
        cwd=house,
        env=environment | {"PYTHONPATH": str(house), "RUECKRUF_VAULT_KEYS": "a:" + "A" * 43 + "="},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert booted.returncode == 0, booted.stderr[-2000:]


def test_who_may_import_whom() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout[-3000:] + checked.stderr[-1000:]


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py", "app.py", "consumers.py", "ports.py", "settings.py"])
def test_every_service_has_the_same_file_names(name: str) -> None:
    assert [service for service in SERVICES if not (ROOT / "services" / service / name).is_file()] == []


@pytest.mark.parametrize("name", ["domain", "use_cases"])
def test_every_service_keeps_its_rules_and_its_intentions_in_the_same_place(name: str) -> None:
    for service in SERVICES:
        place = ROOT / "services" / service / name
        assert place.is_dir() or place.with_suffix(".py").is_file(), place


def test_no_file_is_too_long_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for part in ("schemas", "services", "deploy", "tests")
        for path in (ROOT / part).rglob("*.py")
        if (count := path.read_text(encoding="utf-8").count("\n")) > MOST_LINES
    }
    assert set(long) == set(LONGER), long
