"""The LLM bot over an endpoint that is not ours."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from intervene.bots.kinds.llm import LABELS, Llm, LlmBot
from tests.integration.engine.actors import Customer
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.stage import comes_in, ends
from tests.interop.aimock.endpoint import KEY, MODEL, REPLY, STORY, Aimock
from tests.kit.limits import eventually

PROMPT = "You work for a bank, and this sentence appears in no log."


def settings(aimock: Aimock, **more: Any) -> Llm:
    wanted = {"first_seconds": 1.0, "next_seconds": 0.5, "prompt": PROMPT, "key": KEY, **more}
    return Llm(url=aimock.url, model=MODEL, **wanted)


@pytest.fixture
async def bot(aimock: Aimock) -> AsyncIterator[LlmBot]:
    bot = LlmBot(settings(aimock))
    yield bot
    await bot.close()


@pytest.fixture
async def n1(cluster: Cluster, bot: LlmBot) -> Node:
    return cluster.node("n1", {"echo": bot.play})


@pytest.fixture
async def clara(cluster: Cluster, n1: Node) -> Customer:
    """A customer whose bot has nothing to say before she has written."""
    clara = await comes_in(cluster, n1)
    await ends(clara)
    return clara


@pytest.mark.parametrize("question", ["how much", "in your own time"])
async def test_a_question_is_answered_as_the_model_writes(aimock: Aimock, clara: Customer, question: str) -> None:
    await clara.says(question)
    await ends(clara)
    assert await clara.room.messages() == [f"Clara: {question}", f"Echo: {REPLY}"]


async def test_the_model_is_given_the_conversation_so_far_and_the_key(aimock: Aimock, clara: Customer) -> None:
    for question in ("how much", "how much, again"):
        await clara.says(question)
        await ends(clara)
    first, second = await aimock.requests()
    assert first["headers"]["authorization"] in (f"Bearer {KEY}", "[REDACTED]")
    assert first["body"]["model"] == MODEL
    assert second["body"]["messages"] == [
        {"role": "system", "content": PROMPT},
        {"role": "user", "content": "how much"},
        {"role": "assistant", "content": REPLY},
        {"role": "user", "content": "how much, again"},
    ]


async def test_the_model_asks_for_a_person(clara: Customer) -> None:
    await clara.says("a person, please")
    await eventually(lambda: clara.known.epoch == 2)
    change = await clara.room.last_change()
    assert (change.move, change.reason) == ("ask", "wants to talk to a human")


REASONS = {
    "an unknown tool": "llm_malformed",
    "never begin": "llm_stalled",
    "stop in between": "llm_stalled",
    "cut it off": "llm_cut",
    "hang up": "llm_cut",
    "babble": "llm_malformed",
    "break down": "llm_failed",
    "no key": "llm_unauthorised",
    "not this": "llm_refused",
    "at length": "llm_too_long",
    "up to your limit": "llm_too_long",
    "something bad": "llm_filtered",
    "nothing at all": "llm_empty",
    "what no fixture has": "llm_not_found",
}
STREAMED = {"stop in between", "cut it off", "at length", "up to your limit"}


@pytest.mark.parametrize("question", REASONS)
async def test_what_cannot_be_answered_goes_to_a_person(
    clara: Customer, question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """[P5] With the reason. What was streamed stays, and is marked. [P6] No log line has a word of it."""
    await clara.says(question)
    await eventually(lambda: clara.known.epoch == 2)
    assert (await clara.room.last_change()).reason == REASONS[question]
    assert REASONS[question] in LABELS
    spoken = (await clara.room.messages())[1:]
    assert len(spoken) == (question in STREAMED)
    assert all(message.endswith("...") for message in spoken), "it is marked as interrupted"
    lines = capsys.readouterr().out
    assert REASONS[question] in lines
    for secret in (KEY, PROMPT, question, REPLY[:10]):
        assert secret not in lines


async def test_a_rate_limit_is_waited_out_within_a_bound(
    aimock: Aimock, clara: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it is to be asked again in a second, for ever."""
    monkeypatch.setattr("intervene.bots.kinds.llm.RETRY_SECONDS", 2.5)
    await clara.says("too often")
    await eventually(lambda: clara.known.epoch == 2)
    assert (await clara.room.last_change()).reason == "llm_rate_limited"
    assert len(await aimock.requests()) == 3


async def test_a_takeover_closes_the_connection_to_the_model(aimock: Aimock, clara: Customer, n1: Node) -> None:
    """[P1] In mid-stream: the endpoint's own view of the socket. What the customer has seen of the story stays."""
    await clara.says("tell me a story")
    await eventually(lambda: len(clara.screen.text) > 20)
    assert aimock.connections() == 1
    before = len(n1.stopped)
    taken = await clara.room.agent("Anna", n1).intervenes()
    await eventually(lambda: aimock.connections() == 0)
    *_, cut = await clara.room.messages()
    assert cut.startswith("Echo: word0 ")
    assert STORY.startswith(cut.removeprefix("Echo: ").removesuffix("..."))
    await eventually(lambda: n1.stopped[before:] == [(clara.room.key, taken.epoch - 1)])
    assert n1.runner is not None
    assert n1.runner.zombies == 0


async def test_a_connection_is_used_again(aimock: Aimock, clara: Customer) -> None:
    for _ in range(3):
        await clara.says("how much")
        await ends(clara)
    assert aimock.connections() == 1
