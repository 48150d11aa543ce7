"""Assignment: the right person where there is one, and never nobody."""

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.office import Office
from schemas.words import Team, Urgency
from services.notifier.domain.assignment import Assignment, Reason, Waiting, assign, assign_many
from services.notifier.domain.calendar import open_hours
from tests.unit.notifier.offices import advisor, office_with

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 6, 1, 10, tzinfo=BERLIN)
SUNDAY = datetime(2026, 6, 7, 3, tzinfo=BERLIN)
AWAY = [{"from": "2026-06-01", "to": "2026-06-05"}]
OFFICE = office_with()
HOURS = open_hours(OFFICE)


def waiting(
    language: str | None = "de",
    urgency: Urgency = Urgency.NORMAL,
    *,
    team: Team = Team.BENEFITS,
    at: datetime = MONDAY,
    callback_id: str = "a",
) -> Waiting:
    return Waiting(callback_id, team, language, urgency, at)


def with_people(*people: dict[str, Any], **more: Any) -> Office:
    others = [advisor("carla", "placement"), advisor("david", "service_centre")]
    named = {person["id"] for person in people}
    superiors = [advisor(name) for name in ("lena", "maria") if name not in named]
    return office_with(advisors=[*people, *others, *superiors], **more)


def given_to(office: Office, callback: Waiting, **loads: int) -> Assignment:
    return assign(office, HOURS, callback, loads)


def test_who_speaks_the_language_comes_first_however_busy() -> None:
    assert given_to(OFFICE, waiting("tr"), anna=7) == Assignment(Team.BENEFITS, "anna", Reason.LANGUAGE)


def test_where_nobody_speaks_the_language_an_interpreter_joins() -> None:
    assert given_to(OFFICE, waiting("ar"), anna=1) == Assignment(
        Team.BENEFITS, "boris", Reason.INTERPRETER, interpreter=True
    )


@pytest.mark.parametrize("language", [None, "", "und"])
def test_a_language_nobody_knows_asks_for_no_interpreter(language: str | None) -> None:
    assert given_to(OFFICE, waiting(language), boris=1) == Assignment(Team.BENEFITS, "anna", Reason.LANGUAGE)


def test_who_has_the_most_room_is_chosen_by_share_not_by_number() -> None:
    office = with_people(advisor("anna", "benefits", capacity=4), advisor("boris", "benefits", capacity=12))
    assert given_to(office, waiting(), anna=2, boris=5).advisor == "boris"


def test_who_speaks_the_language_but_is_full_is_spared() -> None:
    assert given_to(OFFICE, waiting("tr"), anna=8) == Assignment(
        Team.BENEFITS, "boris", Reason.INTERPRETER, interpreter=True
    )


def test_when_all_are_full_the_whole_team_sees_it() -> None:
    assert given_to(OFFICE, waiting(), anna=8, boris=9) == Assignment(Team.BENEFITS, None, Reason.TEAM)


def test_an_emergency_asks_for_no_capacity() -> None:
    emergency = waiting("tr", Urgency.EMERGENCY)
    assert given_to(OFFICE, emergency, anna=20, boris=20).advisor == "anna"


def test_an_absent_advisor_is_stood_in_for_by_the_deputy() -> None:
    office = with_people(advisor("anna", "benefits", absent=AWAY, deputy="carla"))
    assert given_to(office, waiting()) == Assignment(Team.BENEFITS, "carla", Reason.DEPUTY)


def test_a_member_of_the_team_comes_before_a_deputy_from_elsewhere_however_free() -> None:
    office = with_people(advisor("anna", "benefits", absent=AWAY, deputy="carla"), advisor("boris", "benefits"))
    assert given_to(office, waiting(), boris=7) == Assignment(Team.BENEFITS, "boris", Reason.LANGUAGE)


def test_where_the_deputy_is_absent_too_the_deputy_of_the_deputy_stands_in() -> None:
    office = with_people(
        advisor("anna", "benefits", absent=AWAY, deputy="boris"),
        advisor("boris", "benefits", absent=AWAY, deputy="david"),
    )
    assert given_to(office, waiting()).advisor == "david"


def test_two_absent_advisors_who_stand_in_for_each_other_lead_to_the_lead() -> None:
    office = with_people(
        advisor("anna", "benefits", absent=AWAY, deputy="boris"),
        advisor("boris", "benefits", absent=AWAY, deputy="anna"),
    )
    assert given_to(office, waiting()) == Assignment(Team.BENEFITS, "lena", Reason.LEAD)


