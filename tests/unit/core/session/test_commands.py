"""What a frame becomes: a command in the name of whoever sends it."""

import json
from typing import get_args

import pytest

from intervene.core.access import Staff
from intervene.core.actors import Role
from intervene.core.codes import ErrorCode
from intervene.core.conversation import moves, speech
from intervene.core.conversation.decide import Command
from intervene.core.ids import CommandId, ConversationId, Key, MessageId, OrganisationId
from intervene.core.session import (
    GetPage,
    OpenMine,
    Submit,
    Watch,
)
from intervene.core.text import message_text
from intervene.core.wire import staff
from intervene.core.wire.beginning import Begin
from intervene.core.wire.staff import StaffCommand
from tests.unit.core import golden
from tests.unit.core.cast import ACME
from tests.unit.core.session.peer import ANNA, C1, Peer, as_anna, as_clara, error, is_alive

K, M = CommandId("k1"), MessageId("m1")
ANNA_LEADS = Staff(organisation=ACME, agent=ANNA, role=Role.SUPERVISOR)


@pytest.mark.parametrize(
    ("frame", "command"),
    [
        (
            {"type": "say", "text": "hi", "epoch": 2, "seen": 3, "confirmed": True},
            speech.AgentSay(id=K, by=ANNA_LEADS, message=M, text=message_text("hi"), epoch=2, seen=3, confirmed=True),
        ),
        ({"type": "add_note", "text": "hm"}, speech.AddNote(id=K, by=ANNA_LEADS, message=M, text=message_text("hm"))),
        ({"type": "intervene", "epoch": 2}, moves.Intervene(id=K, by=ANNA_LEADS, epoch=2)),
        ({"type": "hand_back", "epoch": 2}, moves.HandBack(id=K, by=ANNA_LEADS, bot="", epoch=2)),
        ({"type": "hand_back", "epoch": 2, "bot": "echo"}, moves.HandBack(id=K, by=ANNA_LEADS, bot="echo", epoch=2)),
        (
            {"type": "hand_back", "epoch": 2, "reason": " She pays. "},
            moves.HandBack(id=K, by=ANNA_LEADS, bot="", epoch=2, reason="She pays."),
        ),
        (
            {"type": "hand_back", "epoch": 2, "reason": " \u200b "},
            moves.HandBack(id=K, by=ANNA_LEADS, bot="", epoch=2),
        ),
        ({"type": "release", "epoch": 2}, moves.Release(id=K, by=ANNA_LEADS, epoch=2)),
        (
            {"type": "close", "epoch": 2, "seen": 3},
            moves.Close(id=K, by=ANNA_LEADS, epoch=2, seen=3),
        ),
        ({"type": "reopen", "epoch": 2}, moves.Reopen(id=K, by=ANNA_LEADS, epoch=2)),
    ],
)
def test_what_an_agent_sends_becomes_a_command_in_their_name(
    peer: Peer, frame: dict[str, object], command: Command
) -> None:
    """The author, the role and the organisation are the token's, never the frame's."""
    peer.joins(ANNA_LEADS)
    data = json.dumps({"id": "k1", "conversation": "c1", **frame}).encode()
    assert peer.sends(data) == Submit(C1, command)


def test_what_a_customer_sends_becomes_a_command_in_their_name(clara: Peer) -> None:
    say = clara.says("say", id="k1", conversation="c1", text="hi")
    assert say == Submit(C1, speech.ContactSay(id=K, by=as_clara, message=M, text=message_text("hi")))
    ask = clara.says("ask_for_person", id="k2", conversation="c1")
    assert ask == Submit(C1, moves.AskForPerson(id=CommandId("k2"), by=as_clara))
    assert clara.says("open") == OpenMine(fresh=False)
    assert clara.says("open", fresh=True) == OpenMine(fresh=True)


