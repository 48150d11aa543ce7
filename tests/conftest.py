"""The servers every test may stand on; see `tests/support/ladder.py` for which ones."""

import os
import uuid
from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from tests.support.keeper import Keeper, NoServerError, Standing, ask_keeper
from tests.support.required import NoSkipWhereRequired

KEEPER = pytest.StashKey[Keeper]()


def pytest_configure(config: pytest.Config) -> None:
    """The process that controls the run keeps its servers, and watches what is skipped."""
    if not hasattr(config, "workerinput"):
        config.stash[KEEPER] = Keeper()
        config.pluginmanager.register(NoSkipWhereRequired())


def pytest_unconfigure(config: pytest.Config) -> None:
    """No server outlives the run."""
    if keeper := config.stash.get(KEEPER, None):
        keeper.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say once what the run stood on."""
    for standing in config.stash[KEEPER].standings:
        terminalreporter.write_line(f"on {standing}")


@pytest.fixture(scope="session")
def kafka() -> Standing:
    """The broker of this run: `address` are its bootstrap servers, `is_apache` says what it is."""
    return _stand_on("kafka")


@pytest.fixture(scope="session")
def mongo_url() -> str:
    """The MongoDB of this run, a replica set."""
    return _stand_on("mongo").address


@pytest.fixture
def prefix() -> str:
    """A name that only this test uses: put it before topics, groups and databases."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def database_name(mongo_url: str, prefix: str) -> Iterator[str]:
    """A database of this test's own; it and all others whose names begin so are dropped afterwards."""
    yield prefix
    with MongoClient[dict[str, object]](mongo_url) as client:
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)


@pytest.fixture(autouse=True)
def _apache_kafka_where_marked(request: pytest.FixtureRequest) -> None:
    """A test marked `kafka` runs on Apache Kafka or not at all, which fails where it is required."""
    if request.node.get_closest_marker("kafka") and not request.getfixturevalue("kafka").is_apache:
        pytest.skip("needs Apache Kafka: Java 17 and Maven, a Docker engine, or KAFKA_BOOTSTRAP_SERVERS")


def _stand_on(kind: str) -> Standing:
    try:
        return ask_keeper(kind)
    except NoServerError as error:
        if kind == "kafka" and not os.environ.get("RUECKRUF_REQUIRE_KAFKA"):
            pytest.skip(str(error))
        pytest.fail(str(error), pytrace=False)
