"""The wire, held still: golden frames, their schemas, and what a customer must never be shown."""

import json
import typing
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec import Struct

from intervene.core import events
from intervene.core.actors import Actor, Agent, Bot, Contact, Nobody, System
from intervene.core.control import Move
from intervene.core.conversation import moves
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import decide
from intervene.core.conversation.state import Conversation
from intervene.core.errors import BadFrame, PeerError, Taken, TooFast
from intervene.core.events import Event
from intervene.core.ids import AgentId, BotId, CommandId, ContactId, ConversationId, EventId, MessageId, OrganisationId
from intervene.core.policy import Policy
from intervene.core.wire import common, framing, staff, views
from intervene.core.wire.contact import ContactBody, ContactIn, ContactOut, ContactState, Party
from scripts import schema
from tests.unit.core import golden
from tests.unit.core.cast import as_visitor

UNIONS: dict[str, Any] = {
    "staff-in": common.Hello | staff.StaffIn,
    "staff-out": staff.StaffOut,
    "contact-in": common.Hello | ContactIn,
    "contact-out": ContactOut,
}
FILES = [(union, kind) for union, kinds in golden.GOLDEN.items() for kind in kinds]
IN = [(union, kind) for union, kind in FILES if union.endswith("-in")]
each_file = pytest.mark.parametrize(("union", "kind"), FILES)
each_in_file = pytest.mark.parametrize(("union", "kind"), IN)


def tag(struct: Any) -> str:
    return str(struct.__struct_config__.tag)


def decoder(union: str, kind: str) -> Callable[[bytes], Struct]:
    if kind == "hello":
        return framing.decode_hello
    return framing.decode_staff if union == "staff-in" else framing.decode_contact


# -- golden frames -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("union", UNIONS)
def test_every_type_of_frame_has_golden_examples(union: str) -> None:
    made = {tag(struct) for struct in typing.get_args(UNIONS[union])}
    assert made == golden.GOLDEN[union].keys(), (
        "give each frame an example in golden.py, and make it a member of the union"
    )


@pytest.mark.parametrize("name", ["staff-out", "contact-out"])
def test_every_kind_of_event_has_a_golden_example(name: str) -> None:
    body = events.Body if name == "staff-out" else ContactBody
    shown = [json.loads(line) for line in golden.lines(name, "event")]
    kinds = {(frame["event"].get("body") or frame["event"])["kind"] for frame in shown}
    assert kinds == {tag(struct) for struct in typing.get_args(body)}, "give each an example in golden.py"


def test_the_folder_holds_the_golden_frames_and_nothing_else() -> None:
    on_disk = {file.name: file.read_text("utf-8") for file in golden.FOLDER.glob("*.json")}
    assert on_disk == golden.files(), "if the protocol is to change: `.venv/bin/python -m tests.unit.core.golden`"


@each_in_file
def test_the_server_understands_each_golden_frame(union: str, kind: str) -> None:
    assert [decoder(union, kind)(line) for line in golden.lines(union, kind)] == golden.GOLDEN[union][kind]


@pytest.mark.parametrize(("union", "kind"), [(union, kind) for union, kind in FILES if union.endswith("-out")])
def test_the_server_sends_each_golden_frame_byte_for_byte(union: str, kind: str) -> None:
    sent = [framing.encode(frame) for frame in typing.cast("Any", golden.GOLDEN[union][kind])]
    assert sent == [framing.framed(line) for line in golden.lines(union, kind)]


@each_file
def test_a_client_that_knows_the_structs_reads_each_golden_frame(union: str, kind: str) -> None:
    read = [msgspec.json.decode(line, type=UNIONS[union]) for line in golden.lines(union, kind)]
    assert read == golden.GOLDEN[union][kind]


@each_file
def test_golden_frames_fit_the_published_schema(union: str, kind: str) -> None:
    validator = Draft202012Validator(schema.document(union))
    for line in golden.lines(union, kind):
        validator.validate(json.loads(line))


def test_the_events_of_the_log_fit_the_published_schema() -> None:
    validator = Draft202012Validator(schema.document("events"))
    for event in golden.EVENTS:
        validator.validate(json.loads(framing.encode_event(event)))


