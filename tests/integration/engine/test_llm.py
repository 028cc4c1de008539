"""The LLM bot and what an endpoint can do to it that those of others do not; `tests/interop/aimock` has the rest."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from intervene.bots.kinds.llm import EVENT_BYTES, Llm, LlmBot
from tests.integration.engine.actors import Customer
from tests.integration.engine.cluster import Cluster
from tests.integration.engine.stage import comes_in, ends
from tests.kit.endpoint import (
    DONE,
    END,
    NEVER,
    OK,
    Endpoint,
    Part,
    chunk,
    endpoint,
    event,
    finish,
    refusal,
    reply,
    words,
)
from tests.kit.limits import eventually
from tests.kit.ports import free_port


@asynccontextmanager
async def talk(cluster: Cluster, url: str, **more: Any) -> AsyncIterator[Customer]:
    """A customer whose bot asks the endpoint at `url`."""
    bot = LlmBot(Llm(url=url, model="m", **{"first_seconds": 1.0, "next_seconds": 1.0, **more}))
    clara = await comes_in(cluster, cluster.node("n1", {"echo": bot.play}))
    await ends(clara)
    try:
        yield clara
    finally:
        await cluster.settles()
        await bot.close()


async def said(cluster: Cluster, *answers: Sequence[Part], **more: Any) -> tuple[list[str], str, Endpoint]:
    """What the bot said to "hi", and why a person got the conversation after it, if one did."""
    async with endpoint(*answers) as model, talk(cluster, model.url, **more) as clara:
        await clara.says("hi")
        await ends(clara)
        replies = [line.removeprefix("Echo: ") for line in (await clara.room.messages())[1:]]
        return replies, (await clara.room.last_change()).reason, model


async def test_an_endpoint_that_nobody_listens_at_is_unreachable(cluster: Cluster) -> None:
    async with talk(cluster, f"http://127.0.0.1:{free_port()}/v1") as clara:
        await clara.says("hi")
        await ends(clara)
        assert (await clara.room.last_change()).reason == "llm_unreachable"


async def test_a_short_retry_after_is_waited_for(cluster: Cluster) -> None:
    spoken, reason, model = await said(cluster, refusal(429, "retry-after: 0"), reply("Hello ", "there."))
    assert (spoken, reason) == (["Hello there."], "")
    assert model.requests[0] == model.requests[1]


@pytest.mark.parametrize("after", ["3600", "Wed, 21 Oct 2026 07:28:00 GMT", "nan", ""])
async def test_a_long_retry_after_or_none_is_not(cluster: Cluster, after: str) -> None:
    _, reason, model = await said(cluster, refusal(429, f"retry-after: {after}"))
    assert reason == "llm_rate_limited"
    assert len(model.requests) == 1


async def test_an_endpoint_without_tools_is_asked_without_them_from_then_on(cluster: Cluster) -> None:
    async with endpoint(refusal(400), reply("Hello.")) as model, talk(cluster, model.url) as clara:
        for _ in range(2):
            await clara.says("hi")
            await ends(clara)
        assert (await clara.room.messages())[1::2] == ["Echo: Hello."] * 2
    assert ["tools" in body for body in model.requests] == [True, False, False]


async def test_a_request_that_is_wrong_in_itself_is_tried_twice_and_tools_are_not_given_up(cluster: Cluster) -> None:
    spoken, reason, model = await said(cluster, refusal(400))
    assert (spoken, reason) == ([], "llm_refused")
    assert ["tools" in body for body in model.requests] == [True, False]


async def test_a_model_is_told_what_the_agent_says_who_gives_it_the_conversation(cluster: Cluster) -> None:
    async with endpoint(reply("Hello.")) as model, talk(cluster, model.url) as clara:
        anna = clara.room.agent("Anna", clara.node)
        await anna.watches()
        await anna.intervenes()
        await anna.hands_back(reason="She pays in December.")
        await clara.says("hi")
        await ends(clara)
    system = model.requests[-1]["messages"][0]["content"]
    assert system.endswith("Anna answered here, a colleague. To you they say:\nShe pays in December.")


BAD_STREAMS: dict[str, tuple[Sequence[Part], str]] = {
    "an event that is no JSON": ((OK, words("So "), event("{nonsense"), DONE, END), "llm_malformed"),
    "an event of another type": ((OK, words("So "), event('{"choices":"none"}'), DONE, END), "llm_malformed"),
    "half a surrogate pair": ((OK, words("So "), words("\ud83d"), DONE, END), "llm_malformed"),
    "an error as an event": ((OK, words("So "), event('{"error":{"message":"overloaded"}}'), DONE, END), "llm_failed"),
    "an event without end": ((OK, words("So "), *[chunk("x" * 8192)] * (EVENT_BYTES // 8192 + 2)), "llm_malformed"),
    "an end without a finish": ((OK, words("So "), END), "llm_cut"),
    "a call that is cut": ((OK, words("So "), finish("length"), DONE, END), "llm_too_long"),
    "another protocol": (("HTTP/1.1 200 OK\r\n", "content-length: nine\r\n\r\n"), "llm_cut"),
    "a redirect": (refusal(302, "location: http://127.0.0.1:1/v1"), "llm_refused"),
    "comments alone": ((OK, *(chunk(": wait\n\n"), 0.1) * 100), "llm_stalled"),
    "chunks without a word": ((OK, *(words(""), 0.1) * 100), "llm_stalled"),
}


@pytest.mark.parametrize("what", BAD_STREAMS)
async def test_what_is_no_reply_goes_to_a_person(cluster: Cluster, what: str) -> None:
    """[P5] [P7]"""
    answer, wanted = BAD_STREAMS[what]
    spoken, reason, model = await said(cluster, answer)
    assert reason == wanted
    assert spoken in ([], ["So ..."])
    await eventually(lambda: model.open == 0)


async def test_a_reply_is_complete_with_its_finish_whatever_comes_behind_it(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intervene.bots.kinds.llm.REST_SECONDS", 0.05)
    for rest in ([NEVER], [event("{nonsense"), END], [END]):
        spoken, reason, _ = await said(cluster, [OK, words("\n Hello\0."), finish(), *rest])
        assert (spoken, reason) == (["Hello."], "")


async def test_what_is_left_of_a_call_that_cannot_be_read_is_the_call(cluster: Cluster) -> None:
    call = {"function": {"name": "ask_for_person", "arguments": '{"reason": 7'}}
    delta = event(json.dumps({"choices": [{"delta": {"tool_calls": [call]}}]}))
    spoken, reason, _ = await said(cluster, [OK, words("One moment."), delta, finish("tool_calls"), DONE, END])
    assert (spoken, reason) == (["One moment."], "")


async def test_no_more_of_the_conversation_is_sent_than_the_settings_say(cluster: Cluster) -> None:
    async with endpoint(reply("Yes.")) as model, talk(cluster, model.url, history=3, history_bytes=20) as clara:
        for text in ("one", "two", "x" * 30):
            await clara.says(text)
            await ends(clara)
    sent = [[message["content"] for message in body["messages"][1:]] for body in model.requests]
    assert sent == [["one"], ["one", "Yes.", "two"], ["x" * 30]]
    assert all("authorization" not in head.lower() for head in model.heads), "there is no key"


async def test_a_takeover_closes_a_connection_on_which_nothing_has_come_yet(cluster: Cluster) -> None:
    """[P1] [P4]"""
    async with endpoint([NEVER]) as model, talk(cluster, model.url, first_seconds=300.0) as clara:
        await clara.says("hi")
        await eventually(lambda: model.open == 1 and len(model.requests) == 1)
        await clara.room.agent("Anna", cluster.nodes[0]).intervenes()
        await eventually(lambda: model.open == 0)
        assert await clara.room.messages() == ["Clara: hi"]


async def test_more_of_the_customer_before_the_first_word_asks_the_model_anew(cluster: Cluster) -> None:
    async with endpoint([NEVER], reply("Both.")) as model, talk(cluster, model.url, first_seconds=300.0) as clara:
        await clara.says("hi")
        await eventually(lambda: len(model.requests) == 1)
        await clara.says("and more")
        await ends(clara)
        assert (await clara.room.messages())[-1] == "Echo: Both."
        await eventually(lambda: model.open == 1)
    assert model.requests[1]["messages"][-1] == {"role": "user", "content": "hi\n\nand more"}


async def test_many_conversations_share_a_bounded_number_of_connections(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] More turns than connections wait for one."""
    monkeypatch.setattr("intervene.bots.kinds.llm.CONNECTIONS", 2)
    most = 0
    async with endpoint([OK, words("Yes."), 0.05, finish(), DONE, END]) as model:
        bot = LlmBot(Llm(url=model.url, model="m"))
        n1 = cluster.node("n1", {"echo": bot.play})
        customers = [await comes_in(cluster, n1) for _ in range(6)]
        for customer in customers:
            await customer.says("hi")
        with anyio.fail_after(10):
            for customer in customers:
                while len(await customer.room.messages()) < 2:
                    most = max(most, model.open)
        await cluster.settles()
        await bot.close()
    assert most == 2
