"""Commands over HTTP: what comes in becomes the socket's command, and what the engine answers the socket's answer."""

from typing import get_args

import msgspec
import pytest

from intervene.core.access import person
from intervene.core.actors import Agent, Nobody, Role
from intervene.core.conversation import moves, speech
from intervene.core.conversation.decide import Command
from intervene.core.conversation.givers import ByStaff
from intervene.core.errors import (
    Busy,
    Forbidden,
    IdReused,
    IllegalMove,
    InterveneError,
    NotFound,
    NotHolder,
    OutOfOrder,
    Stale,
    StaleView,
    Taken,
    Unavailable,
)
from intervene.core.ids import AgentId, CommandId, MessageId
from intervene.core.limits import AGENT_BURST, BODY_BYTES
from intervene.core.people import StaffMember
from intervene.core.session import Cost
from intervene.core.text import message_text
from intervene.core.wire import views
from intervene.core.wire.staff import StaffCommand
from intervene.edge.http.api import OPERATIONS
from intervene.ports.log import Receipt
from tests.integration.edge.conftest import Edge, problem
from tests.integration.edge.stand_ins import KEY, NOON
from tests.kit.limits import eventually
from tests.kit.peer import Peer
from tests.kit.server import Reply
from tests.unit.core.cast import ACME, as_staff

BULK = "/v1/conversations/bulk"
NOTE = "/v1/conversations/c1/add_note"
ANNA = Agent(id=AgentId("anna"), name="Anna")
BEN = Agent(id=AgentId("ben"), name="Ben")
ANNA_LEADS = as_staff(ANNA, Role.SUPERVISOR)
K, M = CommandId("k1"), MessageId("made-1")


async def give(edge: Edge, path: str = NOTE, body: bytes = b'{"text":"hm"}', **headers: str) -> Reply:
    given = {"authorization": f"Bearer {edge.agent_token}", "idempotency-key": "k1", **headers}
    return await edge.ask("POST", path, body, **{name: value for name, value in given.items() if value})


def answers(edge: Edge, *results: Receipt | InterveneError) -> None:
    """What the engine answers to one command after another."""
    left = list(results)
    edge.engine.meets = lambda submitted: submitted.reply(left.pop(0))


async def test_a_command_is_answered_like_one_of_a_socket(edge: Edge) -> None:
    """[R107]"""
    answers(edge, Receipt(seq=7, pub=0, epoch=3, at=NOON), Receipt(epoch=3))
    reply = await give(edge)
    assert (reply.status, reply.json) == (200, {"id": "k1", "conversation": "c1", "seq": 7, "epoch": 3, "at": NOON})
    assert reply.headers["cache-control"] == "no-store"
    nothing = await give(edge, "/v1/conversations/c1/intervene", b'{"epoch":3}')
    assert nothing.json == {"id": "k1", "conversation": "c1", "epoch": 3}


@pytest.mark.parametrize(
    ("name", "body", "command"),
    [
        (
            "say", {"text": "hi", "epoch": 2, "seen": 3, "confirmed": True},
            speech.AgentSay(id=K, by=ANNA_LEADS, message=M, text=message_text("hi"), epoch=2, seen=3, confirmed=True),
        ),
        ("add_note", {"text": "hm"}, speech.AddNote(id=K, by=ANNA_LEADS, message=M, text=message_text("hm"))),
        ("intervene", {"epoch": 2}, moves.Intervene(id=K, by=ANNA_LEADS, epoch=2)),
        ("release", {"epoch": 2}, moves.Release(id=K, by=ANNA_LEADS, epoch=2)),
        (
            "close", {"epoch": 2, "seen": 3},
            moves.Close(id=K, by=ANNA_LEADS, epoch=2, seen=3),
        ),
        ("reopen", {"epoch": 2}, moves.Reopen(id=K, by=ANNA_LEADS, epoch=2)),
    ],
)  # fmt: skip
async def test_what_is_asked_becomes_a_command_in_the_name_of_the_token(
    edge: Edge, name: str, body: dict[str, object], command: Command
) -> None:
    """[R107] Author, role and organisation are the token's."""
    answers(edge, Receipt(epoch=2))
    token = edge.token("Anna", Role.SUPERVISOR)
    path = f"/v1/conversations/c1/{name}"
    assert (await give(edge, path, msgspec.json.encode(body), authorization=f"Bearer {token}")).status == 200
    [submitted] = edge.engine.submitted
    given = submitted.command
    assert isinstance(given, ByStaff)
    assert (submitted.key, given) == (KEY, command)


