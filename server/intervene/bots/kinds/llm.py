"""A bot over any endpoint of OpenAI-compatible chat completions: the reply is streamed as the model writes it.

A turn that is cancelled closes its connection to the endpoint, which ends the model's work there. What cannot be
answered goes to a person, with one of the labels of `LABELS` as the reason. Neither the key nor the prompt nor what
people and model wrote gets into a log line or an error.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import assert_never, cast

import anyio
import httpx2
import structlog
from msgspec import Struct

from intervene.bots.api import Turn, Writer
from intervene.bots.kinds.completions import (
    ASK_FOR_PERSON,
    DONE,
    Broken,
    Call,
    Failed,
    Finished,
    Fragment,
    Step,
    newest,
    prompted,
    reason_in,
    request,
    steps,
)
from intervene.core.actors import Bot
from intervene.core.conversation.turns import Answered, Ask, Outcome
from intervene.core.limits import REPLY_BYTES

log_ = structlog.get_logger(__name__)

PROMPT = (
    "You answer customers in the chat of a company. Answer briefly, in the language of the customer, in plain text. Do "
    f"not invent facts. If you cannot help, or the customer wants a human, call {ASK_FOR_PERSON}."
)
CONNECTIONS, IDLE_CONNECTIONS = 200, 20  # of a node to the endpoint; a turn waits for one within its first seconds
EVENT_BYTES = 256 * 1024  # of one event of the stream; the conversation goes to a person
ARGUMENT_CHARS = 4096  # of the arguments of a call; the rest is dropped
RETRY_SECONDS = 10.0  # that a turn waits in all because of 429; then a person gets the conversation
LEAST_RETRY_SECONDS = 0.5  # before each other try
WITHOUT_TOOLS = (400, 422)  # statuses after which the request is tried once without tools
REST_SECONDS = 1.0  # for the end of the stream behind a reply that is complete; then the connection is not used again

LABELS = {
    "llm_unreachable": "no connection to the endpoint",
    "llm_unauthorised": "401 or 403: the key is missing or wrong",
    "llm_not_found": "404: no such model, or the base URL is not that of the API",
    "llm_rate_limited": "429, without a Retry-After that is short enough to wait for",
    "llm_refused": "another status that is neither 200 nor of the endpoint's own trouble",
    "llm_failed": "5xx, or an error within the stream",
    "llm_stalled": "no first or no next word in time",
    "llm_cut": "the stream ended before the reply did",
    "llm_malformed": "the answer is no stream of chat completions",
    "llm_too_long": "the reply is longer than 32 KiB, or than the model's own limit",
    "llm_filtered": "the endpoint's filter stopped the reply",
    "llm_empty": "the model returned nothing",
}
"""Why a person gets the conversation, as the log of the conversation has it."""

_STATUS = {401: "llm_unauthorised", 403: "llm_unauthorised", 404: "llm_not_found", 429: "llm_rate_limited"}
_FINISHED = {"length": "llm_too_long", "content_filter": "llm_filtered"}
_PROBLEMS: dict[type[Exception], str] = {
    httpx2.ConnectError: "llm_unreachable",
    httpx2.ConnectTimeout: "llm_unreachable",
    httpx2.ProxyError: "llm_unreachable",
    httpx2.TimeoutException: "llm_stalled",
    TimeoutError: "llm_stalled",
    httpx2.SSEError: "llm_malformed",
    httpx2.DecodingError: "llm_malformed",
    Broken: "llm_malformed",
    httpx2.HTTPError: "llm_cut",
}
"""By exception type, the first that fits."""


class Llm(Struct, frozen=True, kw_only=True):
    """The endpoint and what it is asked. `url`: the base URL, to which `/chat/completions` is added; `key`: "" for
    none; `history`, `history_bytes`: the newest messages that the model is given. Times in seconds."""

    url: str
    model: str
    key: str = ""
    prompt: str = PROMPT
    history: int = 50
    history_bytes: int = 65536
    connect_seconds: float = 5.0
    first_seconds: float = 30.0
    next_seconds: float = 15.0


class HandOver(Exception):
    """A person has to get the conversation; `label` is one of `LABELS`."""

    def __init__(self, label: str, status: int = 0) -> None:
        super().__init__(label)
        self.label = label
        self.status = status


_EXPECTED: tuple[type[Exception], ...] = (HandOver, *_PROBLEMS)


class _Retry(Exception):
    """The endpoint wants the same request again, after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class LlmBot:
    """One for a node: it has the connections to the endpoint. `close` ends them."""

    def __init__(self, settings: Llm) -> None:
        self._settings = settings
        self._url = f"{settings.url.rstrip('/')}/chat/completions"
        self._headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if settings.key:
            self._headers["Authorization"] = f"Bearer {settings.key}"
        self._takes_tools = True
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(None, connect=settings.connect_seconds),  # `_next` bounds all that comes after it
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=IDLE_CONNECTIONS),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def play(self, turn: Turn) -> Outcome:
        """The bot. It says nothing before the customer has written."""
        if not turn.inputs or _is_answered(turn):
            return Answered()
        try:
            return await self._answer(turn)
        except _EXPECTED as problem:
            handed = problem if isinstance(problem, HandOver) else HandOver(_label(problem))
            log_.warning(
                "the model gave no reply; a person gets the conversation",
                reason=handed.label,
                status=handed.status or None,
                problem=type(problem).__name__,
                conversation=turn.conversation,
            )
            return Ask(handed.label)

    async def _answer(self, turn: Turn) -> Outcome:
        """Tries again what the endpoint wants again, within bounds."""
        waited, with_tools = 0.0, self._takes_tools
        while True:
            try:
                outcome = await self._try(turn, with_tools=with_tools)
            except _Retry as retry:
                waited += retry.seconds
                if waited > RETRY_SECONDS:
                    raise HandOver("llm_rate_limited", 429) from None
                await asyncio.sleep(retry.seconds)
            except HandOver as problem:
                if problem.status not in WITHOUT_TOOLS or not with_tools:
                    raise
                with_tools = False
            else:
                if self._takes_tools and not with_tools:
                    self._takes_tools = False
                    log_.warning("the endpoint takes no tools; the model cannot ask for a person")
                return outcome

    async def _try(self, turn: Turn, *, with_tools: bool) -> Outcome:
        settings = self._settings
        history = newest(turn.history, settings.history, settings.history_bytes)
        body = request(settings.model, prompted(settings.prompt, turn.briefing), history, with_tools=with_tools)
        deadline = anyio.current_time() + settings.first_seconds
        with anyio.fail_after(settings.first_seconds):
            response = await self._client.send(
                self._client.build_request("POST", self._url, content=body, headers=self._headers), stream=True
            )
        async with aclosing(response):
            _check(response)
            async with aclosing(_steps(response)) as steps:
                async with turn.stream() as writer:
                    outcome = await self._relay(steps, writer, deadline)
                with anyio.move_on_after(REST_SECONDS), suppress(*_EXPECTED):
                    async for _ in steps:
                        pass
        return outcome

    async def _relay(self, steps: AsyncIterator[Step], writer: Writer, deadline: float) -> Outcome:
        """Writes the reply as it comes; `deadline` is that of its first word."""
        size, name, arguments = 0, "", ""
        while True:
            with anyio.fail_after(max(0.0, deadline - anyio.current_time())):
                step = await anext(steps, None)
            deadline = anyio.current_time() + self._settings.next_seconds
            match step:
                case Fragment(text):
                    text = text.replace("\0", "")
                    text = text if size else text.lstrip()
                    size += len(text.encode())
                    if size > REPLY_BYTES:
                        raise HandOver("llm_too_long")
                    await writer.write(text)
                case Call():
                    name, arguments = name or step.name, (arguments + step.arguments)[:ARGUMENT_CHARS]
                case Finished(reason):
                    return _outcome(reason, size, name, arguments)
                case Failed():
                    raise HandOver("llm_failed")
                case None:
                    raise HandOver("llm_cut")
                case _:
                    assert_never(step)


