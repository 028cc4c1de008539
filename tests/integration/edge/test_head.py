"""Whatever bytes come: a head, a body or a refusal, the same in any parts, and never an exception."""

import h11
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intervene.core.limits import BODY_BYTES, BODY_LINES, HEAD_FIELDS
from intervene.core.origins import Allowed, is_own
from intervene.edge.head import MEMBERS, PATH_BYTES, Head, Incoming
from intervene.edge.problems import Denial
from intervene.edge.proxies import Proxies
from intervene.edge.socket import upgrade
from intervene.edge.socket.handshake import admit_locally
from tests.kit import raw
from tests.kit.examples import examples
from tests.kit.raw import parse

CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
SEEDS = [case.said.partition(b"\r\n\r\n")[0].lstrip(b"\r\n") for case in raw.HANDSHAKES + raw.REQUESTS]


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """One of the table, with some bytes changed, added or taken away."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=4))
    return bytes(data)


@given(heads() | st.binary(max_size=200))
@settings(max_examples=examples(400), deadline=None)
def test_any_bytes_are_a_head_or_a_refusal(data: bytes) -> None:
    """[P7]"""
    head = parse(data)
    if head is None:
        return  # no end of it came
    if isinstance(head, Denial):
        assert 400 <= head.status < 600
        assert head.render().startswith(f"HTTP/1.1 {head.status} ".encode())
        return
    assert isinstance(head, Head)
    assert head.length is None or 0 <= head.length <= BODY_BYTES
    client = Proxies().client("127.0.0.1", head)
    admit_locally(head)
    for value in head.all(b"origin"):
        is_own(value.decode("latin-1"), head.host, client.schemes)
        assert value.decode("latin-1") not in Allowed(["https://shop.example"]) or b"shop.example" in value.lower()
    if upgrade.is_usual(head):
        assert all(check.holds(head) for check in upgrade.CHECKS)
    if upgrade.refusal(head) is None:
        assert upgrade.acceptance(head).startswith(b"HTTP/1.1 101 ")
        assert head.all(b"host")


@pytest.mark.parametrize("connection", ["Upgrade", "keep-alive, Upgrade"])
def test_what_browsers_ask_for_takes_the_shortcut_around_the_table(connection: str) -> None:
    head = parse(raw.up(Connection=connection))
    assert isinstance(head, Head)
    assert upgrade.is_usual(head)


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"5\r\nhello\r\n", b"0\r\n\r\n", b"a;b=c\r\n"]), max_size=8))
@settings(max_examples=examples(300), deadline=None)
def test_chunks_in_any_parts_are_the_same_body_or_the_same_refusal(parts: list[bytes]) -> None:
    """[P7]"""
    whole, at_once = fed([b"".join(parts)])
    split, refusal = fed(parts)
    assert refusal == at_once
    if at_once is None:
        assert (whole.is_whole, whole.body) == (split.is_whole, split.body)


def fed(parts: list[bytes]) -> tuple[Incoming, Denial | None]:
    """A request with a chunked body in these parts, until it is whole or refused."""
    incoming = Incoming()
    assert incoming.feed(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") is None
    for part in parts:
        if incoming.is_whole:
            break
        if refusal := incoming.feed(part):
            return incoming, refusal
    return incoming, None


@given(st.sampled_from([case.said for case in raw.HANDSHAKES + raw.REQUESTS]), st.integers(1, 9))
@settings(max_examples=examples(200), deadline=None)
def test_a_request_in_any_parts_is_the_same_request_or_the_same_refusal(said: bytes, size: int) -> None:
    """[P7]"""
    said = said.lstrip(b"\r\n")
    whole, split = Incoming(), Incoming()
    at_once = whole.feed(said)
    refusals = (split.feed(said[at : at + size]) for at in range(0, len(said), size) if not split.is_whole)
    assert next((refusal for refusal in refusals if refusal), None) == at_once
    if at_once is None:
        assert (whole.head, whole.body, whole.is_whole) == (split.head, split.body, split.is_whole)


FIELDS = st.sampled_from(
    [
        b"Host: a", b"host:b.example:80", b"Connection: close", b"Content-Length: 7", b"Content-Length: 0",
        b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"a_b: c", b"Bad Name: a", b"Space : a", b"A:  b  c  ",
        b"Empty:", b"Empty: ", b"Tab:\ta", b"Latin: \xe4", b"Control: a\x7f", b"Folded: a\r\n b", b"LF: a\nB: c",
    ]
)  # fmt: skip
LINES = st.sampled_from(
    [
        b"GET / HTTP/1.1", b"GET /socket?a=b#c HTTP/1.1", b"GET * HTTP/1.1", b"GET http://a.example/b HTTP/1.1",
        b"GET /\x80 HTTP/1.1", b"GET /a b HTTP/1.1", b"GET / HTTP/1.0", b"GET / HTTP/2.0", b"HEAD / HTTP/1.1",
    ]
)  # fmt: skip
BEHIND = st.sampled_from([b"", b"\r\n", b"GET / HTTP/1.1\r\n", b"\x81\x80"])


@st.composite
def plain(draw: st.DrawFn) -> bytes:
    """A request that is nearly as plain as most are, and what may come behind it."""
    line, fields = draw(LINES), [b"Host: a"]
    if draw(st.booleans()):
        line, fields = b"GET / HTTP/1.1", fields * draw(st.integers(0, 1))
    fields += draw(st.lists(FIELDS, max_size=3))
    return b"\r\n".join([line, *fields, b"", b""]) + draw(BEHIND)


@given(plain() | heads().map(lambda head: head + b"\r\n\r\n"))
@settings(max_examples=examples(300), deadline=None)
def test_a_plain_request_is_what_the_library_makes_of_it(data: bytes) -> None:
    """[P7] In two parts it is the library's to read."""
    assume(data[:1].isalpha())  # a part of no letters is refused at once
    whole, split = Incoming(), Incoming()
    at_once = whole.feed(data)
    assert at_once == (split.feed(data[:1]) or split.feed(data[1:]))
    if at_once is None:
        assert (whole.head, whole.body, whole.is_whole, whole.rest) == (
            split.head,
            split.body,
            split.is_whole,
            split.rest,
        )


