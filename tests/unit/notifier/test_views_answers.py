"""What notifier answers when something is wrong: a sentence, a code, and what to do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from schemas.office import Offices
from schemas.words import Stage, Team
from services.notifier.api import Api
from services.notifier.domain.offices import compile_offices
from services.notifier.figures import Board
from services.notifier.identity import Identities
from services.notifier.live import Live
from services.notifier.mongo import MongoTasks
from services.notifier.parts import Parts
from services.notifier.settings import NotifierSettings
from services.notifier.use_cases.work_task import WorkTask
from services.notifier.web.door import DoorPages
from services.notifier.web.inbox import Inbox
from services.notifier.web.site import Site
from services.notifier.web.standing import StandingPages
from services.notifier.web.tasks import TaskPages
from tests.unit.notifier.offices import office_with
from tests.unit.notifier.tasks import NOW, MemoryKeys, Tasks, task_with

_PAGE = {"accept": "text/html", "accept-language": "de"}
_ANNA = {"x-advisor": "anna"}
_TASK = task_with()
_HREF = f"/testhausen/tasks/{_TASK.callback}"
_API = f"/v1/testhausen/tasks/{_TASK.callback}"


@dataclass
class _House:
    tasks: Tasks
    keys: MemoryKeys
    client: httpx.AsyncClient

    async def post(self, action: str, who: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """Send a form of the task's page as a browser does."""
        who = _PAGE | (who or _ANNA)
        page = await self.client.get(_HREF, headers=who)
        token = page.text.split('name="csrf" value="')[1].split('"')[0] if 'name="csrf"' in page.text else ""
        version = self.tasks.kept[_TASK.callback].version
        return await self.client.post(
            f"{_HREF}/{action}", headers=who, data={"csrf": token, "version": version} | fields
        )


def _app(tasks: Tasks, keys: MemoryKeys, *, demo: bool = False) -> FastAPI:
    settings = NotifierSettings(demo=demo, identity_header="x-advisor")
    files = Offices({"testhausen": office_with()})
    offices = compile_offices(files)
    parts = Parts(
        settings=settings,
        office_files=files,
        offices=offices,
        tasks=cast(MongoTasks, tasks),
        keys=keys,
        work=WorkTask(cast(MongoTasks, tasks), keys, offices, lambda: NOW),
        live=Live(),
        identities=Identities(settings, files, b"k"),
        clock=lambda: NOW,
    )
    app = FastAPI()
    app.include_router(Api(parts).routes())
    site = Site(parts, b"k")
    site.install(app)
    for pages in (Inbox(site), TaskPages(site), StandingPages(site, cast(Board, None)), DoorPages(site)):
        app.include_router(pages.routes())
    return app


@pytest_asyncio.fixture
async def house() -> AsyncIterator[_House]:
    async with _house() as made:
        yield made


class _house:  # noqa: N801  # reads as the fixture it is
    def __init__(self, *, demo: bool = False) -> None:
        self._tasks, self._keys = Tasks(_TASK), MemoryKeys()
        transport = httpx.ASGITransport(_app(self._tasks, self._keys, demo=demo), raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="https://office.test")

    async def __aenter__(self) -> _House:
        return _House(self._tasks, self._keys, await self._client.__aenter__())

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


async def test_without_a_name_staff_pages_say_how_to_sign_in(house: _House) -> None:
    for path in ("/testhausen/inbox", "/testhausen/ops", _HREF):
        answer = await house.client.get(path, headers=_PAGE)
        assert answer.status_code == 401
        assert "Bitte melden Sie sich an" in answer.text
        assert "Erika" not in answer.text


