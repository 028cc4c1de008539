"""A client for people's programs: bots' testers, load generators, bridges, desks without a browser.

    async with AgentClient("ws://127.0.0.1:8000/socket", agent_tokens("http://127.0.0.1:8000", "Ana")) as ana:
        conversation = await ana.watch("c-5kQ2vT")
        await conversation.intervene()
        await conversation.say("Hi Maria, Ana here.")
        async for change in conversation:
            print(change)

It comes back after every loss of connection with full jitter and resumes each conversation where it was; what it
shows is complete, in order, and without repetition. A command is sent until it is answered and happens once. It stops
when the server itself says that reconnecting cannot help; whatever else answers in its place is an outage.

* `AgentClient`, `CustomerClient`: `watch`, `conversations`, `wait_ended`; customers `open` theirs.
* `AgentConversation`: `say`, `edit`, `delete`, `note`, `intervene`, `hand_back`, `release`, `close`, `reopen`.
  `fill_in` makes the text of a canned reply what is said.
* `CustomerConversation`: `say`, `ask_for_person`, `rate`.
* Both: `events`, `state`, `stream`, `read_up_to`, `more` and `page_back`; `on(callback)` and `async for`; `history`;
  `set_typing`, `set_read`, `unwatch`.
* While it is not connected, `client.trouble` says why, `await client.connected(within=...)` waits for it, and the log
  `intervene.client` has a warning for each kind of trouble. `client.on(callback)` gets `Trouble`, `Joined` and
  `BeganAnew`: a visitor whose token is refused goes on as a new one, and what was not acknowledged fails with it.
* A conversation that ends says why: `Closed`, `Refused`, `BeganAnew`, or `Continued`, after which `open` answers the
  one that it goes on in, and what was not acknowledged goes there.
* `AgentClient.begin` begins a conversation with a contact.
* `AgentClient.open_view(View(list=Listed.WAITING))` lists conversations: `rows`, `read`, `counts`, `more` and
  `load_more`; `look_at` and `tails`; `on(callback)`; `close`.
* A change is a frame as `intervene.core.wire.staff` and `events` have it, or `Reset`.
"""

from intervene.client.addresses import socket_url
from intervene.client.clients import AgentClient, Client, CustomerClient, NotConnected
from intervene.client.conversation import Behind, Conversation, Recorded, Refused
from intervene.client.exchange import Joined, News, OutboxFull
from intervene.client.peer import BeganAnew, Closed, Continued, Pace
from intervene.client.screen import Change, Reset
from intervene.client.sides import AgentConversation, CustomerConversation
from intervene.client.tokens import TokenRefused, Tokens, VisitorTokens, agent_tokens, fetch_token, visitor_tokens
from intervene.client.trouble import Trouble
from intervene.client.views import OpenedView
from intervene.core.placeholders import fill_in
from intervene.core.wire.inbox import Counts, Listed, Row, View

__all__ = [
    "AgentClient", "AgentConversation", "BeganAnew", "Behind", "Change", "Client", "Closed", "Continued",
    "Conversation", "Counts", "CustomerClient", "CustomerConversation", "Joined", "Listed", "News", "NotConnected",
    "OpenedView", "OutboxFull", "Pace", "Recorded", "Refused", "Reset", "Row", "TokenRefused", "Tokens", "Trouble",
    "View", "VisitorTokens", "agent_tokens", "fetch_token", "fill_in", "socket_url", "visitor_tokens",
]  # fmt: skip
