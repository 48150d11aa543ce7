"""A small office for tests of the notifier: what a test does not change is as in the default policy."""

from typing import Any

from schemas.office import Office

_TEXT = {"de": "Test", "en": "Test"}
_TEAMS = ("benefits", "placement", "service_centre")


def advisor(name: str, *teams: str, languages: tuple[str, ...] = ("de",), **more: Any) -> dict[str, Any]:
    return {"id": name, "name": name.title(), "teams": teams, "languages": languages, **more}


def office_with(**changes: Any) -> Office:
    """Mon-Thu 8-16, Fri 8-12:30 in Lower Saxony, closed on 24 and 31 December."""
    content: dict[str, Any] = {
        "id": "testhausen",
        "name": "Jobcenter Testhausen",
        "address": "Testweg 1, 12345 Testhausen",
        "email": "post@testhausen.example",
        "calling_number": "+49 30 23125 200",
        "hotlines": [{"label": _TEXT, "number": "+49 30 23125 201", "team": "service_centre"}],
        "languages": ["de", "en"],
        "service_hours": {
            **{day: ["08:00-16:00"] for day in ("mon", "tue", "wed", "thu")},
            "fri": ["08:00-12:30"],
        },
        "holidays": {"country": "DE", "state": "NI"},
        "closings": [
            {"every_year": "24.12.", "reason": "Heiligabend"},
            {"every_year": "31.12.", "reason": "Silvester"},
        ],
        "teams": [{"team": team, "name": _TEXT, "lead": "lena"} for team in _TEAMS],
        "advisors": [
            advisor("anna", "benefits", languages=("de", "tr")),
            advisor("boris", "benefits", languages=("de", "ru", "uk")),
            advisor("carla", "placement"),
            advisor("david", "service_centre"),
            advisor("lena"),
            advisor("maria"),
        ],
        "on_call": ["lena"],
        "management": ["maria"],
    }
    return Office.model_validate(content | changes)