@pytest.mark.parametrize(
    ("said", "code", "most"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a:b\r\n" * 6000 + b"\r\n", "head_too_large", HEAD_FIELDS + 1),
        (CHUNKED + b"1\r\na\r\n" * 5000 + b"0\r\n\r\n", "too_large", CHUNKED.count(b"\n") + BODY_LINES),
        (CHUNKED + b"0\r\n" + b"a:b\r\n" * 6000 + b"\r\n", "too_large", CHUNKED.count(b"\n") + BODY_LINES),
    ],
)
@pytest.mark.parametrize("size", [1400, 256 * 1024])
def test_lines_are_counted_before_they_are_parsed(
    said: bytes, code: str, most: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] To parse 32 KiB of short fields, or of chunks of one byte, takes as long as to serve a hundred clients: of
    lines that are too many, the parser takes none that may not be there."""
    given: list[bytes] = []
    receive_data = h11.Connection.receive_data

    def receive(parser: h11.Connection, data: bytes) -> None:
        given.append(data)
        receive_data(parser, data)

    monkeypatch.setattr(h11.Connection, "receive_data", receive)
    incoming = Incoming()
    answers = (incoming.feed(said[start : start + size]) for start in range(0, len(said), size))
    refusal = next(answer for answer in answers if answer)
    assert refusal.code == code
    assert b"".join(given).count(b"\n") - incoming.rest.count(b"\n") <= most


def test_lines_behind_a_head_are_not_its_own() -> None:
    """Frames, or other requests, that came in one packet with it."""
    incoming = Incoming()
    assert incoming.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + b"\n" * 3000) is None
    assert incoming.is_whole
    most = b"".join(b"a%d: b\r\n" % n for n in range(HEAD_FIELDS - 1))
    incoming = Incoming()
    assert incoming.feed(b"GET / HTTP/1.1\r\nHost: a\r\n" + most) is None
    assert incoming.feed(b"\r\n") is None
    assert incoming.is_whole


def test_of_a_path_or_a_list_no_more_is_looked_at_than_can_matter() -> None:
    """[P7] 30 KiB of either took as long as a hundred requests."""
    head = parse(b"GET /" + b"%41" * 9000 + b"?a=b HTTP/1.1\r\nHost: a\r\nConnection: " + b"x," * 2000 + b"Upgrade")
    assert isinstance(head, Head)
    assert (len(head.path), head.query) == (1 + PATH_BYTES // 3, b"a=b")
    assert len(head.tokens(b"connection")) == MEMBERS + 1
    assert head.tokens(b"connection")[-1] == b"upgrade"


def test_a_proxy_s_list_of_thousands_is_not_read_to_its_end() -> None:
    """[P7]"""
    written = ", ".join(f"10.0.{number >> 8}.{number & 255}" for number in range(2000))
    head = parse(f"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7, {written}".encode())
    assert isinstance(head, Head)
    assert Proxies(["10.0.0.0/8"]).client("10.0.0.1", head).address == "10.0.7.188"
    long = parse(b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7, 1" + b"0" * 9000)
    assert isinstance(long, Head)
    assert Proxies().client("127.0.0.1", long).address == "127.0.0.1"