def test_the_published_schemas_are_those_of_the_code() -> None:
    assert schema.drifted() == [], "run `make schema`"


@pytest.mark.parametrize("name", schema.DOCUMENTS)
def test_a_published_schema_is_valid_and_means_the_same_outside_python(name: str) -> None:
    document = schema.document(name)
    Draft202012Validator.check_schema(document)
    assert r"\\A" not in json.dumps(document), "ECMA 262 has no \\A"


# -- what the wire refuses, and what it lets grow ----------------------------------------------------------------------


@each_in_file
def test_a_frame_with_an_unknown_field_is_refused(union: str, kind: str) -> None:
    odd = {**json.loads(golden.lines(union, kind)[0]), "surprise": 1}
    with pytest.raises(BadFrame, match="unknown field `surprise`"):
        decoder(union, kind)(json.dumps(odd).encode())


@pytest.mark.parametrize("union", ["staff-in", "contact-in"])
def test_old_clients_go_on_working_because_new_fields_have_defaults(union: str) -> None:
    for struct in typing.get_args(UNIONS[union]):
        required = {field.name for field in msgspec.structs.fields(struct) if field.required}
        first = golden.FIRST_FIELDS.get(f"{union}.{tag(struct)}", golden.FIRST_FIELDS.get(tag(struct)))
        assert first is not None, f"{tag(struct)}: say in FIRST_FIELDS of golden.py what it must have"
        assert required == first, f"{tag(struct)}: a field that older clients do not send needs a default"


@each_in_file
def test_a_frame_without_one_of_its_first_fields_is_refused(union: str, kind: str) -> None:
    whole = json.loads(golden.lines(union, kind)[0])
    for name in golden.FIRST_FIELDS.get(f"{union}.{kind}") or golden.FIRST_FIELDS.get(kind, set()):
        with pytest.raises(BadFrame, match=f"missing required field `{name}`"):
            decoder(union, kind)(json.dumps({key: whole[key] for key in whole if key != name}).encode())


@pytest.mark.parametrize("kind", sorted(golden.STAFF_IN.keys() - golden.CONTACT_IN.keys()))
def test_a_customer_cannot_send_what_only_staff_may(kind: str) -> None:
    with pytest.raises(BadFrame):
        framing.decode_contact(golden.lines("staff-in", kind)[0])


# -- what a customer may know ------------------------------------------------------------------------------------------

STAFF_ONLY_FIELDS = {
    "seq", "epoch", "role", "asked", "move", "reason", "command", "turn", "author", "agent", "agents", "contact",
    "channel", "queue", "written", "seen", "bot_stopped_ms", "version", "run", "streak", "place", "organisation",
}  # fmt: skip
CANARY = "canary"
NUMBER = 900_000_000_000  # and what is above it: in no public place
AUTHORS: list[Actor] = [
    Bot(id=BotId(CANARY), name="Aria"), Agent(id=AgentId(CANARY), name="Ana"),
    Contact(id=ContactId(CANARY), name=CANARY), System(),
]  # fmt: skip


def filled(kind: Any) -> Any:
    """A value of this type, as JSON holds it, that only staff may know."""
    if isinstance(kind, typing.NewType):
        return filled(kind.__supertype__)
    if parts := typing.get_args(kind):
        return {filled(parts[0]): filled(parts[1])} if typing.get_origin(kind) is dict else [filled(parts[0])]
    if issubclass(kind, Struct):
        tag = kind.__struct_config__
        fields = {field.encode_name: filled(field.type) for field in msgspec.structs.fields(kind)}
        return {tag.tag_field: tag.tag, **fields} if tag.tag_field else fields
    return {str: CANARY, int: NUMBER, bool: True}[kind]


