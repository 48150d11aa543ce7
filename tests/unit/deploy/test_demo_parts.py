"""The demo's parts: its data, its faster office, its last line."""

import dataclasses
import json
from pathlib import Path

from deploy.local.demo.balance import Balance
from deploy.local.demo.channels import picture
from deploy.local.demo.office import SPEED, write_sped_up
from deploy.local.demo.script import read_script
from schemas.office import load_office
from schemas.office_values import Unit
from schemas.words import Channel, Outcome, Stage, Urgency
from services.intake.channels.asking import media_type
from services.intake.channels.words_in import phone_number

OFFICE = Path(__file__).parents[3] / "deploy/offices/musterstadt.toml"
RIGHT = Balance(
    received=3, open=0, done=1, withdrawn=1, merged=0, unreachable=0, erased=1,
    by_channel={"web": 3}, emergencies=1, pushed=3, breaches_alerted=1, breaches=1,
)  # fmt: skip


def test_the_demo_speaks_ten_languages_through_every_channel() -> None:
    requests = read_script().request
    assert len({one.language for one in requests}) >= 10
    assert {one.comes_by for one in requests} == set(Channel)
    assert {one.via for one in requests} == {"phone", "web", "desk", "email", "kafka"}
    assert any(one.again for one in requests)
    assert any(one.photo for one in requests)
    assert {one.ends for one in requests} == {Outcome.DONE, Outcome.WITHDRAWN, Outcome.ERASED}


def test_every_number_of_the_demo_is_one_kept_free_for_films() -> None:
    numbers = [phone_number(one.phone) for one in read_script().request if one.phone not in {"", "anonymous"}]
    assert len(numbers) > 20
    assert all(number is not None and number.startswith("+493023125") for number in numbers)


def test_the_faster_office_is_the_example_office_with_other_promises(tmp_path: Path) -> None:
    slow, fast = load_office(OFFICE), load_office(write_sped_up(OFFICE, tmp_path))
    changed = {"targets", "service_hours", "closings"}
    assert fast.model_dump(exclude=changed) == slow.model_dump(exclude=changed)
    for urgency in Urgency:
        for stage in Stage:
            before, after = getattr(slow.targets.of(urgency), stage), getattr(fast.targets.of(urgency), stage)
            assert after.unit is Unit.MINUTES
            assert before.unit is Unit.SERVICE_DAYS or after.amount * SPEED == before.amount
        assert fast.targets.of(urgency).hours == "always"


def test_the_last_line_is_one_json_object_with_its_verdict() -> None:
    line = json.loads(RIGHT.line())
    figures = dataclasses.asdict(RIGHT)
    del figures["breaches"]
    assert line == figures | {"balance_ok": True}


def test_a_callback_that_was_lost_doubled_or_not_shown_spoils_the_balance() -> None:
    assert RIGHT.ok
    assert not dataclasses.replace(RIGHT, received=4, pushed=4).ok
    assert not dataclasses.replace(RIGHT, done=2).ok
    assert not dataclasses.replace(RIGHT, pushed=2).ok


def test_the_photograph_is_taken_for_a_picture() -> None:
    assert media_type(picture()) == "image/png"
