"""What advisors and citizens see is made from tasks alone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.callback import Evidence
from schemas.personal import Personal
from schemas.words import AttemptResult, Category, Outcome, Reading, Stage, Team, Urgency
from services.chassis.texts import Texts
from services.notifier.domain.figures import Figures, Group
from services.notifier.domain.offices import Compiled
from services.notifier.domain.policy import compile_policy
from services.notifier.figures import Machine, Standing
from services.notifier.web.inbox_view import line
from services.notifier.web.passages import explain
from services.notifier.web.standing_view import found, ops
from services.notifier.web.task_view import OpenedTask, open_task
from tests.unit.notifier.offices import office_with
from tests.unit.notifier.tasks import NOW, SAID, task_with

_OFFICE = office_with()
_COMPILED = Compiled(_OFFICE, compile_policy(_OFFICE))
_T = Texts.load(Path(__file__).parents[3] / "services/texts")("de")
_PERSONAL = Personal(name="Erika Muster", phone="+493023125999", text=SAID)
_SPANS = st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from(["a/1", "b/2"]))


def _minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


def _evidence(start: int, end: int, rule: str = "no_food/x", reading: Reading = Reading.AFFIRMED) -> Evidence:
    return Evidence(start=start, end=end, rule=rule, reading=reading)


def _opened(me: str = "anna", **changes: Any) -> OpenedTask:
    return open_task(task_with(**changes), _PERSONAL, _COMPILED, me, NOW, _T)


@given(st.text(max_size=30), st.lists(_SPANS, max_size=8))
def test_passages_joined_are_the_text_whatever_overlaps(said: str, spans: list[tuple[int, int, str]]) -> None:
    evidence = [_evidence(*span) for span in spans]
    passages, reasons = explain(said, evidence, Category.NONE)
    assert "".join(text for text, _ in passages) == said
    assert all(text for text, _ in passages)
    numbers = [number for _, number in passages if number]
    assert numbers == sorted(set(numbers))
    assert [reason.number for reason in reasons] == list(range(1, len(reasons) + 1))


def test_overlapping_findings_share_no_letter_and_both_are_listed() -> None:
    passages, reasons = explain("abcdefgh", [_evidence(4, 7), _evidence(2, 6)], Category.NO_FOOD)
    assert passages == [("ab", None), ("cdef", 1), ("g", 2), ("h", None)]
    assert [reason.words for reason in reasons] == ["cdef", "efg"]


def test_a_finding_within_another_is_listed_without_a_mark() -> None:
    passages, reasons = explain("abcdef", [_evidence(0, 6), _evidence(2, 3)], Category.NO_FOOD)
    assert passages == [("abcdef", 1)]
    assert [reason.words for reason in reasons] == ["abcdef", "c"]


def test_only_what_was_meant_and_is_of_the_category_decided() -> None:
    past, other = _evidence(0, 1, reading=Reading.PAST), _evidence(2, 3, "violence/x")
    _, reasons = explain("abcdef", [past, other, _evidence(4, 5)], Category.NO_FOOD)
    assert [reason.decided for reason in reasons] == [False, False, True]


def test_offsets_count_in_the_subject_too() -> None:
    personal = Personal(subject="Hilfe", text="kein Essen")
    passages, _ = explain(personal.said, [_evidence(6, 16)], Category.NO_FOOD)
    assert passages == [("Hilfe\n", None), ("kein Essen", 1)]


def test_a_line_of_the_inbox_counts_down_to_the_next_stage() -> None:
    task = task_with()
    fresh = line(task, _COMPILED, "boris", NOW)
    assert (fresh.stage, fresh.breached, fresh.can_accept, fresh.is_mine) == (Stage.OWNED, False, True, False)
    assert fresh.due == task.started + _minutes(10)
    owned = line(task.accept("boris", NOW), _COMPILED, "boris", NOW + _minutes(40))
    assert (owned.stage, owned.breached, owned.can_accept, owned.is_mine) == (Stage.ATTEMPTED, True, False, True)


def test_danger_to_life_is_shown_until_the_callback_ends() -> None:
    assert _opened().danger_to_life
    closed = task_with().accept("anna", NOW).close("anna", Outcome.WITHDRAWN, NOW)
    assert not open_task(closed, _PERSONAL, _COMPILED, "anna", NOW, _T).danger_to_life


def test_without_what_was_sealed_nothing_of_the_person_is_shown() -> None:
    view = open_task(task_with(), None, _COMPILED, "anna", NOW, _T)
    assert (view.person, view.said, view.evidence, view.attachments) == (None, [], [], [])
    assert "Muster" not in repr(view)


def test_only_who_owns_a_task_can_work_on_it() -> None:
    assert _opened().can == {"accept"}
    accepted = task_with().accept("anna", NOW)
    assert open_task(accepted, None, _COMPILED, "anna", NOW, _T).can == {"attempt", "reschedule", "close"}
    assert open_task(accepted, None, _COMPILED, "boris", NOW, _T).can == frozenset()


def test_a_stage_met_late_stays_breached_and_a_later_stage_meets_the_earlier_ones() -> None:
    task = task_with(met={Stage.ATTEMPTED: NOW + _minutes(9)})
    owned, attempted, outcome = open_task(task, None, _COMPILED, "anna", NOW + _minutes(10), _T).deadlines
    assert (owned.met, owned.breached) == (NOW + _minutes(9), True)
    assert (attempted.met, attempted.breached) == (NOW + _minutes(9), False)
    assert (outcome.met, outcome.breached) == (None, False)
    assert owned.counted == _minutes(10)


def test_the_history_tells_deeds_and_alarms_in_their_order() -> None:
    task = task_with().accept("boris", NOW + _minutes(12))
    task = task.attempt("boris", AttemptResult.BUSY, NOW + _minutes(13), "2026-11-23")
    task = replace(task, fired=("emergency.owned.warned.50", "emergency.owned.breached", "emergency.owned.escalated.1"))
    view = open_task(task, _PERSONAL, _COMPILED, "boris", NOW + _minutes(20), _T)
    told = [(kind, dict(values), by) for _, kind, values, by in view.history]
    assert told == [
        ("requested", {}, ""),
        ("triaged", {"urgency": "Notfall"}, ""),
        ("assigned", {"to": "Anna"}, ""),
        ("warned", {"stage": "Übernahme", "percent": "50"}, ""),
        ("alerted", {"stage": "Übernahme"}, ""),
        ("escalated", {"to": "Teamleitung"}, ""),
        ("accepted", {}, "Boris"),
        ("attempted", {"attempt": "1", "result": "Besetzt"}, "Boris"),
    ]


def test_a_phone_number_reads_well_and_dials_right() -> None:
    person = _opened().person
    assert person is not None
    assert (person.phone, person.phone_shown) == ("+493023125999", "+49 30 23125999")


def test_instruments_of_the_law_are_named_for_hardship_only() -> None:
    assert any("§\u00a042" in text for text in _opened().legal)
    assert _opened(urgency=Urgency.NORMAL).legal == []


def test_a_citizen_sees_what_is_done_what_is_next_and_nothing_of_the_request() -> None:
    task = task_with().accept("anna", NOW)
    view = found(task)
    assert [(state, code) for state, code, _ in view.steps] == [
        ("done", "received"),
        ("done", "owned"),
        ("now", "attempted"),
        ("todo", "outcome"),
    ]
    assert "anna" not in repr(view)


def test_an_ended_callback_shows_no_step_that_is_still_to_come() -> None:
    closed = task_with().accept("anna", NOW).close("anna", Outcome.WITHDRAWN, NOW)
    view = found(closed)
    assert [(state, code) for state, code, _ in view.steps] == [
        ("done", "received"),
        ("done", "owned"),
        ("done", "outcome"),
    ]
    assert view.closed is Outcome.WITHDRAWN


def test_figures_are_by_team_and_urgency() -> None:
    groups = (
        Group(Team.BENEFITS, Urgency.EMERGENCY, Stage.OWNED, 2, 1, NOW - _minutes(20)),
        Group(Team.BENEFITS, Urgency.NORMAL, Stage.OUTCOME, 5, 0, NOW - _minutes(600)),
        Group(Team.PLACEMENT, Urgency.EMERGENCY, Stage.ATTEMPTED, 1, 1, NOW - _minutes(50)),
    )
    figures = Figures(groups, {"open": 8, "done": 30}, breaches_today=4)
    view = ops(Standing(NOW, figures, Machine(3, timedelta(), 0)), _OFFICE)
    assert (view.open, view.overdue, view.unowned_emergencies, view.breaches_today) == (8, 2, 2, 4)
    assert view.oldest == _minutes(600)
    assert view.by_urgency == [(Urgency.EMERGENCY, 2, 1, 0), (Urgency.URGENT, 0, 0, 0), (Urgency.NORMAL, 0, 0, 5)]
    assert view.by_team[0] == (Team.BENEFITS, 7, 1, _minutes(600))
    assert view.by_team[2] == (Team.SERVICE_CENTRE, 0, 0, None)
    assert dict(view.balance)["received"] == 38
    assert view.is_balanced


def test_a_task_in_a_state_without_a_name_unbalances_the_books() -> None:
    assert not Figures((), {"open": 1, "lost": 1}).is_balanced