ASSIGN = "/v1/conversations/c1/assign"


def has_rows(edge: Edge, *agents: Agent) -> None:
    for agent in agents:
        row = StaffMember(organisation=ACME, id=agent.id, role=Role.AGENT, name=agent.name)
        edge.people.rows[agent.id] = row


async def test_a_colleague_whom_a_command_names_is_looked_up_before_it_is_submitted(edge: Edge) -> None:
    """[R142] Whether they will do, the decision says: it is made of who is there and of the conversation."""
    has_rows(edge, ANNA, BEN)
    answers(edge, Receipt(epoch=2), Receipt(epoch=2))
    for agent in ("ben", "nobody"):
        body = msgspec.json.encode({"epoch": 2, "agent": agent})
        assert (await give(edge, ASSIGN, body, **{"idempotency-key": agent})).status == 200
    found = [getattr(submitted.command, "people", None) for submitted in edge.engine.submitted]
    assert found == [(as_staff(BEN),), ()]


async def test_without_the_database_nobody_is_named(edge: Edge, peer: Peer) -> None:
    """[R62] And the next command is taken again."""
    has_rows(edge, ANNA)
    await peer.joins(edge.agent_token)
    edge.people.is_away = True
    peer.says(type="assign", id="k1", conversation="c1", epoch=2, agent="ben")
    refused = await peer.sees("error")
    assert (refused["code"], refused["id"]) == ("unavailable", "k1")
    peer.says(type="add_note", id="k2", conversation="c1", text="hm")
    await eventually(lambda: [str(getattr(it.command, "id", "")) for it in edge.engine.submitted] == ["k2"])


async def test_what_comes_behind_a_command_that_names_people_does_not_overtake_it(edge: Edge, peer: Peer) -> None:
    """[P5] One author's commands take effect in the order in which they were given."""
    has_rows(edge, ANNA, BEN)
    await peer.joins(edge.agent_token)
    for number in range(20):
        named = {"type": "assign", "agent": "ben", "epoch": 2} if number % 3 else {"type": "add_note", "text": "hm"}
        peer.says(id=f"k{number}", conversation="c1", **named)
    await eventually(lambda: len(edge.engine.submitted) == 20)
    assert [getattr(it.command, "id", "") for it in edge.engine.submitted] == [f"k{number}" for number in range(20)]


async def test_a_url_may_name_the_person_s_own_organisation(edge: Edge) -> None:
    """[R19]"""
    answers(edge, Receipt(epoch=1))
    assert (await give(edge, f"{NOTE}?organisation=acme")).status == 200
    assert edge.engine.submitted[0].key == KEY


def test_each_command_of_staff_is_an_operation() -> None:
    """[R107]"""
    of_conversations = "/v1/conversations/"
    posts = [operation.path for operation in OPERATIONS if operation.method == "POST"]
    paths = {path for path in posts if path.startswith(of_conversations)} - {BULK}
    names = {frame.__struct_config__.tag for frame in get_args(StaffCommand)}
    assert paths == {f"/v1/conversations/{{conversation}}/{name}" for name in names}


async def test_only_staff_give_commands(edge: Edge) -> None:
    """[P6]"""
    expired = edge.token("Anna", Role.AGENT, lasts=-1)
    for token in ("", f"Bearer {edge.visitor_token}", f"Bearer {expired}", "Bearer", f"Basic {edge.agent_token}"):
        assert problem(await give(edge, authorization=token)) == (401, "bad_token")
    assert not edge.engine.submitted


async def test_a_page_of_another_site_may_not_read_what_a_command_answers(edge: Edge) -> None:
    answers(edge, Receipt(epoch=1))
    reply = await give(edge, origin="https://elsewhere.example")
    assert not [name for name in reply.headers if name.startswith("access-control-")]
    preflight = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    asked = await edge.ask("OPTIONS", NOTE, b"", **preflight)
    assert problem(asked) == (405, "method_not_allowed")
    assert not [name for name in asked.headers if name.startswith("access-control-")]


