"""What happens in a conversation, told on the terminal as it happens."""

import time
from functools import partial

from intervene.client import AgentConversation, Change, CustomerConversation
from intervene.core.actors import Actor, Bot, Holder
from intervene.core.events import ControlChanged, Event, Message, MessageStarted
from intervene.core.text import printable
from intervene.core.wire.common import PieceAdded
from intervene.core.wire.contact import ContactControl, ContactEvent
from intervene.terminal import say


class Timeline:
    """Milliseconds since the round began, actor, what. `is_brief` shows only how it ended."""

    def __init__(self, title: str, *, is_brief: bool) -> None:
        self._title = title
        self._is_brief = is_brief
        self._began = time.monotonic()
        if not is_brief:
            say(f"\n{title}\n", lines=True)

    def tell(self, who: str, what: str) -> None:
        if not self._is_brief:
            milliseconds = (time.monotonic() - self._began) * 1000
            say(f"{milliseconds:7.0f} ms  {printable(who):10}  {what}")

    def follow(self, staff: AgentConversation, customer: CustomerConversation, name: str) -> None:
        """What staff are shown, and when control is on the customer's screen."""
        staff.on(self._changed)
        customer.on(partial(self._customer_changed, name))

    def _customer_changed(self, name: str, change: Change) -> None:
        match change:
            case ContactEvent(event=ContactControl(holder=holder)) if holder.kind == "agent":
                self.tell(name, f"sees that {holder.name} is there now")
            case _:
                pass

    def _changed(self, change: Change) -> None:
        match change:
            case PieceAdded(text=text):
                self.tell("", f"  | {text}")
            case Event(body=MessageStarted(), author=author):
                self.tell(_name(author), "begins to reply")
            case Event(body=Message(interrupted=True, text=text), author=author):
                self.tell(_name(author), f"is cut off; kept is: ... {text.strip()[-30:]}")
            case Event(body=Message(text=text), author=Bot(name=name)):
                self.tell(name, f"is done: ... {text.strip()[-30:]}")
            case Event(body=Message(text=text), author=author):
                self.tell(_name(author), text)
            case Event(body=ControlChanged(holder=holder, reply_enabled=enabled), epoch=epoch):
                self.tell(_name(holder), f"has control (epoch {epoch}){', reply enabled' if enabled else ''}")
            case _:
                pass

    def end(self, times: str, *, is_kept: bool) -> None:
        if self._is_brief:
            say(f"{self._title}: {times}{'' if is_kept else '  <- BROKEN'}")
        else:
            say(f"\n  {times}", lines=True)


def _name(who: Actor | Holder) -> str:
    return getattr(who, "name", "Nobody")
