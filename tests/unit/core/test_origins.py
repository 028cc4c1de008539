"""Origins are compared as scheme, host and port; settings that could match no browser are refused with a remedy."""

import pytest

from intervene.core.origins import Allowed, is_own, parse, setting

FORMS = {
    "https://shop.example": "https://shop.example",
    "HTTPS://Shop.Example": "https://shop.example",
    "https://shop.example/": "https://shop.example",
    "https://shop.example:443": "https://shop.example",
    "http://shop.example:80": "http://shop.example",
    "http://shop.example:443": "http://shop.example:443",
    "https://shop.example:08443": "https://shop.example:8443",
    "http://[2001:DB8:0:0::1]:8080": "http://[2001:db8::1]:8080",
    "https://xn--mller-kva.example": "https://xn--mller-kva.example",
    "https://*.shop.example": "https://*.shop.example",
    "https://*.Shop.Example:443/": "https://*.shop.example",
    "capacitor://localhost": "capacitor://localhost",
    "ionic://localhost": "ionic://localhost",
    "tauri://localhost": "tauri://localhost",
    "chrome-extension://abcdefgh": "chrome-extension://abcdefgh",
    "null": "null",
    "file": "file://",
    "file://": "file://",
}


@pytest.mark.parametrize("given", FORMS)
def test_a_setting_is_brought_to_the_form_that_browsers_send(given: str) -> None:
    assert setting(given) == FORMS[given]
    assert setting(setting(given)) == setting(given)


REFUSED = {
    "*": "name each origin",
    "shop.example": "write https://shop.example",
    "wss://shop.example": "write https://shop.example",
    "https://müller.example": "xn--",
    "https://shop.example/chat": "write it like",
    "https://shop.example?x": "write it like",
    "https://user@shop.example": "write it like",
    "https://shop.example:99999": "write it like",
    "https://": "write it like",
    "https://*": "write it like",
    "https://*.com": "write it like",
    "https://*shop.example": "write it like",
    "https://shop.*": "write it like",
    "https://a.*.example": "write it like",
    "https://sh op.example": "write it like",
    "http://[": "write it like",
    "http://[::g]": "write it like",
}


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f.1", "256.1.1.1", "192.168.000.1", "shop.0x1", "*.1.1.1", "shop.example:0"]
)
def test_a_host_as_no_browser_writes_it_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="browsers send"):
        setting(f"https://{host}")
    assert setting("https://192.168.0.1:8443") == "https://192.168.0.1:8443"


@pytest.mark.parametrize("given", REFUSED)
def test_a_setting_that_matches_no_browser_is_refused_with_what_to_write(given: str) -> None:
    with pytest.raises(ValueError, match=REFUSED[given].replace("*", r"\*")):
        setting(given)


@pytest.mark.parametrize(
    ("origin", "host", "schemes", "is_ours"),
    [
        ("https://chat.example.com", "chat.example.com:443", ("https",), True),
        ("https://chat.example.com", "Chat.Example.Com", ("https",), True),
        ("https://chat.example.com:443", "chat.example.com", ("http", "https"), True),
        ("http://chat.example.com", "chat.example.com:80", ("http",), True),
        ("http://chat.example.com", "chat.example.com", ("https",), False),
        ("http://chat.example.com", "chat.example.com:443", ("http",), False),
        ("https://chat.example.com:8443", "chat.example.com", ("https",), False),
        ("https://evil.example", "chat.example.com", ("http", "https"), False),
        ("https://chat.example.com.evil.example", "chat.example.com", ("https",), False),
        ("http://[::1]:8000", "[0:0::1]:8000", ("http",), True),
        ("capacitor://chat.example.com", "chat.example.com", ("http", "https"), False),
        ("null", "null", ("http",), False),
        ("http://", "", ("http",), False),
        ("http://[", "[", ("http",), False),
    ],
)
def test_a_page_is_our_own_by_scheme_host_and_port(
    origin: str, host: str, schemes: tuple[str, ...], is_ours: bool
) -> None:
    assert is_own(origin, host, schemes) is is_ours


def test_listed_origins_are_those_and_no_other() -> None:
    named = ["https://shop.example", "https://*.shop.example", "http://[::1]:8000", "capacitor://localhost", "null"]
    allowed = Allowed(tuple(map(setting, named)))
    for origin in (
        "https://shop.example", "https://SHOP.example:443", "https://a.shop.example", "https://a.b.shop.example",
        "http://[0::1]:8000", "capacitor://localhost", "null",
    ):  # fmt: skip
        assert origin in allowed, origin
    for origin in (
        "http://shop.example", "http://a.shop.example", "https://a.shop.example:8443", "https://evilshop.example",
        "https://shop.example.evil.example", "https://.shop.example.evil", "capacitor://evil", "file://", "", "NULL",
        "https://shop.example/", "https://shop.example https://evil.example", "http://[", "https://a.shop.example\0",
    ):  # fmt: skip
        assert origin not in allowed, origin


def test_without_its_scheme_or_host_nothing_is_an_origin() -> None:
    for text in ("", "null", "shop.example", "//shop.example", "https://", "https:///", "https://a:", "https://a:x"):
        assert parse(text) is None, text
