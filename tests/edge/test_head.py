"""Whatever bytes come: a head, a body or a refusal, the same in any parts, and never an exception."""

from hypothesis import given, settings
from hypothesis import strategies as st

from intervene.core.limits import BODY_BYTES
from intervene.core.origins import Allowed, is_own
from intervene.edge import upgrade
from intervene.edge.denials import Denial
from intervene.edge.handshake import admit_locally
from intervene.edge.head import Chunks, Head, is_hopeless, parse
from intervene.edge.proxies import Proxies
from tests import raw

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
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_a_head_or_a_refusal(data: bytes) -> None:
    """[P7]"""
    is_hopeless(data)
    head = parse(data)
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
    if upgrade.refusal(head) is None:
        assert upgrade.acceptance(head).startswith(b"HTTP/1.1 101 ")
        assert head.all(b"host")


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"5\r\nhello\r\n", b"0\r\n\r\n", b"a;b=c\r\n"]), max_size=8))
@settings(max_examples=300, deadline=None)
def test_chunks_in_any_parts_are_the_same_body_or_the_same_refusal(parts: list[bytes]) -> None:
    """[P7]"""
    whole, split = Chunks(), Chunks()
    at_once = whole.feed(b"".join(parts))
    refusals = [refusal for part in parts if not split.is_whole and (refusal := split.feed(part))]
    assert (refusals[0] if refusals else None) == at_once
    if at_once is None:
        assert (whole.is_whole, whole.body) == (split.is_whole, split.body)


def test_a_proxy_s_list_of_thousands_is_not_read_to_its_end() -> None:
    """[P7]"""
    written = ", ".join(f"10.0.{number >> 8}.{number & 255}" for number in range(3000))
    head = parse(f"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7, {written}".encode())
    assert isinstance(head, Head)
    assert Proxies(["10.0.0.0/8"]).client("10.0.0.1", head).address == "10.0.11.164"
    long = parse(b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7, 1" + b"0" * 9000)
    assert isinstance(long, Head)
    assert Proxies().client("127.0.0.1", long).address == "127.0.0.1"
