"""With what sessions come in: tokens that are given, tokens that a key signs here, or tokens that the server hands out.

Without any, customers are visitors of the channel, and agents are those of a server in development.
"""

import time
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import jwt
import msgspec
from msgspec import Meta, Struct

from intervene.client import agent_tokens, visitor_tokens
from intervene.client.tokens import FIRST_CHANNEL
from intervene.core.limits import SOCKETS_OF_AGENT
from intervene.core.text import printable
from intervene.load.scenario import Scenario

MORE_SECONDS = 24 * 3600.0  # that a token outlives the run that it was signed for
LEAST_KEY = 32

Tokens = Callable[[], Awaitable[str]]
Text = Annotated[str, Meta(min_length=1)]


class BadCredentials(Exception):
    """They cannot be used; the message is a sentence, without any secret."""


class Key(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a host application (docs/protocol.md, R18). `kid` is its id; `key` the secret, or the private key as PEM."""

    kid: Text
    key: Annotated[str, Meta(min_length=LEAST_KEY)]
    algorithm: Literal["HS256", "RS256", "ES256"] = "HS256"
    seconds: Annotated[float, Meta(gt=0, le=1e9)] = MORE_SECONDS
    """Of a token's life, where the key has a `lifetime`."""

    def __repr__(self) -> str:
        return f"Key({self.kid})"


class Credentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`staff`: a key, or `tokens`, of one person each. `customers`: a key; without it they are visitors."""

    channel: Text = FIRST_CHANNEL
    tokens: list[Text] = []
    role: Literal["agent", "supervisor", ""] = ""
    """Of the staff; "" for a supervisor of a server in development, and an agent by a key, which may make no other."""
    staff: Key | None = None
    customers: Key | None = None

    def __repr__(self) -> str:
        return f"Credentials(channel={self.channel!r}, {len(self.tokens)} tokens, {self.staff}, {self.customers})"


def read(file: Path) -> Credentials:
    """Raises `BadCredentials`."""
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Credentials)
    except OSError as problem:
        raise BadCredentials(f"The credentials {file} cannot be read: {problem.strerror}.") from None
    except msgspec.ValidationError as problem:  # it names keys and types, and never quotes a value
        raise BadCredentials(f"The credentials {file} do not fit: {printable(str(problem))}.") from None
    except (ValueError, RecursionError):
        raise BadCredentials(f"The credentials {file} are not TOML.") from None


def check(credentials: Credentials, scenario: Scenario) -> None:
    """Whether its keys can sign, and its tokens are of people enough. Raises `BadCredentials`."""
    people = len(credentials.tokens)
    if people and scenario.staff_sessions > people * SOCKETS_OF_AGENT:
        raise BadCredentials(
            f"The scenario has {scenario.staff_sessions} sessions of staff, and a server takes {SOCKETS_OF_AGENT} of "
            f"one person: {people} tokens are not enough. Give more, or a key that signs them."
        )
    if people and scenario.takeovers.per_second and people < scenario.takeovers.clickers:
        raise BadCredentials(
            f"takeovers.clickers is {scenario.takeovers.clickers}, and there are tokens of {people} people."
        )
    for key in (credentials.staff, credentials.customers):
        if key is not None:
            try:
                signed(key, "load", "Load")
            except (jwt.PyJWTError, ValueError, TypeError):
                raise BadCredentials(f"The key {key.kid} cannot sign with {key.algorithm}.") from None


def staff(credentials: Credentials, url: str, person: int) -> Tokens:
    """Of the person with that number, who is the same in each run."""
    name = f"Load {person + 1}"
    if credentials.tokens:
        return _given(credentials.tokens[person % len(credentials.tokens)])
    if key := credentials.staff:
        return _made(key, f"load-{person + 1}", name, role=credentials.role or "agent")
    return agent_tokens(url, name, credentials.role or "supervisor")


def customer(credentials: Credentials, url: str, run: str, number: int) -> Tokens:
    """Of a customer who was never there before."""
    name = f"Load {run} {number + 1}"
    if key := credentials.customers:
        channel = {} if credentials.channel == FIRST_CHANNEL else {"chn": credentials.channel}
        return _made(key, f"load-{run}-{number + 1}", name, **channel)
    return visitor_tokens(url, name, channel=credentials.channel)


def signed(key: Key, subject: str, name: str, **claims: Any) -> str:
    now = int(time.time())
    claims = {"aud": "intervene", "sub": subject, "name": name, "iat": now, "exp": now + int(key.seconds), **claims}
    return jwt.encode(claims, key.key, key.algorithm, headers={"kid": key.kid})


def _given(token: str) -> Tokens:
    async def tokens() -> str:
        return token

    return tokens


def _made(key: Key, subject: str, name: str, **claims: Any) -> Tokens:
    async def tokens() -> str:
        return signed(key, subject, name, **claims)

    return tokens
