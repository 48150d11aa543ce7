"""The rules in memory: what triage looks for, compiled into one automaton."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.words import Category, Reading, Team, Urgency
from services.triage.domain.folding import Folded
from services.triage.domain.phrases import Finder, Hits, Lexicon, Match, Phrase
from services.triage.domain.reading import Sign, Signs

Label = TypeVar("Label")


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
            + [phrase for phrases in (*signs.values(), *topics.values()) for phrase in phrases]
        )
        self._found = _Labelled((rule, rule.phrases) for rule in rules)
        self._figures = _Labelled((rule.name, rule.figures) for rule in rules)
        self._signs = _Labelled(signs.items())
        self._topics = _Labelled(topics.items())

    def hits(self, folded: Folded) -> Hits:
        """Read a text once for everything that the other methods ask about."""
        return self._lexicon.hits(folded)

    def found(self, folded: Folded, hits: Hits) -> Mapping[Rule, Sequence[Match]]:
        """Return the passages of each rule that has any."""
        return self._found.matches(folded, hits)

    def figures(self, folded: Folded, hits: Hits) -> Mapping[str, Sequence[Match]]:
        """Return the misleading phrases by the name of their rule."""
        return self._figures.matches(folded, hits)

    def signs(self, folded: Folded, hits: Hits) -> Mapping[Sign, Signs]:
        """Return the signs of reading that stand in a text."""
        return {sign: Signs(matches) for sign, matches in self._signs.matches(folded, hits).items()}

    def topics(self, folded: Folded, hits: Hits) -> Mapping[Team, int]:
        """Return how many words of a text speak for each team."""
        found = self._topics.matches(folded, hits)
        return {team: len({match.first for match in matches}) for team, matches in found.items()}


class _Labelled(Generic[Label]):
    """Phrases that carry a label; finds the matches of each label."""

    def __init__(self, labelled: Iterable[tuple[Label, Sequence[Phrase]]]) -> None:
        pairs = [(label, phrase) for label, phrases in labelled for phrase in phrases]
        self._labels = [label for label, _ in pairs]
        self._finder = Finder([phrase for _, phrase in pairs])

    def matches(self, folded: Folded, hits: Hits) -> dict[Label, list[Match]]:
        found: dict[Label, list[Match]] = {}
        for number, match in self._finder.matches(folded, hits):
            found.setdefault(self._labels[number], []).append(match)
        return found
