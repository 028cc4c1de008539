"""An answer that is given without a route: a status, a code and a sentence, as bytes."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

import msgspec

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Fields = tuple[tuple[str, str], ...]


class Denial(NamedTuple):
    """Why a request is refused, as HTTP says it; counted by `code`. The seconds go into Retry-After."""

    status: int
    code: str
    sentence: str
    retry_after: int = 0
    fields: Fields = ()

    def render(self, default: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
        """The whole answer. The connection ends with it: what came behind the request is not taken for another."""
        body = msgspec.json.encode({"error": self.code, "message": self.sentence})
        fields = {
            **HEADERS, "Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close",
            **dict(self.fields),
        }  # fmt: skip
        if self.retry_after:
            fields["Retry-After"] = str(self.retry_after)
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        dated = b"".join(b"%s: %s\r\n" % field for field in default)
        return "\r\n".join([*lines, ""]).encode() + dated + b"\r\n" + body
