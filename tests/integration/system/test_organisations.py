"""The organisations below one's own, and what was done in them, over HTTP."""

import time
from typing import Any

import jwt
import pytest

from tests.integration.system.browser import Browser, admin, invited, refused
from tests.kit.peer import Peer
from tests.kit.server import Reply, ServerProcess

KEY = "a-key-of-the-host-application-that-is-long-enough"


@pytest.fixture
def ada(server: ServerProcess) -> Browser:
    return admin(server)


async def made(by: Browser, name: str = "Bank", organisation: str = "default") -> Any:
    reply = await by.asks("POST", f"/v1/organisations?organisation={organisation}", {"name": name})
    assert reply.status == 201, reply
    assert reply.headers["location"] == f"/v1/organisations/{reply.json['id']}"
    return reply.json


async def changes(by: Browser, id: str, version: int, **members: object) -> Reply:
    return await by.asks("PATCH", f"/v1/organisations/{id}", members, **{"if-match": f'"{version}"'})


async def test_an_admin_makes_organisations_and_acts_in_them_at_once(ada: Browser) -> None:
    """[R175]"""
    bank = await made(ada)
    assert bank == {"id": bank["id"], "parent": "default", "name": "Bank", "version": 1, "archived": False}
    shop = await made(ada, "Shop", bank["id"])
    assert (await ada.asks("GET", "/v1/organisations")).json == {"items": [bank], "next": ""}
    assert (await ada.asks("GET", f"/v1/organisations?organisation={bank['id']}")).json["items"] == [shop]
    await invited(ada, "cleo@bank.test")
    assert (await ada.asks("GET", f"/v1/people?organisation={shop['id']}")).json["items"] == []
    read = await ada.asks("GET", f"/v1/organisations/{shop['id']}")
    assert (read.json, read.headers["etag"]) == (shop, '"1"')


async def test_organisations_are_renamed_moved_and_archived(ada: Browser) -> None:
    """[R175]"""
    bank, shop = await made(ada), await made(ada, "Shop")
    assert (await changes(ada, shop["id"], 1, name="S", parent=bank["id"])).json["parent"] == bank["id"]
    assert refused(await changes(ada, shop["id"], 1, name="T")) == (412, "version_changed")
    assert refused(await changes(ada, bank["id"], 1, parent=shop["id"])) == (409, "illegal_move")
    assert (await changes(ada, bank["id"], 1, archived=True)).json["archived"]
    below = f"?organisation={bank['id']}"
    assert refused(await ada.asks("POST", f"/v1/organisations{below}", {"name": "X"})) == (409, "illegal_move")
    person = {"email": "x@bank.test", "name": "X"}
    assert refused(await ada.asks("POST", f"/v1/people{below}", person)) == (409, "illegal_move")
    assert refused(await changes(ada, shop["id"], 2, parent=bank["id"])) == (409, "illegal_move")
    assert (await ada.asks("GET", f"/v1/people{below}")).json["items"] == [], "it is still read"


async def test_an_archived_organisation_gives_nobody_a_token(ada: Browser) -> None:
    """[R183] Its customers, its staff and its host application: all learn why."""
    bank = await made(ada)
    below = f"?organisation={bank['id']}"
    channel = await ada.asks("POST", f"/v1/channels{below}", {"name": "Bank chat"}, **{"idempotency-key": "c"})
    key = {"name": "CRM", "purpose": "staff", "key": KEY}
    kid = (await ada.asks("POST", f"/v1/signing-keys{below}", key, **{"idempotency-key": "k"})).json["id"]
    now = int(time.time())
    claims = {"aud": "intervene", "sub": "hugo", "name": "Hugo", "iat": now, "exp": now + 600}
    hosts = jwt.encode(claims, KEY, "HS256", headers={"kid": kid})
    person = (await ada.asks("POST", f"/v1/people{below}", {"email": "ben@bank.test", "name": "Ben"})).json
    ben = Browser(ada.server)
    assert (await ben.redeems(person["link"])).status == 200
    late = (await ada.asks("POST", f"/v1/people{below}", {"email": "lia@bank.test", "name": "Lia"})).json["link"]
    visitors = f"/v1/webchat/{channel.json['id']}/visitor"
    vera = Browser(ada.server)
    vera.token = (await vera.asks("POST", f"{visitors}s", {})).json["token"]

    async def answers() -> list[tuple[int, str]]:
        asked = [
            await Browser(ada.server).asks("POST", f"{visitors}s", {}), await vera.asks("POST", visitors, {}),
            await Browser(ada.server).signs_in("ben@bank.test"), await ben.tab().refreshes(),
        ]  # fmt: skip
        hugo = await ada.server.ask("GET", "/v1/me", b"", authorization=f"Bearer {hosts}")
        return [(reply.status, reply.json.get("code", "")) for reply in (*asked, hugo)]

    assert await answers() == [(200, "")] * 5
    assert (await changes(ada, bank["id"], 1, archived=True)).status == 200
    assert await answers() == [(409, "illegal_move")] * 4 + [(401, "bad_token")]
    assert refused(await Browser(ada.server).redeems(late)) == (409, "illegal_move")
    async with Peer(ada.server.port) as hugo:
        assert await hugo.upgrades() == 101
        hugo.says(type="hello", token=hosts)
        assert await hugo.is_closed() == 4500
    assert (await changes(ada, bank["id"], 2, archived=False)).status == 200
    assert await answers() == [(200, "")] * 5
    assert (await Browser(ada.server).redeems(late)).status == 200, "a link is not spent on a refusal"


