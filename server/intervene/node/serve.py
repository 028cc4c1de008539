"""A node as a process: its sockets, its greeting, and how it ends."""

import os
import shlex
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import structlog
import uvloop

from intervene import loopback
from intervene.bots.api import BotCallable
from intervene.config import Config, is_loopback
from intervene.core.actors import Bot
from intervene.core.timing import LARGEST_FACTOR
from intervene.edge.http.app import make_figures
from intervene.edge.server import Server, bind
from intervene.node.node import NO_BOTS, Node
from intervene.terminal import say

log_ = structlog.get_logger(__name__)

PART_ENDED = 1  # the exit status when background work of the node ended by itself


def serve(
    config: Config,
    listening: socket.socket | None = None,
    figures: socket.socket | None = None,
    bots: Mapping[Bot, BotCallable] = NO_BOTS,
) -> int:
    """Run one node until it is stopped. The exit status. `listening` and `figures`: bound sockets of the public port
    and of that for metrics, else they are made; `bots` as in `Node.start`."""
    listening = listening or bind(config.host, config.port)
    figures = figures or bind(config.metrics_host, config.metrics_port)
    return uvloop.run(_serve(config, listening, figures, bots))


async def _serve(
    config: Config, listening: socket.socket, figures: socket.socket, bots: Mapping[Bot, BotCallable]
) -> int:
    node = await Node.start(config, bots)
    if config.timing_factor != LARGEST_FACTOR:
        log_.warning("timing is scaled, as for a test suite", timing_factor=config.timing_factor)
    is_local = config.development and is_loopback(config.metrics_host)
    beside = {figures: make_figures(node.metrics, is_local=is_local)}
    server = Server(node.front, node.sockets.wheel, node.drain, beside)
    await node.prepare_demo()
    node.run(failed=server.end)
    if config.workers == 1:  # else the parent does
        _greet(config, listening.getsockname()[1])
    log_.info("metrics", url=f"{_url(config.metrics_host, figures.getsockname()[1])}/metrics")
    await server.serve([listening])
    await node.close()
    status = PART_ENDED if node.has_failed else 0
    if node.runner.zombies:
        # A bot that swallows every cancel would keep the loop, and so the process, for ever.
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(status)
    return status


def _greet(config: Config, port: int) -> None:
    url = _url(config.host, port)
    log_.info("serving", url=url, data=str(config.data.resolve()), bot=config.bot)
    if config.development and config.log_format == "console":
        with suppress(OSError):  # the reader has gone, or the disk is full
            say(f"\n  Open it:  {url}/  (the chat), {url}/desk  (the agents' desk)", lines=True)
            say(f"  Try it:   {url}/demo  (a customer and an agent, side by side)")
            say(f"  Watch it: {_program()} demo --url {url}")
            say(f"  Check it: {_program()} verify\n", lines=True)


def _program() -> str:
    """How this command is called in the working directory."""
    started = Path(sys.argv[0])
    if started.suffix == ".py":
        return shlex.join([_from_here(Path(sys.executable)), "-m", "intervene"])
    return shlex.quote(_from_here(started))


def _from_here(path: Path) -> str:
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)


def _url(host: str, port: int) -> str:
    return loopback.url(loopback.resolved(host), port)
