"""Which calls ask for a callback, and what is kept of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.office import load_offices
from schemas.words import Channel, Team, Urgency
from services.intake.channels.phone import NoRequest, NotACall, read_call, submission_of
from services.intake.domain.submission import Submission

NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
OFFICE = load_offices(Path(__file__).parents[3] / "deploy" / "offices")["musterstadt"]
HANGUP = {
    "event": "hangup",
    "from": "493023125741",
    "to": "493023125100",
    "direction": "in",
    "callId": "c-1",
    "cause": "cancel",
}


def outcome(**changes: object) -> Submission | NoRequest:
    return submission_of(read_call(HANGUP | changes), OFFICE, NOW, NOW)


def request(**changes: object) -> Submission:
    found = outcome(**changes)
    assert isinstance(found, Submission)
    return found


@pytest.mark.parametrize("cause", ["cancel", "noAnswer", "busy", "congestion", "notFound"])
def test_an_unanswered_call_asks_for_a_callback(cause: str) -> None:
    submission = request(cause=cause)
    assert (submission.channel, submission.key, submission.occurred_at) == (Channel.PHONE, "c-1", NOW)
    assert submission.personal.phone == "+493023125741"


@pytest.mark.parametrize("who", [{"answeringNumber": "42"}, {"user": "Aylin Demir"}, {"user[]": ["Aylin Demir"]}])
def test_an_answered_call_asks_for_nothing(who: dict[str, object]) -> None:
    assert outcome(cause="normalClearing", **who) == NoRequest("answered")


def test_a_cleared_call_that_names_nobody_who_answered_was_not_answered() -> None:
    assert request(cause="normalClearing").key == "c-1"


def test_a_cause_nobody_knows_is_no_reason_to_forget_a_call() -> None:
    assert request(cause="vendorSpecific17").key == "c-1"
    assert request(cause="").key == "c-1"


def test_a_forwarded_call_is_told_by_the_leg_it_went_to() -> None:
    assert outcome(cause="forwarded") == NoRequest("forwarded")


@pytest.mark.parametrize("event", ["newCall", "answer"])
def test_a_call_that_goes_on_asks_for_nothing_yet(event: str) -> None:
    assert outcome(event=event) == NoRequest("call_goes_on")


def test_an_outgoing_call_asks_for_nothing() -> None:
    assert outcome(direction="out") == NoRequest("outgoing")


def test_a_voicemail_is_a_request_though_the_machine_answered() -> None:
    submission = request(cause="normalClearing", answeringNumber="mailbox", voicemail="Bitte\x00 rufen Sie an")
    assert submission.personal.text == "Bitte rufen Sie an"
    assert isinstance(outcome(event="voicemail", cause="normalClearing", answeringNumber="9"), Submission)


@pytest.mark.parametrize("number", ["anonymous", "", "Anonymous", "unknown", "112", "110", "115", "17"])
def test_a_call_without_a_number_to_call_back_is_still_a_request(number: str) -> None:
    assert request(**{"from": number}).personal.phone is None


@pytest.mark.parametrize(
    ("signalled", "kept"),
    [
        ("493023125741", "+493023125741"),
        ("+49 30 23125-741", "+493023125741"),
        ("03023125741", "+493023125741"),
        ("4944112345", "+4944112345"),
        ("sip:+4944112345@pbx.example", "+4944112345"),
        ("00380442345678", "+380442345678"),
        ("380442345678", "+380442345678"),
    ],
)
def test_numbers_are_kept_in_one_notation(signalled: str, kept: str) -> None:
    assert request(**{"from": signalled}).personal.phone == kept


def test_the_emergency_key_of_the_menu_is_the_citizens_own_words() -> None:
    assert request(urgency="Emergency").wishes.own_words is Urgency.EMERGENCY
    assert request(urgency="notfall").wishes.own_words is Urgency.EMERGENCY
    assert request().wishes.own_words is None


def test_the_line_that_was_called_says_the_team_and_the_menu_overrules_it() -> None:
    line = OFFICE.hotlines[0]
    assert request(to=line.number).wishes.team is line.team
    assert request(to=line.number, topic="placement").wishes.team is Team.PLACEMENT


def test_an_optional_field_nobody_can_read_is_named_and_loses_no_call() -> None:
    call = read_call(HANGUP | {"urgency": "9", "language": "!", "topic": "tax", "occurred": "gestern"})
    assert call.unread == ("urgency", "topic", "language", "occurred")
    assert isinstance(submission_of(call, OFFICE, NOW, NOW), Submission)


def test_a_partner_line_is_kept_only_where_the_office_has_it() -> None:
    partner = OFFICE.partners[0].id
    assert request(partner=partner).partner == partner
    assert request(partner="nobody").partner is None


@pytest.mark.parametrize("at", [NOW + timedelta(minutes=1), NOW - timedelta(days=8)])
def test_a_time_that_cannot_be_moves_no_deadline(at: datetime) -> None:
    assert request(occurred=at.isoformat()).occurred_at == NOW


def test_a_bridge_that_was_cut_off_may_say_when_the_call_was() -> None:
    at = NOW - timedelta(hours=3)
    assert request(occurred=at.isoformat()).occurred_at == at


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"event": "ring"}, "event"), ({"callId": ""}, "callId"), ({"callId": "x" * 251}, "callId"),
     ({"direction": "up"}, "direction")],
)  # fmt: skip
def test_what_makes_a_call_a_call_must_be_there(changes: dict[str, object], field: str) -> None:
    with pytest.raises(NotACall) as caught:
        read_call(HANGUP | changes)
    assert caught.value.field == field


@given(
    st.dictionaries(
        st.sampled_from(["from", "to", "cause", "user", "urgency", "language", "topic", "voicemail", "occurred"]),
        st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.lists(st.text())),
    )
)
def test_whatever_a_telephone_system_sends_the_call_can_be_stored(fields: dict[str, object]) -> None:
    found = submission_of(read_call(HANGUP | fields), OFFICE, NOW, NOW)
    if isinstance(found, Submission):
        found.personal.model_dump_json().encode()
        assert found.callback.version == 5
