"""What is decoded from one text: the frames themselves, tokens, settings."""

import base64
import hashlib
import hmac
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from intervene.config import SETTINGS, ConfigError
from intervene.core.access import Principal, Staff, Visitor
from intervene.core.codes import ErrorCode
from intervene.core.errors import PeerError
from intervene.core.wire import framing
from intervene.edge.auth import ALGORITHM, BadToken, Credential, Tokens
from intervene.settings import load
from tests.integration.edge.conftest import KEY
from tests.integration.edge.stand_ins import ACME
from tests.slow.fuzz.mutate import either, in_bytes, in_json
from tests.slow.fuzz.target import Target, calm
from tests.unit.core import golden

NOW = 1_800_000_000.0
SENTENCE = 1000  # characters; whatever is told of an input, the input may not make it long


class Decode(Target):
    """The text of one frame, for each of the three decoders."""

    name = "decode"
    mutate = staticmethod(either(in_json, in_json, in_bytes((b"\\ud800", b"[", b"{", b"[]" * 30_000, b'"', b"\\"))))  # type: ignore[assignment]

    def seeds(self) -> list[bytes]:
        return [
            b" ".join(line.split())
            for union, kinds in golden.GOLDEN.items()
            for kind in kinds
            if union.endswith("-in")
            for line in golden.lines(union, kind)
        ]

    def most_lines(self, size: int) -> int:
        return 300

    def check(self, data: bytes) -> None:
        """UTF-8 is checked before a text is decoded."""
        data = data.decode("utf-8", "ignore").encode()
        decoders: tuple[Callable[[bytes], object], ...] = (
            framing.decode_hello,
            framing.decode_staff,
            framing.decode_contact,
        )
        for decode in decoders:
            refusal = None
            try:
                frame = decode(data)
            except PeerError as problem:
                refusal = problem
            else:
                assert decode(msgspec.json.encode(frame)) == frame, "it does not come back"
            if refusal is not None:
                ErrorCode(refusal.code)
                assert len(str(refusal).encode()) < SENTENCE, "a refusal repeats its input"


class Token(Target):
    """A token as it comes; or header and claims, a line each, of which an honest host signs whatever it holds."""

    name = "tokens"
    watched = ("/intervene/", "/jwt/")
    mutate = staticmethod(either(in_json, in_bytes((b".", b"\n", b"{", b'"', b'"exp":', b'"kid":', b"\\ud800"))))  # type: ignore[assignment]

    def __init__(self) -> None:
        self._tokens = Tokens([KEY], lambda: NOW)

    def seeds(self) -> list[bytes]:
        visitor = {"aud": "intervene", "typ": "visitor", "org": "o", "sub": "s", "name": "n", "iat": 1, "exp": NOW + 9}
        agent = {**visitor, "typ": "agent", "role": "agent", "name": "Ana 😕"}
        whole = [msgspec.json.encode({**claims, "exp": int(NOW + 9)}) for claims in (visitor, agent)]
        past = msgspec.json.encode({**visitor, "exp": int(NOW - 9)})
        return [*whole, past, msgspec.json.encode({**visitor, "nbf": NOW + 2.5}), self._signed(whole[0]).encode()]

    def most_lines(self, size: int) -> int:
        return 12_000 + 100 * size  # the library looks at each letter

    def check(self, data: bytes) -> None:
        token = self._signed(data) if data.lstrip().startswith(b"{") else data.decode("utf-8", "replace")
        with calm():
            for use in (self._tokens.verify, self._tokens.renew):
                try:
                    found = use(token)
                except BadToken as problem:
                    said = str(problem)
                else:
                    self._is_sound(found.principal if isinstance(found, Credential) else found)
                    said = ""
                assert len(said) < SENTENCE
                assert len(token) < 20 or token not in said, "a token is told"

    def _is_sound(self, principal: Principal) -> None:
        who = principal.agent if isinstance(principal, Staff) else principal.contact
        for text in (who.id, who.name, principal.organisation):
            text.encode()  # no half of a surrogate pair
            assert "\0" not in text, "no database keeps it"
        assert not any(letter < " " or letter == "\x7f" for letter in who.name), "a control in a name"
        assert who.id, "nobody"
        again = self._tokens.verify(self._tokens.make(principal, NOW + 9)).principal
        assert again == principal, "its own token is not taken"

    def _signed(self, data: bytes) -> str:
        claims, _, header = data.partition(b"\n")
        made = self._tokens.make(Visitor(organisation=ACME, contact=golden.MARIA), NOW + 9)
        first = _base64(header) if header else made.partition(".")[0].encode()
        whole = first + b"." + _base64(claims)
        assert ALGORITHM == "HS256", "as it is signed here"
        return (whole + b"." + _base64(hmac.new(KEY.encode(), whole, hashlib.sha256).digest())).decode()


class Settings(Target):
    """A settings file and, behind a NUL, variables with their values, a NUL after each."""

    name = "settings"
    watched = ("/intervene/config", "/intervene/core/")
    mutate = staticmethod(  # type: ignore[assignment]
        in_bytes((
            b"\0", b"=", b"\n", b"'", b'"', b"[", b"]", b"true", b",", b"::1", b"://", b"https://*.a.b", b"null",
            *(f"\0INTERVENE_{name.upper()}=".encode() for name in SETTINGS),
            *(f"\n{name} = ".encode() for name in SETTINGS),
        ))
    )  # fmt: skip

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="intervene-fuzz-")
        self._file = Path(self._folder.name) / "intervene.toml"

    def close(self) -> None:
        self._folder.cleanup()

    def seeds(self) -> list[bytes]:
        return [
            b"port = 8000\nhost = '::1'\norigins = ['https://shop.example']\nproxies = ['10.0.0.0/24']",
            b"development = false\nkeys = ['" + b"k" * 40 + b"']\nlog_format = 'json'\ndrain_seconds = 1.5",
            b"\0INTERVENE_PORT=80\0INTERVENE_ORIGINS=https://a.b,https://c.d\0INTERVENE_DEVELOPMENT=false",
            f"\0INTERVENE_DATABASE_URL=postgresql://u:{PASSWORD}@h/n\0INTERVENE_REDIS_URL=redis://:{PASSWORD}@h".encode(),
            b"\0INTERVENE_KEYS_FILE=/nowhere\0INTERVENE_WORKERS=2\0INTERVENE_SERVICE_HOST=10.0.0.1",
        ]

    def most_lines(self, size: int) -> int:
        return 20_000 + 4 * size

    def check(self, data: bytes) -> None:
        toml, *variables = data.split(b"\0")
        self._file.write_bytes(toml)
        environ = {
            os.fsdecode(name): os.fsdecode(value)
            for name, equals, value in (one.partition(b"=") for one in variables)
            if equals and name and not value.startswith((b"/dev", b"/proc"))
        }
        with calm():
            try:
                loaded = load(environ, self._file)
            except ConfigError as problem:
                said = str(problem)
            else:
                assert load(environ, self._file).config == loaded.config
                said = "\n".join(map(str, loaded.rows())) + repr(loaded.config)
        for name, value in environ.items():
            others = "".join(other for at, other in environ.items() if at != name) + toml.decode("utf-8", "replace")
            if name in SECRETS and PASSWORD in value and value not in others:
                assert value not in said, "a secret is told"


PASSWORD = "hunter2"
SECRETS = {f"INTERVENE_{name.upper()}" for name, setting in SETTINGS.items() if setting.secret}


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
