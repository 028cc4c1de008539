"""A server by its URL, as a proxy and a browser meet it: is it up, is it ready, does it take a websocket."""

import asyncio
import secrets
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from intervene import loopback
from intervene.config import Config
from intervene.core.wire.common import SUBPROTOCOL
from intervene.ops.doctor.findings import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    Report,
    answer,
    fail,
    ok,
    unreachable_name,
    warn,
)

HEAD_BYTES = 64 * 1024
EVERYWHERE = {"0.0.0.0": loopback.NAME, "::": loopback.NAME}  # where such a server can be asked from here


class Reply(NamedTuple):
    status: int
    milliseconds: float


def own_url(config: Config) -> str:
    """Of the server of these settings, "" if its port is not known."""
    host = EVERYWHERE.get(config.host, config.host)
    return loopback.url(host, config.port) if config.port else ""


async def examine(url: str, report: Report, *, may_be_absent: bool = False) -> None:
    """Each request on a connection of its own. `may_be_absent`: that nothing listens is no fault."""
    where = _parts(url)
    if where is None or not where.hostname:
        report.append(fail("--url", "no URL of a server", "It is like https://chat.example or http://10.0.0.7:8000."))
        return
    url = where._replace(netloc=where.netloc.rpartition("@")[2]).geturl()  # without anybody's password
    if unknown := await unreachable_name(url, loopback.candidates(where.hostname)):
        report.append(unknown)
        return
    try:
        health = await _ask(where, "/healthz")
    except ConnectionRefusedError:
        if may_be_absent:
            report.append(ok(url, "nothing listens there now"))
        else:
            report.append(fail(url, "nothing listens there", "Is the server up, and are host and port right?"))
        return
    except TimeoutError:
        report.append(fail(url, f"no answer within {ANSWER_SECONDS:.0f} s", "It hangs, or a firewall is silent."))
        return
    except (OSError, ValueError) as problem:
        report.append(fail(url, f"it cannot be asked: {problem}", "Is it http or https, and is this the right port?"))
        return
    if health.status != HTTPStatus.OK:
        advice = "Something else answers there: another program, or a proxy that has no server."
        report.append(fail(url, f"/healthz is answered with {health.status}", advice))
        return
    report.append(ok(url, f"up, in {health.milliseconds:.0f} ms", answer_ms=round(health.milliseconds, 3)))
    await _ready(where, url, report)
    await _upgrade(where, url, report)


def _parts(url: str) -> SplitResult | None:
    try:
        where = urlsplit(url)
        return where if where.scheme in ("http", "https") and where.port != 0 else None
    except ValueError:
        return None


async def _ready(where: SplitResult, url: str, report: Report) -> None:
    check = f"{url} /readyz"
    try:
        reply = await _ask(where, "/readyz")
    except (OSError, ValueError) as problem:
        report.append(fail(check, f"no answer: {str(problem) or type(problem).__name__}", "See its log."))
        return
    if reply.status == HTTPStatus.OK:
        report.append(ok(check, "ready"))
    else:
        advice = "It stops, or has lost the database: send no clients there."
        report.append(fail(check, f"answered with {reply.status}", advice))


async def _upgrade(where: SplitResult, url: str, report: Report) -> None:
    check = f"{url} websocket"
    headers = {
        "upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13",
        "sec-websocket-key": b64encode(secrets.token_bytes(16)).decode(), "sec-websocket-protocol": SUBPROTOCOL,
    }  # fmt: skip
    try:
        reply = await _ask(where, "/socket", headers)
    except (OSError, ValueError) as problem:
        report.append(fail(check, f"no answer: {str(problem) or type(problem).__name__}", "See its log."))
        return
    if reply.status == HTTPStatus.SWITCHING_PROTOCOLS:
        report.append(ok(check, f"taken, in {reply.milliseconds:.0f} ms", answer_ms=round(reply.milliseconds, 3)))
    elif reply.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        report.append(warn(check, f"refused with {reply.status}", "It is full or stops, or this address has too many."))
    else:
        advice = "A proxy in between has to pass on Upgrade and Connection, over HTTP/1.1."
        report.append(fail(check, f"answered with {reply.status} and not with 101", advice))


async def _ask(where: SplitResult, path: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Raises `OSError`, `TimeoutError`, and `ValueError` for what is no HTTP."""
    began = time.monotonic()
    reader, writer = await answer(_connect(where), CONNECT_SECONDS)
    try:
        given = {"host": where.netloc.rpartition("@")[2], "connection": "close"} | dict(headers or {})
        lines = [f"GET {where.path.rstrip('/')}{path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        head = await answer(_head(reader))
    finally:
        writer.transport.abort()
    version, _, status = head.decode("latin-1").partition(" ")
    if not version.startswith("HTTP/"):
        raise ValueError("what answers does not speak HTTP")
    return Reply(int(status[:3]), (time.monotonic() - began) * 1000)


async def _connect(where: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Of `localhost` to the first address on which a server listens."""
    context = ssl.create_default_context() if where.scheme == "https" else None
    name, port = where.hostname or "", where.port or (443 if context else 80)
    *others, last = loopback.candidates(name)
    for host in others:
        with suppress(OSError):
            return await asyncio.open_connection(
                host, port, ssl=context, server_hostname=name if context else None, limit=HEAD_BYTES
            )
    return await asyncio.open_connection(
        last, port, ssl=context, server_hostname=name if context else None, limit=HEAD_BYTES
    )


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        raise ConnectionError("it hung up without an answer") from None
    except asyncio.LimitOverrunError:
        raise ValueError("what answers does not speak HTTP") from None
