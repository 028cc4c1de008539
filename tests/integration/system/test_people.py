"""The people of an organisation over HTTP: who may look after them, and what acts on their sessions."""

import pytest

from tests.integration.system.browser import Browser, admin, invited, joined, refused
from tests.kit.peer import Peer
from tests.kit.server import ServerProcess


@pytest.fixture
def ada(server: ServerProcess) -> Browser:
    return admin(server)


async def changes(by: Browser, id: str, version: int, **members: object) -> "tuple[int, str]":
    reply = await by.asks("PATCH", f"/v1/people/{id}", members, **{"if-match": f'"{version}"'})
    return (reply.status, "") if reply.status == 200 else refused(reply)


@pytest.mark.parametrize("role", ["agent", "supervisor"])
async def test_only_admins_look_after_people(ada: Browser, role: str) -> None:
    """[R136]"""
    ben = await joined(ada, role=role)
    id = (await ben.asks("GET", "/v1/me")).json["id"]
    assert refused(await ben.asks("GET", "/v1/people")) == (403, "forbidden")
    assert refused(await ben.asks("POST", "/v1/people", {"email": "x@y.z", "name": "X"})) == (403, "forbidden")
    assert await changes(ben, id, 1, role="admin") == (403, "forbidden")
    for what in ("reset-link", "sign-out"):
        assert refused(await ben.asks("POST", f"/v1/people/{id}/{what}")) == (403, "forbidden")


async def test_all_staff_read_what_their_colleagues_are_called_and_which_queues_they_serve(ada: Browser) -> None:
    """[R136] [R140]"""
    ben, cleo = await joined(ada), await joined(ada, "cleo@acme.test")
    ids = [(await each.asks("GET", "/v1/me")).json["id"] for each in (ben, cleo)]
    queue = (await ada.asks("POST", "/v1/queues", {"name": "Disputes"}, **{"idempotency-key": "q"})).json["id"]
    added = await ada.asks("PATCH", f"/v1/queues/{queue}/members", {"add": [ids[0]]}, **{"if-match": '"1"'})
    assert added.status == 200
    listed = {each["id"]: each for each in (await ben.asks("GET", "/v1/colleagues")).json["items"]}
    assert listed[ids[0]]["queues"] == [queue]
    assert listed[ids[1]] == {"id": ids[1], "name": "Ben", "role": "agent", "queues": ["default"]}
    versions = {each["id"]: each["version"] for each in (await ada.asks("GET", "/v1/people")).json["items"]}
    assert await changes(ada, ids[1], versions[ids[1]], disabled=True) == (200, "")
    assert ids[1] not in [each["id"] for each in (await ben.asks("GET", "/v1/colleagues")).json["items"]]
    elsewhere = (await admin(ada.server, "globex", "Eve").asks("GET", "/v1/colleagues")).json["items"]
    assert [each["name"] for each in elsewhere] == ["Eve"]


async def test_an_organisation_sees_nobody_of_another(ada: Browser) -> None:
    """[P6] [R136]"""
    made = (await invited(ada))["person"]
    eve = admin(ada.server, "globex", "Eve")
    assert [row["name"] for row in (await eve.asks("GET", "/v1/people")).json["items"]] == ["Eve"]
    assert refused(await eve.asks("GET", "/v1/people?organisation=default")) == (404, "not_found")
    assert await changes(eve, made["id"], 1, role="admin") == (404, "not_found")
    for what in ("reset-link", "sign-out"):
        for path in (f"/v1/people/{made['id']}/{what}", f"/v1/people/{made['id']}/{what}?organisation=default"):
            assert refused(await eve.asks("POST", path)) == (404, "not_found")


async def test_people_are_listed_page_by_page(ada: Browser) -> None:
    made = {(await invited(ada, f"p{n}@acme.test"))["person"]["id"] for n in range(52)}
    first = (await ada.asks("GET", "/v1/people")).json
    rest = (await ada.asks("GET", f"/v1/people?cursor={first['next']}")).json
    assert (len(first["items"]), rest["next"]) == (50, "")
    assert {row["id"] for row in first["items"] + rest["items"]} > made


async def test_an_address_is_one_persons(ada: Browser) -> None:
    await invited(ada)
    reply = await ada.asks("POST", "/v1/people", {"email": "BEN@acme.test", "name": "Another"})
    assert refused(reply) == (409, "illegal_move")
    for body in ({"email": "no address", "name": "X"}, {"email": "x@y.z", "name": ""}, {"email": "x@y.z"}):
        assert refused(await ada.asks("POST", "/v1/people", body)) == (400, "bad_request")


async def test_a_role_acts_on_open_sessions(ada: Browser) -> None:
    """[R123] [R136]"""
    ben = await joined(ada)
    me = (await ben.asks("GET", "/v1/me")).json
    async with Peer(ada.server.port) as peer:
        await peer.joins(ben.token)
        assert await changes(ada, me["id"], me["version"], role="supervisor") == (200, "")
        assert await peer.is_closed() == 4006
    assert (await ben.refreshes()).json["person"]["role"] == "supervisor", "the browser stays signed in"
    assert await changes(ada, me["id"], me["version"], role="agent") == (412, "version_changed")


async def test_a_disabled_person_is_out_until_enabled(ada: Browser) -> None:
    """[R123] [R136]"""
    ben = await joined(ada)
    me = (await ben.asks("GET", "/v1/me")).json
    async with Peer(ada.server.port) as peer:
        await peer.joins(ben.token)
        assert await changes(ada, me["id"], me["version"], disabled=True) == (200, "")
        assert await peer.is_closed() == 4500
    assert refused(await ben.refreshes()) == (401, "signed_out")
    assert refused(await ben.signs_in("ben@acme.test")) == (401, "bad_credentials")
    assert refused(await ada.asks("POST", f"/v1/people/{me['id']}/reset-link")) == (409, "illegal_move")
    assert await changes(ada, me["id"], me["version"] + 1, disabled=False) == (200, "")
    assert (await ben.signs_in("ben@acme.test")).status == 200


async def test_nobody_takes_their_own_role(ada: Browser) -> None:
    """So an organisation keeps an admin."""
    me = (await ada.asks("GET", "/v1/me")).json
    assert await changes(ada, me["id"], me["version"], role="agent") == (409, "illegal_move")
    assert await changes(ada, me["id"], me["version"], disabled=True) == (409, "illegal_move")
    assert await changes(ada, me["id"], me["version"], name="Ada L.") == (200, "")


async def test_an_admin_signs_somebody_out_everywhere(ada: Browser) -> None:
    ben = await joined(ada)
    id = (await ben.asks("GET", "/v1/me")).json["id"]
    assert (await ada.asks("POST", f"/v1/people/{id}/sign-out")).status == 204
    assert refused(await ben.asks("GET", "/v1/me")) == (401, "bad_token")
    assert refused(await ben.refreshes()) == (401, "signed_out")
