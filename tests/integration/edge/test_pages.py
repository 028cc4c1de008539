"""The pages and the widget's files: what is served where, how long it is kept, and what it may do."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intervene.edge.http import pages
from tests.integration.edge.conftest import Edge, problem
from tests.kit.server import Reply

LONG = "a { color: red } " * 100
FILES = {
    "index.html": "<!doctype html><title>Intervene</title>", "desk.html": f"<!doctype html><title>Desk</title>{LONG}",
    "demo.html": "<!doctype html><title>Demo</title>", "developers.html": "<!doctype html><title>Developers</title>",
    "widget.js": f"// the loader {LONG}", "icon.svg": "<svg/>", "assets/chat-AbC1-3_x.js": f"// {LONG}",
    "assets/chat-AbC1-3_x.css": LONG, "assets/ring.unknown": "?",
    "assets/two-FirstOne.js": "1", "assets/two-Second_1.js": "2",
}  # fmt: skip
OPEN = (
    "/",
    "/desk",
    "/desk/c/c-5kQ2vT",
    "/desk/wall",
    "/desk/settings/queues",
    "/widget.js",
    "/assets/chat-AbC1-3_x.js",
    "/icon.svg",
)
IN_DEVELOPMENT = ("/demo", "/developers")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "pages" / "assets").mkdir(parents=True)
    for name, text in FILES.items():
        (tmp_path / "pages" / name).write_text(text)
    return tmp_path / "pages"


async def asks(edge: Edge, path: str, **headers: str) -> Reply:
    return await edge.ask("GET", path, b"", **{name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
async def production(built: Path) -> AsyncIterator[Edge]:
    async with Edge(development=False, pages=built, desk_token_url="https://shop.example/token?for=desk") as edge:
        yield edge


async def test_product_page_desk_and_widget_are_served_everywhere_and_the_rest_in_development(
    production: Edge, built: Path
) -> None:
    for path in OPEN:
        assert (await production.ask("GET", path)).status == 200, path
    for path in IN_DEVELOPMENT:
        assert problem(await production.ask("GET", path)) == (404, "not_found")
    async with Edge(pages=built) as edge:
        for path in OPEN + IN_DEVELOPMENT:
            assert (await edge.ask("GET", path)).status == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "/index.html", "/desk.html", "/demo.html", "/desk/", "/desk/c/", "/desk/c/a/b", "/desk/else", "/assets/",
        "/assets/nothing.js", "/assets/ring.unknown",
        "/assets/../desk.html", "/assets/%2e%2e/desk.html", "/pages/widget.js", "/widget.js/",
    ],
)  # fmt: skip
async def test_nothing_else_is_served(production: Edge, path: str) -> None:
    """In production nothing of the demo is."""
    assert problem(await production.ask("GET", path)) == (404, "not_found")


async def test_before_anything_is_built_the_server_says_how_to_build_it() -> None:
    async with Edge(development=False) as edge:
        for path in ("/", "/desk", "/desk/c/c1", "/widget.js"):
            reply = await edge.ask("GET", path)
            assert problem(reply) == (404, "not_found")
            assert "make run" in reply.json["detail"]


async def test_each_file_has_its_media_type(production: Edge) -> None:
    kinds = {
        "/": "text/html; charset=utf-8", "/widget.js": "text/javascript; charset=utf-8", "/icon.svg": "image/svg+xml",
        "/assets/chat-AbC1-3_x.css": "text/css; charset=utf-8",
    }  # fmt: skip
    for path, kind in kinds.items():
        reply = await production.ask("GET", path)
        assert (reply.headers["content-type"], reply.headers["x-content-type-options"]) == (kind, "nosniff")


# -- how long it is kept -----------------------------------------------------------------------------------------------


async def test_what_has_a_hash_in_its_name_is_kept_for_ever_and_the_rest_is_asked_for_again(production: Edge) -> None:
    kept = {path: (await production.ask("GET", path)).headers["cache-control"] for path in OPEN}
    assert kept.pop("/assets/chat-AbC1-3_x.js") == "public, max-age=31536000, immutable"
    assert kept.pop("/widget.js") == "public, max-age=300"
    assert set(kept.values()) == {"no-cache"}


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_what_a_browser_has_already_is_not_sent_again(production: Edge, encoding: str) -> None:
    for path in OPEN:
        first = await asks(production, path, accept_encoding=encoding)
        tag = first.headers["etag"]
        assert tag.startswith('"'), "a strong one"
        for known in (tag, f'"other", W/{tag}', "*"):
            again = await asks(production, path, accept_encoding=encoding, if_none_match=known)
            assert (again.status, again.body) == (304, b"")
            assert {**first.headers, **again.headers} == first.headers
        stale = await asks(production, path, accept_encoding=encoding, if_none_match='"other"')
        assert (stale.status, stale.body) == (200, first.body)


async def test_text_is_packed_for_those_who_take_it_and_has_a_tag_of_its_own(production: Edge) -> None:
    plain = await production.ask("GET", "/widget.js")
    packed = await asks(production, "/widget.js", accept_encoding="br, gzip")
    refused = await asks(production, "/widget.js", accept_encoding="gzip;q=0")
    assert plain.body == refused.body == FILES["widget.js"].encode()
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert {reply.headers["vary"] for reply in (plain, packed)} == {"Accept-Encoding"}
    assert plain.headers["etag"] != packed.headers["etag"]
    small = await asks(production, "/", accept_encoding="gzip")
    assert "content-encoding" not in small.headers, "it would have been no smaller"


async def test_a_head_has_the_fields_of_the_file_and_no_body(production: Edge) -> None:
    for path in OPEN:
        whole, head = await production.ask("GET", path), await production.ask("HEAD", path)
        assert (head.status, head.body) == (200, b"")
        assert head.headers == whole.headers


async def test_a_page_of_another_release_gets_what_took_the_place_of_its_files(production: Edge) -> None:
    """It was loaded before an upgrade, and asks for the rest when somebody clicks. It may not keep that."""
    for older in ("/assets/chat-OlderOne.js", "/assets/chat-older-_x.js"):
        reply = await production.ask("GET", older)
        assert (reply.status, reply.body) == (200, FILES["assets/chat-AbC1-3_x.js"].encode())
        assert reply.headers["cache-control"] == "no-store"
    for unknown in ("/assets/two-OlderOne.js", "/assets/chat.js", "/assets/chat-Short.js", "/assets/chat-OlderOne.map"):
        assert problem(await production.ask("GET", unknown)) == (404, "not_found")


async def test_files_are_those_of_the_start(production: Edge, built: Path) -> None:
    """[P7] No request reads a disk, and an upgrade in place does not mix two releases."""
    (built / "widget.js").write_text("// another release")
    assert (await production.ask("GET", "/widget.js")).body == FILES["widget.js"].encode()


def test_pages_without_bound_are_not_read(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] Nor is a part of them: a page without its files is an empty one."""
    monkeypatch.setattr(pages, "MOST_BYTES", 3000)
    assert pages.read(built) == {}


