"""The words of the field: one word per thing, the same in code, events and pages.

Values are wire values: once published they never change their meaning.
"""

from enum import StrEnum


class Channel(StrEnum):
    """The way a request came in."""

    PHONE = "phone"
    FORM = "form"
    WEB = "web"
    EMAIL = "email"


class Urgency(StrEnum):
    """How soon a human must act; ordered by :attr:`rank`, where a higher rank is more urgent."""

    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """0 for normal, 1 for urgent, 2 for emergency."""
        return _RANK[self]

    def at_least(self, other: "Urgency | None") -> "Urgency":
        """Return the more urgent of the two: urgency may be raised, never lowered."""
        return other if other is not None and other.rank > self.rank else self


_RANK = {Urgency.NORMAL: 0, Urgency.URGENT: 1, Urgency.EMERGENCY: 2}


class Category(StrEnum):
    """What a request is about, as far as urgency depends on it."""

    NO_MONEY = "no_money"
    NO_FOOD = "no_food"
    HOMELESSNESS = "homelessness"
    EVICTION = "eviction"
    ENERGY_CUTOFF = "energy_cutoff"
    HEALTH_COVER = "health_cover"
    MEDICAL = "medical"
    VIOLENCE = "violence"
    SUICIDALITY = "suicidality"
    CHILD_WELFARE = "child_welfare"
    PAYMENT_MISSING = "payment_missing"
    SANCTION = "sanction"
    DEADLINE = "deadline"
    OTHER = "other"
    NONE = "none"


class Team(StrEnum):
    """Who answers a topic."""

    BENEFITS = "benefits"
    PLACEMENT = "placement"
    SERVICE_CENTRE = "service_centre"


class Stage(StrEnum):
    """What must be reached by a deadline, in this order."""

    OWNED = "owned"
    ATTEMPTED = "attempted"
    OUTCOME = "outcome"


class AttemptResult(StrEnum):
    """How one try to reach the citizen ended. None of them is ever held against the citizen."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    VOICEMAIL = "voicemail"


class Outcome(StrEnum):
    """How a callback ended."""

    DONE = "done"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    UNREACHABLE = "unreachable"
    ERASED = "erased"


class Reading(StrEnum):
    """How triage read a passage that a rule had found."""

    AFFIRMED = "affirmed"
    NEGATED = "negated"
    PAST = "past"
    SETTLED = "settled"
    QUESTION = "question"
    OTHER_PERSON = "other_person"
    QUOTED = "quoted"
    FIGURATIVE = "figurative"
