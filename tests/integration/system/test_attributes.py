"""What is said of a contact: by its page, by staff, by the host application, on a whole server."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from intervene.client import CustomerClient
from intervene.core.actors import Role
from intervene.core.ids import OrganisationId
from intervene.core.limits import ATTRIBUTES, ATTRIBUTES_AT_ONCE
from intervene.host_keys import contact_of
from tests.integration.client.peer import QUICK
from tests.integration.system.conftest import MakeServer
from tests.integration.system.test_settings import Admin, refused
from tests.integration.system.test_signed_in import SHOP, User, of_maria
from tests.kit.limits import WAIT
from tests.kit.people import Customer
from tests.kit.person import Gone
from tests.kit.server import ServerProcess

MARIA = contact_of(OrganisationId("default"), "maria@shop.example")


async def said(ada: Admin, contact: str) -> list[tuple[str, str, str, bool]]:
    reply = await ada.asks("GET", f"/v1/contacts/{contact}/attributes")
    assert reply.status == 200, reply.body
    return [(each["name"], each["value"], each["source"], each["counts"]) for each in reply.json["items"]]


async def becomes(ada: Admin, contact: str, expected: list[tuple[str, str, str, bool]]) -> None:
    for _ in range(100):
        if await said(ada, contact) == expected:
            return
        await anyio.sleep(WAIT / 100)
    raise AssertionError(await said(ada, contact))


async def sets(ada: Admin, contact: str, **attributes: Any) -> None:
    reply = await ada.asks("PATCH", f"/v1/contacts/{contact}/attributes", {"attributes": attributes})
    assert reply.status == 200, reply.body


async def answered(customer: Customer, attributes: dict[str, Any]) -> str:
    """The code of the refusal, "" for none."""
    frame = {"type": "set_attributes", "id": "a", "attributes": attributes}
    answer = await customer.asks(frame, "attributes_set", "error")
    assert answer["id"] == "a"
    return str(answer.get("code", ""))


async def says(customer: Customer, **attributes: str) -> None:
    assert not await answered(customer, attributes)


async def test_a_page_says_what_it_knows_and_staff_are_told_that_nobody_has_verified_it(server: ServerProcess) -> None:
    """[R180]"""
    ada = Admin(server, role=Role.AGENT)
    async with Customer(server, "Maria") as maria:
        await maria.opens()
        await maria.asks(
            {"type": "set_attributes", "id": "a", "attributes": {"plan": "pro", "city": "Bonn"}}, "attributes_set"
        )
        assert await said(ada, "maria") == [("city", "Bonn", "visitor", True), ("plan", "pro", "visitor", True)]
        await sets(ada, "maria", plan="basic", visits=3, vip=True)
        await maria.asks(
            {"type": "set_attributes", "id": "a", "attributes": {"plan": "gold", "city": ""}}, "attributes_set"
        )
        assert await said(ada, "maria") == [
            ("plan", "basic", "staff", True), ("plan", "gold", "visitor", False), ("vip", "true", "staff", True),
            ("visits", "3", "staff", True),
        ]  # fmt: skip
        await sets(ada, "maria", plan=None, vip="")
        assert await said(ada, "maria") == [("plan", "gold", "visitor", True), ("visits", "3", "staff", True)]
        shown = (await ada.asks("GET", "/v1/contacts/maria")).json["attributes"]
        assert [(each["name"], each["value"], each["source"]) for each in shown] == [
            ("plan", "gold", "visitor"), ("visits", "3", "staff")
        ]  # fmt: skip


async def test_what_a_page_says_is_bounded(server: ServerProcess) -> None:
    """[P7]"""
    async with Customer(server, "Maria") as maria:
        await maria.opens()
        for attributes, code in (
            ({f"n{n}": "x" for n in range(ATTRIBUTES_AT_ONCE + 1)}, "bad_frame"), ({"x" * 41: "x"}, "bad_text"),
            ({"": "x"}, "bad_text"), ({"a\nb": "x"}, "bad_text"), ({"a": "x" * 1025}, "bad_text"),
            ({"a": "x\0"}, "bad_text"), ({"a": 1}, "bad_frame"),
        ):  # fmt: skip
            answer = await maria.asks(
                {"type": "set_attributes", "id": "a", "attributes": attributes}, "attributes_set", "error"
            )
            assert answer.get("code") == code, attributes
        codes = []
        for lot in range(ATTRIBUTES // ATTRIBUTES_AT_ONCE + 1):
            many = {f"n{lot} {n}": "x" for n in range(ATTRIBUTES_AT_ONCE)}
            codes.append(await answered(maria, many))
        assert codes == ["", "", "too_many"]


async def test_what_the_host_application_signs_counts_first(servers: MakeServer, tmp_path: Path) -> None:
    """[R18] [R180] And what does not fit is no token."""
    hosts = tmp_path / "hosts.json"
    hosts.write_text(json.dumps({"shop": {"purpose": "contacts", "key": SHOP}}))
    server = servers(host_keys=str(hosts), bot="none")
    await server.start()
    ada = Admin(server)
    async with User(server, of_maria(attributes={"plan": "pro", "since": 2019, "vip": False})) as maria:
        await maria.opens()
        assert (await ada.asks("GET", f"/v1/contacts/{MARIA}")).json["name"] == "Maria", "what is said came first"
        await says(maria, plan="mine")
        await sets(ada, MARIA, plan="ours", since=None)
        assert await said(ada, MARIA) == [
            ("plan", "pro", "vouched", True), ("plan", "ours", "staff", False), ("plan", "mine", "visitor", False),
            ("since", "2019", "vouched", True), ("vip", "false", "vouched", True),
        ]  # fmt: skip
        await maria.sends({"type": "refresh", "token": of_maria(attributes={"plan": "gold", "since": None})})
        await maria.hears("refreshed")
        await becomes(ada, MARIA, [
            ("plan", "gold", "vouched", True), ("plan", "ours", "staff", False), ("plan", "mine", "visitor", False),
            ("vip", "false", "vouched", True),
        ])  # fmt: skip
        await maria.sends({"type": "refresh", "token": of_maria(sub="eve@shop.example", attributes={"plan": "hers"})})
        assert await maria.is_gone() == 4500
        assert ("plan", "gold", "vouched", True) in await said(ada, MARIA)
    bad = User(server, of_maria(attributes={"plan": ["pro"]}))
    with pytest.raises(Gone):
        await bad.joins()
    assert bad.close_code == 4500


async def test_staff_say_nothing_of_contacts_that_are_not_theirs(server: ServerProcess) -> None:
    """[P6]"""
    ada, eve = Admin(server), Admin(server, "Eve", organisation="globex")
    async with Customer(server, "Maria") as maria:
        await maria.opens()
    await sets(ada, "maria", plan="pro")
    for path in ("maria", "nobody", "%00"):
        for method, body in (("GET", None), ("PATCH", {"attributes": {"plan": "x"}})):
            assert refused(await eve.asks(method, f"/v1/contacts/{path}/attributes", body)) == (404, "not_found")
    assert await said(ada, "maria") == [("plan", "pro", "staff", True)]
    too_long = await ada.asks("PATCH", "/v1/contacts/maria/attributes", {"attributes": {"plan": "x" * 2000}})
    assert refused(too_long) == (400, "bad_text")


async def test_a_client_says_it_again_after_each_welcome(server: ServerProcess) -> None:
    """[R180] In Python."""
    ada = Admin(server)

    async def token() -> str:
        return server.visitor_token("Maria")

    async with CustomerClient(server.socket_url, token, pace=QUICK) as client:
        client.set_attributes({"plan": "pro", "visits": 3, "vip": True, "city": None})
        await (await client.open()).say("hello")
        rest = [("vip", "true", "visitor", True), ("visits", "3", "visitor", True)]
        await becomes(ada, "maria", [("plan", "pro", "visitor", True), *rest])
        await server.restart()
        await sets(ada, "maria", plan="basic")
        client.set_attributes({"plan": "gold"})
        await becomes(ada, "maria", [("plan", "basic", "staff", True), ("plan", "gold", "visitor", False), *rest])
