"""Contact sheets: `python -m tests.e2e.sheets [words of a name]` takes a picture of every screen of widget, desk and
site, in each size and look, and lays them out on one sheet for each size and look. All of it goes to `sheets/`.

Of the environment: `LOOKS=light,dark` and `SIZES=390` take a part; `MOCKUPS=folder` names pictures to stand beside
their living counterparts (`mockups.py`).
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.e2e.arabic import InArabic, speaks_arabic
from tests.e2e.conftest import closes_all
from tests.e2e.desks import Desk
from tests.e2e.host import HostSite
from tests.e2e.mockups import beside
from tests.e2e.people import SCRIPT, People
from tests.e2e.scenes import DESK, WIDGET, Scene
from tests.e2e.scenes_of_accounts import ACCOUNTS
from tests.e2e.screens import SCREENS, Screen, leaves_no_draft, visits
from tests.e2e.windows import Windows
from tests.kit.browser import ARGUMENTS, CHROMIUM
from tests.kit.limits import WAIT
from tests.kit.proxy import Proxy
from tests.kit.server import ServerProcess

OUT = Path(__file__).parents[2] / "sheets"
SETTLED = 0.3  # seconds: the longest transition, and a frame
HIGHEST = 4000  # pixels of a window that shows all that is in it
SITE = {"home": "/", "demo": "/demo", "developers": "/developers"}


class Size(NamedTuple):
    width: int
    height: int
    is_touched: bool = False


class Look(NamedTuple):
    media: Mapping[str, Any]
    locale: str = "en"


def _asked(variable: str, name: str) -> bool:
    return name in (os.environ.get(variable) or name).split(",")


SIZES = {
    size: each
    for size, each in {
        "1440": Size(1440, 900),
        "1024": Size(1024, 768),
        "390": Size(390, 844, True),
        "360": Size(360, 740, True),
    }.items()
    if _asked("SIZES", size)
}
OF_WIDGET, OF_OTHERS = ("1024", "360"), ("1440", "1024", "390")
LOOKS = {
    look: each
    for look, each in {
        "light": Look({"color_scheme": "light"}),
        "dark": Look({"color_scheme": "dark"}),
        "arabic": Look({"color_scheme": "light"}, "ar"),
        "forced": Look({"color_scheme": "dark", "forced_colors": "active"}),
    }.items()
    if _asked("LOOKS", look)
}


# -- one window --------------------------------------------------------------------------------------------------------

OVER = """
() => {
  let most = 0;
  const look = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.shadowRoot) look(each.shadowRoot);
      const scrolls = /auto|scroll/.test(getComputedStyle(each).overflowY) && !each.matches(".rows, .log, textarea");
      if (scrolls) most = Math.max(most, each.scrollHeight - each.clientHeight);
    }
  };
  look(document);
  return Math.max(most, document.documentElement.scrollHeight - innerHeight);
}
"""
"""How many pixels of what scrolls are out of sight, but for the lists and threads, which never end."""


async def becomes(page: Page, size: str) -> None:
    """A window of that size. A window that was touched once has no pointer any more."""
    width, height, is_touched = SIZES[size]
    if is_touched:
        session = await page.context.new_cdp_session(page)  # it ends with the page, and the touching with it
        await session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    await page.set_viewport_size({"width": width, "height": height})


async def grows(page: Page, size: str) -> None:
    """Until nothing has to be scrolled."""
    if over := await page.evaluate(OVER):
        width, height, _ = SIZES[size]
        await page.set_viewport_size({"width": width, "height": min(HIGHEST, height + over)})


async def wears(page: Page, look: Look) -> None:
    media, locale = look
    await page.emulate_media(**{"forced_colors": "none", **media})
    if await page.evaluate("'$intervene' in window"):
        await page.evaluate("(locale) => $intervene('setLocale', locale)", locale)


async def shoots(page: Page, name: str, size: str, locale: str = "", *, is_page: bool = False) -> None:
    """All looks of what is in a window now; `locale`: those of one language, where a page keeps to the one it has."""
    for look in LOOKS:
        if locale not in ("", LOOKS[look].locale):
            continue
        await wears(page, LOOKS[look])
        await asyncio.sleep(SETTLED)
        await page.screenshot(path=OUT / look / size / f"{name}.png", full_page=is_page)


def chosen(sizes: Sequence[str]) -> list[str]:
    return [size for size in sizes if size in SIZES]


# -- scenes, screens, pages --------------------------------------------------------------------------------------------


class Stage(NamedTuple):
    """`house`: where customers and agents come to; `team`: the demo organisation."""

    browser: Browser
    site: HostSite
    house: ServerProcess
    team: ServerProcess


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        async with async_playwright() as playwright, HostSite() as site:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            house = ServerProcess(Path(one), SCRIPT, drain_seconds="0", origins=site.origin)
            team = ServerProcess(Path(other), SCRIPT, drain_seconds="0", demo="true")
            for server in (house, team):
                await server.start()
            try:
                yield Stage(browser, site, house, team)
            finally:
                for server in (house, team):
                    await server.stop()
                await browser.close()


async def plays(name: str, scene: Scene, sizes: Sequence[str], stage: Stage, locale: str = "") -> None:
    """People bring it about once; the window is resized in their hands."""
    windows = Windows(stage.browser, stage.site)
    people = (InArabic if locale == "ar" else People)(windows, stage.site)
    async with Proxy(stage.house.port) as line:
        page = await scene(people, stage.house, line)
        for size in chosen(sizes):
            await becomes(page, size)
            await shoots(page, name, size, locale)
        await windows.close()
    await closes_all(stage.house)  # of a long list only what is on the screen can be clicked


class Visits:
    """Each of the organisation in a browser of their own, for as long as pictures are taken in one language."""

    def __init__(self, browser: Browser, team: ServerProcess, locale: str) -> None:
        self._browser, self._team, self._locale = browser, team, locale
        self._browsers: dict[str, BrowserContext] = {}

    async def take(self, name: str, screen: Screen) -> None:
        for size in chosen(OF_OTHERS):
            if screen.is_pointed and SIZES[size].is_touched:
                continue
            page = await (await self._browser_of(screen.who)).new_page()
            await becomes(page, size)
            desk = Desk(page, self._team)
            await visits(desk, screen)
            if screen.is_whole:
                await grows(page, size)
            await shoots(page, name, size, self._locale)
            await leaves_no_draft(desk)
            await page.close()

    async def _browser_of(self, who: str) -> BrowserContext:
        if who not in self._browsers:
            context = self._browsers[who] = await self._browser.new_context(locale=self._locale)
            if self._locale == "ar":
                speaks_arabic(context)
            context.set_default_timeout(WAIT * 1000)
            if who:
                page = await context.new_page()
                await page.goto(f"{self._team.url}/desk")
                await page.get_by_role("button", name=f"{who} ").click()
                await page.get_by_role("navigation", name="Main").wait_for()
                await page.close()
        return self._browsers[who]


async def visits_site(name: str, path: str, stage: Stage) -> None:
    for size in chosen(OF_OTHERS):
        page = await stage.browser.new_page()
        await becomes(page, size)
        await page.goto(f"{stage.house.url}{path}")
        await page.wait_for_load_state("networkidle")
        await shoots(page, name, size, "en", is_page=True)
        await page.close()


# -- all of it ---------------------------------------------------------------------------------------------------------


async def sheet(browser: Browser, look: str, size: str) -> None:
    """One picture of all pictures in a folder."""
    files = sorted((OUT / look / size).glob("*.png"))
    if not files:
        return
    width = SIZES[size].width // 2
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
    page = await browser.new_page(viewport={"width": (3 if width > 300 else 6) * (width + 14), "height": 600})
    await page.goto(page_file.as_uri())
    await page.screenshot(path=page_file.with_suffix(".png"), full_page=True)
    await page.close()
    page_file.unlink()


def everything(there: Stage) -> dict[str, Callable[[], Awaitable[None]]]:
    """By name, what takes its pictures."""
    tasks: dict[str, Callable[[], Awaitable[None]]] = {}
    for name, scene in WIDGET.items():
        tasks[f"widget {name}"] = partial(plays, f"widget {name}", scene, OF_WIDGET, there)
    for locale in dict.fromkeys(look.locale for look in LOOKS.values()):
        visits = Visits(there.browser, there.team, locale)
        for name, scene in (DESK | ACCOUNTS).items():
            tasks[f"desk {name}, {locale}"] = partial(plays, f"desk {name}", scene, OF_OTHERS, there, locale)
        for name, screen in SCREENS.items():
            tasks[f"desk {name}, {locale}"] = partial(visits.take, f"desk {name}", screen)
    for name, path in SITE.items():
        tasks[f"site {name}"] = partial(visits_site, f"site {name}", path, there)
    return tasks


async def take(words: list[str]) -> int:
    """How many could not be taken."""
    failed = 0
    async with stage() as there:
        for name, task in everything(there).items():
            if not all(word in name for word in words):
                continue
            try:
                await task()
            except Exception as problem:
                failed += 1
                print(f"{name}: {problem}", file=sys.stderr)
        for look in LOOKS:
            for size in SIZES:
                await sheet(there.browser, look, size)
        if folder := os.environ.get("MOCKUPS"):
            await beside(there.browser, Path(folder), OUT)
    print(f"See {os.path.relpath(OUT)}")
    return failed


if __name__ == "__main__":
    sys.exit(asyncio.run(take(sys.argv[1:])))
