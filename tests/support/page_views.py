"""Invented view data for every page: template and context by name."""

import datetime as dt
from types import SimpleNamespace as View
from typing import Any

from schemas.words import Category, Channel, Outcome, Reading, Stage, Team, Urgency

NOW = dt.datetime(2026, 11, 23, 9, 5, tzinfo=dt.UTC)
_STAFF: dict[str, Any] = {
    "nav": [("/", "Aufgaben", True), ("/desk", "Formular eintragen", False), ("/ops", "Lage", False)],
    "who": "Aylin Demir",
    "role": "Geldleistungen",
}
_WINDOWS = [
    View(day=day, start=start, end=end)
    for day in ("mon", "tue", "wed", "thu")
    for start, end in (("08:00", "12:00"), ("12:00", "16:00"))
] + [View(day="fri", start="08:00", end="12:30")]
_FORM: dict[str, Any] = {
    "action": "/",
    "teams": list(Team),
    "talk_languages": ["de", "uk", "ar", "tr", "ru", "en", "fa", "ku", "ro", "bg", "pl"],
    "windows": _WINDOWS,
}
_REFUSED = {"name": "Bitte nennen Sie Ihren Namen.", "phone": "Bitte Telefon oder E-Mail angeben."}


def _minutes(n: int) -> dt.timedelta:
    return dt.timedelta(minutes=n)


def _task(receipt: str, urgency: Urgency, category: Category, waited: int, due: int, **more: Any) -> View:
    fields: dict[str, Any] = {
        "href": f"/tasks/{receipt}",
        "receipt": receipt,
        "urgency": urgency,
        "category": category,
        "danger_to_life": False,
        "team": Team.BENEFITS,
        "advisor": "",
        "is_mine": False,
        "channel": Channel.WEB,
        "language": "de",
        "interpreter": False,
        "waiting_since": NOW - _minutes(waited),
        "attempts": 0,
        "stage": Stage.OWNED,
        "due": NOW + _minutes(due),
        "breached": due < 0,
        "can_accept": True,
        "version": 1,
    }
    return View(**fields | more)


_TASKS = [
    _task(
        "7K3M-9QXP-2ABC",
        Urgency.EMERGENCY,
        Category.CHILD_WELFARE,
        4,
        6,
        danger_to_life=True,
        language="uk",
        interpreter=True,
    ),
    _task("4D0R-77TA-K2MM", Urgency.EMERGENCY, Category.NO_FOOD, 19, -9, channel=Channel.PHONE, language="ar"),
    _task(
        "P0RT-22AB-9XYZ",
        Urgency.URGENT,
        Category.PAYMENT_MISSING,
        75,
        165,
        advisor="Olena Kovalenko",
        stage=Stage.ATTEMPTED,
        can_accept=False,
        attempts=1,
    ),
    _task(
        "8H1N-3C4D-5E6F",
        Urgency.URGENT,
        Category.DEADLINE,
        30,
        90,
        team=Team.PLACEMENT,
        is_mine=True,
        stage=Stage.ATTEMPTED,
        can_accept=False,
    ),
    _task(
        "1A2B-3C4D-5E6F",
        Urgency.NORMAL,
        Category.NONE,
        1500,
        2880,
        channel=Channel.FORM,
        team=Team.SERVICE_CENTRE,
        attempts=2,
    ),
    _task("9Z8Y-7X6W-5V4T", Urgency.NORMAL, Category.OTHER, 300, 400, channel=Channel.EMAIL, language="tr"),
]

_OPENED = _task(
    "7K3M-9QXP-2ABC",
    Urgency.EMERGENCY,
    Category.NO_FOOD,
    4,
    26,
    danger_to_life=True,
    is_mine=True,
    advisor="Aylin Demir",
    language="de",
    interpreter=True,
    video=True,
    occurred=NOW - _minutes(30),
    recorded=NOW - _minutes(4),
    attempts=1,
    closed=None,
    rescheduled=NOW + _minutes(40),
    person=View(name="Erika Muster", phone="+4930231250", email="erika@example.org", windows=_WINDOWS[:2]),
    said=[
        ("Guten Tag,\nich hoffe, es geht Ihnen gut. Wegen meines Bescheids habe ich schon geschrieben. ", None),
        ("Die Kinder haben seit drei Tagen nur Toast gegessen", 1),
        (", und der ist jetzt auch alle. ", None),
        ("Letztes Jahr war der Strom weg", 2),
        (", das ist zum Glück geregelt.\nMit freundlichen Grüßen", None),
    ],
    evidence=[
        (1, "Die Kinder haben seit drei Tagen nur Toast gegessen", "Essen für Kinder", Reading.AFFIRMED, True),
        (2, "Letztes Jahr war der Strom weg", "Stromsperre", Reading.PAST, False),
    ],
    attachments=[("bescheid.jpg", "/files/1", 812_000)],
    legal=["Vorschuss (§ 42 SGB I)", "Auszahlung am selben Tag (§ 42 Abs. 2 SGB II)"],
    deadlines=[
        View(
            stage=Stage.OWNED,
            due=NOW - _minutes(16),
            met=NOW - _minutes(20),
            breached=False,
            counted=_minutes(10),
            intervals=[(NOW - _minutes(26), NOW - _minutes(16))],
        ),
        View(
            stage=Stage.ATTEMPTED,
            due=NOW - _minutes(2),
            met=None,
            breached=True,
            counted=_minutes(30),
            intervals=[(NOW - _minutes(32), NOW - _minutes(2))],
        ),
        View(
            stage=Stage.OUTCOME,
            due=NOW + _minutes(300),
            met=None,
            breached=False,
            counted=_minutes(420),
            intervals=[(NOW - _minutes(120), NOW + _minutes(300))],
        ),
    ],
    history=[
        (NOW - _minutes(30), "requested", {}, ""),
        (NOW - _minutes(29), "triaged", {"urgency": "Notfall"}, ""),
        (NOW - _minutes(20), "accepted", {}, "Aylin Demir"),
        (NOW - _minutes(5), "attempted", {"attempt": 1, "result": "Besetzt"}, "Aylin Demir"),
    ],
    can={"attempt", "reschedule", "close"},
)
_ERASED = View(
    **vars(_OPENED)
    | {
        "person": None,
        "danger_to_life": False,
        "urgency": Urgency.NORMAL,
        "closed": Outcome.ERASED,
        "can": set(),
        "legal": [],
    }
)
_UNOWNED = View(
    **vars(_OPENED)
    | {
        "urgency": Urgency.NORMAL,
        "is_mine": False,
        "advisor": "",
        "evidence": [],
        "said": [],
        "can": {"accept", "attempt", "reschedule", "close", "raise"},
    }
)