async def test_nobody_moves_or_archives_their_own(ada: Browser) -> None:
    """[R175] Nor sees what is above it."""
    bank = await made(ada)
    eve = admin(ada.server, bank["id"], "Eve")
    assert (await eve.asks("GET", f"/v1/organisations/{bank['id']}")).json["parent"] == ""
    assert refused(await changes(eve, bank["id"], 1, archived=True)) == (409, "illegal_move")
    assert refused(await changes(eve, bank["id"], 1, parent=bank["id"])) == (409, "illegal_move")
    assert refused(await changes(eve, bank["id"], 1, parent="default")) == (409, "illegal_move")
    assert (await changes(eve, bank["id"], 1, name="Our bank")).json["name"] == "Our bank"


async def test_what_makes_something_is_carried_out_once(ada: Browser) -> None:
    """[P3, R177] A link is shown once."""
    bank, shop = {"name": "Bank"}, {"name": "Shop"}
    ben, cleo = {"email": "ben@acme.test", "name": "Ben"}, {"email": "cleo@acme.test", "name": "Cleo"}
    await is_made_once(ada, "/v1/organisations", bank, shop)
    first, again = await is_made_once(ada, "/v1/people", ben, cleo)
    assert (len(first["link"]), again["link"]) == (43, "")
    assert first["person"] == again["person"]


async def is_made_once(by: Browser, path: str, body: Any, another: Any) -> tuple[Any, Any]:
    key = {"idempotency-key": path.replace("/", "-")}
    first, again = [await by.asks("POST", path, body, **key) for _ in range(2)]
    assert (first.status, again.status) == (201, 201)
    assert first.headers["location"] == again.headers["location"]
    assert refused(await by.asks("POST", path, another, **key)) == (422, "id_reused")
    assert refused(await by.asks("POST", path, body, **{"idempotency-key": ""})) == (400, "bad_request")
    return first.json, again.json


async def test_admins_read_what_was_done_page_by_page(ada: Browser) -> None:
    """[R175]"""
    bank = (await made(ada))["id"]
    version = 1
    for n in range(104):
        version = (await changes(ada, bank, version, name=f"n{n}")).json["version"]
    first = (await ada.asks("GET", f"/v1/audit?organisation={bank}")).json
    rest = (await ada.asks("GET", f"/v1/audit?organisation={bank}&cursor={first['next']}")).json
    assert ([len(first["items"]), len(rest["items"])], rest["next"]) == ([100, 5], "")
    newest, oldest = first["items"][0], rest["items"][-1]
    assert (newest["action"], newest["after"], newest["by"]) == ("organisation.change", {"name": "n103"}, "ada")
    assert (oldest["action"], oldest["subject"]) == ("organisation.add", bank)
    for cursor in ("x", "MTc=", "LTE", "eA", "1" * 1025):
        reply = await ada.asks("GET", f"/v1/audit?cursor={cursor}")
        assert refused(reply) == (400, "bad_request"), cursor
    assert (await ada.asks("GET", "/v1/audit")).json["items"] == [], "another organisation's"
