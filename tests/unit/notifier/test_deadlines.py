"""Deadlines and alarms: what is promised is due when the office said, and each alarm is raised once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.office import Superior
from schemas.words import Stage, Urgency
from services.notifier.domain.deadlines import AlarmKind, Plan, first_alarm_at, plan
from services.notifier.domain.policy import compile_policy
from tests.unit.notifier.offices import office_with

BERLIN = ZoneInfo("Europe/Berlin")
POLICY = compile_policy(office_with())
NORMAL, URGENT, EMERGENCY = Urgency.NORMAL, Urgency.URGENT, Urgency.EMERGENCY


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def dues(the_plan: Plan) -> list[datetime]:
    return [the_plan.due(stage) for stage in Stage]


@pytest.mark.parametrize(
    ("urgency", "started", "owned", "attempted", "outcome"),
    [
        # A Monday morning.
        (EMERGENCY, "2026-06-01T09:00", "2026-06-01T09:10", "2026-06-01T09:30", "2026-06-01T16:00"),
        (URGENT, "2026-06-01T09:00", "2026-06-01T11:00", "2026-06-01T13:00", "2026-06-02T16:00"),
        (NORMAL, "2026-06-01T09:00", "2026-06-02T09:00", "2026-06-04T09:00", "2026-06-04T16:00"),
        # Friday, shortly before closing: the weekend does not count, but an emergency does not wait for it.
        (EMERGENCY, "2026-06-05T12:25", "2026-06-05T12:35", "2026-06-05T12:55", "2026-06-05T12:55"),
        (URGENT, "2026-06-05T12:00", "2026-06-08T09:30", "2026-06-08T11:30", "2026-06-08T16:00"),
        # A Saturday night: the on-call list takes the emergency, the outcome is due with the next service day.
        (EMERGENCY, "2026-06-06T23:00", "2026-06-06T23:10", "2026-06-06T23:30", "2026-06-08T16:00"),
        # The day before Christmas Eve 2026 is a Wednesday; then comes nothing until Monday 28.
        (URGENT, "2026-12-23T15:00", "2026-12-28T09:00", "2026-12-28T11:00", "2026-12-28T16:00"),
        (NORMAL, "2026-12-23T16:00", "2026-12-28T16:00", "2026-12-30T16:00", "2026-12-30T16:00"),
    ],
)
def test_each_stage_is_due_as_the_default_policy_promises(
    urgency: Urgency, started: str, owned: str, attempted: str, outcome: str
) -> None:
    assert dues(plan(POLICY, urgency, at(started))) == [at(owned), at(attempted), at(outcome)]


def test_no_stage_is_due_before_the_one_before_it() -> None:
    late = plan(POLICY, EMERGENCY, at("2026-06-05T12:25"))
    assert late.deadline(Stage.OUTCOME).held_back
    assert not late.deadline(Stage.ATTEMPTED).held_back
    assert late.due(Stage.OUTCOME) == late.due(Stage.ATTEMPTED)


def test_a_deadline_explains_itself_as_the_time_that_was_counted() -> None:
    normal = plan(POLICY, NORMAL, at("2026-06-05T12:00"))
    parts = normal.explain(Stage.OWNED)
    assert parts == (
        (at("2026-06-05T12:00"), at("2026-06-05T12:30")),
        (at("2026-06-08T08:00"), at("2026-06-08T15:30")),
    )
    assert sum((part.end - part.start for part in parts), timedelta()) == timedelta(hours=8)


def test_the_same_question_has_the_same_answer_also_when_the_database_has_cut_the_microseconds() -> None:
    started = datetime(2026, 6, 1, 9, 0, 0, 123456, tzinfo=UTC)
    kept = started.replace(microsecond=123000)
    assert plan(POLICY, URGENT, started).alarms() == plan(POLICY, URGENT, kept).alarms()


def test_alarms_come_in_order_warned_then_breached_then_up_the_ladder() -> None:
    alarms = plan(POLICY, URGENT, at("2026-06-01T09:00")).alarms()
    owned = [(alarm.key, alarm.at) for alarm in alarms if alarm.stage is Stage.OWNED]
    assert owned == [
        ("urgent.owned.warned.75", at("2026-06-01T10:30")),
        ("urgent.owned.breached", at("2026-06-01T11:00")),
        ("urgent.owned.escalated.1", at("2026-06-01T11:30")),
        ("urgent.owned.escalated.2", at("2026-06-01T13:00")),
    ]
    assert [alarm.at for alarm in alarms] == sorted(alarm.at for alarm in alarms)
    steps = [(alarm.step, alarm.to) for alarm in alarms if alarm.kind is AlarmKind.ESCALATED]
    assert steps[:2] == [(1, Superior.LEAD), (2, Superior.MANAGEMENT)]
    assert [alarm.percent for alarm in alarms if alarm.kind is AlarmKind.WARNED] == [75, 75, 75]


def test_a_stage_that_was_met_raises_nothing_and_the_next_one_goes_on() -> None:
    urgent = plan(POLICY, URGENT, at("2026-06-01T09:00"))
    alarm = urgent.next_alarm({Stage.OWNED: at("2026-06-01T09:05")})
    assert alarm is not None
    assert alarm.key == "urgent.attempted.warned.75"


def test_met_at_the_very_deadline_is_in_time() -> None:
    urgent = plan(POLICY, URGENT, at("2026-06-01T09:00"))
    everything = {stage: urgent.due(stage) for stage in Stage}
    assert urgent.next_alarm(everything) is None


def test_a_stage_met_too_late_still_owes_its_breach_but_no_warning_and_no_escalation() -> None:
    urgent = plan(POLICY, URGENT, at("2026-06-01T09:00"))
    met = dict.fromkeys(Stage, at("2026-06-01T12:59"))
    alarm = urgent.next_alarm(met)
    assert alarm is not None
    assert alarm.key == "urgent.owned.breached"
    assert urgent.next_alarm(met, {alarm.key}) is None


def test_who_called_has_owned_and_what_is_closed_owes_nothing() -> None:
    urgent = plan(POLICY, URGENT, at("2026-06-01T09:00"))
    called = urgent.next_alarm({Stage.ATTEMPTED: at("2026-06-01T09:30")})
    assert called is not None
    assert called.stage is Stage.OUTCOME
    assert urgent.next_alarm({Stage.OUTCOME: at("2026-06-01T09:30")}) is None


def test_after_a_downtime_all_that_was_due_is_raised_in_order_each_once() -> None:
    emergency = plan(POLICY, EMERGENCY, at("2026-06-01T09:00"))
    fired: list[str] = []
    while (alarm := emergency.next_alarm(fired=fired)) is not None and alarm.at <= at("2026-06-01T09:31"):
        fired.append(alarm.key)
    assert fired == [
        "emergency.owned.warned.50",
        "emergency.owned.breached",
        "emergency.owned.escalated.1",
        "emergency.attempted.warned.50",
        "emergency.owned.escalated.2",
        "emergency.attempted.breached",
    ]


moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds the zone
offsets = st.integers(-30, 5000).map(lambda minutes: timedelta(minutes=minutes))


@settings(deadline=None, max_examples=60)
@given(urgency=st.sampled_from(Urgency), started=moments, met=st.dictionaries(st.sampled_from(Stage), offsets))
def test_the_breaches_raised_are_exactly_the_stages_not_met_in_time(
    urgency: Urgency, started: datetime, met: dict[Stage, timedelta]
) -> None:
    the_plan = plan(POLICY, urgency, started)
    met_at = {stage: the_plan.due(stage) + offset for stage, offset in met.items()}
    fired: list[str] = []
    while (alarm := the_plan.next_alarm(met_at, fired)) is not None:
        assert alarm.key not in fired
        fired.append(alarm.key)
    for number, stage in enumerate(Stage):
        in_time = any(met_at[later] <= the_plan.due(stage) for later in list(Stage)[number:] if later in met_at)
        assert (f"{urgency}.{stage}.breached" in fired) is not in_time
    assert dues(the_plan) == sorted(dues(the_plan))
    assert the_plan.due(Stage.OWNED) > started


def test_a_raised_urgency_starts_a_new_clock_and_moves_no_deadline_to_a_later_time() -> None:
    normal = plan(POLICY, NORMAL, at("2026-06-01T09:00"))
    raised = normal.raised(POLICY, URGENT, at("2026-06-04T15:00"))
    assert raised.urgency is URGENT
    assert raised.due(Stage.OWNED) == at("2026-06-05T09:00")  # the old deadline has passed: a new one is set
    assert raised.due(Stage.OUTCOME) == at("2026-06-04T16:00")  # the old deadline is earlier: it stays
    assert raised.deadline(Stage.OUTCOME).urgency is NORMAL


def test_an_alarm_of_the_raised_urgency_is_another_than_the_one_that_was_raised_before() -> None:
    normal = plan(POLICY, NORMAL, at("2026-06-01T09:00"))
    raised = normal.raised(POLICY, EMERGENCY, at("2026-06-03T09:00"))
    alarm = raised.next_alarm(fired={alarm.key for alarm in normal.alarms()})
    assert alarm is not None
    assert (alarm.key, alarm.at) == ("emergency.owned.warned.50", at("2026-06-03T09:05"))


def test_an_urgency_is_never_lowered() -> None:
    urgent = plan(POLICY, URGENT, at("2026-06-01T09:00"))
    assert urgent.raised(POLICY, NORMAL, at("2026-06-01T09:30")) is urgent


def test_a_missed_call_never_resets_the_clock() -> None:
    """An attempt without an answer meets the attempt; the outcome stays due when it was."""
    normal = plan(POLICY, NORMAL, at("2026-06-01T09:00"))
    missed = {Stage.ATTEMPTED: at("2026-06-01T10:00")}
    alarm = normal.next_alarm(missed)
    assert alarm is not None
    assert (alarm.stage, alarm.due) == (Stage.OUTCOME, normal.due(Stage.OUTCOME))


@given(urgency=st.sampled_from(Urgency), started=moments)
def test_the_first_alarm_found_the_short_way_is_the_earliest_of_all(urgency: Urgency, started: datetime) -> None:
    earliest = plan(POLICY, urgency, started).next_alarm()
    assert earliest is not None
    assert first_alarm_at(POLICY, urgency, started) == earliest.at
