"""A request that is refused: a status, a code and a sentence, as a problem document (RFC 9457).

`core.codes.HTTP` lists the codes. Everything that refuses over HTTP, with a route or without one, does it with these.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from intervene.core.codes import HTTP, PROBLEM

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
MEDIA_TYPE = "application/problem+json"

Fields = tuple[tuple[str, str], ...]


class Document(Struct, frozen=True, kw_only=True):
    """The body. `detail` is a sentence for people, `retry_after` in seconds."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry_after: int | UnsetType = UNSET


class Denial(NamedTuple):
    """Why a request is refused, as HTTP says it; counted by `code`. The seconds go into Retry-After."""

    status: int
    code: str
    sentence: str
    retry_after: int = 0
    fields: Fields = ()
    members: Mapping[str, Any] = MappingProxyType({})
    """Of the document, beside those that every one has."""

    @property
    def body(self) -> bytes:
        document = Document(
            type=PROBLEM + self.code,
            title=HTTP[self.code].title,
            status=self.status,
            detail=self.sentence,
            code=self.code,
            retry_after=self.retry_after or UNSET,
        )
        return msgspec.json.encode({**msgspec.to_builtins(document), **self.members})

    @property
    def headers(self) -> dict[str, str]:
        wait = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        return {**HEADERS, "Content-Type": MEDIA_TYPE, **wait, **dict(self.fields)}

    def render(self, default: Iterable[tuple[bytes, bytes]] = (), *, is_head: bool = False) -> bytes:
        """The whole answer; to HEAD without the body whose length it says (RFC 9110, 9.3.2). The connection ends with
        it: what came behind the request is not taken for another."""
        body = self.body
        fields = {"Connection": "close", "Content-Length": str(len(body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        dated = b"".join(b"%s: %s\r\n" % field for field in default)
        return "\r\n".join([*lines, ""]).encode() + dated + b"\r\n" + (b"" if is_head else body)


class Accepted(NamedTuple):
    """An upgrade that is taken: the answer, and the protocol that goes on with the connection."""

    answer: bytes
    make: Callable[[], asyncio.Protocol]
