"""The rule that nothing is skipped where it has to run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import pytest

@pytest.mark.kafka
def test_one():
    pytest.skip("no Kafka here")

def test_two():
    pytest.skip("of no importance")
"""


@pytest.mark.parametrize(("required", "exit_code"), [("1", 1), ("", 0)])
def test_a_skipped_test_fails_the_run_only_where_it_is_required(tmp_path: Path, required: str, exit_code: int) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = kafka\n", encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        "from tests.support.required import NoSkipWhereRequired\n"
        "def pytest_configure(config):\n"
        "    config.pluginmanager.register(NoSkipWhereRequired())\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "RUECKRUF_REQUIRE_KAFKA": required},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == exit_code, ran.stdout
    assert ("test_one: was skipped, and has to run here" in ran.stdout) == bool(required)
    assert "test_two: was" not in ran.stdout
