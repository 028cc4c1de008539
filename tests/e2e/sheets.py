"""Contact sheets: `python -m tests.e2e.sheets [words of a scene's name]` takes a picture of every state of widget and
desk, narrow and wide, in each look, and lays them out on one sheet for each look. All of it goes to `sheets/`.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.host import HostSite
from tests.e2e.people import SCRIPT, People
from tests.e2e.scenes import DESK, WIDGET, Scene
from tests.e2e.windows import Windows
from tests.kit.browser import ARGUMENTS, CHROMIUM
from tests.kit.proxy import Proxy
from tests.kit.server import ServerProcess

OUT = Path(__file__).parents[2] / "sheets"
SIZES = {"360": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 800}}
SETTLED = 0.3  # seconds: the longest transition, and a frame


class Look(NamedTuple):
    media: Mapping[str, Any]
    locale: str = "en"


LOOKS = {
    "light": Look({"color_scheme": "light"}),
    "dark": Look({"color_scheme": "dark"}),
    "arabic": Look({"color_scheme": "light"}, "ar"),
    "forced": Look({"color_scheme": "dark", "forced_colors": "active"}),
}


async def pictures(page: Page, name: str) -> None:
    """All looks of what is in a window now."""
    for look, (media, locale) in LOOKS.items():
        has_chat = await page.evaluate("'$intervene' in window")
        if locale != "en" and not has_chat:
            continue  # the desk is in English
        await page.emulate_media(**{"forced_colors": "none", **media})
        if has_chat:
            await page.evaluate("(locale) => $intervene('setLocale', locale)", locale)
        for size, viewport in SIZES.items():
            await page.set_viewport_size(viewport)  # type: ignore[arg-type]  # it has both
            await asyncio.sleep(SETTLED)
            await page.screenshot(path=OUT / look / size / f"{name}.png")


async def sheet(browser: Browser, look: str, size: str) -> None:
    """One picture of all pictures in a folder."""
    files = sorted((OUT / look / size).glob("*.png"))
    if not files:
        return
    width = SIZES[size]["width"] // 2
    figures = "".join(
        f"<figure><img src='{file.as_uri()}' width={width}><figcaption>{escape(file.stem)}</figcaption></figure>"
        for file in files
    )
    page_file = OUT / f"{look}-{size}.html"
    page_file.write_text(
        f"<!doctype html><style>body{{display:flex;flex-wrap:wrap;gap:12px;font:12px sans-serif;background:#888}}"
        f"figure{{margin:0}}</style>{figures}",
        "utf-8",
    )
    page = await browser.new_page(
        viewport={"width": 5 * (width + 14) if size == "360" else 3 * (width + 14), "height": 600}
    )
    await page.goto(page_file.as_uri())
    await page.screenshot(path=page_file.with_suffix(".png"), full_page=True)
    await page.close()
    page_file.unlink()


@asynccontextmanager
async def stage() -> AsyncIterator[tuple[Browser, HostSite, ServerProcess]]:
    with tempfile.TemporaryDirectory() as folder:
        async with async_playwright() as playwright, HostSite() as site:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            house = ServerProcess(Path(folder), SCRIPT, drain_seconds="0", origins=site.origin)
            await house.start()
            try:
                yield browser, site, house
            finally:
                await house.stop()
                await browser.close()


async def take(words: list[str]) -> int:
    failed = 0
    scenes: dict[str, Scene] = {f"widget {name}": each for name, each in WIDGET.items()}
    scenes |= {f"desk {name}": each for name, each in DESK.items()}
    async with stage() as (browser, site, house):
        for name, play in scenes.items():
            if not all(word in name for word in words):
                continue
            windows = Windows(browser, site)
            async with Proxy(house.port) as line:
                try:
                    await pictures(await play(People(windows, site), house, line), name)
                    await windows.close()
                except Exception as problem:
                    failed += 1
                    print(f"{name}: {problem}", file=sys.stderr)
        for look in LOOKS:
            for size in SIZES:
                await sheet(browser, look, size)
    print(f"See {os.path.relpath(OUT)}")
    return failed


if __name__ == "__main__":
    sys.exit(asyncio.run(take(sys.argv[1:])))
