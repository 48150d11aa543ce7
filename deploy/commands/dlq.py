"""`rueckruf dlq`: what could not be handled, why, and back to where it came from."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from deploy.local.ending import Sorry
from deploy.local.wording import t
from services.chassis.dead_letter_desk import DeadLetterDesk, NoSuchLetter
from services.chassis.publishing import BrokerUnavailable, KafkaPublisher, Unpublishable
from services.chassis.settings import Settings

app = typer.Typer(help=t("dlq.help"), no_args_is_help=True)
R = TypeVar("R")
Topic = Annotated[str, typer.Argument(help=t("dlq.argument.topic"), show_default=False)]


@app.command("list", help=t("dlq.list.help"))
def list_piles() -> int:
    """Print every topic of dead letters that is not empty."""
    piles = [pile for pile in _at_the_desk(lambda desk, _: desk.piles()) if pile.letters]
    console = Console(highlight=False)
    if not piles:
        console.print(t("dlq.list.none"), style="green")
        return 0
    table = Table(t("dlq.column.topic"), t("dlq.column.letters"), t("dlq.column.replayed"), t("dlq.column.reasons"))
    for pile in piles:
        reasons = "\n".join(f"{reason}: {t.number(count)}" for reason, count in pile.reasons.items())
        table.add_row(pile.topic, t.number(pile.letters), t.number(pile.replayed), reasons)
    console.print(table, markup=False)
    return 0


@app.command(help=t("dlq.show.help"))
def show(
    topic: Topic,
    offset: Annotated[int, typer.Argument(help=t("dlq.argument.offset"), min=0)],
    value: Annotated[bool, typer.Option("--value", help=t("dlq.option.value"))] = False,  # noqa: FBT002  # typer's way
) -> int:
    """Print where a letter comes from and why; what a citizen may have written only where it is asked for."""
    record = _at_the_desk(lambda desk, _: desk.letter(topic, offset))
    Console(highlight=False).print("\n".join(described(record, with_value=value)), markup=False, soft_wrap=True)
    return 0


@app.command(help=t("dlq.replay.help"))
def replay(
    topic: Topic,
    most: Annotated[int, typer.Option("--most", "-n", help=t("dlq.option.most"), min=1)] = 1,
) -> int:
    """Send letters back, the oldest first; what was sent back once is not sent again."""

    async def send(desk: DeadLetterDesk, publisher: KafkaPublisher) -> int:
        await publisher.start()
        done = await desk.replay(topic, most)
        console = Console(highlight=False)
        console.print(t("dlq.replay.done", n=done.sent, topic=topic), markup=False, soft_wrap=True)
        if done.without_value:
            offsets = ", ".join(map(str, done.without_value))
            console.print(t("dlq.replay.without_value", offsets=offsets), style="yellow", markup=False, soft_wrap=True)
        return 1 if done.without_value else 0

    return _at_the_desk(send)


def described(record: ConsumerRecord, *, with_value: bool) -> list[str]:
    """Return the lines that tell of a letter; sizes stand for what may be personal."""
    lines = [
        f"{record.topic} {record.offset}",
        t("dlq.show.key", bytes=len(record.key or b"")),
        t("dlq.show.value", bytes=len(record.value)) if record.value is not None else t("dlq.show.no_value"),
    ]
    for name, content in record.headers:
        open_to_all = with_value or name.startswith("dlq-")
        lines.append(f"  {name}: {_text(content)}" if open_to_all else f"  {name}: {len(content or b'')} B")
    if with_value:
        lines += ["", _text(record.key), _text(record.value)]
    return lines


def _text(content: bytes | None) -> str:
    text = (content or b"").decode(errors="backslashreplace")
    return "".join(letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text)


def _at_the_desk(work: Callable[[DeadLetterDesk, KafkaPublisher], Coroutine[Any, Any, R]]) -> R:
    settings = Settings.read()

    async def run() -> R:
        publisher = KafkaPublisher(settings)
        try:
            return await work(DeadLetterDesk(settings, publisher), publisher)
        finally:
            await publisher.stop()

    try:
        return asyncio.run(run())
    except NoSuchLetter as missing:
        raise Sorry(t("dlq.error.no_such_letter", what=str(missing))) from missing
    except Unpublishable as refused:
        raise Sorry(t("dlq.error.refused", kind=str(refused))) from refused
    except (KafkaError, BrokerUnavailable, OSError, TimeoutError) as away:
        raise Sorry(t("dlq.error.no_broker", address=settings.kafka_bootstrap_servers)) from away
