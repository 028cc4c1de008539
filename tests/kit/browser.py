"""Debian's Chromium: one for each process of a test run, in which each test has windows of its own.

In `make test` it is `chromium-headless-shell`, the same without a user interface and at half of the processor time; in
`make test-all`, the one that people have. It belongs to the event loop that it was started in, so tests and fixtures of
`IN_ONE_LOOP` share one.
"""

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, async_playwright

from tests.kit.limits import FACTOR

WHOLE = "/usr/bin/chromium"
CHROMIUM = WHOLE if FACTOR == 1.0 else "/usr/bin/chromium-headless-shell"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
IN_ONE_LOOP = ("tests/e2e/", "tests/interop/sdk/", "tests/e2e/ui/")
"""The folders whose tests have a browser."""

shared = functools.partial(pytest_asyncio.fixture, loop_scope="session")
"""A fixture for such tests."""


def share_loop(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(IN_ONE_LOOP) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@asynccontextmanager
async def launched(program: str) -> AsyncIterator[Browser]:
    assert Path(program).exists(), f"these tests need {program}: apt-get install {Path(program).name}"
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        except Error as problem:
            pytest.fail(f"{program} does not start: {problem}")
        yield browser
        await browser.close()


@shared(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched(CHROMIUM) as browser:
        yield browser


@shared(scope="session")
async def whole_browser() -> AsyncIterator[Browser]:
    """For what the shell has not: it asks nobody for a permission, and shows no notification."""
    async with launched(WHOLE) as browser:
        yield browser
