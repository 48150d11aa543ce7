"""Rules are data that a clerk edits; a mistake is refused in a sentence the clerk understands."""

from pathlib import Path

import pytest

from services.triage.domain.rules import RulesRefused, load_rules

GOOD = """
category = "no_money"
team = "benefits"
[[rule]]
name = "nothing-left"
level = "emergency"
must_match = ["Ich habe kein Geld"]
must_not_match = ["Ich habe Geld"]
[rule.phrases]
de = ["kein* geld"]
"""


def _load(directory: Path, content: str) -> str:
    (directory / "money.toml").write_text(content, encoding="utf-8")
    return load_rules(directory).version


def test_the_version_names_the_content_and_not_its_layout(tmp_path: Path) -> None:
    version = _load(tmp_path, GOOD)
    assert _load(tmp_path, "# a comment\n" + GOOD.replace("team", "\nteam")) == version
    assert _load(tmp_path, GOOD.replace('"kein* geld"', '"kein* geld", "pleite"')) != version


@pytest.mark.parametrize(
    ("mistake", "instead", "sentence"),
    [
        ('team = "benefits"', 'tema = "benefits"', "“tema” is not known here; write one of: category, team"),
        ('team = "benefits"', 'team = "money"', "team is 'money'; write one of: benefits, placement"),
        ('category = "no_money"', "", "has no category; add one of"),
        ('name = "nothing-left"', "", "has no name; add a line"),
        ('level = "emergency"', "", "rule “nothing-left”: has no level; add one of: normal, urgent, emergency"),
        ('level = "emergency"', 'level = "EMERGENCY"', "level is 'EMERGENCY'; write one of"),
        ('level = "emergency"', 'level = "emergency"\ndanger_to_life = "yes"', "write true or false"),
        ('level = "emergency"', 'level = "emergency"\ndespite = ["joke"]', "despite is 'joke'; write one of"),
        ('must_match = ["Ich habe kein Geld"]', 'must_match = "Ich"', 'write it as must_match = ["one", "two"]'),
        ('must_match = ["Ich habe kein Geld"]', 'must_match = ["Hallo"]', "the example “Hallo” is not recognised; add"),
        ('["Ich habe Geld"]', '["Habe kein Geld"]', "“Habe kein Geld” is recognised and should not be; make"),
        ('de = ["kein* geld"]', 'dee = ["kein* geld"]', "“dee” is not known here; write one of: de, en"),
        ('de = ["kein* geld"]', 'de = ["k* geld"]', "“k*”, too short for a star; write at least 2 letters"),
        ('de = ["kein* geld"]', 'de = ["… geld"]', "write a word on both sides"),
        ('de = ["kein* geld"]', 'de = ["kein*geld"]', "no single word; write words with spaces"),
        ('de = ["kein* geld"]', "", "has no phrases; add at least one"),
        ('de = ["kein* geld"]', 'de = ["kein* geld]', "look for a missing quotation mark"),
    ],
)
def test_a_mistake_is_refused_with_file_and_remedy(tmp_path: Path, mistake: str, instead: str, sentence: str) -> None:
    assert mistake in GOOD
    with pytest.raises(RulesRefused) as refused:
        _load(tmp_path, GOOD.replace(mistake, instead))
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("money.toml")


def test_an_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesRefused, match="no rules found"):
        load_rules(tmp_path)


@pytest.mark.parametrize(
    ("phrase", "found", "not_found"),
    [
        ("geld", "Geld!", "Gelder"),
        ("geld*", "Gelder", "Bargeld"),
        ("*geld", "Bargeld", "Gelder"),
        ("*geld*", "Bargeldes", "Gold"),
        ("kein* geld", "keinerlei Geld", "kein bisschen Geld"),
        ("kein* .. geld", "kein bisschen Geld", "kein Mensch hat hier Geld"),
        ("strom … gesperrt", "Strom wird uns morgen um acht gesperrt", "gesperrt ist der Strom"),
        ("strom ... gesperrt", "Strom ist gesperrt", "Strom. Alles gesperrt"),
        ("strom & weg", "weg ist der Strom", "weg! Der Strom läuft"),
        ("strom|gas weg", "Gas weg", "Wasser weg"),
        ("cut_off|gone & gas", "gas is cut off", "gas is off"),
        ("a|b & c & d", "c b d", "c d"),
    ],
)
def test_the_phrase_language_means_what_it_says(tmp_path: Path, phrase: str, found: str, not_found: str) -> None:
    _load(
        tmp_path,
        GOOD.replace("kein* geld", phrase).replace("Ich habe kein Geld", found).replace("Ich habe Geld", not_found),
    )
