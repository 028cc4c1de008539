"""Contacts over HTTP, and conversations that staff begin with them: a real server."""

from typing import Any

from intervene.client import AgentClient, agent_tokens
from tests.integration.system.browser import Browser, admin, refused
from tests.kit.peer import Peer
from tests.kit.server import Reply, ServerProcess

PHONE = {"channel": "webchat", "address": "+49 (30) 90 18-20"}


def staff(server: ServerProcess, token: str) -> Browser:
    browser = Browser(server)
    browser.token = token
    return browser


async def made(by: Browser, name: str, *addresses: dict[str, str], key: str = "") -> Reply:
    headers = {"idempotency-key": key} if key else {}
    return await by.asks("POST", "/v1/contacts", {"name": name, "addresses": list(addresses)}, **headers)


async def begins(by: Browser, contact: str, key: str = "", **members: str) -> Reply:
    headers = {"idempotency-key": key} if key else {}
    return await by.asks("POST", "/v1/conversations", {"contact": contact, **members}, **headers)


async def test_staff_enter_find_and_rename_contacts(server: ServerProcess) -> None:
    """[R154] A number is found however it is written."""
    ada = admin(server)
    clara = (await made(ada, "Clara", PHONE)).json
    assert [each["address"] for each in clara["addresses"]] == ["+4930901820"]
    for path in ("?name=CLA", "?address=%2B49 30 901820", "?address=%2B4930901820"):
        found = (await ada.asks("GET", f"/v1/contacts{path.replace(' ', '%20')}")).json
        assert found["items"] == [{"id": clara["id"], "name": "Clara", "version": 1}], path
    for path in ("?name=lara", "?address=%2B49309018", "?name=%"):
        assert (await ada.asks("GET", f"/v1/contacts{path}")).json["items"] == [], path
    where = f"/v1/contacts/{clara['id']}"
    renamed = await ada.asks("PATCH", where, {"name": "Klara"}, **{"if-match": '"1"'})
    assert (renamed.json["name"], renamed.json["version"]) == ("Klara", 2)
    assert refused(await ada.asks("PATCH", where, {"name": "C"}, **{"if-match": '"1"'})) == (412, "version_changed")
    assert refused(await made(ada, "Carl", {**PHONE, "address": "+4930901820"})) == (409, "illegal_move")
    assert refused(await made(ada, "Carl", {**PHONE, "address": "110"})) == (422, "bad_setting")
    assert refused(await made(ada, "Carl", {**PHONE, "channel": "fax"})) == (422, "bad_setting")
    entries = (await ada.asks("GET", "/v1/audit")).json["items"]
    assert {"contact.add", "contact.change"} <= {entry["action"] for entry in entries}


async def test_contacts_are_paged(server: ServerProcess) -> None:
    """[R154]"""
    ada = admin(server)
    for n in range(60):
        assert (await made(ada, "Same name", key=f"k{n}")).status == 201
    first = (await ada.asks("GET", "/v1/contacts?name=same")).json
    rest = (await ada.asks("GET", f"/v1/contacts?name=same&cursor={first['next']}")).json
    assert len({row["id"] for row in (*first["items"], *rest["items"])}) == 60
    assert rest["next"] == ""
    assert refused(await ada.asks("GET", "/v1/contacts?cursor=eA")) == (400, "bad_request")


async def test_an_agent_begins_with_a_customer_who_sees_it_and_answers_into_the_queue(server: ServerProcess) -> None:
    """[P5] [R152] [R153] The bot of the channel does not take it up, not after a close either."""
    anna = staff(server, server.agent_token("Anna", "supervisor"))
    async with Peer(server.port) as vera:
        await vera.joins(server.visitor_token("Vera"))
        vera.says(type="open")
        first = (await vera.sees("opened"))["conversation"]
        contact = (await anna.asks("GET", "/v1/contacts?name=vera")).json["items"][0]["id"]
        there = (await begins(anna, contact)).json
        assert (there["id"], there["created"]) == (first, False)
        closed = await anna.asks(
            "POST", f"/v1/conversations/{first}/close", {"epoch": there["epoch"], "seen": there["seq"]}
        )
        assert closed.status == 200, closed
        begun = await begins(anna, contact, key="once")
        assert begun.status == 201
        assert begun.headers["location"] == f"/v1/conversations/{begun.json['id']}"
        again = (await begins(anna, contact, key="once")).json
        assert again["id"] == begun.json["id"] != first
        vera.says(type="say", id="m1", conversation=first, text="hello?")
        refusal = await vera.sees("error")
        assert (refusal["code"], refusal["to"]) == ("continued", begun.json["id"])
        vera.says(type="watch", conversation=refusal["to"])
        assert (await vera.sees("watched"))["state"]["holder"] == {"kind": "agent", "name": "Anna"}
        over = {"epoch": 1, "seen": 2}
        assert (await anna.asks("POST", f"/v1/conversations/{begun.json['id']}/close", over)).status == 200
        vera.says(type="say", id="m1", conversation=refusal["to"], text="hello?")
        while (await vera.sees())["type"] != "ack":
            pass
    listed = (await anna.asks("GET", f"/v1/contacts/{contact}/conversations")).json["items"]
    assert [row["id"] for row in listed] == [begun.json["id"], first]
    assert listed[0]["holder"] == {"type": "nobody"}
    assert listed[0]["is_open"]