KINDS: dict[str, type[events.Body]] = {tag(kind): kind for kind in typing.get_args(events.Body)}
PUBLIC: dict[str, list[events.Body]] = {
    "message_started": [events.MessageStarted(message=MessageId("m1"))],
    "message": [events.Message(message=MessageId("m1"), text="Hello", interrupted=True, reason=CANARY)],
    "edited": [events.Edited(message=MessageId("m1"), n=NUMBER, text="Hello")],
    "deleted": [events.Deleted(message=MessageId("m1"), n=NUMBER)],
    "control": [
        events.ControlChanged(move=move, holder=holder, reason=CANARY, reply_enabled=True)
        for move in Move
        for holder in (Bot(id=BotId(CANARY), name="Aria"), Agent(id=AgentId(CANARY), name="Ana"), Nobody())
    ],
    "continued": [events.Continued(to=ConversationId("c2"))],
}
"""What a customer may know, with a mark on the rest."""
PRIVATE = {name: [msgspec.convert(filled(kind), kind)] for name, kind in KINDS.items() if name not in PUBLIC}
BODIES = PUBLIC | PRIVATE


def structs_within(kind: Any) -> Iterator[type[Struct]]:
    """Every Struct that a value of this type can hold."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from structs_within(field.type)
    for part in typing.get_args(kind):
        yield from structs_within(part)


def test_no_frame_for_customers_has_a_field_for_staff() -> None:
    """[P6] By type: whatever the values are."""
    for struct in structs_within(ContactOut):
        assert not STAFF_ONLY_FIELDS & {field.name for field in msgspec.structs.fields(struct)}, struct
        assert struct.__module__.split(".")[-1] in {"common", "contact"}, f"{struct} was not made for customers"


def test_a_kind_of_event_is_private_unless_it_is_named_here() -> None:
    """[P6] One that says that it is public says here too what of it a customer may know."""
    assert {name for name, kind in KINDS.items() if kind.is_public} == PUBLIC.keys()
    assert not events.EventBody.is_public


@pytest.mark.parametrize("author", AUTHORS, ids=tag)
@pytest.mark.parametrize("kind", BODIES)
def test_a_customer_is_shown_no_byte_that_is_for_staff(kind: str, author: Actor) -> None:
    """[P6] By value: what only staff may know is marked, and no mark comes through."""
    for body in BODIES[kind]:
        event = Event(
            seq=NUMBER + 1, pub=7, id=EventId("e7"), at=1, epoch=NUMBER + 2, author=author, body=body,
            command=CommandId(CANARY), turn=NUMBER + 3,
        )  # fmt: skip
        shown, _ = framing.encode_facts(ConversationId("c1"), [event])
        assert CANARY.encode() not in shown.contacts
        assert str(NUMBER)[:6].encode() not in shown.contacts


@pytest.mark.parametrize("kind", BODIES)
def test_what_takes_no_public_number_is_not_shown_to_customers(kind: str) -> None:
    """[P6] The mark of a private fact is `pub` 0, and it is set by kind."""
    for body in BODIES[kind]:
        event = Event(seq=1, pub=0, id=EventId("e1"), at=1, epoch=1, author=AUTHORS[0], body=body)
        assert framing.encode_facts(ConversationId("c1"), [event])[0].contacts == b""
        assert body.is_public == (views.for_contact(ConversationId("c1"), event) is not None)


@pytest.mark.parametrize(
    "problem",
    [Taken("Somebody holds control.", by=golden.ANA, at=NUMBER, epoch=NUMBER), TooFast("Too fast.", retry_after=2.5)],
)
def test_a_customer_s_error_says_no_more_than_when_to_retry(problem: PeerError) -> None:
    """[P6]"""
    data = framing.encode(views.contact_error(problem, id="m1", conversation="c1"))
    assert b"agent" not in data
    assert str(NUMBER).encode() not in data
    assert (b'"retry_after":2.5' in data) == isinstance(problem, TooFast)


# -- the state beside the events ---------------------------------------------------------------------------------------


def test_what_staff_are_told_of_the_state_is_what_the_conversation_says() -> None:
    state = Conversation(organisation=OrganisationId("o"), id=golden.HERE, contact=golden.MARIA, channel="webchat")
    moment = Context(now=golden.NOON, nonce="n", node=None, policy=Policy(bot=golden.ARIA))
    after = decide(
        state, moves.AskForPerson(id=CommandId("a"), by=as_visitor(golden.MARIA, organisation="o")), moment
    ).state
    assert views.staff_state(after).seq == after.seq
    assert views.contact_state(after) == ContactState(pub=1, holder=Party(kind="nobody"), is_open=True)
    assert views.open_stream(after, None) is None
