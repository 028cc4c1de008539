"""The demo organisation of a server in development: who is in it, what they see, and where it is not made."""

from collections.abc import Sequence
from typing import Any

import anyio

from intervene.node.samples.story import CLOSED, HELD, STORIES, TO_A_BOT, WAITING, WITH_A_BOT
from intervene.node.samples.team import COMPLAINTS_FORM
from tests.integration.system.browser import Browser, admin, refused
from tests.integration.system.conftest import MakeServer
from tests.kit.limits import LONG_WAIT
from tests.kit.peer import PING, PONG, TEXT, Frame, Peer, frame

ROLES = [
    ("Ada", "agent"), ("Ben", "agent"), ("Cleo", "agent"), ("Dan", "agent"), ("Sofia", "supervisor"), ("Omar", "admin")
]  # fmt: skip
COMPLAINTS = {story.name for story in STORIES if story.channel == COMPLAINTS_FORM}


async def test_each_of_them_signs_in_and_sees_what_is_theirs(servers: MakeServer) -> None:
    server = servers(demo="true")
    await server.start()
    people = (await server.ask("GET", "/v1/development/people")).json
    assert [(each["name"], each["role"]) for each in people["items"]] == ROLES
    for person in people["items"]:
        browser = Browser(server)
        assert (await browser.signs_in(person["email"], people["password"])).status == 200
        rows = await the_list(browser)
        await watches_one(browser, person, rows)
        by_name = await browser.asks("POST", "/v1/development/agents", {"name": person["name"], "role": person["role"]})
        assert by_name.json["agent"] == (await browser.asks("GET", "/v1/me")).json["id"], "one person, either way"
        if person["role"] != "agent":
            assert looks(rows) == {
                **dict.fromkeys((story.name for story in WAITING), "nobody"),
                **dict.fromkeys((story.name for story in WITH_A_BOT), "bot"),
                **dict.fromkeys((story.name for story in HELD), "agent"),
                **dict.fromkeys((story.name for story in CLOSED), "closed"),
            }
        elif person["name"] == "Ada":
            assert not COMPLAINTS & looks(rows).keys(), "she does not serve that queue"
    await sees_a_customer_go_on(admin(server, name="Omar"))


async def sees_a_customer_go_on(omar: Browser) -> None:
    """While somebody is at the desk there is always a bot at work."""
    async with Peer(omar.server.port) as peer:
        await peer.joins(omar.token)
        for row in await the_list(omar):
            if row["holder"]["type"] == "bot":
                peer.says(type="watch", conversation=row["id"])
        with anyio.fail_after(LONG_WAIT):
            while not is_of_a_customer(got := await peer.reads()):
                if got.opcode == PING:
                    peer.writes(frame(PONG, got.data))


def is_of_a_customer(got: Frame) -> bool:
    """Whether it shows what a customer goes on to write."""
    shown: Any = got.json if got.opcode == TEXT else {"type": ""}
    return shown["type"] == "event" and shown["event"]["body"].get("text") in TO_A_BOT


async def watches_one(browser: Browser, person: Any, rows: Sequence[Any]) -> None:
    async with Peer(browser.server.port) as peer:
        welcome = await peer.joins(browser.token)
        assert (welcome["agent"]["name"], welcome["role"]) == (person["name"], person["role"])
        peer.says(type="watch", conversation=rows[0]["id"])
        assert (await peer.sees("watched"))["events"]


async def the_list(browser: Browser) -> Sequence[Any]:
    found: Sequence[Any] = (await browser.asks("GET", "/v1/conversations")).json["items"]
    return found


def looks(rows: Sequence[Any]) -> dict[str, str]:
    return {row["contact"]["name"]: row["holder"]["type"] if row["is_open"] else "closed" for row in rows}


async def test_it_is_made_once_and_outside_development_its_password_opens_nothing(servers: MakeServer) -> None:
    """[P7] Everybody can read the password. Whoever has set another one keeps it."""
    server = servers(demo="true")
    await server.start()
    people = (await server.ask("GET", "/v1/development/people")).json
    ada, ben = (Browser(server) for _ in range(2))
    await ada.signs_in("ada@demo.example", people["password"])
    change = {"current": people["password"], "password": "another one of hers"}
    assert (await ada.asks("PATCH", "/v1/me", change)).status == 200
    await server.restart()
    assert server.log.count("made a demo organisation") == 1
    assert (await ben.signs_in("ben@demo.example", people["password"])).status == 200
    assert len(await the_list(admin(server, name="Omar"))) == len(STORIES)
    server.settings["development"] = "false"
    await server.restart()
    assert (await server.ask("GET", "/v1/development/people")).status == 404
    assert refused(await Browser(server).signs_in("ben@demo.example", people["password"])) == (401, "bad_credentials")
    assert refused(await ben.refreshes()) == (401, "signed_out")
    assert (await Browser(server).signs_in("ada@demo.example", change["password"])).status == 200


async def test_a_database_with_people_gets_none(servers: MakeServer) -> None:
    server = servers()
    await server.start()
    somebody = admin(server, name="Zoe")
    assert (await somebody.asks("GET", "/v1/me")).status == 200
    server.settings["demo"] = "true"
    await server.restart()
    assert (await server.ask("GET", "/v1/development/people")).json == {"items": [], "password": ""}
    assert [each["name"] for each in (await somebody.asks("GET", "/v1/people")).json["items"]] == ["Zoe"]
    assert await the_list(somebody) == []