def _outcome(finished: str, size: int, name: str, arguments: str) -> Outcome:
    if finished in _FINISHED:
        raise HandOver(_FINISHED[finished])
    if name == ASK_FOR_PERSON:
        return Ask(reason_in(arguments))
    if name:
        raise HandOver("llm_malformed")  # it was offered no other function
    if not size:
        raise HandOver("llm_empty")
    return Answered()


def _check(response: httpx2.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status == 429:
        try:
            seconds = float(response.headers.get("retry-after", ""))
        except ValueError:  # none, or a date
            seconds = math.inf
        if 0 <= seconds <= RETRY_SECONDS:
            raise _Retry(max(seconds, LEAST_RETRY_SECONDS))
    raise HandOver(_STATUS.get(status, "llm_failed" if status >= 500 else "llm_refused"), status)


async def _steps(response: httpx2.Response) -> AsyncGenerator[Step]:
    """To the end of the response. Raises `Broken` and errors of httpx2."""
    events = cast(AsyncGenerator[httpx2.ServerSentEvent], aiter(httpx2.EventSource(response, EVENT_BYTES)))
    async with aclosing(events):
        async for event in events:
            if event.data == DONE:
                yield Finished("stop")
            elif event.data:
                for step in steps(event.data):
                    yield step


def _label(problem: BaseException) -> str:
    return next(label for kind, label in _PROBLEMS.items() if isinstance(problem, kind))


def _is_answered(turn: Turn) -> bool:
    """Whether a turn that was lost had given a whole reply to these inputs."""
    last = turn.history[-1]
    return bool(turn.said) and isinstance(last.author, Bot) and not last.is_interrupted
