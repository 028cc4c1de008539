"""What is published of the JavaScript client: small, complete, and usable from nothing but itself."""

import asyncio
import gzip
import json
import re
import shutil
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import anyio
import pytest
from playwright.async_api import BrowserContext

from tests.interop.sdk.conftest import SDK
from tests.kit.browser import shared
from tests.kit.limits import WAIT
from tests.kit.server import ServerProcess

ROOM = SDK.parents[1]
README = ROOM / "README.md"
GUIDE = ROOM.parents[1] / "docs" / "embed-the-client.md"
MOST_BYTES = 13_000
MOST_BYTES_OF_VIEWS = 3_000
USE = """
import * as sdk from "@intervene/client";
try {
  sdk.createClient({ url: "mailto:ana@example.com", getToken: () => "" });
} catch (problem) {
  console.log(problem.code, Object.keys(sdk).sort().join());
}
"""
PUBLIC = (
    "BeganAnew,Client,ClientError,CloseCode,Continued,CustomerConversation,IndexedDbStore,MemoryStore,Misused,NoToken,"
    "QueueFull,Refused,StaffConversation,Stopped,TokenLater,TooLate,VisitorTokens,createClient"
)


def test_the_client_is_small() -> None:
    assert len(gzip.compress(SDK.read_bytes(), 9)) <= MOST_BYTES


def test_views_are_small_and_no_part_of_what_customers_load() -> None:
    views = SDK.with_name("views.js").read_text("utf-8")
    assert len(gzip.compress(views.encode(), 9)) <= MOST_BYTES_OF_VIEWS
    assert "open_view" in views
    assert "open_view" not in SDK.read_text("utf-8")
    assert not re.search(r"^import|from\"", views, re.MULTILINE), "it stands alone"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project into which the package was installed, and `ws`."""
    project = tmp_path_factory.mktemp("project")
    packed = subprocess.run(
        ["npm", "pack", "--ignore-scripts", "--json", "--pack-destination", project],
        cwd=ROOM, check=True, capture_output=True,
    )  # fmt: skip
    (package,) = json.loads(packed.stdout)
    names = {file["path"] for file in package["files"]}
    assert {
        "dist/index.js",
        "dist/index.d.ts",
        "dist/views.js",
        "dist/views.d.ts",
        "dist/wire.d.ts",
        "README.md",
        "package.json",
    } <= names
    assert not any(name.startswith("src/") for name in names)
    (project / "package.json").write_text('{"private": true, "type": "module"}')
    install = ["npm", "install", "--no-audit", "--no-fund", "--offline", project / package["filename"]]
    subprocess.run(install, cwd=project, check=True, capture_output=True)
    shutil.copytree(ROOM.parent / "node_modules" / "ws", project / "node_modules" / "ws")
    return project


async def _ran(project: Path, program: str) -> str:
    (project / "use.mjs").write_text(program)
    process = await asyncio.create_subprocess_exec("node", "use.mjs", cwd=project, stdout=PIPE, stderr=PIPE)
    with anyio.fail_after(WAIT):
        out, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    return out.decode().strip()


def _example(language: str, server: str, page: Path = README) -> str:
    """The page's, for a server of ours."""
    found = re.search(rf"^```{language}\n(.+?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} has an example in {language}"
    return re.sub(r"https://chat\.example\.com|http://127\.0\.0\.1:8000", server, found[1])


async def test_the_package_has_what_is_public_and_nothing_else(project: Path) -> None:
    assert await _ran(project, USE) == f"misused {PUBLIC}"


async def test_the_readmes_example_runs_in_node(project: Path, server: ServerProcess) -> None:
    assert await _ran(project, _example("js", server.url)) == "message number 1, held by a nobody"


async def test_the_example_of_the_docs_has_both_sides(project: Path, server: ServerProcess) -> None:
    assert await _ran(project, _example("js", server.url, GUIDE)) == "Not any more. Ada here."


@shared()
async def bare(project: Path) -> AsyncIterator[str]:
    """The project as a plain file server has it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode().lstrip("/")
            file = project / path
            body = file.read_bytes() if file.is_file() else b""
            kind = "text/javascript" if file.suffix == ".js" else "text/html"
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://localhost:{listening.sockets[0].getsockname()[1]}"


async def test_the_readmes_example_runs_in_a_bare_page(
    project: Path, bare: str, server: ServerProcess, window: BrowserContext
) -> None:
    await server.kill()
    server.settings |= {"origins": bare, "bot": "echo"}
    await server.start()
    (project / "index.html").write_text(f"<!doctype html>{_example('html', server.url)}")
    page = await window.new_page()
    await page.goto(f"{bare}/index.html")
    await page.get_by_text("Hello, is this a robot?", exact=True).wait_for()
    await page.get_by_text("You said").wait_for()
