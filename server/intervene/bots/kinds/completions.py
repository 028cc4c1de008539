"""The protocol of OpenAI-compatible chat completions, as far as a bot needs it: the body of a request, and what the
data of each streamed event means. No I/O.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from intervene.bots.api import Briefing, HistoryEntry
from intervene.core.actors import Contact

DONE = "[DONE]"
ASK_FOR_PERSON = "ask_for_person"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": ASK_FOR_PERSON,
            "description": "Hand the conversation to a human colleague: when the customer wants one, or when you "
            "cannot help. The reply ends with it.",
            "parameters": {
                "type": "object",
                "properties": {
                    "reason": {"type": "string", "description": "Why, in a few words, for the colleague."},
                },
                "required": ["reason"],
            },
        },
    }
]


class Broken(ValueError):
    """An event is not what the protocol says. Its content is not in the message."""


class Fragment(Struct, frozen=True):
    """The next part of the reply; never empty."""

    text: str


class Call(Struct, frozen=True):
    """The next part of a call of a function. `name`: of the first part only; `arguments`: a part of a JSON text."""

    name: str
    arguments: str


class Finished(Struct, frozen=True):
    """The reply is complete, or why it is not: "stop", "tool_calls", "length", "content_filter" or another word."""

    reason: str


class Failed(Struct, frozen=True):
    """The endpoint reports, within the stream, that it cannot go on."""


Step = Fragment | Call | Finished | Failed


class _Function(Struct):
    name: str | None = None
    arguments: str | None = None


class _Call(Struct):
    function: _Function | None = None


class _Delta(Struct):
    content: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(Struct):
    choices: list[_Choice] | None = None
    error: msgspec.Raw = msgspec.Raw(b"null")


class _Reason(Struct):
    reason: str = ""


_decoder = msgspec.json.Decoder(_Chunk)
_reason = msgspec.json.Decoder(_Reason)


def prompted(prompt: str, briefing: Briefing | None) -> str:
    """With what the agent says who gave the conversation to the bot."""
    if briefing is None or not briefing.text:
        return prompt
    return f"{prompt}\n\nBefore you, {briefing.by.name} answered here, a colleague. To you they say:\n{briefing.text}"


def request(model: str, prompt: str, history: Sequence[HistoryEntry], *, with_tools: bool) -> bytes:
    """The body. Messages that follow each other in one role become one: some models take roles in turns only."""
    messages = [{"role": "system", "content": prompt}]
    for entry in history:
        role = "user" if isinstance(entry.author, Contact) else "assistant"
        if messages[-1]["role"] == role:
            messages[-1]["content"] += f"\n\n{entry.text}"
        else:
            messages.append({"role": role, "content": entry.text})
    body: dict[str, Any] = {"model": model, "messages": messages, "stream": True}
    return msgspec.json.encode(body | {"tools": TOOLS} if with_tools else body)


def newest(history: Sequence[HistoryEntry], most: int, most_bytes: int) -> Sequence[HistoryEntry]:
    """The end of `history`: at most `most` messages of together at most `most_bytes`, but always the last one."""
    size, first = 0, len(history)
    for entry in reversed(history[-most:]):
        size += len(entry.text.encode())
        if size > most_bytes and first < len(history):
            break
        first -= 1
    return history[first:]


def steps(data: str) -> Iterator[Step]:
    """What the data of one event adds; most add one step. Raises `Broken`."""
    try:
        chunk = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Broken("an event is not a chunk of a chat completion") from None
    if bytes(chunk.error) != b"null":
        yield Failed()
    for choice in (chunk.choices or [])[:1]:
        delta = choice.delta or _Delta()
        if delta.content:
            yield Fragment(delta.content)
        for call in delta.tool_calls or []:
            function = call.function or _Function()
            yield Call(function.name or "", function.arguments or "")
        if choice.finish_reason:
            yield Finished(choice.finish_reason)


def reason_in(arguments: str) -> str:
    """The reason in the arguments of a call; empty if there is none that can be read."""
    try:
        return _reason.decode(arguments).reason
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ""
