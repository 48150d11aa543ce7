"""An office file: the demo office can be read, and what cannot hold is refused in sentences for a clerk."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.office import Office, OfficeFileRefused, Superior, load_office, load_offices
from schemas.office_values import Slot, Target, Unit
from schemas.words import Stage, Team, Urgency

OFFICES = Path(__file__).parents[3] / "deploy" / "offices"
DEMO = OFFICES / "musterstadt.toml"

Change = Callable[[str, str], Path]


@pytest.fixture
def demo_with(tmp_path: Path) -> Change:
    """Write the demo office with one passage replaced."""

    def write(old: str, new: str) -> Path:
        text = DEMO.read_text(encoding="utf-8")
        assert old in text
        file = tmp_path / "buero.toml"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return file

    return write


def refusal(file: Path) -> OfficeFileRefused:
    with pytest.raises(OfficeFileRefused) as caught:
        load_office(file)
    return caught.value


def test_the_demo_office_is_open_as_its_file_says() -> None:
    office = load_office(DEMO)
    assert office.id == "musterstadt"
    assert office.service_hours.week[0] == (Slot(8 * 60, 16 * 60),)
    assert office.service_hours.week[4] == (Slot(8 * 60, 12 * 60 + 30),)
    assert office.service_hours.week[5] == ()
    assert {number.number for number in office.emergency_numbers} == {"110", "112"}


def test_every_team_of_the_demo_office_has_advisors_and_the_languages_of_its_citizens() -> None:
    office = load_office(DEMO)
    for team in Team:
        assert office.advisors_of(team)
    spoken = {language for advisor in office.advisors for language in advisor.languages}
    assert {"de", "en", "tr", "ar", "uk", "ru"} <= spoken


def test_the_demo_office_has_only_numbers_that_are_kept_free_for_fiction() -> None:
    office = load_office(DEMO)
    for number in [office.calling_number, *(line.number for line in office.hotlines)]:
        assert number.startswith("+49 30 23125 ")


def test_targets_that_are_left_out_are_the_default_policy(demo_with: Change) -> None:
    text = DEMO.read_text(encoding="utf-8")
    office = load_office(demo_with(text[text.index("[targets.emergency]") :], '[targets.urgent]\nowned = "1 h"\n'))
    assert office.promise(Urgency.URGENT, Stage.OWNED) == "1 h"
    assert office.promise(Urgency.URGENT, Stage.ATTEMPTED) == "4 h"
    assert office.promise(Urgency.EMERGENCY, Stage.OWNED) == "10 min"
    assert office.promise(Urgency.NORMAL, Stage.ATTEMPTED) == "24 service hours"
    assert office.promise(Urgency.NORMAL, Stage.OUTCOME) == "3 service days"
    assert office.targets.emergency.hours == "always"
    assert office.targets.urgent.escalation[0].to is Superior.LEAD


def test_an_office_survives_being_written_as_json_and_read_again() -> None:
    office = load_office(DEMO)
    assert Office.model_validate_json(office.model_dump_json()) == office


@pytest.mark.parametrize(
    ("old", "new", "where", "german", "english"),
    [
        (
            'deputy = "olena.kovalenko"',
            'deputy = "olena.kowalenko"',
            "aylin.demir",
            'Meinten Sie "olena.kovalenko"',
            "nobody from",
        ),
        (
            'on_call = ["aylin.demir", "jonas.petersen"]',
            'on_call = ["niemand"]',
            "on_call",
            "niemand aus",
            "nobody from",
        ),
        ('on_call = ["aylin.demir", "jonas.petersen"]', "on_call = []", "on_call", "Bereitschaft", "on call"),
        ('lead = "miriam.schulz"', 'lead = "x"', "service_centre", "niemand aus", "nobody from"),
        (
            'deputy = "dana.ionescu"',
            'deputy = "jonas.petersen"',
            "jonas.petersen",
            "selbst vertreten",
            "for themselves",
        ),
        ('"08:00-12:30"', '"12:30-08:00"', "service_hours.fri", "bevor es anfängt", "ends before it starts"),
        ('"08:00-12:30"', '"08:00-25:00"', "service_hours.fri", "Uhrzeit, die es nicht gibt", "does not exist"),
        ('"08:00-12:30"', '"morgens"', "service_hours.fri", "keine Zeitspanne", "no time span"),
        ('"08:00-12:30"', '"08:00-12:30", "12:00-14:00"', "service_hours.fri", "überschneiden", "overlap"),
        (
            '"08:00-12:30"',
            '"20:00-08:30 Folgetag"]\nsat = ["08:00-10:00"',
            "service_hours.sat",
            "überschneiden",
            "overlap",
        ),
        (
            'fri = ["08:00-12:30"]',
            'freitag = ["08:00-12:30"]',
            "service_hours.freitag",
            'Meinten Sie "fri"',
            'mean "fri"',
        ),
        ('time_zone = "Europe/Berlin"', 'time_zone = "Europe/Berln"', "time_zone", '"Europe/Berlin"', "Did you mean"),
        ("capacity = 6", "capacty = 6", "samir.haddad", 'Meinten Sie "capacity"', 'mean "capacity"'),
        ("capacity = 6", "capacity = 0", "samir.haddad", "zu klein", "too small"),
        ("capacity = 6", 'capacity = "viele"', "samir.haddad", "keine ganze Zahl", "no whole number"),
        ('state = "NI"', 'state = "NX"', "holidays", "gibt es in DE nicht", "There is no state"),
        ('owned = "2 h"', 'owned = "bald"', "targets.urgent.owned", "keine Frist", "no time limit"),
        ('owned = "2 h"', 'owned = "0 h"', "targets.urgent.owned", "keine Frist", "no time limit"),
        ('owned = "2 h"', 'owned = "5 h"', "targets.urgent", "kürzer als die Frist davor", "shorter than"),
        ("warn = [50]", "warn = [100]", "targets.emergency", "Prozenten", "percentages"),
        (
            '{ after = "5 min", to = "lead" }',
            '{ after = "20 min", to = "lead" }',
            "targets.emergency",
            "nacheinander",
            "follow one another",
        ),
        ('to = "lead" }', 'to = "leed" }', "escalation[1].to", 'Meinten Sie "lead"', 'mean "lead"'),
        ("[targets.urgent]", "[targets.urgend]", "targets.urgend", 'Meinten Sie "urgent"', 'mean "urgent"'),
        (
            'every_year = "24.12."\nreason',
            'every_year = "24.13."\nreason',
            "closings[1]",
            "kein Tag im Jahr",
            "no day of the year",
        ),
        ("from = 2027-07-19", "from = 2027-09-19", "absent[1]", "liegt vor dem ersten", "before the first"),
        ("from = 2027-07-19", 'from = "19.7."', "absent[1].from", "kein Datum", "no date"),
        ("on = 2027-06-10", "from = 2027-06-10", "closings[3]", "genau eines", "exactly one"),
        (
            'on = 2027-06-10\ntimes = "12:00-16:00"',
            "from = 2027-01-01\nto = 2029-01-01",
            "closings[3]",
            "mehr als ein Jahr",
            "more than a year",
        ),
        (
            'languages = ["de", "fa", "en"]',
            'languages = ["deutsch"]',
            "leyla.rahimi",
            "kein Sprachkürzel",
            "no language code",
        ),
        ('id = "piotr.nowak"', 'id = "dana.ionescu"', "advisors", "2 Mal", "2 times"),
        ('name = "Jobcenter Musterstadt"\n', "", "name", "fehlt", "is missing"),
        ('id = "musterstadt"', 'id = "Muster Stadt"', "id", "kleine Buchstaben", "small letters"),
        ('id = "musterstadt"', 'id = "musterstadt', "", "Anführungszeichen", "quotation mark"),
        (
            'calling_number = "+49 30 23125 100"',
            'calling_number = "unterdrückt"',
            "calling_number",
            "keine Rufnummer",
            "no phone number",
        ),
        ('management = ["katharina.vogt"]', "management = []", "management", "mindestens ein Eintrag", "At least one"),
    ],
)
def test_what_cannot_hold_is_refused_with_place_and_advice_in_both_languages(
    demo_with: Change, old: str, new: str, where: str, german: str, english: str
) -> None:
    refused = refusal(demo_with(old, new))
    assert any(where in p.where and german in p.de and english in p.en for p in refused.problems), str(refused)
    assert "pydantic" not in str(refused)
    assert "buero.toml" in str(refused)


def test_a_week_without_an_open_hour_is_refused(demo_with: Change) -> None:
    text = DEMO.read_text(encoding="utf-8")
    hours = text[text.index('mon = ["08') : text.index("# Gesetzliche Feiertage")]
    assert "ganze Woche ist geschlossen" in str(refusal(demo_with(hours, "")))


def test_a_team_to_which_nobody_belongs_is_refused(demo_with: Change) -> None:
    text = DEMO.read_text(encoding="utf-8").replace('"placement", "service_centre"', '"service_centre"')
    refused = refusal(demo_with(DEMO.read_text(encoding="utf-8"), text.replace('teams = ["placement"]', "teams = []")))
    assert "gehört niemand" in str(refused)


def test_all_that_does_not_fit_is_told_at_once(demo_with: Change) -> None:
    refused = refusal(demo_with('on_call = ["aylin.demir", "jonas.petersen"]', 'on_call = ["x", "y"]'))
    assert len(refused.problems) == 2


def test_two_offices_cannot_have_one_id(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(DEMO.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(OfficeFileRefused, match="eigene id"):
        load_offices(tmp_path)


def test_a_folder_without_an_office_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OfficeFileRefused, match="keine Bürodatei"):
        load_offices(tmp_path)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    assert "lässt sich nicht lesen" in str(refusal(tmp_path / "fehlt.toml"))
    (tmp_path / "latin.toml").write_bytes('name = "Büro"'.encode("latin-1"))
    assert "UTF-8" in str(refusal(tmp_path / "latin.toml"))


def test_the_offices_of_a_folder_are_found_by_their_ids() -> None:
    offices = load_offices(OFFICES)
    assert offices["musterstadt"] in offices.values()
    assert "woanders" not in offices


@pytest.mark.parametrize(
    ("text", "target", "written"),
    [
        ("10 min", Target(10, Unit.MINUTES), "10 min"),
        ("2 h", Target(120, Unit.MINUTES), "2 h"),
        ("2 Stunden", Target(120, Unit.MINUTES), "2 h"),
        ("24 service hours", Target(1440, Unit.SERVICE_MINUTES), "24 service hours"),
        ("24 Servicestunden", Target(1440, Unit.SERVICE_MINUTES), "24 service hours"),
        ("same service day", Target(0, Unit.SERVICE_DAYS), "same service day"),
        ("nächster Servicetag", Target(1, Unit.SERVICE_DAYS), "next service day"),
        ("3 service days", Target(3, Unit.SERVICE_DAYS), "3 service days"),
    ],
)
def test_a_target_is_read_in_german_and_english_and_written_one_way(text: str, target: Target, written: str) -> None:
    assert Target.parse(text) == target
    assert str(target) == written
    assert Target.parse(written) == target


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("08:00-16:00", Slot(480, 960)),
        ("8-16", Slot(480, 960)),
        ("8:00 – 16:00 Uhr", Slot(480, 960)),
        ("18:00-24:00", Slot(1080, 1440)),
        ("22:00-06:00 next day", Slot(1320, 1800)),
        ("22:00-06:00 Folgetag", Slot(1320, 1800)),
    ],
)
def test_a_slot_is_read_as_people_write_it(text: str, slot: Slot) -> None:
    assert Slot.parse(text) == slot
    assert Slot.parse(str(slot)) == slot
