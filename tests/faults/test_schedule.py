"""A run can be had again: the seed decides what breaks when, and who asks for what."""

from collections import Counter

from tests.faults.asking import Door, asks
from tests.faults.schedule import TARGETS, Kind, fingerprint, schedule


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert schedule(7, 20) == schedule(7, 20)
    assert fingerprint(schedule(7, 20)) != fingerprint(schedule(8, 20))


def test_every_target_is_killed_about_as_often_as_every_other() -> None:
    killed = Counter(fault.target for fault in schedule(1, 20) if fault.kind is Kind.KILLED)
    assert killed.keys() == set(TARGETS)
    assert killed.total() == 20
    assert max(killed.values()) - min(killed.values()) <= 1


def test_what_is_frozen_stays_so_for_longer_than_session_and_lease() -> None:
    frozen = [fault.seconds for fault in schedule(1, 20) if fault.kind is Kind.FROZEN]
    assert frozen
    assert min(frozen) > 15


def test_the_same_seed_asks_the_same_through_every_door() -> None:
    first, second = (list(asks(3, 300, 60)) for _ in range(2))
    assert first == second
    assert {ask.door for ask in first} == set(Door)
    assert len({ask.callback for ask in first}) == 300
