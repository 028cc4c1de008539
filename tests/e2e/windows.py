"""Windows of the one browser, each of them somebody's own: nothing is shared with other windows but what a test shares.

At the end nothing may have complained, asked a stranger for anything, or shown a token in a URL.
"""

from contextlib import suppress
from typing import Any

from playwright.async_api import Browser, BrowserContext, Error, Page

from tests.e2e.host import HostSite
from tests.e2e.watch import OF_AN_OUTAGE, Watch, history_of, tokens_in
from tests.kit.limits import WAIT


class Windows:
    def __init__(self, browser: Browser, site: HostSite) -> None:
        self.watches: dict[BrowserContext, Watch] = {}
        self._browser = browser
        self._site = site

    async def profile(self, *servers: str, **options: Any) -> BrowserContext:
        """A browser as one person has it: its windows share storage. `servers`: URLs that they may ask, besides the
        host page's own; `options` as Playwright has them."""
        context = await self._browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(WAIT * 1000)
        self.watches[context] = Watch(context, [*servers, self._site.origin])
        return context

    async def opens(self, *servers: str, **options: Any) -> Page:
        """A window of a profile of its own."""
        return await (await self.profile(*servers, **options)).new_page()

    def may_complain(self, *sentences: str) -> None:
        """Any window, also one that is not yet open, in lines that have one of these."""
        for watch in self.watches.values():
            watch.may_complain(*sentences)

    def expect_an_outage(self) -> None:
        self.may_complain(*OF_AN_OUTAGE)

    async def close(self) -> None:
        for context, watch in self.watches.items():
            for page in context.pages:
                with suppress(Error):  # it has crashed, or a test closed it
                    watch.urls += await history_of(page)
            watch.leave()
            await context.close()
        watches = self.watches.values()
        seen = [text for watch in watches for text in (*watch.urls, *watch.referers)]
        seen += [f"{asked.path} {asked.headers}" for asked in self._site.asked]
        assert not tokens_in(seen), "a token was where others can read it"
        complaints = [line for watch in watches for line in watch.complaints]
        assert not complaints, "\n".join(complaints)
