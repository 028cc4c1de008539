"""What workers run in the tests of `intervene.workers`: a small server that says who it is and does what it is told.

`python -m tests.kit.responder PORT WORKERS DRAIN` runs several of them. How they fail is in variables: RESPONDER_FAILS
(the path of a file; what is in it is a worker's exit status) and RESPONDER_IS_DEAF (they hear no SIGTERM).
"""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from intervene import logs, workers
from intervene.config import Config

log_ = structlog.get_logger("intervene.responder")

registry = CollectorRegistry()
shown = Counter("shown", "Answers with metrics", registry=registry)
Gauge("alone", "1 for each worker", registry=registry).set(1)


def serve(config: Config, listening: socket.socket | None, figures: socket.socket | None) -> int:
    logs.configure(config.log_format, config.log_level)
    trouble = Path(os.environ["RESPONDER_FAILS"])
    if trouble.exists():
        print(f"There is trouble: {trouble.read_text()}.", file=sys.stderr)
        return int(trouble.read_text())
    assert listening is not None
    assert figures is not None
    assert not os.get_inheritable(listening.fileno()), "what a worker starts has nothing to do with the port"
    assert not sys.stdin.read(), "nor with what the parent says"
    return asyncio.run(_serve(config, listening, figures))


async def _serve(config: Config, listening: socket.socket, figures: socket.socket) -> int:
    beside = await asyncio.start_server(_show, sock=figures)
    server = await asyncio.start_server(_answer, sock=listening)
    loop, ended, asked = asyncio.get_running_loop(), asyncio.Event(), 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        server.close()
        log_.info("drains" if asked == 1 else "drains no longer")
        loop.call_later(config.drain_seconds if asked == 1 else 0, ended.set)

    if "RESPONDER_IS_DEAF" in os.environ:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        loop.add_signal_handler(signal.SIGTERM, stop)
        loop.add_signal_handler(signal.SIGINT, stop)
    await ended.wait()
    beside.close()
    return 0


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Any request: its process. `/end/7`: it ends with that status."""
    path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
    if path.startswith("/end/"):
        os._exit(int(path.removeprefix("/end/")))
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n%d" % os.getpid())
    await writer.drain()
    writer.close()


async def _show(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Its metrics: how often they were asked for, and that it is alone. They are for no other host."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    if "evil.example" in head:
        writer.write(b"HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\nnot you")
    else:
        shown.inc()
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + generate_latest(registry))
    await writer.drain()
    writer.close()


def main(port: str, number: str, drain: str) -> int:
    config = Config(
        port=int(port),
        workers=int(number),
        drain_seconds=float(drain),
        log_format="json",
        database_url="postgresql://nowhere/none",
        redis_url="redis://nowhere",
    )
    logs.configure(config.log_format, config.log_level)
    try:
        return workers.run(config, serve)
    except OSError as error:
        print(f"It could not start: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    from tests.kit import responder

    sys.exit(responder.main(*sys.argv[1:]))