async def test_beginning_by_socket_and_over_http_is_one_action(server: ServerProcess) -> None:
    """[P3] [R153] [R181] A repeat by either way gets the first result, and what refuses one refuses the other."""
    anna = staff(server, server.agent_token("Anna", "supervisor"))
    numbers = {name: {**PHONE, "address": f"+4930{n}01820"} for n, name in enumerate(("Clara", "Dora", "Erik"))}
    named = {"name": "Disputes"}
    other = (await admin(server).asks("POST", "/v1/queues", named, **{"idempotency-key": "q"})).json["id"]
    clara, dora, erik = [(await made(anna, name, number)).json["id"] for name, number in numbers.items()]
    async with Peer(server.port) as peer:
        assert "begin" in (await peer.joins(anna.token))["features"]
        peer.says(type="begin", id="once", contact=clara)
        ack = await peer.sees("ack")
        assert (ack["id"], ack["seq"] > 0, ack["at"] > 0) == ("once", True, True)
        assert (await begins(anna, clara, key="once")).json["id"] == ack["conversation"]
        there = (await begins(anna, dora, key="twice")).json
        peer.says(type="begin", id="twice", contact=dora)
        assert await peer.sees("ack") == {
            "type": "ack", "id": "twice", "conversation": there["id"], "epoch": there["epoch"]
        }  # fmt: skip
        peer.says(type="begin", id="twice", contact=erik)
        assert (await peer.sees("error"))["code"] == "id_reused"
        assert refused(await begins(anna, erik, key="once")) == (422, "id_reused")
        peer.says(type="begin", id="twice", contact=dora, queue=other)
        assert (await peer.sees("error"))["code"] == "id_reused"
        assert refused(await begins(anna, clara, key="once", queue=other)) == (422, "id_reused")
        assert (await begins(anna, clara, key="once", queue="default")).json["id"] == ack["conversation"], "it was that"
        for number, (code, members) in enumerate(REFUSED.items()):
            asked = {"contact": erik, **members}
            peer.says(type="begin", id=f"no-{number}", **asked)
            problem = await peer.sees("error")
            assert (problem["code"], problem["id"]) == (code, f"no-{number}")
            assert (await anna.asks("POST", "/v1/conversations", asked)).json["code"] == code
        assert (await begins(anna, erik)).json["created"], "nothing was left of what was refused"
    client = AgentClient(server.socket_url, agent_tokens(server.url, "Anna", "supervisor"))
    async with client as program:
        conversation = await program.begin(clara)
        assert conversation.id == ack["conversation"]
        assert conversation.state.holder == program.agent


REFUSED: dict[str, dict[str, Any]] = {
    "not_found": {"contact": "nobody"}, "illegal_move": {"channel": "fax"}, "forbidden": {"queue": "no such queue"},
    "bad_frame": {"contact": ""},
}  # fmt: skip


async def test_a_contact_of_a_phone_number_gets_a_conversation_of_its_own(server: ServerProcess) -> None:
    """[P6] [R153]"""
    anna = staff(server, server.agent_token("Anna", "supervisor"))
    clara: Any = (await made(anna, "Clara", PHONE)).json
    begun = (await begins(anna, clara["id"])).json
    assert begun["created"]
    assert refused(await begins(anna, clara["id"], channel="sms")) == (409, "illegal_move")
    assert refused(await begins(anna, "nobody")) == (404, "not_found")
    agent = staff(server, server.agent_token("Ben", "agent"))
    [row] = (await agent.asks("GET", f"/v1/contacts/{clara['id']}/conversations")).json["items"]
    assert row["contact"] == {"type": "contact", "id": clara["id"], "name": "Clara"}


async def test_the_contact_of_a_conversation_says_where_it_is_with_them_and_what_is_blocked(
    server: ServerProcess,
) -> None:
    """[P6] [R154]"""
    anna = staff(server, server.agent_token("Anna", "supervisor"))
    async with Peer(server.port) as vera:
        await vera.joins(server.visitor_token("Vera"))
        vera.says(type="open")
        c = (await vera.sees("opened"))["conversation"]
    where = f"/v1/conversations/{c}"
    found = (await anna.asks("GET", f"{where}/contact")).json
    [address] = found["addresses"]
    assert (found["name"], address["here"], address["block"]) == ("Vera", True, None)
    plain = (await anna.asks("GET", f"/v1/contacts/{found['id']}")).json
    assert not plain["addresses"][0]["here"]
    blocked = {"address": address["address"], "channel": "webchat", "why": "spam"}
    assert (await anna.asks("POST", "/v1/blocks", blocked)).status == 200
    [address] = (await anna.asks("GET", f"{where}/contact")).json["addresses"]
    assert (address["block"]["why"], address["block"]["until"]) == ("spam", 0)
    assert refused(await anna.asks("GET", "/v1/conversations/nothing/contact")) == (404, "not_found")
    [row] = (await anna.asks("GET", f"/v1/contacts/{found['id']}/conversations")).json["items"]
    assert not row["is_open"]
    assert "reason" not in row