_OPS = View(
    at=NOW,
    unowned_emergencies=1,
    open=1284,
    overdue=3,
    breaches_today=2,
    dead_letters=1,
    outbox_waiting=12,
    oldest=dt.timedelta(days=2, hours=5),
    outbox_age=dt.timedelta(minutes=1),
    by_urgency=[(Urgency.EMERGENCY, 1, 2, 4), (Urgency.URGENT, 12, 20, 44), (Urgency.NORMAL, 230, 610, 361)],
    by_team=[(Team.BENEFITS, 812, 3, dt.timedelta(days=2, hours=5)), (Team.PLACEMENT, 472, 0, None)],
    balance=[
        ("received", 20411),
        ("open", 1284),
        ("done", 17920),
        ("withdrawn", 311),
        ("merged", 620),
        ("unreachable", 240),
        ("erased", 36),
    ],
    is_balanced=True,
)
_FOUND = View(
    receipt="7K3M-9QXP-2ABC",
    received=NOW - _minutes(90),
    next=NOW + _minutes(60),
    attempts=1,
    closed=None,
    steps=[
        ("done", "received", NOW - _minutes(90)),
        ("done", "owned", NOW - _minutes(80)),
        ("now", "attempted", NOW - _minutes(20)),
        ("todo", "outcome", None),
    ],
)
_PEOPLE = [
    View(id="aylin.demir", name="Aylin Demir", teams=[Team.BENEFITS], languages=["de", "tr", "en"], role="Leitung"),
    View(id="olena.kovalenko", name="Olena Kovalenko", teams=[Team.BENEFITS], languages=["de", "uk"], role="Beratung"),
    View(id="empfang", name="Empfang", teams=[Team.SERVICE_CENTRE], languages=["de"], role="Empfang"),
]
_TASK = _STAFF | {"now": NOW, "inbox_url": "/", "minimum_attempts": 3}
_ASK = _FORM | {"idempotency_key": "k", "photos_hint_mb": 12, "status_url": "/status"}
_RECEIPT = {"receipt": "7K3M-9QXP-2ABC", "received": NOW, "status_url": "/status"}
_INBOX = _STAFF | {"now": NOW, "events_url": "/events"}

VIEWS: dict[str, tuple[str, dict[str, Any]]] = {
    "request_form": ("request_form", _ASK | {"values": {}, "errors": {}}),
    "request_form-refused": (
        "request_form",
        _ASK | {"values": {"text": "Hallo", "own_words": "urgent", "windows": ["mon 08:00-12:00"]}, "errors": _REFUSED},
    ),
    "receipt": ("receipt", _RECEIPT | {"emergency": False}),
    "receipt-emergency": ("receipt", _RECEIPT | {"emergency": True}),
    "desk": ("desk", _STAFF | _FORM | {"values": {}, "errors": {}, "saved": "7K3M-9QXP-2ABC", "today": NOW.date()}),
    "inbox": (
        "inbox",
        _INBOX | {"tasks": _TASKS, "views": [("/?mine", "Meine", False), ("/?team", "Mein Team", True)]},
    ),
    "inbox-empty": ("inbox", _INBOX | {"tasks": [], "views": []}),
    "task": ("task", _TASK | {"task": _OPENED, "errors": {}, "values": {}, "saved": "Anruf eingetragen."}),
    "task-refused": (
        "task",
        _TASK | {"task": _UNOWNED, "errors": {"until": "Die Zeit ist vorbei."}, "values": {}, "saved": ""},
    ),
    "task-erased": ("task", _TASK | {"task": _ERASED, "errors": {}, "values": {}, "saved": ""}),
    "ops": ("ops", _STAFF | {"ops": _OPS, "events_url": "/events"}),
    "status": ("status", {"action": "/status", "values": {}, "errors": {}, "found": _FOUND}),
    "status-unknown": (
        "status",
        {
            "action": "/",
            "values": {"receipt": "x"},
            "errors": {"receipt": "Diese Nummer kennen wir nicht."},
            "found": None,
        },
    ),
    "who": ("who", {"action": "/who", "next": "/", "identities": _PEOPLE}),
}
