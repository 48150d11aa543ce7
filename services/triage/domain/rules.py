"""Loading the rules: data that a non-programmer edits, checked before it is used."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from schemas.words import Category, Reading, Team, Urgency
from services.triage.domain.folding import fold
from services.triage.domain.language import LANGUAGES
from services.triage.domain.phrases import ALL, Phrase, PhraseRefused, parse
from services.triage.domain.reading import Sign
from services.triage.domain.rulebook import Rule, Rules
from services.triage.domain.search import passages

__all__ = ["Rule", "Rules", "RulesRefused", "load_rules"]

READINGS = "readings.toml"
TEAMS = "teams.toml"
_WRITTEN = (*LANGUAGES, "ar_latin", "fa_latin", "ru_latin", "uk_latin", ALL)
_RULE_KEYS = (
    "name", "about", "level", "team", "danger_to_life", "despite",
    "phrases", "figurative", "must_match", "must_not_match",
)  # fmt: skip

Word = TypeVar("Word", bound=StrEnum)


class RulesRefused(ValueError):
    """Rules that cannot be used; the message names file, rule and what to do."""


def load_rules(directory: Path) -> Rules:
    """Read every ``*.toml`` of a directory, or raise :class:`RulesRefused`.

    Each rule's examples are tried: ``must_match`` must count for it, ``must_not_match`` must not.
    """
    files = {path.name: _read(path) for path in sorted(directory.glob("*.toml"))}
    if not files:
        raise RulesRefused(f"{directory}: no rules found; put the rule files (*.toml) there")
    signs = _signs(files.get(READINGS, {}))
    topics = _topics(files.get(TEAMS, {}))
    rules = [rule for name, content in files.items() if name not in {READINGS, TEAMS} for rule in _rules(name, content)]
    loaded = Rules(rules, signs, topics, _version(files))
    for rule in rules:
        _try_examples(rule, loaded)
    return loaded


def _version(files: Mapping[str, Any]) -> str:
    """Name the content: comments, order of keys and line breaks make no difference."""
    canonical = json.dumps(files, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesRefused(
            f"{path.name}: cannot be read ({error}); look for a missing quotation mark, comma or bracket there"
        ) from error


def _rules(file: str, content: Mapping[str, Any]) -> list[Rule]:
    _check_keys(file, content, ("category", "team", "about", "rule"))
    category = _word(Category, file, content, "category")
    team = _word(Team, file, content, "team") if "team" in content else None
    blocks = _list(file, content, "rule", dict)
    names = [str(block.get("name", "")) for block in blocks]
    if len(set(names)) < len(names):
        raise RulesRefused(f"{file}: two rules have the same name; give each [[rule]] a name of its own")
    return [_rule(file, block, category, team) for block in blocks]


def _rule(file: str, block: Mapping[str, Any], category: Category, team: Team | None) -> Rule:
    place = f"{file}, rule “{block.get('name', '?')}”"
    _check_keys(place, block, _RULE_KEYS)
    if not isinstance(block.get("name"), str) or not block["name"]:
        raise RulesRefused(f'{place}: has no name; add a line like name = "power-cut"')
    danger = block.get("danger_to_life", False)
    if not isinstance(danger, bool):
        raise RulesRefused(f"{place}: danger_to_life is {danger!r}; write true or false, without quotation marks")
    phrases = _phrases(place, block.get("phrases"))
    if not phrases:
        raise RulesRefused(f"{place}: has no phrases; add at least one below [rule.phrases]")
    return Rule(
        name=f"{file.removesuffix('.toml')}/{block['name']}",
        category=category,
        level=_word(Urgency, place, block, "level"),
        team=_word(Team, place, block, "team") if "team" in block else team,
        danger_to_life=danger,
        despite=frozenset(_one_of(Reading, place, "despite", word) for word in _list(place, block, "despite", str)),
        phrases=phrases,
        figures=_phrases(place, block.get("figurative", {})),
        must_match=tuple(_list(place, block, "must_match", str)),
        must_not_match=tuple(_list(place, block, "must_not_match", str)),
    )


def _signs(content: Mapping[str, Any]) -> dict[Sign, Sequence[Phrase]]:
    _check_keys(READINGS, content, tuple(Sign))
    return {Sign(name): _phrases(f"{READINGS}, [{name}]", block) for name, block in content.items()}


def _topics(content: Mapping[str, Any]) -> dict[Team, Sequence[Phrase]]:
    _check_keys(TEAMS, content, tuple(Team))
    return {Team(name): _phrases(f"{TEAMS}, [{name}]", block) for name, block in content.items()}


def _phrases(place: str, by_language: object) -> tuple[Phrase, ...]:
    if not isinstance(by_language, dict):
        raise RulesRefused(f'{place}: the phrases are missing; list them by language, like de = ["kein* geld"]')
    _check_keys(place, by_language, _WRITTEN)
    phrases = []
    for language in by_language:
        for written in _list(place, by_language, language, str):
            try:
                phrases.append(parse(written, language))
            except PhraseRefused as error:
                raise RulesRefused(f"{place}: the phrase “{written}” ({language}) {error}") from error
    return tuple(phrases)


def _check_keys(place: str, block: Mapping[str, Any], allowed: Iterable[str]) -> None:
    for key in block:
        if key not in allowed:
            raise RulesRefused(f"{place}: “{key}” is not known here; write one of: {', '.join(allowed)}")


def _word(words: type[Word], place: str, block: Mapping[str, Any], key: str) -> Word:
    if key not in block:
        raise RulesRefused(f"{place}: has no {key}; add one of: {', '.join(words)}")
    return _one_of(words, place, key, block[key])


def _one_of(words: type[Word], place: str, key: str, value: object) -> Word:
    for word in words:
        if word.value == value:
            return word
    raise RulesRefused(f"{place}: {key} is {value!r}; write one of: {', '.join(words)}")


def _list(place: str, block: Mapping[str, Any], key: str, kind: type) -> list[Any]:
    value = block.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise RulesRefused(f'{place}: {key} is no list; write it as {key} = ["one", "two"]')
    return value


def _try_examples(rule: Rule, rules: Rules) -> None:
    file, _, name = rule.name.partition("/")
    place = f"{file}.toml, rule “{name}”"
    for example in rule.must_match:
        if not _counts(rule, example, rules):
            raise RulesRefused(
                f"{place}: the example “{example}” is not recognised; "
                "add a phrase that stands in it, or take the example out of must_match"
            )
    for example in rule.must_not_match:
        if _counts(rule, example, rules):
            raise RulesRefused(
                f"{place}: the example “{example}” is recognised and should not be; make the phrase that "
                "stands in it narrower, add it below [rule.figurative], or take the example out of must_not_match"
            )


def _counts(rule: Rule, text: str, rules: Rules) -> bool:
    folded = fold(text)
    found = passages(folded, rules.places(folded), rules)
    return any(by is rule and evidence.reading is Reading.AFFIRMED for by, evidence in found)