def test_where_nobody_and_no_lead_is_there_management_takes_it() -> None:
    office = with_people(advisor("anna", "benefits", absent=AWAY), advisor("lena", absent=AWAY))
    assert given_to(office, waiting()) == Assignment(Team.BENEFITS, "maria", Reason.MANAGEMENT)


def test_management_is_told_even_when_it_is_away_because_somebody_must_know() -> None:
    office = with_people(
        advisor("anna", "benefits", absent=AWAY), advisor("lena", absent=AWAY), advisor("maria", absent=AWAY)
    )
    assert given_to(office, waiting()).advisor == "maria"


def test_an_emergency_outside_service_hours_goes_to_who_is_on_call() -> None:
    emergency = waiting("tr", Urgency.EMERGENCY, at=SUNDAY)
    assert given_to(OFFICE, emergency) == Assignment(Team.BENEFITS, "lena", Reason.ON_CALL, interpreter=True)


def test_on_call_too_the_language_counts() -> None:
    office = office_with(on_call=["lena", "anna"])
    assert given_to(office, waiting("tr", Urgency.EMERGENCY, at=SUNDAY)).advisor == "anna"


def test_what_is_no_emergency_waits_for_the_team_even_at_night() -> None:
    assert given_to(OFFICE, waiting("tr", at=SUNDAY)).advisor == "anna"


def test_who_is_away_when_it_will_be_worked_on_is_passed_over_the_night_before() -> None:
    away_on_monday = [{"from": "2026-06-08", "to": "2026-06-08"}]
    office = with_people(
        advisor("anna", "benefits", languages=("de", "tr"), absent=away_on_monday), advisor("boris", "benefits")
    )
    assert given_to(office, waiting("tr", at=SUNDAY)).advisor == "boris"


def test_a_team_the_office_does_not_have_is_answered_by_the_service_centre() -> None:
    team = {"team": "service_centre", "name": {"de": "Alle", "en": "All"}, "lead": "lena"}
    office = office_with(teams=[team], advisors=[advisor("david", "service_centre"), advisor("lena"), advisor("maria")])
    assert given_to(office, waiting(team=Team.PLACEMENT)) == Assignment(Team.SERVICE_CENTRE, "david", Reason.LANGUAGE)


def test_a_batch_is_spread_because_each_assignment_counts_for_the_next() -> None:
    batch = [waiting(callback_id=str(number)) for number in range(20)]
    assignments, loads = assign_many(OFFICE, HOURS, batch, {"anna": 2})
    assert loads == {"anna": 8, "boris": 8}
    assert Counter(one.advisor for one in assignments) == {"boris": 8, "anna": 6, None: 6}


def test_equals_are_chosen_by_the_callback_so_that_nobody_is_favoured() -> None:
    chosen = [given_to(OFFICE, waiting(callback_id=str(number))).advisor for number in range(400)]
    assert chosen == [given_to(OFFICE, waiting(callback_id=str(number))).advisor for number in range(400)]
    assert 150 < Counter(chosen)["anna"] < 250


@settings(deadline=None, max_examples=100)
@given(
    away=st.sets(st.sampled_from([person.id for person in OFFICE.advisors])),
    loads=st.dictionaries(st.sampled_from([person.id for person in OFFICE.advisors]), st.integers(0, 20)),
    language=st.sampled_from(["de", "tr", "ar", "und", None]),
    urgency=st.sampled_from(Urgency),
    team=st.sampled_from(Team),
    at=st.sampled_from([MONDAY, SUNDAY]),
)
def test_there_is_always_somebody_who_sees_it(
    away: set[str],
    loads: dict[str, int],
    language: str | None,
    urgency: Urgency,
    team: Team,
    at: datetime,
) -> None:
    absent = [{"from": "2026-06-01", "to": "2026-06-30"}]
    people = [
        person.model_dump(by_alias=True) | {"absent": absent if person.id in away else []} for person in OFFICE.advisors
    ]
    office = office_with(advisors=people)
    assignment = assign(office, HOURS, waiting(language, urgency, team=team, at=at), loads)
    if assignment.advisor is None:
        assert assignment.reason is Reason.TEAM
        assert urgency is not Urgency.EMERGENCY
        assert any(one.id not in away for one in office.advisors_of(assignment.team))
    else:
        assert assignment.advisor not in away or assignment.advisor in office.management
