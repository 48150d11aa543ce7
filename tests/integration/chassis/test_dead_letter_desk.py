"""What operations do with dead letters: see them, look at one, and send them back exactly once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiokafka import ConsumerRecord
from typer.testing import CliRunner

from deploy.cli import application
from deploy.commands.dlq import described
from services.chassis.broker import Bus, TopicSpec
from services.chassis.clock import now
from services.chassis.dead_letter_desk import DeadLetterDesk, NoSuchLetter
from services.chassis.dead_letters import DeadLetter, DeadLetters
from services.chassis.settings import Settings
from tests.integration.chassis.house import Listener, settings_for, until
from tests.support.keeper import Standing
from tests.unit.chassis.records import record

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

PILE = "rings.dlq.house"


@pytest.fixture
def settings(kafka: Standing, prefix: str) -> Settings:
    return settings_for(kafka, prefix)


@pytest.fixture
async def bus(settings: Settings) -> AsyncIterator[Bus]:
    made = Bus(
        settings, "house", now, [TopicSpec("rings", 3, timedelta(days=1)), TopicSpec(PILE, 1, timedelta(days=1))]
    )
    made.start()
    await until(lambda: made.ready, "the bus to be ready")
    yield made
    await made.stop()


async def put_aside(bus: Bus, *letters: tuple[bytes, str]) -> None:
    desk = DeadLetters("house", bus.publisher, now)
    await desk.put([DeadLetter(record(value, n), reason) for n, (value, reason) in enumerate(letters)], "house.rings")


async def test_every_pile_is_listed_with_its_reasons_and_looking_changes_nothing(bus: Bus, settings: Settings) -> None:
    desk = DeadLetterDesk(settings, bus.publisher)
    (empty,) = await desk.piles()
    assert (empty.topic, empty.letters) == (PILE, 0)
    await put_aside(bus, (b"1", "unreadable"), (b"2", "unreadable"), (b"3", "null_value"))
    for _ in range(2):
        (pile,) = await desk.piles()
        assert (pile.letters, pile.replayed) == (3, 0)
        assert dict(pile.reasons) == {"unreadable": 2, "null_value": 1}


async def test_one_letter_is_found_by_its_place_and_another_is_not(bus: Bus, settings: Settings) -> None:
    desk = DeadLetterDesk(settings, bus.publisher)
    await put_aside(bus, (b"v1:1", "rejected"), (b"v1:2", "rejected"))
    assert (await desk.letter(PILE, 1)).value == b"v1:2"
    for topic, offset in ((PILE, 7), ("rings", 0), ("rings.dlq.nobody", 0)):
        with pytest.raises(NoSuchLetter):
            await desk.letter(topic, offset)
    with pytest.raises(NoSuchLetter):
        await desk.replay("rings.dlq.nobody", 1)


async def test_letters_go_back_once_as_they_came_and_count_how_often(bus: Bus, settings: Settings) -> None:
    desk = DeadLetterDesk(settings, bus.publisher)
    await put_aside(bus, *((b"v1:%d" % number, "failed:KeyError") for number in range(5)))
    assert (await desk.replay(PILE, 2)).sent == 2
    assert (await desk.replay(PILE, 100)).sent == 3
    assert (await desk.replay(PILE, 100)).sent == 0
    listener = Listener()
    reading = listener.bus(settings)
    reading.start()
    try:
        await until(lambda: len(listener.numbers) >= 5, "all of them, back in their topic")
        await asyncio.sleep(0.5)
    finally:
        await reading.stop()
    assert sorted(listener.numbers) == [0, 1, 2, 3, 4]
    (pile,) = await desk.piles()
    assert (pile.letters, pile.replayed) == (5, 5)


async def test_a_letter_that_fails_again_says_how_often_it_was_sent_back(bus: Bus, settings: Settings) -> None:
    desk = DeadLetterDesk(settings, bus.publisher)
    listener = Listener(lambda _: 1 / 0)
    reading = listener.bus(settings)
    reading.start()
    try:
        await put_aside(bus, (b"v1:1", "failed:KeyError"))
        assert (await desk.replay(PILE, 1)).sent == 1
        async with asyncio.timeout(40):
            again: ConsumerRecord | None = None
            while again is None:
                try:
                    again = await desk.letter(PILE, 1)
                except NoSuchLetter:
                    await asyncio.sleep(0.2)
    finally:
        await reading.stop()
    headers = dict(again.headers)
    assert headers["dlq-replays"] == b"1"
    assert headers["dlq-reason"] == b"failed:ZeroDivisionError"
    assert [name for name, _ in again.headers].count("dlq-reason") == 1


async def test_the_commands_say_it_in_sentences(bus: Bus, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUECKRUF_KAFKA_BOOTSTRAP_SERVERS", settings.kafka_bootstrap_servers)
    monkeypatch.setenv("RUECKRUF_KAFKA_IDEMPOTENT", str(settings.kafka_idempotent))
    monkeypatch.setenv("RUECKRUF_TOPIC_PREFIX", settings.topic_prefix)
    await put_aside(bus, (b"Ada Kanarienvogel", "unreadable"))

    async def run(*words: str) -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner().invoke, application(), ["dlq", *words], standalone_mode=False)
        return (result.return_value if result.exception is None else -1), f"{result.output}{result.exception or ''}"

    code, listed = await run("list")
    assert (code, PILE in listed, "unreadable: 1" in listed) == (0, True, True), listed
    code, shown = await run("show", PILE, "0")
    assert code == 0
    assert "17" in shown
    assert "unreadable" in shown
    assert "Kanarienvogel" not in shown
    _, shown = await run("show", PILE, "0", "--value")
    assert "Ada Kanarienvogel" in shown
    code, done = await run("replay", PILE, "-n", "10")
    assert (code, PILE in done) == (0, True), done
    code, missing = await run("show", PILE, "99")
    assert code == -1
    assert "dlq list" in missing
    monkeypatch.setenv("RUECKRUF_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    code, away = await run("list")
    assert code == -1
    assert "127.0.0.1:1" in away


def test_a_letter_is_described_without_what_may_be_personal() -> None:
    letter = record(b"\x1b[31mAda")
    object.__setattr__(letter, "headers", (("from", b"Ada"), ("dlq-reason", b"unreadable"), ("none", None)))
    assert "Ada" not in "\n".join(described(letter, with_value=False))
    told = "\n".join(described(letter, with_value=True))
    assert "\\x1b[31mAda" in told
    assert "\x1b" not in told
