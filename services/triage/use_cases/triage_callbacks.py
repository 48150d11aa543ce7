"""Decide a batch of requests: read, decide, publish. Nothing is kept; the same request gives the same decision."""

import asyncio
from collections.abc import Sequence

from pydantic import ValidationError

from schemas.callback import CallbackRequested, CallbackTriaged, Evidence, Triaged
from schemas.ids import event_id
from schemas.personal import Personal
from schemas.words import Category, Reading, Team, Urgency
from services.chassis.sealing import SealBroken, unseal
from services.chassis.vault import Erased
from services.triage.domain.decide import decide
from services.triage.domain.decision import Decision, Request
from services.triage.domain.rules import Rules
from services.triage.ports import Decisions, Keys

SOURCE = "rueckruf/triage"
UNREAD = "unread"
_AT_A_TIME = 50
_MOST_EVIDENCE = 40


class TriageCallbacks:
    """Decides batches. Emergencies leave as soon as they are found, before the rest of their batch."""

    def __init__(self, rules: Rules, keys: Keys, decisions: Decisions) -> None:
        self._rules = rules
        self._keys = keys
        self._decisions = decisions

    async def __call__(self, requested: Sequence[CallbackRequested]) -> None:
        """Return when every decision of the batch is confirmed; an erased callback gets none."""
        keys = await self._keys.keys({event.subject for event in requested})
        decided: list[CallbackTriaged] = []
        async with asyncio.TaskGroup() as express:
            for start in range(0, len(requested), _AT_A_TIME):
                slice_ = [
                    self._triage(event, key)
                    for event in requested[start : start + _AT_A_TIME]
                    if not isinstance(key := keys.get(event.subject), Erased)
                ]
                emergencies = [event for event in slice_ if event.data.urgency is Urgency.EMERGENCY]
                if emergencies:
                    express.create_task(self._decisions.publish(emergencies))
                decided += [event for event in slice_ if event.data.urgency is not Urgency.EMERGENCY]
                await asyncio.sleep(0)
        if decided:
            await self._decisions.publish(decided)

    def _triage(self, event: CallbackRequested, key: bytes | None) -> CallbackTriaged:
        data = event.data
        decision = self._decide(event, key)
        return CallbackTriaged(
            id=event_id(event.id, CallbackTriaged.TYPE),
            source=SOURCE,
            time=event.time,
            recordedtime=event.recordedtime,
            subject=event.subject,
            correlationid=event.correlationid,
            causationid=event.id,
            office=event.office,
            traceparent=event.traceparent,
            data=Triaged(
                channel=data.channel,
                receipt=data.receipt,
                partner=data.partner,
                attachments=data.attachments,
                sealed=data.sealed,
                own_words=data.own_words,
                video=data.video,
                windows=data.windows,
                urgency=decision.urgency.at_least(data.own_words),
                category=decision.category,
                team=data.team or decision.team,
                language=decision.language,
                interpreter=decision.interpreter or data.interpreter,
                danger_to_life=decision.danger_to_life,
                evidence=_evidence(decision),
                rules=decision.rules_version,
            ),
        )

    def _decide(self, event: CallbackRequested, key: bytes | None) -> Decision:
        data = event.data
        try:
            if key is None:
                return _for_a_human(event)
            personal = Personal.model_validate_json(unseal(key, data.sealed, event.subject.bytes))
        except (SealBroken, ValidationError):
            return _for_a_human(event)
        request = Request(personal.subject, personal.text, data.channel, data.own_words, data.language)
        return decide(request, self._rules)


def _for_a_human(event: CallbackRequested) -> Decision:
    # What cannot be read may be an emergency: somebody must look, soon.
    data = event.data
    return Decision(
        urgency=Urgency.URGENT,
        category=Category.OTHER,
        team=data.team or Team.SERVICE_CENTRE,
        language=data.language or "und",
        interpreter=data.interpreter,
        danger_to_life=False,
        evidence=(),
        rules_version=UNREAD,
    )


def _evidence(decision: Decision) -> tuple[Evidence, ...]:
    # A long text may repeat itself; what decided comes first, so that the limit never hides it.
    ranked = sorted(decision.evidence, key=lambda found: found.reading is not Reading.AFFIRMED)
    return tuple(
        Evidence(start=found.start, end=found.end, rule=found.rule, reading=found.reading)
        for found in ranked[:_MOST_EVIDENCE]
    )
