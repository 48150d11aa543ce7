"""What always holds for a decision, whatever a citizen writes."""

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.words import Category, Channel, Reading, Team, Urgency
from services.triage.domain.decide import decide
from services.triage.domain.decision import Request, combined_text
from services.triage.domain.rules import Rules

_PIECES = st.sampled_from(
    [
        "kein Geld", "nicht", "Strom", "abgestellt", ".", ",", "?", "letztes Jahr", "geregelt", "Mein Nachbar", "wenn",
        "> ", "\n", "Am 1.1. schrieb X:", "açız", "değil", "لا يوجد طعام", "нет денег", "не", "ich", "\u200c", "İ", "ß",
        "-----Original", "--", "ﷺ", "½", "\ud800", "e\u0301", "umbringen", "dringend",
    ]
)  # fmt: skip
_TEXTS = st.one_of(st.text(), st.lists(_PIECES, max_size=30).map(" ".join))
_REQUESTS = st.builds(
    Request,
    subject=_TEXTS,
    text=_TEXTS,
    channel=st.sampled_from(Channel),
    own_words=st.none() | st.sampled_from(Urgency),
    language=st.none() | st.sampled_from(["de", "de-DE", "EN", "ar", "xx", ""]),
)


@settings(deadline=None)
@given(_REQUESTS)
def test_no_text_raises_an_error_and_the_same_request_gets_the_same_decision(rules: Rules, request_: Request) -> None:
    assert decide(request_, rules) == decide(request_, rules)


@settings(deadline=None)
@given(_REQUESTS)
def test_what_the_citizen_marked_is_never_lowered(rules: Rules, request_: Request) -> None:
    unmarked = decide(replace(request_, own_words=None), rules)
    assert decide(request_, rules).urgency is unmarked.urgency.at_least(request_.own_words)


@settings(deadline=None)
@given(_REQUESTS)
def test_evidence_stands_where_it_says_in_the_combined_text(rules: Rules, request_: Request) -> None:
    text = combined_text(request_)
    for evidence in decide(request_, rules).evidence:
        assert 0 <= evidence.start < evidence.end <= len(text)
        assert text[evidence.start : evidence.end] == evidence.text


@settings(deadline=None)
@given(_REQUESTS)
def test_only_affirmed_evidence_raises(rules: Rules, request_: Request) -> None:
    decision = decide(replace(request_, own_words=None), rules)
    affirmed = [evidence for evidence in decision.evidence if evidence.reading is Reading.AFFIRMED]
    assert (decision.urgency is Urgency.NORMAL) == (not affirmed)
    assert (decision.category is Category.NONE) == (not affirmed)


@settings(deadline=None)
@given(st.data())
def test_without_the_passage_that_decided_the_level_is_lower(rules: Rules, data: st.DataObject) -> None:
    frame = data.draw(st.sampled_from(["Guten Tag, {}. Vielen Dank.", "{}!", "Hallo\n{}\nGruß", "Merhaba {} .", "{}"]))
    rule = data.draw(st.sampled_from(rules.rules))
    passage = data.draw(st.sampled_from(rule.must_match))
    request = Request("", frame.format(passage), Channel.WEB)
    decision = decide(request, rules)
    if len(decision.evidence) != 1:
        return
    evidence = decision.evidence[0]
    left = request.text[: evidence.start] + request.text[evidence.end :]
    assert decide(replace(request, text=left), rules).urgency.rank < decision.urgency.rank


def test_a_long_polite_letter_hides_nothing(rules: Rules) -> None:
    calm = "Ich danke Ihnen sehr für das freundliche Gespräch und die Mühe, die Sie sich mit mir geben. " * 20
    text = f"{calm}\nDer Strom ist abgestellt.\n{calm}"
    assert decide(Request("Vielen Dank", text, Channel.EMAIL), rules).urgency is Urgency.EMERGENCY


def test_the_subject_counts_as_much_as_the_text(rules: Rules) -> None:
    decision = decide(Request("Strom abgestellt", "Bitte um Rückruf", Channel.EMAIL), rules)
    assert decision.urgency is Urgency.EMERGENCY
    assert decision.evidence[0].start == 0


def test_every_decision_names_the_rules_it_was_made_with(rules: Rules) -> None:
    assert decide(Request("", "Hallo", Channel.PHONE), rules).rules_version == rules.version


@pytest.mark.parametrize(
    ("team", "text"),
    [
        (Team.BENEFITS, "Ich habe eine Frage zu meinem Bescheid und zur Miete"),
        (Team.BENEFITS, "Wir haben kein Geld mehr"),
        (Team.PLACEMENT, "Ich habe ein Vorstellungsgespräch und suche eine Ausbildung"),
        (Team.PLACEMENT, "Хочу узнать про курсы и вакансии"),
        (Team.SERVICE_CENTRE, "Bitte rufen Sie mich zurück"),
        (Team.SERVICE_CENTRE, "Mein Mann schlägt mich"),
    ],
)
def test_a_request_goes_to_the_team_that_answers_its_topic(rules: Rules, team: Team, text: str) -> None:
    assert decide(Request("", text, Channel.WEB), rules).team is team


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Guten Tag, ich habe eine Frage zu meinem Antrag und bitte um einen Rückruf."),
        ("en", "Hello, I have a question about my application, please call me."),
        ("tr", "Merhaba, başvurum için bir sorum var, lütfen beni arayın."),
        ("ar", "مرحبا، عندي سؤال عن الطلب"),
        ("uk", "Доброго дня, у мене є питання щодо заяви"),
        ("ru", "Добрый день, у меня вопрос о заявлении, перезвоните мне"),
        ("fa", "سلام، من یک پرسش درباره درخواستم دارم"),
        ("ku", "Silav, ez dixwazim ji bo serlêdana xwe tiştekî bipirsim"),
        ("ro", "Bună ziua, am o întrebare despre cererea mea, vă rog să mă sunați"),
        ("bg", "Добър ден, имам въпрос за молбата си, моля обадете ми се"),
        ("pl", "Dzień dobry, mam pytanie o mój wniosek, proszę o telefon"),
        ("und", ""),
        ("und", "0441 / 12 34 56"),
    ],
)
def test_the_language_is_a_hint_for_the_interpreter(rules: Rules, language: str, text: str) -> None:
    decision = decide(Request("", text, Channel.WEB), rules)
    assert decision.language == language
    assert decision.interpreter == (language not in {"de", "und"})


def test_the_language_that_was_given_wins_and_never_changes_the_urgency(rules: Rules) -> None:
    decision = decide(Request("", "Wir haben kein Geld mehr", Channel.PHONE, language="ar-SY"), rules)
    assert (decision.language, decision.interpreter, decision.urgency) == ("ar", True, Urgency.EMERGENCY)


@pytest.mark.parametrize(
    "text",
    [
        "Guten Tag, ich habe eine Frage zu meinem Bescheid. ",
        "Der Strom wurde nicht abgestellt, wenn mein Nachbar letztes Jahr. ",
        "> kein Geld, Strom weg\n",
        "kein ",
        "a",
        "((((",
        "Am 1 schrieb x\n",
        "strom nicht abgestellt ",
    ],
)
def test_time_grows_no_faster_than_the_text(rules: Rules, text: str) -> None:
    """A generous bound for slow machines; what is quadratic takes a minute here."""
    request = Request("", (text * 100_000)[:100_000], Channel.EMAIL, language="de")
    began = process_time()
    decide(request, rules)
    assert process_time() - began < 1.5
