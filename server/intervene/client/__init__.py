"""A client for people's programs: bots' testers, load generators, bridges, desks without a browser.

    async with AgentClient("ws://127.0.0.1:8000/socket", agent_tokens("http://127.0.0.1:8000", "Ana")) as ana:
        conversation = await ana.watch("c-5kQ2vT")
        await conversation.intervene()
        await conversation.say("Hi Maria, Ana here.")
        async for change in conversation:
            print(change)

It comes back after every loss of connection with full jitter and resumes each conversation where it was; what it
shows is complete, in order, and without repetition. A command is sent until it is answered and happens once. It stops
when the server says that coming back is of no use.

* `AgentClient`, `CustomerClient`: `watch`, `conversations`, `wait_ended`; customers `open` theirs.
* `AgentConversation`: `say`, `note`, `intervene`, `hand_back`, `release`, `close`, `reopen`.
* `CustomerConversation`: `say`, `ask_for_person`.
* Both: `events`, `state`, `stream`, `more` and `page_back`; `on(callback)` and `async for`; `history`; `set_typing`,
  `set_read`, `unwatch`.
* A change is a frame as `intervene.core.frames` and `events` have it, or `Reset`.
"""

from intervene.client.clients import AgentClient, Client, CustomerClient
from intervene.client.connection import Closed, Pace
from intervene.client.conversation import Behind, Conversation, Recorded, Refused
from intervene.client.exchange import OutboxFull
from intervene.client.screen import Change, Reset
from intervene.client.sides import AgentConversation, CustomerConversation
from intervene.client.tokens import TokenRefused, Tokens, agent_tokens, fetch_token, socket_url, visitor_tokens

__all__ = [
    "AgentClient", "AgentConversation", "Behind", "Change", "Client", "Closed", "Conversation", "CustomerClient",
    "CustomerConversation", "OutboxFull", "Pace", "Recorded", "Refused", "Reset", "TokenRefused", "Tokens",
    "agent_tokens", "fetch_token", "socket_url", "visitor_tokens",
]  # fmt: skip
