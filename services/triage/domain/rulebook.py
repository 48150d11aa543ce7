"""The rules in memory: what triage looks for, compiled into one automaton."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.words import Category, Reading, Team, Urgency
from services.triage.domain.folding import Folded
from services.triage.domain.phrases import Finder, Lexicon, Match, Phrase, Places
from services.triage.domain.reading import Sign, Signs

MOST_MATCHES = 100
"""Matches of one phrase that are read in one text; it bounds the time a hostile text can take."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One kind of passage and what it means.

    ``name`` is file and rule. ``figures`` are phrases that sound alike and mean something else. ``despite`` are
    the readings that do not weaken this rule, such as the question "should I kill myself?".
    """

    name: str
    category: Category
    level: Urgency
    team: Team | None
    danger_to_life: bool
    despite: frozenset[Reading]
    phrases: tuple[Phrase, ...]
    figures: tuple[Phrase, ...]
    must_match: tuple[str, ...] = ()
    must_not_match: tuple[str, ...] = ()


class Rules:
    """All rules, signs of reading and topics; unchanging once built.

    ``version`` names their content: equal content, equal version.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        signs: Mapping[Sign, Sequence[Phrase]],
        topics: Mapping[Team, Sequence[Phrase]],
        version: str,
    ) -> None:
        self.rules = tuple(rules)
        self.version = version
        self._lexicon = Lexicon(
            [phrase for rule in rules for phrase in (*rule.phrases, *rule.figures)]
            + [phrase for phrases in topics.values() for phrase in phrases]
        )
        self._found = Finder(((rule, rule.phrases) for rule in rules), most=MOST_MATCHES)
        self._figures = Finder((rule.name, rule.figures) for rule in rules)
        self._topics = Finder(topics.items())
        # Most texts hold nothing that a rule looks for; the signs are looked up in the others only.
        self._sign_lexicon = Lexicon([phrase for phrases in signs.values() for phrase in phrases])
        self._signs = Finder(signs.items())

    def places(self, folded: Folded) -> Places:
        """Read a text once for all that the other methods ask about."""
        return self._lexicon.places(folded)

    def found(self, folded: Folded, places: Places) -> Mapping[Rule, Sequence[Match]]:
        """Return the passages of each rule that has any."""
        return self._found.matches(folded, places)

    def figures(self, folded: Folded, places: Places) -> Mapping[str, Sequence[Match]]:
        """Return the misleading phrases by the name of their rule."""
        return self._figures.matches(folded, places)

    def topics(self, folded: Folded, places: Places) -> Mapping[Team, int]:
        """Return how many words of a text speak for each team."""
        found = self._topics.matches(folded, places)
        return {team: len({match.first for match in matches}) for team, matches in found.items()}

    def signs(self, folded: Folded) -> Mapping[Sign, Signs]:
        """Return the signs of reading that stand in a text."""
        found = self._signs.matches(folded, self._sign_lexicon.places(folded))
        return {sign: Signs(matches) for sign, matches in found.items()}
