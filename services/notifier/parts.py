"""What the pages and the API of notifier work with."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.office import Offices
from services.chassis.clock import Clock
from services.notifier.domain.offices import Compiled
from services.notifier.identity import Identities
from services.notifier.live import Live
from services.notifier.mongo import MongoTasks
from services.notifier.ports import Keys
from services.notifier.settings import NotifierSettings
from services.notifier.use_cases.work_task import WorkTask


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts, put together in ``app.py``."""

    settings: NotifierSettings
    office_files: Offices
    offices: Mapping[str, Compiled]
    tasks: MongoTasks
    keys: Keys
    work: WorkTask
    live: Live
    identities: Identities
    clock: Clock
