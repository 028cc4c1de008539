"""What organisations set in rows, over HTTP to a whole server: who may, what is answered, what is refused."""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intervene.core.actors import Role
from intervene.core.limits import MEMBERS_AT_ONCE, SETTINGS_PAGE
from intervene.core.settings import Kind
from intervene.edge.http.settings import PATHS
from intervene.migrations import upgrade
from tests.contract.test_settings import EXAMPLES
from tests.integration.system.conftest import MakeServer
from tests.kit.server import Reply, ServerProcess

PROTOCOL = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text("utf-8")
KINDS = list(PATHS)


class Admin:
    """Somebody of an organisation who asks the server."""

    def __init__(
        self, server: ServerProcess, name: str = "Ada", role: Role = Role.ADMIN, organisation: str = "default"
    ) -> None:
        self.server = server
        self.token = server.agent_token(name, role.value, organisation=organisation)

    async def asks(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        data = b"" if body is None else msgspec.json.encode(body)
        return await self.server.ask(method, path, data, authorization=f"Bearer {self.token}", **headers)

    async def makes(self, kind: Kind, key: str = "k1", **more: Any) -> Reply:
        body = {**EXAMPLES[kind][0], **more}
        return await self.asks("POST", f"/v1/{PATHS[kind]}", body, **{"idempotency-key": key})

    async def changes(self, path: str, version: int | str, **members: Any) -> Reply:
        return await self.asks("PATCH", path, members, **{"if-match": f'"{version}"'})


@pytest.fixture
def ada(server: ServerProcess) -> Admin:
    return Admin(server)


def refused(reply: Reply) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return reply.status, reply.json["code"]


def includes(whole: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    return {name: whole[name] for name in part} == part


@pytest.mark.parametrize("kind", KINDS)
async def test_a_row_of_each_kind_is_made_read_changed_and_archived(ada: Admin, kind: Kind) -> None:
    """[R108] [R109] [R110]"""
    values, changed = EXAMPLES[kind]
    made = await ada.makes(kind)
    assert (made.status, made.headers["etag"]) == (201, '"1"')
    assert includes(made.json, {**values, "version": 1, "archived": False})
    path = f"/v1/{PATHS[kind]}/{made.json['id']}"
    assert (await ada.asks("GET", path)).json == made.json
    after = await ada.changes(path, 1, **changed)
    assert (after.status, after.headers["etag"]) == (200, '"2"')
    archived = await ada.changes(path, 2, archived=True)
    assert includes(archived.json, {"version": 3, "archived": True})
    listed = (await ada.asks("GET", f"/v1/{PATHS[kind]}")).json
    assert archived.json in listed["items"]
    assert listed["next"] == ""


@pytest.mark.parametrize("kind", KINDS)
async def test_all_staff_read_and_only_those_who_may_change(ada: Admin, kind: Kind) -> None:
    """[R108]"""
    row = (await ada.makes(kind)).json
    path = f"/v1/{PATHS[kind]}"
    for role in (Role.AGENT, Role.SUPERVISOR):
        may = kind is Kind.CANNED_REPLY and role is Role.SUPERVISOR
        other = Admin(ada.server, f"Some {role}", role)
        assert (await other.asks("GET", path)).status == 200
        assert (await other.asks("GET", f"{path}/{row['id']}")).json == row
        changed = await other.changes(f"{path}/{row['id']}", row["version"], name="Other")
        made = await other.makes(kind)
        assert [changed.status, made.status] == ([200, 201] if may else [403, 403])
    visitor = ada.server.visitor_token("Clara")
    for token in ("", f"Bearer {visitor}"):
        assert refused(await ada.server.ask("GET", path, authorization=token)) == (401, "bad_token")


async def test_an_organisation_sees_nothing_of_another(ada: Admin) -> None:
    """[P6]"""
    row = (await ada.makes(Kind.STATUS)).json
    other = Admin(ada.server, "Eve", organisation="globex")
    assert (await other.asks("GET", "/v1/statuses")).json == {"items": [], "next": ""}
    assert refused(await other.asks("GET", f"/v1/statuses/{row['id']}")) == (404, "not_found")
    assert refused(await other.changes(f"/v1/statuses/{row['id']}", 1, name="x")) == (404, "not_found")
    assert refused(await other.asks("GET", "/v1/statuses?organisation=default")) == (404, "not_found")
    assert (await other.makes(Kind.STATUS)).json["id"] != row["id"], "of the same key"
    assert (await ada.asks("GET", "/v1/statuses?organisation=default")).json["items"] == [row]


async def test_a_repeated_request_makes_one_row_also_after_a_kill(servers: MakeServer) -> None:
    """[P3] [P5] [R109]"""
    server = servers()
    await server.start()
    ada = Admin(server)
    first = await ada.makes(Kind.QUEUE)
    await server.restart()
    again = await ada.makes(Kind.QUEUE)
    assert (again.status, again.json) == (201, first.json)
    assert refused(await ada.makes(Kind.QUEUE, name="Another")) == (422, "id_reused")
    assert len((await ada.asks("GET", "/v1/queues")).json["items"]) == 2, "with the default one"


async def test_what_was_changed_meanwhile_is_not_overwritten(ada: Admin) -> None:
    """[R110]"""
    path = f"/v1/statuses/{(await ada.makes(Kind.STATUS)).json['id']}"
    assert (await ada.changes(path, 1, name="First")).status == 200
    late = await ada.changes(path, 1, name="Second")
    assert refused(late) == (412, "version_changed")
    assert late.json["version"] == 2
    assert (await ada.asks("GET", path)).json["name"] == "First"


async def test_what_cannot_be_read_or_does_not_fit_says_so(ada: Admin) -> None:
    path = "/v1/queues/default"
    assert refused(await ada.asks("PATCH", path, {"name": "x"})) == (428, "version_needed")
    for tag in ("3", 'W/"3"', '"3", "4"', "*", '"three"'):
        assert refused(await ada.asks("PATCH", path, {"name": "x"}, **{"if-match": tag})) == (400, "bad_request")
    bodies: tuple[Any, ...] = ({"name": 1}, {"nam": "x"}, {"archived": None}, {"absent_seconds": -1}, [])
    for body in bodies:
        reply = await ada.asks("PATCH", path, body, **{"if-match": '"0"'})
        assert refused(reply) == (400, "bad_request"), body
    assert refused(await ada.changes(path, 0, hours="none")) == (422, "bad_setting")
    assert refused(await ada.changes(path, 0, is_active=False)) == (422, "bad_setting")
    assert refused(await ada.changes(path, 0, away_message="a\0b")) == (400, "bad_text")
    assert refused(await ada.asks("POST", "/v1/queues", {"name": "x"})) == (400, "bad_request")
    for key in ("k" * 65, "k 1"):
        assert refused(await ada.makes(Kind.QUEUE, key)) == (400, "bad_request")
    for missing in ("/v1/queues/none", "/v1/queues/%00", "/v1/queues/" + "x" * 65, "/v1/queues/none/members"):
        assert refused(await ada.asks("GET", missing)) == (404, "not_found")
    assert refused(await ada.asks("GET", "/v1/queues?cursor=%00")) == (400, "bad_request")
    too_many = {"add": [f"a{n}" for n in range(MEMBERS_AT_ONCE + 1)]}
    for members in (too_many, {"add": [""]}, {"add": ["a\0"]}):
        assert refused(await ada.changes(f"{path}/members", 0, **members)) == (400, "bad_request")


async def test_the_default_queue_and_the_web_chat_are_there_before_they_are_written(ada: Admin) -> None:
    """[R111]"""
    for path, id in (("/v1/queues", "default"), ("/v1/channels", "webchat")):
        [row] = (await ada.asks("GET", path)).json["items"]
        assert (row["id"], row["version"]) == (id, 0)
        changed = await ada.changes(f"{path}/{id}", 0, name="Ours")
        assert (await ada.asks("GET", path)).json["items"] == [changed.json]


async def test_agents_are_put_into_a_queue(ada: Admin) -> None:
    """[R112]"""
    queue = f"/v1/queues/{(await ada.makes(Kind.QUEUE)).json['id']}"
    changed = await ada.changes(f"{queue}/members", 1, add=["ben", "cleo"])
    assert (changed.status, changed.json["version"]) == (200, 2)
    assert (await ada.changes(f"{queue}/members", 2, remove=["ben"])).json["version"] == 3
    team = await ada.asks("GET", f"{queue}/members")
    assert (team.json, team.headers["etag"]) == ({"version": 3, "members": ["cleo"]}, '"3"')


async def test_a_long_list_is_read_page_by_page(ada: Admin) -> None:
    """[R108]"""
    made = {(await ada.makes(Kind.CANNED_REPLY, f"k{n}")).json["id"] for n in range(SETTINGS_PAGE + 3)}
    first = (await ada.asks("GET", "/v1/canned-replies")).json
    rest = (await ada.asks("GET", f"/v1/canned-replies?cursor={first['next']}")).json
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (SETTINGS_PAGE, 3, "")
    assert {row["id"] for row in first["items"] + rest["items"]} == made


async def test_the_example_of_the_protocol_is_taken(ada: Admin) -> None:
    """[R113]"""
    (example,) = re.findall(r"`POST /v1/hours` takes.*?```json\n(.+?)```", PROTOCOL, re.DOTALL)
    reply = await ada.asks("POST", "/v1/hours", msgspec.json.decode(example), **{"idempotency-key": "k"})
    assert reply.status == 201
    assert len(reply.json["holidays"]) == 2


async def test_who_acts_below_their_home_sets_what_is_below_and_nothing_above(servers: MakeServer) -> None:
    """[P6] [R108] An agent reads at home alone."""
    server = servers()
    server.database.parent.mkdir(exist_ok=True)
    upgrade(server.database)
    with closing(sqlite3.connect(server.database)) as connection:
        connection.execute(
            "INSERT INTO organisation (id, settings_version, settings, parent) VALUES ('shop', 0, '{}', 'default')"
        )
        connection.commit()
    await server.start()
    above, below = Admin(server), Admin(server, "Ben", organisation="shop")
    asked = {"name": "New"}, {"idempotency-key": "k"}
    made = await above.asks("POST", "/v1/statuses?organisation=shop", asked[0], **asked[1])
    assert made.status == 201
    assert (await below.asks("GET", "/v1/statuses")).json["items"] == [made.json]
    assert (await above.asks("GET", "/v1/statuses")).json["items"] == []
    path = f"/v1/statuses/{made.json['id']}"
    assert refused(await above.asks("GET", path)) == (404, "not_found")
    assert (await above.asks("GET", f"{path}?organisation=shop")).json == made.json
    assert refused(await below.asks("GET", "/v1/statuses?organisation=default")) == (404, "not_found")
    agent = Admin(server, "Cleo", Role.AGENT)
    assert refused(await agent.asks("GET", "/v1/statuses?organisation=shop")) == (404, "not_found")
