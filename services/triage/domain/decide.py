"""The decision: how urgent a request is, whose it is, and why."""

from collections.abc import Mapping, Sequence

from schemas.words import Category, Reading, Team, Urgency
from services.triage.domain.decision import Decision, Request, combined_text
from services.triage.domain.folding import fold
from services.triage.domain.language import UNKNOWN, language_of
from services.triage.domain.rulebook import Rules
from services.triage.domain.search import Passage, passages


def decide(request: Request, rules: Rules) -> Decision:
    """Decide a request; the same request and rules always give the same decision, and no text raises an error.

    What the citizen marked is a floor. Only affirmed passages raise above it, nothing lowers.
    """
    folded = fold(combined_text(request))
    places = rules.places(folded)
    found = passages(folded, places, rules)
    affirmed = [passage for passage in found if passage[1].reading is Reading.AFFIRMED]
    strongest = max(affirmed, key=_strength, default=None)
    urgency = strongest[0].level if strongest else Urgency.NORMAL
    language = _given(request.language) or language_of(folded.original)
    return Decision(
        urgency=urgency.at_least(request.own_words),
        category=strongest[0].category if strongest else Category.NONE,
        team=_team(strongest, rules.topics(folded, places)),
        language=language,
        interpreter=language not in {"de", UNKNOWN},
        danger_to_life=any(rule.danger_to_life for rule, _ in affirmed),
        evidence=tuple(evidence for _, evidence in found),
        rules_version=rules.version,
    )


def _strength(passage: Passage) -> tuple[int, bool, int]:
    """Order passages: level, then danger to life, then the one that was said first."""
    rule, evidence = passage
    return rule.level.rank, rule.danger_to_life, -evidence.start


def _team(strongest: Passage | None, topics: Mapping[Team, int]) -> Team:
    """Choose who answers: the team of the rule that decided, else the team most words speak for."""
    if strongest and strongest[0].team:
        return strongest[0].team
    order: Sequence[Team] = (Team.BENEFITS, Team.PLACEMENT)
    best = max(order, key=lambda team: topics.get(team, 0))
    return best if topics.get(best, 0) else Team.SERVICE_CENTRE


def _given(language: str | None) -> str:
    """Return the language a channel was told, as its two letters: "de-DE" is "de"."""
    return (language or "").strip().lower().replace("_", "-").partition("-")[0]