def test_every_message_gets_an_id_of_its_own_whatever_the_command_s_id(clara: Peer) -> None:
    made = [clara.says("say", id="same", conversation="c1", text="hi") for _ in range(3)]
    ids = {act.command.message for act in made if isinstance(act, Submit) and hasattr(act.command, "message")}
    assert len(ids) == 3


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "add_note", "text": "hm"},
        {"type": "intervene", "epoch": 1},
        {"type": "hand_back", "epoch": 1},
        {"type": "release", "epoch": 1},
        {"type": "close", "epoch": 1, "seen": 1},
        {"type": "reopen", "epoch": 1},
        {"type": "say", "text": "hi", "epoch": 1, "seen": 1},
    ],
)
def test_a_customer_cannot_say_what_agents_say(clara: Peer, frame: dict[str, object]) -> None:
    """[P6] The unions are two; not even the names of agents' frames are known to a customer's."""
    data = json.dumps({"id": "k1", "conversation": "c1", **frame}).encode()
    assert error(clara.sends(data)).code is ErrorCode.BAD_FRAME
    assert is_alive(clara)


@pytest.mark.parametrize("frame", [{"type": "open"}, {"type": "ask_for_person", "id": "k", "conversation": "c1"}])
def test_an_agent_cannot_say_what_customers_say(anna: Peer, frame: dict[str, object]) -> None:
    assert error(anna.sends(json.dumps(frame).encode())).code is ErrorCode.BAD_FRAME


FRAMES: list[dict[str, object]] = [
    {name: value for name, value in json.loads(golden.lines("staff-in", type)[0]).items() if name != "conversation"}
    for type, examples in golden.STAFF_IN.items()
    if hasattr(examples[0], "conversation")
]
"""Those about a conversation, which is left out."""


def about(frame: dict[str, object], **more: str) -> bytes:
    return json.dumps({**frame, "conversation": "c1", **more}).encode()


def test_each_frame_of_staff_about_a_conversation_may_name_an_organisation() -> None:
    """[R19]"""
    for struct in get_args(staff.StaffIn):
        fields = struct.__struct_fields__
        is_about_one = "conversation" in fields or struct is Begin
        assert ("organisation" in fields) == is_about_one, struct


@pytest.mark.parametrize("frame", [golden.STAFF_IN[kind.__struct_config__.tag][-1] for kind in get_args(StaffCommand)])
def test_each_command_of_staff_has_all_that_its_frame_says(frame: StaffCommand) -> None:
    """The author is the token's."""
    command = frame.command(ANNA_LEADS, lambda: M)
    assert (command.by, command.author) == (ANNA_LEADS, ANNA)
    names = set(frame.__struct_fields__) - {"conversation", "organisation"}
    said = {name: tuple(value) if isinstance(value := getattr(frame, name), list) else value for name in names}
    assert said == {name: getattr(command, name) for name in said}


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame["type"])
def test_a_person_s_own_organisation_may_be_named_and_no_other(frame: dict[str, object]) -> None:
    """[R19] [P6] What is out of reach is not found, before anything is done."""
    plain, named, other = (Peer().joins(as_anna) for _ in range(3))
    for peer in (plain, named, other):
        peer.says("watch", conversation="c1")
        peer.session.shown(C1)
    assert named.sends(about(frame, organisation=ACME)) == plain.sends(about(frame))
    refused = error(other.sends(about(frame, organisation="globex")))
    assert (refused.code, refused.conversation) == (ErrorCode.NOT_FOUND, "c1")
    assert other.session.watched == (C1,)


@pytest.mark.parametrize("type", ["watch", "unwatch", "say", "ask_for_person"])
def test_a_customer_names_no_organisation(clara: Peer, type: str) -> None:
    """[P6]"""
    frame = {"id": "k1"} if type in ("say", "ask_for_person") else {}
    text = {"text": "hi"} if type == "say" else {}
    refused = error(clara.says(type, conversation="c1", organisation=ACME, **frame, **text))
    assert refused.code is ErrorCode.BAD_FRAME


def test_a_conversation_is_looked_for_in_the_sender_s_own_organisation(peer: Peer) -> None:
    """[P6] A guessed id of another organisation simply misses."""
    peer.joins(Staff(organisation=OrganisationId("evil"), agent=ANNA, role=Role.AGENT))
    key = Key(OrganisationId("evil"), ConversationId("c1"))
    assert peer.says("watch", conversation="c1") == Watch(key, None)
    assert peer.says("get_page", conversation="c1", before=3) == GetPage(key, 3, 50)
    act = peer.says("intervene", id="k", conversation="c1", epoch=1)
    assert isinstance(act, Submit)
    assert act.key == key
