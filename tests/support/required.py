"""Where a part of the suite must run, a skipped test of it fails the run: a green line never hides a gap."""

import os
from collections.abc import Mapping

import pytest

REQUIRED_BY = {
    "kafka": "RUECKRUF_REQUIRE_KAFKA",
    "servers": "RUECKRUF_REQUIRE_KAFKA",
    "browser": "RUECKRUF_REQUIRE_BROWSER",
}


class NoSkipWhereRequired:
    """A plugin of the process that controls the run."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._markers = [marker for marker, variable in REQUIRED_BY.items() if environment.get(variable)]
        self._skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what was skipped though it had to run."""
        expected_to_fail = hasattr(report, "wasxfail")
        if report.skipped and not expected_to_fail and any(marker in report.keywords for marker in self._markers):
            self._skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run for it."""
        if self._skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name them."""
        for nodeid in self._skipped:
            terminalreporter.write_line(f"FAILED {nodeid}: was skipped, and has to run here", red=True)
