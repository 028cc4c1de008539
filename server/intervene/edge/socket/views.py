"""What the log says, as one audience gets it: pure, from the ports' words to frames."""

from intervene.core import frames
from intervene.core.events import Event
from intervene.core.frames import ContactEvent, ContactOut, StaffOut
from intervene.core.ids import CommandId, ConversationId
from intervene.ports.log import Receipt, Snapshot


def ack(is_staff: bool, conversation: ConversationId, id: CommandId, receipt: Receipt) -> StaffOut | ContactOut:
    if is_staff:
        return frames.StaffAck(
            id=id, conversation=conversation, seq=receipt.seq, epoch=receipt.epoch, at=receipt.at
        )  # fmt: skip
    return frames.ContactAck(id=id, conversation=conversation, pub=receipt.pub, at=receipt.at)


def watched(is_staff: bool, snapshot: Snapshot, *, reset: bool) -> StaffOut | ContactOut:
    state = snapshot.state
    stream = frames.open_stream(state)
    if is_staff:
        return frames.StaffWatched(
            conversation=state.id, events=list(snapshot.events), state=frames.staff_state(state), more=snapshot.more,
            reset=reset, stream=stream, read=snapshot.read,
        )  # fmt: skip
    return frames.ContactWatched(
        conversation=state.id, events=_public(state.id, snapshot.events), state=frames.contact_state(state),
        more=snapshot.more, reset=reset, stream=stream, read=snapshot.read,
    )  # fmt: skip


def page(is_staff: bool, snapshot: Snapshot) -> StaffOut | ContactOut:
    conversation = snapshot.state.id
    if is_staff:
        return frames.StaffPage(conversation=conversation, events=list(snapshot.events), more=snapshot.more)
    events = _public(conversation, snapshot.events)
    return frames.ContactPage(conversation=conversation, events=events, more=snapshot.more)


def _public(conversation: ConversationId, events: tuple[Event, ...]) -> list[ContactEvent]:
    """The allow-list has the last word, whatever range was read."""
    shown = (frames.for_contact(conversation, event) for event in events if event.pub)
    return [event for event in shown if event is not None]
