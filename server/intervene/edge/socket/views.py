"""What the log says, as one audience gets it: pure, from the ports' words to frames."""

from intervene.core.events import Event
from intervene.core.ids import CommandId, ConversationId
from intervene.core.wire import staff, views
from intervene.core.wire.contact import ContactAck, ContactEvent, ContactOut, ContactPage, ContactWatched
from intervene.core.wire.staff import StaffOut
from intervene.ports.log import Receipt, Snapshot


def ack(is_staff: bool, conversation: ConversationId, id: CommandId, receipt: Receipt) -> StaffOut | ContactOut:
    if is_staff:
        return staff.StaffAck(
            id=id, conversation=conversation, seq=receipt.seq, epoch=receipt.epoch, at=receipt.at
        )  # fmt: skip
    return ContactAck(id=id, conversation=conversation, pub=receipt.pub, at=receipt.at)


def watched(is_staff: bool, snapshot: Snapshot, *, reset: bool) -> StaffOut | ContactOut:
    state = snapshot.state
    stream = views.open_stream(state)
    if is_staff:
        return staff.StaffWatched(
            conversation=state.id, events=list(snapshot.events), state=views.staff_state(state), more=snapshot.more,
            reset=reset, stream=stream, read=snapshot.read,
        )  # fmt: skip
    return ContactWatched(
        conversation=state.id, events=_public(state.id, snapshot.events), state=views.contact_state(state),
        more=snapshot.more, reset=reset, stream=stream, read=snapshot.read,
    )  # fmt: skip


def page(is_staff: bool, snapshot: Snapshot) -> StaffOut | ContactOut:
    conversation = snapshot.state.id
    if is_staff:
        return staff.StaffPage(conversation=conversation, events=list(snapshot.events), more=snapshot.more)
    events = _public(conversation, snapshot.events)
    return ContactPage(conversation=conversation, events=events, more=snapshot.more)


def _public(conversation: ConversationId, events: tuple[Event, ...]) -> list[ContactEvent]:
    """The allow-list has the last word, whatever range was read."""
    shown = (views.for_contact(conversation, event) for event in events if event.pub)
    return [event for event in shown if event is not None]
