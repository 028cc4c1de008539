"""People for whom a host application vouches, on a server as one is run."""

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from intervene.core.ids import OrganisationId
from intervene.host_keys import contact_of
from tests.integration.system.browser import admin
from tests.integration.system.conftest import MakeServer
from tests.kit.people import Agent, Customer
from tests.kit.server import ServerProcess

SHOP, CRM = "the key of a shop, of 32 characters", "the key of a CRM, of more than 32 characters"
MARIA = contact_of(OrganisationId("default"), "maria@shop.example")


def token(kid: str, key: str, sub: str, /, **more: Any) -> str:
    now = int(time.time())
    claims = {"aud": "intervene", "sub": sub, "iat": now, "exp": now + 600, **more}
    return jwt.encode(claims, key, "HS256", headers={"kid": kid})


def of_maria(**more: Any) -> str:
    return token("shop", SHOP, "maria@shop.example", name="Maria", **more)


class User(Customer):
    """Signed in to the shop."""

    def __init__(self, server: ServerProcess, bearer: str) -> None:
        super().__init__(server, MARIA)
        self._token = bearer


class Ada(Agent):
    """Signed in to the CRM."""

    def __init__(self, server: ServerProcess, **more: Any) -> None:
        super().__init__(server, "Ada")
        self._token = token("crm", CRM, "ada", **more)


@pytest.fixture
async def server(servers: MakeServer, tmp_path: Path) -> ServerProcess:
    hosts = tmp_path / "hosts.json"
    keys = {"shop": {"purpose": "contacts", "key": SHOP}, "crm": {"purpose": "staff", "key": CRM}}
    hosts.write_text(json.dumps(keys))
    server = servers(host_keys=str(hosts), bot="none")
    await server.start()
    return server


async def test_a_user_has_one_conversation_on_all_devices_and_shares_none_with_a_visitor(server: ServerProcess) -> None:
    """[P5, P6, R18] Also not with one whose id somebody made to look like it."""
    async with (
        User(server, of_maria()) as phone,
        User(server, of_maria()) as laptop,
        Customer(server, "Somebody") as visitor,
        Ada(server) as ada,
    ):
        c = (await phone.opens()).conversation
        assert (await laptop.opens()).conversation == c
        assert (await visitor.opens()).conversation != c
        shown = [(await admin(server).asks("GET", f"/v1/contacts/{id}")).json for id in (MARIA, "somebody")]
        assert [[each["vouched"] for each in contact["addresses"]] for contact in shown] == [[True], [False]]
        await phone.says("It is me.")
        await laptop.sees(c, lambda event: event.text == "It is me.")
        await ada.watches(c)
        assert ada.screens[c].state["contact"] == {"type": "contact", "id": MARIA, "name": "Maria"}
        await ada.intervenes(c)
        assert "conversation" in await visitor.asks({"type": "watch", "conversation": c}, "error")
        await phone.asks({"type": "refresh", "token": of_maria(jti="2")}, "refreshed")
        await visitor.sends({"type": "refresh", "token": of_maria()})
        assert await visitor.is_gone() == 4500


async def test_the_keys_of_hosts_make_nobody_else(server: ServerProcess) -> None:
    """[P6, R18] An agent's token of the shop is a customer, and lists nothing."""
    for bearer in (of_maria(typ="agent", role="supervisor"), token("shops", SHOP, "maria"), token("crm", SHOP, "ada")):
        assert (await server.ask("GET", "/v1/conversations", authorization=f"Bearer {bearer}")).status == 401
    bearer = token("crm", CRM, "ada", typ="visitor")
    assert (await server.ask("GET", "/v1/conversations", authorization=f"Bearer {bearer}")).status == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_user_is_neither_renewed_nor_forgotten_here(server: ServerProcess, method: str) -> None:
    """[R18] The application that vouches for them does both."""
    body = b"{}" if method == "POST" else b""
    answer = await server.ask(method, "/v1/webchat/visitor", body, authorization=f"Bearer {of_maria()}")
    assert (answer.status, answer.json["code"]) == (401, "bad_token")
    assert "your application's, which makes the next one itself" in answer.json["detail"]
    async with User(server, of_maria()) as maria:
        await maria.opens()


async def test_a_file_of_keys_that_is_wrong_stops_the_start_with_a_sentence(
    servers: MakeServer, tmp_path: Path
) -> None:
    hosts = tmp_path / "hosts.json"
    hosts.write_text('{"shop": {"purpose": "contacts", "key": "short"}}')
    server = servers(host_keys=str(hosts))
    server.spawn()
    assert await server.ends() == 2
    assert f"host_keys: {hosts} does not fit: Expected `str` of length >= 32" in server.log
    assert "Traceback" not in server.log
    server.may_complain("")
