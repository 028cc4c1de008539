"""Who can be reached, and what comes back from those who cannot, on a server whose database is a file."""

from tests.integration.system.browser import Browser, admin
from tests.kit.limits import LONG_WAIT
from tests.kit.people import Agent, Customer
from tests.kit.person import Person
from tests.kit.server import ServerProcess


async def is_seen(by: Person, whom: str, presence: str, since: int = 0) -> int:
    """By a colleague. Answers how many frames were heard by then."""

    def is_it(frame: dict[str, object]) -> bool:
        people = frame["people"] if frame["type"] == "presence" else ()
        assert isinstance(people, list | tuple)
        return any(each["person"]["name"] == whom and each["presence"] == presence for each in people)

    await by.hears(is_it, since, within=LONG_WAIT)
    return len(by.heard)


async def test_colleagues_see_who_comes_chooses_and_goes_and_customers_see_nothing(server: ServerProcess) -> None:
    """[P6] [R170] [R171]"""
    async with Customer(server) as maria, Agent(server, "Ben") as ben:
        await maria.opens()
        ana = Agent(server)
        await ana.joins()
        at = await is_seen(ben, "Ana", "available")
        await ana.sends({"type": "set_presence", "presence": "busy"})
        await is_seen(ana, "Ana", "busy")
        at = await is_seen(ben, "Ana", "busy", at)
        me = Browser(server)
        me.token = server.agent_token("Ana")
        assert (await me.asks("GET", "/v1/me")).json["presence"] == "busy"
        assert (await me.asks("PATCH", "/v1/me", {"presence": "available"})).json["presence"] == "available"
        at = await is_seen(ben, "Ana", "available", at)
        assert (await me.asks("PATCH", "/v1/me", {"presence": "away"})).status == 400
        assert (await me.asks("PATCH", "/v1/me", {"presence": "busy"})).status == 200
        at = await is_seen(ben, "Ana", "busy", at)
        await ana.leaves()
        at = await is_seen(ben, "Ana", "offline", at)
        await ana.joins()
        await is_seen(ben, "Ana", "busy", at)
        async with Agent(server, "Cem") as cem:
            first = await cem.hears("presence")
            assert first["reset"] is True
            assert {"Ben", "Ana"} <= {each["person"]["name"] for each in first["people"]}
        await ana.leaves()
        assert all(frame["type"] != "presence" for frame in maria.heard)


async def test_what_a_disabled_person_holds_comes_back_at_once(server: ServerProcess) -> None:
    """[R173] However long their queue lets others be absent."""
    ada = admin(server)
    async with Customer(server) as maria, Agent(server) as ana, Agent(server, "Ben") as ben:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await ana.intervenes(c)
        await ana.says(c, "I look into it.")
        await ben.watches(c)
        row = next(row for row in (await ada.asks("GET", "/v1/people")).json["items"] if row["name"] == "Ana")
        version = {"if-match": f'"{row["version"]}"'}
        assert (await ada.asks("PATCH", f"/v1/people/{row['id']}", {"disabled": True}, **version)).status == 200
        event = await ben.sees(c, lambda event: event.frame["event"]["body"].get("move") == "lapse")
        assert event.frame["event"]["body"]["reason"] == "disabled"
        await ben.intervenes(c)
        await ben.says(c, "I go on with it.")
        await ana.is_gone()
