"""The parts that widget and desk share, in Debian's Chromium: the gallery of `client_js/ui`, built and served."""

import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.e2e.watch import Watch
from tests.kit.browser import browser, shared
from tests.kit.limits import LONG_WAIT, WAIT

__all__ = ["browser"]  # a fixture

CLIENTS = Path(__file__).parents[3] / "client_js"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its URL, as the visitor of a site would have it: real files, under the policy that the docs name."""
    directory = tmp_path_factory.mktemp("gallery")
    command = ["node_modules/.bin/vite", "build", "ui/gallery", "--outDir", str(directory), "--logLevel", "warn"]
    subprocess.run(command, cwd=CLIENTS, check=True, timeout=LONG_WAIT)
    (directory / "favicon.ico").touch()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(directory)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@shared()
async def window(browser: Browser, gallery: str) -> AsyncIterator[BrowserContext]:
    """One browser profile, whose pages may not complain or ask anybody else for anything."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT * 1000)
    watch = Watch(context, [gallery])
    yield context
    await context.close()
    assert not watch.complaints, "\n".join(watch.complaints)
