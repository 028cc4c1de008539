"""Signatures of tokens as nearly all of them come: of HS256, under a header that was judged before.

A library judges each header once. The next token with the same text as its header differs in claims and signature, and
HMAC needs no library. Whatever is not written as RFC 7515 writes it is left to the library, which says why it is bad.
"""

import hmac
from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Callable

from intervene.core.signing_keys import Algorithm

HEADERS = 256  # remembered; a signer may write another one into each token

Signer = Callable[[str], tuple[Algorithm, str] | None]
"""The key of that name."""


class FamiliarHeaders:
    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        """Of keys, by the text of a header."""

    def learn(self, token: str, name: str, algorithm: Algorithm) -> None:
        """The library has found that the key `name` has signed this token."""
        if algorithm is not Algorithm.HS256:
            return
        if len(self._names) >= HEADERS:
            del self._names[next(iter(self._names))]
        self._names[token.partition(".")[0]] = name

    def read(self, token: str, signer: Signer) -> tuple[str, bytes] | None:
        """The name of the key that has signed an ASCII `token`, and what. None: ask the library."""
        head, _, rest = token.partition(".")
        name = self._names.get(head)
        if name is None or (found := signer(name)) is None or found[0] is not Algorithm.HS256:
            return None
        text, _, signature = rest.partition(".")
        payload = text.encode()
        signed = hmac.digest(found[1].encode(), b"%b.%b" % (head.encode(), payload), "sha256")
        if not hmac.compare_digest(_encode(signed), signature.encode()):
            return None
        try:
            data = a2b_base64(payload.translate(_FROM_URL) + b"==")
        except Error:
            return None
        return (name, data) if _encode(data) == payload else None


_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


def _encode(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=")