WRONG: dict[str, tuple[str, bytes, dict[str, str], int, str]] = {
    "no key": (NOTE, b'{"text":"hm"}', {"idempotency-key": ""}, 400, "bad_request"),
    "a key with a space": (NOTE, b'{"text":"hm"}', {"idempotency-key": "k 1"}, 400, "bad_request"),
    "a long key": (NOTE, b'{"text":"hm"}', {"idempotency-key": "k" * 65}, 400, "bad_request"),
    "no body": (NOTE, b"", {}, 400, "no_body"),
    "no JSON": (NOTE, b"text=hm", {}, 400, "bad_json"),
    "a list": (NOTE, b"[]", {}, 400, "bad_request"),
    "another command in the body": (NOTE, b'{"text":"hm","type":"intervene","epoch":1}', {}, 400, "bad_frame"),
    "another id in the body": (NOTE, b'{"text":"hm","id":"k2"}', {}, 400, "bad_frame"),
    "another organisation in the body": (NOTE, b'{"text":"hm","organisation":"acme"}', {}, 400, "bad_frame"),
    "an organisation out of reach": (f"{NOTE}?organisation=globex", b'{"text":"hm"}', {}, 404, "not_found"),
    "another conversation in the body": (NOTE, b'{"text":"hm","conversation":"c2"}', {}, 400, "bad_frame"),
    "a field of another command": (NOTE, b'{"text":"hm","epoch":1}', {}, 400, "bad_frame"),
    "a field missing": ("/v1/conversations/c1/intervene", b"{}", {}, 400, "bad_frame"),
    "a wrong type": (NOTE, b'{"text":7}', {}, 400, "bad_frame"),
    "10,000 levels": (NOTE, b'{"text":' + b"[" * 10_000, {}, 400, "bad_json"),
    "half a surrogate pair": (NOTE, rb'{"text":"\ud83d"}', {}, 400, "bad_json"),
    "an invisible text": (NOTE, rb'{"text":"\u200b"}', {}, 400, "bad_text"),
    "a large body": (NOTE, b'{"text":"%s"}' % (b"a" * BODY_BYTES), {}, 413, "too_large"),
    "no such command": ("/v1/conversations/c1/shout", b"{}", {}, 404, "not_found"),
    "a frame that is no command": ("/v1/conversations/c1/watch", b"{}", {}, 404, "not_found"),
    "a command of customers": ("/v1/conversations/c1/ask_for_person", b"{}", {}, 404, "not_found"),
    "an id that is none": ("/v1/conversations/c%201/add_note", b'{"text":"hm"}', {}, 400, "bad_frame"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_no_command_has_its_error_and_does_nothing(edge: Edge, what: str) -> None:
    """[P7]"""
    path, body, headers, status, code = WRONG[what]
    assert problem(await give(edge, path, body, **headers)) == (status, code)
    assert not edge.engine.submitted
    assert edge.metrics.denials == {code: 1}


REFUSED: list[tuple[InterveneError, int]] = [
    (NotFound("There is no such conversation."), 404),
    (Forbidden("Not yours to do.", move="close", place="agent"), 403),
    (Taken("Ben holds control.", by=BEN, at=NOON, epoch=4), 409),
    (Stale("Control changed since.", holder=Nobody(), epoch=4), 409),
    (StaleView("The customer wrote since.", asked=9), 409),
    (NotHolder("You do not hold control.", holder=BEN, epoch=4), 409),
    (IllegalMove("There is no such move.", move="release", place="closed"), 409),
    (OutOfOrder("The last event is number 3."), 409),
    (IdReused("This id is another command's."), 422),
    (Busy("Too much under way.", retry_after=1.5), 503),
    (Unavailable("The log did not answer in time."), 503),
]


@pytest.mark.parametrize(("refusal", "status"), REFUSED, ids=lambda each: getattr(each, "code", ""))
async def test_a_refusal_has_the_members_of_the_frame_error(edge: Edge, refusal: InterveneError, status: int) -> None:
    """[R107] [P3] Who was too late learns who won, and when."""
    answers(edge, refusal)
    reply = await give(edge)
    assert problem(reply) == (status, refusal.code)
    frame = msgspec.to_builtins(views.error(refusal, id="k1", conversation="c1"))
    assert reply.json["detail"] == frame.pop("message")
    assert reply.json.get("retry_after", 0) >= frame.pop("retry_after", 0)
    del frame["type"]
    assert frame.items() <= reply.json.items()


async def test_commands_count_against_the_allowance_of_the_person(edge: Edge) -> None:
    """[P7] The same as over sockets."""
    edge.clock.hold()
    edge.engine.meets = lambda submitted: submitted.reply(Receipt(epoch=1))
    who = edge.principal("Anna", Role.AGENT)
    for _ in range(AGENT_BURST):
        assert not edge.sockets.allowances.take(person(who), "", Cost.MESSAGE, edge.clock.monotonic())
    assert problem(await give(edge)) == (429, "too_fast")
    assert not edge.engine.submitted
