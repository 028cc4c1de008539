"""Clients that are not ours run hello, say and resume: npm's `ws`, the `websockets` command, and a bare browser."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from playwright.async_api import Browser

from tests.kit.browser import shared
from tests.kit.limits import LONG_WAIT, WAIT
from tests.kit.server import ServerProcess

STRANGER = Path(__file__).parents[1] / "interop" / "strangers" / "stranger.mjs"

Frame = dict[str, Any]


@shared()
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path, bot="echo", drain_seconds="0")
    await server.start()
    yield server
    await server.stop()
    assert not server.complaints, "\n".join(server.complaints)


async def test_the_ws_package_of_npm_resumes_and_gets_exactly_what_it_missed(server: ServerProcess) -> None:
    """[P5] [R23] [R42]"""
    process = await asyncio.create_subprocess_exec("node", STRANGER, server.url, stdout=PIPE, stderr=PIPE)
    with anyio.fail_after(LONG_WAIT):
        out, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    told = {line.pop("step"): line for line in map(json.loads, out.splitlines())}
    said, resumed = told["said"], told["resumed"]
    assert said["event"]["event"]["text"] == "Is anybody there?"
    assert said["ack"]["pub"] == said["event"]["pub"]
    is_what_was_missed(resumed, said["event"]["pub"])
    assert "I am on my phone now." in texts(resumed)
    assert told["repeated"]["ack"] == said["ack"]
    assert told["closed"]["code"] == 1000


async def test_the_websockets_command_says_and_resumes(server: ServerProcess) -> None:
    token = server.visitor_token("Maria")
    async with terminal(server) as (type_in, until):
        await type_in({"type": "hello", "token": token})
        await until("welcome")
        await type_in({"type": "open"})
        c = (await until("opened"))["conversation"]
        await type_in({"type": "watch", "conversation": c})
        await until("watched")
        await type_in({"type": "say", "id": "1", "conversation": c, "text": "Hello"})
        mine = await until("event", lambda event: event["event"]["by"]["kind"] == "you")
        assert (await until("ack"))["pub"] == mine["pub"]
    async with terminal(server) as (type_in, until):
        await type_in({"type": "hello", "token": token})
        await until("welcome")
        await type_in({"type": "watch", "conversation": c, "after": {"n": mine["pub"], "id": mine["id"]}})
        is_what_was_missed(await until("watched"), mine["pub"])


async def test_a_browser_without_any_library_says_and_resumes(server: ServerProcess, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(f"{server.url}/healthz")  # of the same origin, and without a script of ours
    with anyio.fail_after(WAIT):
        said, resumed = await page.evaluate(IN_A_BROWSER, server.visitor_token("Maria"))
    assert said["event"]["text"] == "Hello"
    is_what_was_missed(resumed, said["pub"])


def is_what_was_missed(watched: Frame, after: int) -> None:
    assert not watched["reset"]
    assert [event["pub"] for event in watched["events"]] == list(range(after + 1, watched["state"]["pub"] + 1))


def texts(watched: Frame) -> list[str]:
    return [event["event"].get("text", "") for event in watched["events"]]


@asynccontextmanager
async def terminal(server: ServerProcess) -> AsyncIterator[tuple[Callable[..., Any], Callable[..., Any]]]:
    """`python -m websockets`: what is typed in is sent, line by line; what comes is printed behind "< "."""
    command = [sys.executable, "-m", "websockets", server.socket_url]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=2**20)
    assert process.stdin is not None
    assert process.stdout is not None
    keyboard, screen = process.stdin, process.stdout

    async def type_in(frame: Frame) -> None:
        keyboard.write(json.dumps(frame).encode() + b"\n")
        await keyboard.drain()

    async def until(kind: str, fits: Callable[[Frame], bool] = lambda _: True) -> Frame:
        with anyio.fail_after(WAIT):
            while line := await screen.readline():
                shown = re.search(rb"< (\{.*\})\s*$", line)
                frame: Frame = json.loads(shown[1]) if shown else {"type": ""}
                if frame["type"] == kind and fits(frame):
                    return frame
        raise AssertionError(f"it ended before {kind}")

    try:
        yield type_in, until
        keyboard.close()  # Ctrl D
        with anyio.fail_after(WAIT):
            assert b"closed: 1000 (OK)" in await screen.read()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


IN_A_BROWSER = """(token) => new Promise((done, failed) => {
    let conversation, mine;
    const connect = () => {
        const socket = new WebSocket(`ws://${location.host}/socket`, "intervene.v1");
        const send = (frame) => socket.send(JSON.stringify(frame));
        socket.onopen = () => send({type: "hello", token});
        socket.onclose = ({code}) => code === 1000 || failed(new Error(`closed with ${code}`));
        socket.onmessage = ({data}) => {
            const frame = JSON.parse(data);
            if (frame.type === "welcome" && !mine) send({type: "open"});
            if (frame.type === "welcome" && mine)
                send({type: "watch", conversation, after: {n: mine.pub, id: mine.id}});
            if (frame.type === "opened") {
                conversation = frame.conversation;
                send({type: "watch", conversation});
            }
            if (frame.type === "watched" && !mine) send({type: "say", id: "1", conversation, text: "Hello"});
            if (frame.type === "watched" && mine) done([mine, frame]);
            if (frame.type === "event" && frame.event.by?.kind === "you") mine = frame;
            if (frame.type === "ack") {
                socket.close(1000);
                connect();
            }
        };
    };
    connect();
})"""