async def test_demo_identities_are_offered_in_demo_mode_only(house: _House) -> None:
    assert (await house.client.get("/testhausen/who", headers=_PAGE)).status_code == 404
    async with _house(demo=True) as demo:
        led = await demo.client.get(_HREF, headers=_PAGE)
        assert led.status_code == 303
        assert led.headers["location"] == f"/testhausen/who?next={_HREF}"
        page = await demo.client.get(led.headers["location"], headers=_PAGE)
        token = page.text.split('name="csrf" value="')[1].split('"')[0]
        form = {"csrf": token, "identity": "boris", "next": _HREF}
        assert (await demo.client.post("/testhausen/who", headers=_PAGE, data=form)).headers["location"] == _HREF
        assert "Erika Muster" in (await demo.client.get(_HREF, headers=_PAGE)).text
        assert (await demo.client.get("/", headers=_PAGE)).headers["location"] == "/testhausen/inbox"


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/testhausen/../x", "/testhausen/\\evil", ""]
)
async def test_after_signing_in_nobody_is_led_elsewhere(to: str) -> None:
    async with _house(demo=True) as demo:
        page = await demo.client.get("/testhausen/who", headers=_PAGE)
        token = page.text.split('name="csrf" value="')[1].split('"')[0]
        form = {"csrf": token, "identity": "boris", "next": to}
        answer = await demo.client.post("/testhausen/who", headers=_PAGE, data=form)
        assert answer.headers["location"] == "/testhausen/inbox"


async def test_who_is_not_of_the_team_does_not_read_the_case(house: _House) -> None:
    answer = await house.client.get(_HREF, headers=_PAGE | {"x-advisor": "carla"})
    assert answer.status_code == 403
    assert "Erika" not in answer.text
    assert (await house.client.get(_HREF, headers=_PAGE | {"x-advisor": "maria"})).status_code == 200


async def test_an_erased_case_shows_no_person(house: _House) -> None:
    house.keys.erased.add(_TASK.callback)
    answer = await house.client.get(_HREF, headers=_PAGE | _ANNA)
    assert answer.status_code == 200
    assert "Die Angaben sind gelöscht" in answer.text
    assert "Erika" not in answer.text


async def test_a_deed_leads_back_to_the_task_and_says_what_was_done(house: _House) -> None:
    answer = await house.post("accept")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{_HREF}?saved=accept")
    page = await house.client.get(answer.headers["location"], headers=_PAGE | _ANNA)
    assert "Sie haben die Aufgabe übernommen." in page.text
    assert "saved.x" not in (await house.client.get(f"{_HREF}?saved=x", headers=_PAGE | _ANNA)).text


async def test_a_form_of_another_site_changes_nothing(house: _House) -> None:
    answer = await house.post("accept", csrf="forged")
    assert answer.status_code == 403
    assert house.tasks.kept[_TASK.callback].owner is None


async def test_who_comes_second_is_told_who_came_first(house: _House) -> None:
    house.tasks.kept[_TASK.callback] = _TASK.accept("boris", NOW)
    answer = await house.post("accept", version=1)
    assert answer.status_code == 403  # a page without a form to accept has no token either
    house.tasks.kept[_TASK.callback] = _TASK
    page = await house.client.get(_HREF, headers=_PAGE | _ANNA)
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    house.tasks.kept[_TASK.callback] = _TASK.accept("boris", NOW)
    form = {"csrf": token, "version": "1"}
    late = await house.client.post(f"{_HREF}/accept", headers=_PAGE | _ANNA, data=form)
    assert late.status_code == 409
    assert "Boris hat die Aufgabe schon übernommen." in late.text


async def test_a_form_that_was_sent_twice_counts_once(house: _House) -> None:
    house.tasks.kept[_TASK.callback] = _TASK.accept("anna", NOW)
    seen = house.tasks.kept[_TASK.callback].version
    assert (await house.post("attempt", result="busy", version=seen)).status_code == 303
    again = await house.post("attempt", result="busy", version=seen)
    assert again.status_code == 409
    assert "inzwischen geändert" in again.text
    assert house.tasks.kept[_TASK.callback].attempts == 1


@pytest.mark.parametrize(
    ("action", "fields", "field"),
    [
        ("attempt", {"result": "vanished"}, "result"),
        ("attempt", {}, "result"),
        ("reschedule", {"until": "morgen"}, "until"),
        ("reschedule", {"until": "2026-11-23T10:30Z"}, "until"),
        ("close", {"outcome": "merged"}, "outcome"),
        ("attempt", {"result": "busy", "version": "x"}, "version"),
    ],
)
async def test_a_form_we_never_sent_names_the_field(
    house: _House, action: str, fields: dict[str, Any], field: str
) -> None:
    house.tasks.kept[_TASK.callback] = before = _TASK.accept("anna", NOW)
    answer = await house.post(action, **fields)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert house.tasks.kept[_TASK.callback] == before