# -- what it may do ----------------------------------------------------------------------------------------------------


async def test_pages_load_nothing_of_others_and_are_framed_by_nobody(production: Edge) -> None:
    for path in ("/", "/desk", "/desk/c/c1"):
        reply = await production.ask("GET", path)
        rules = dict(rule.split(" ", 1) for rule in reply.headers["content-security-policy"].split("; "))
        assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
        assert rules["script-src"] == rules["style-src"] == "'self'"
        assert rules["require-trusted-types-for"] == "'script'"
        assert rules["trusted-types"].split()[0] == "lit-html"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in reply.headers


async def test_the_desk_alone_may_ask_the_host_application_for_tokens(production: Edge) -> None:
    policies = {path: (await production.ask("GET", path)).headers["content-security-policy"] for path in ("/", "/desk")}
    assert "connect-src 'self';" in policies["/"]
    assert "connect-src 'self' https://shop.example;" in policies["/desk"]
    assert policies["/desk"].endswith("trusted-types lit-html"), "one copy of Lit"
    assert (await production.ask("GET", "/v1/desk")).json == {
        "development": False, "token_url": "https://shop.example/token?for=desk"
    }  # fmt: skip


async def test_pages_of_other_sites_may_load_the_widget(production: Edge) -> None:
    """Without credentials: these are public files."""
    for path in ("/widget.js", "/assets/chat-AbC1-3_x.js", "/assets/chat-AbC1-3_x.css"):
        headers = (await production.ask("GET", path, origin="https://any.example")).headers
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert "access-control-allow-credentials" not in headers
