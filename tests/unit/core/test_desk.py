"""What staff keep of a conversation: queue, status, tags, custom fields."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.core.conversation.desk import RenameTag, SetFields, SetQueue, SetStatus, SetTags
from intervene.core.conversation.packing import FORMAT
from intervene.core.errors import BadText, Busy, Forbidden, Stale, Taken
from intervene.core.events import FieldsSet, QueueSet, StatusSet, TagsSet
from intervene.core.ids import DEFAULT_QUEUE, AgentId, CommandId, FieldId, QueueId, StatusId
from intervene.core.policy import Stored, policy_of
from intervene.core.settings import FieldKind, FieldSettings, Kind, QueueSettings, Row, StatusSettings
from tests.unit.core.cast import ECHO
from tests.unit.core.play import Person, Play

ROWS = (
    Row(kind=Kind.QUEUE, id="billing", values=QueueSettings(name="Billing")),
    Row(kind=Kind.QUEUE, id="asleep", values=QueueSettings(name="Asleep", is_active=False)),
    Row(kind=Kind.QUEUE, id="former", values=QueueSettings(name="Former"), is_archived=True),
    Row(kind=Kind.STATUS, id="promised", values=StatusSettings(name="Promise to pay")),
    Row(kind=Kind.STATUS, id="former", values=StatusSettings(name="Former"), is_archived=True),
    *(
        Row(kind=Kind.FIELD, id=kind, values=FieldSettings(name=kind, kind=kind))
        for kind in FieldKind
        if kind != "choice"
    ),
    Row(kind=Kind.FIELD, id="choice", values=FieldSettings(name="choice", kind=FieldKind.CHOICE, choices=("a", "b"))),
    Row(kind=Kind.FIELD, id="former", values=FieldSettings(name="former"), is_archived=True),
)
ANNA = frozenset({AgentId("anna")})
POLICY = policy_of(Stored(rows=ROWS, members={DEFAULT_QUEUE: ANNA, "billing": ANNA}), ECHO, {ECHO.id: ECHO})

Act = Callable[[Person], Any]

ACTS: dict[str, Act] = {
    "set_queue": lambda person: person.sets(SetQueue, queue="billing"),
    "set_status": lambda person: person.sets(SetStatus, status="promised"),
    "set_tags": lambda person: person.sets(SetTags, tags=("vip",)),
    "set_fields": lambda person: person.sets(SetFields, fields={"text": "x"}),
}
every_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


@pytest.fixture
def play(play: Play) -> Play:
    play.policy = POLICY
    return play


def test_each_is_an_event_that_holds_what_it_was_called_and_is_kept(play: Play, anna: Person) -> None:
    """[P5] In the words of the organisation on that day: nothing else is needed to read the log."""
    anna.sets(SetQueue, queue="billing")
    anna.sets(SetStatus, status="promised")
    anna.sets(
        SetTags,
        tags=(
            "vip",
            "bill",
        ),
    )
    anna.sets(SetFields, fields={"text": "x", "number": "-3.50"})
    anna.sets(SetFields, fields={"text": "", "choice": "a"})
    bodies = [event.body for event in play.log[-5:]]
    assert bodies == [
        QueueSet(queue=QueueId("billing"), name="Billing"),
        StatusSet(status=StatusId("promised"), name="Promise to pay"),
        TagsSet(tags=("vip", "bill")),
        FieldsSet(fields={FieldId("text"): "x", FieldId("number"): "-3.50"}),
        FieldsSet(fields={FieldId("text"): "", FieldId("choice"): "a"}),
    ]
    card = play.state.card
    assert (card.queue, card.status, card.tags) == ("billing", "promised", ("vip", "bill"))
    assert card.fields == {"number": "-3.50", "choice": "a"}
    anna.sets(SetStatus, status="")
    assert play.state.card.status == ""


@every_act
def test_what_is_so_already_changes_nothing(play: Play, anna: Person, act: Act) -> None:
    act(anna)
    seq = play.state.seq
    assert act(anna) == ()
    assert play.state.seq == seq


@every_act
def test_customers_learn_of_none_of_it(play: Play, anna: Person, act: Act) -> None:
    """[P6] Not even by a number."""
    pub = play.state.pub
    [event] = act(anna)
    assert (event.pub, play.state.pub) == (0, pub)


@every_act
def test_a_colleague_of_the_holder_changes_nothing_and_a_supervisor_does(play: Play, anna: Person, act: Act) -> None:
    """[P1]"""
    anna.intervenes()
    with pytest.raises(Taken):
        act(play.agent("Ben"))
    assert act(play.supervisor("Sara"))


@every_act
def test_the_holder_does_and_in_another_epoch_nobody(play: Play, anna: Person, act: Act) -> None:
    """[P1]"""
    anna.intervenes()
    assert act(anna)
    with pytest.raises(Stale):
        anna.sets(SetQueue, queue=DEFAULT_QUEUE, epoch=1)
    with pytest.raises(Stale):
        anna.sets(SetTags, tags=("late",), epoch=1)


@every_act
def test_a_row_that_was_not_raised_yet_cannot_keep_it(play: Play, anna: Person, act: Act) -> None:
    """[P5] It would be lost, and not be the fold of its log."""
    play.state = replace(play.state, format=FORMAT - 1)
    with pytest.raises(Busy):
        act(anna)


@pytest.mark.parametrize("queue", ["asleep", "former", "nowhere"])
def test_a_queue_takes_conversations_if_it_is_in_use_and_active(play: Play, anna: Person, queue: str) -> None:
    with pytest.raises(Forbidden):
        anna.sets(SetQueue, queue=queue)


@pytest.mark.parametrize("status", ["former", "nowhere"])
def test_a_status_is_one_that_is_in_use(play: Play, anna: Person, status: str) -> None:
    with pytest.raises(Forbidden):
        anna.sets(SetStatus, status=status)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("text", ["anything"], []),
        ("number", ["0", "-3", "12.50"], ["x", "1e5", "", "1.", "NaN"]),
        ("date", ["2026-03-01"], ["01.03.2026", "2026-02-30", "20260301"]),
        ("checkbox", ["true", "false"], ["yes"]),
        ("choice", ["a", "b"], ["c"]),
    ],
)
def test_a_field_takes_values_of_its_kind(
    play: Play, anna: Person, field: str, good: list[str], bad: list[str]
) -> None:
    for value in good:
        assert anna.sets(SetFields, fields={field: value})
    for value in filter(None, bad):
        with pytest.raises(BadText):
            anna.sets(SetFields, fields={field: value})
    assert play.state.card.fields == {field: good[-1]}


@pytest.mark.parametrize("field", ["former", "nowhere"])
def test_a_field_is_one_that_is_in_use(play: Play, anna: Person, field: str) -> None:
    with pytest.raises(Forbidden):
        anna.sets(SetFields, fields={field: "x"})


def test_a_card_has_a_bound_in_bytes(play: Play, anna: Person) -> None:
    """[P7]"""
    with pytest.raises(BadText):
        anna.sets(SetTags, tags=tuple("\N{GREEK SMALL LETTER GAMMA}" * 39 + str(n) for n in range(20)))
    anna.sets(SetFields, fields={"text": "x" * 500})
    with pytest.raises(BadText):
        anna.sets(SetTags, tags=tuple("x" * 39 + str(n) for n in range(20)))


@pytest.mark.parametrize(
    ("former", "then"),
    [
        (("bill", "vip", "new"), ("bill", "gold", "new")),
        (("gold", "vip"), ("gold",)),
        (("vip", "gold"), ("gold",)),
        (("bill",), ("bill",)),
    ],
)
def test_a_renamed_tag_stays_in_its_place_and_stands_once(
    play: Play, anna: Person, former: tuple[str, ...], then: tuple[str, ...]
) -> None:
    """[R169]"""
    anna.sets(SetTags, tags=former)
    number = play.state.seq
    by = play.supervisor("Sara").by
    play.submit(RenameTag(id=CommandId("r1"), by=by, tag="vip", name="gold"))
    assert play.state.card.tags == then
    assert play.state.seq - number == (former != then), "what does not have it is left as it is"
