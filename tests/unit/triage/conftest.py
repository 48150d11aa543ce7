"""The rules as they ship, and the shortest way to ask triage about a sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.words import Channel
from services.triage.domain.decide import decide
from services.triage.domain.decision import Decision, Request
from services.triage.domain.language import prepare
from services.triage.domain.rules import Rules, load_rules

RULES = Path(__file__).parents[3] / "services" / "triage" / "rules"


@pytest.fixture(scope="session")
def rules() -> Rules:
    prepare()
    return load_rules(RULES)


@pytest.fixture(scope="session")
def triage(rules: Rules) -> Callable[[str], Decision]:
    def ask(text: str) -> Decision:
        return decide(Request("", text, Channel.EMAIL), rules)

    return ask
