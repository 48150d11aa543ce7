"""The version of a policy changes with whatever moves a deadline, and with nothing else."""

import pytest

from services.notifier.domain.policy import policy_version
from tests.unit.notifier.offices import advisor, office_with

BEFORE = policy_version(office_with())


def test_the_same_content_has_the_same_version() -> None:
    assert policy_version(office_with()) == BEFORE
    assert len(BEFORE) == 12


@pytest.mark.parametrize(
    "change",
    [
        {"service_hours": {"mon": ["08:00-16:00"]}},
        {"holidays": {"country": "DE", "state": "BE"}},
        {"closings": []},
        {"time_zone": "Europe/London"},
        {"targets": {"urgent": {"owned": "1 h"}}},
        {"targets": {"urgent": {"warn": [50]}}},
    ],
)
def test_what_moves_a_deadline_changes_the_version(change: dict[str, object]) -> None:
    assert policy_version(office_with(**change)) != BEFORE


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Jobcenter Anderswo"},
        {"advisors": [advisor(name, "benefits", "placement", "service_centre") for name in ("lena", "maria")]},
        {"targets": {"urgent": {"owned": "120 min"}}},
        {
            "closings": [
                {"every_year": "12-31", "reason": "anders"},
                {"every_year": "12-24", "reason": "begründet"},
            ]
        },
    ],
)
def test_what_moves_no_deadline_keeps_the_version(change: dict[str, object]) -> None:
    assert policy_version(office_with(**change)) == BEFORE