async def test_a_time_is_meant_by_the_clock_on_the_wall(house: _House) -> None:
    house.tasks.kept[_TASK.callback] = _TASK.accept("anna", NOW)
    assert (await house.post("reschedule", until="2026-11-23T10:30")).status_code == 303
    until = house.tasks.kept[_TASK.callback].until
    assert until is not None
    assert until.isoformat() == "2026-11-23T10:30:00+01:00"


async def test_a_refusal_stands_at_its_field(house: _House) -> None:
    house.tasks.kept[_TASK.callback] = _TASK.accept("anna", NOW)
    answer = await house.post("close", outcome="unreachable")
    assert answer.status_code == 409
    assert "mindestens drei Anrufversuche" in answer.text
    assert 'href="#outcome"' in answer.text


async def test_a_store_that_is_down_is_said_with_when_to_come_back(house: _House) -> None:
    house.tasks.down = True
    for path in ("/testhausen/inbox", "/testhausen/inbox/live", _HREF, _API, "/v1/testhausen/tasks"):
        answer = await house.client.get(path, headers=_PAGE | _ANNA)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), path
        assert "Es ist nichts verloren" in answer.text


async def test_the_api_says_what_is_wrong_as_a_problem(house: _House) -> None:
    german = {"accept-language": "de"}
    nobody = await house.client.get(_API, headers=german)
    nowhere = await house.client.get("/v1/elsewhere/tasks", headers=german | _ANNA)
    gone = await house.client.get(f"/v1/testhausen/tasks/{'0' * 32}", headers=german | _ANNA)
    wrong = await house.client.post(f"{_API}/attempts", headers=german | _ANNA, json={"result": "vanished"})
    early = await house.client.post(f"{_API}/attempts", headers=german | _ANNA, json={"result": "busy"})
    answers = [(nobody, "not_signed_in"), (nowhere, "not_found"), (gone, "not_found"), (wrong, "invalid")]
    for answer, code in [*answers, (early, "not_accepted")]:
        said = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert (said["code"], said["status"]) == (code, answer.status_code)
        assert " " in said["title"]
        assert said["detail"].endswith(".")
    assert [one["field"] for one in wrong.json()["errors"]] == ["result"]
    assert (early.status_code, early.json()["detail"]) == (409, "Übernehmen Sie die Aufgabe zuerst.")


async def test_the_api_names_who_holds_a_task(house: _House) -> None:
    house.tasks.kept[_TASK.callback] = _TASK.accept("boris", NOW)
    answer = await house.client.post(f"{_API}/accept", headers=_ANNA | {"accept-language": "en"})
    said = answer.json()
    assert (said["by"], said["code"]) == ("boris", "taken")
    assert said["detail"] == "Boris has accepted this task already."


async def test_a_citizen_finds_a_callback_by_its_number(house: _House) -> None:
    path = "/testhausen/status"
    assert (await house.client.get(path, headers=_PAGE)).status_code == 200
    known = await house.client.post(path, headers=_PAGE, data={"receipt": _TASK.receipt.lower().replace("-", " ")})
    assert known.status_code == 200
    assert f"Rückruf {_TASK.receipt}" in known.text
    assert "Erika" not in known.text
    assert (await house.client.post(path, headers=_PAGE, data={"receipt": "x"})).status_code == 422
    unknown = await house.client.post(path, headers=_PAGE, data={"receipt": task_with("2").receipt})
    assert unknown.status_code == 404
    assert "kennen wir nicht" in unknown.text


async def test_the_inbox_shows_ones_team_or_ones_own(house: _House) -> None:
    other = replace(task_with("3"), team=Team.PLACEMENT, advisor="boris", met={Stage.OWNED: NOW})
    house.tasks.kept[other.callback] = other
    boris = _PAGE | {"x-advisor": "boris"}
    team = (await house.client.get("/testhausen/inbox", headers=boris)).text
    mine = (await house.client.get("/testhausen/inbox?view=mine", headers=boris)).text
    assert (_TASK.receipt in team, other.receipt in team) == (True, True)
    assert (_TASK.receipt in mine, other.receipt in mine) == (False, True)
    assert (await house.client.get("/testhausen/inbox?view=all", headers=boris)).status_code == 422
