"""Hostile text and names, from everybody who can write: it stands on each screen as text, and breaks nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.agent import Agent
from tests.e2e.customer import Customer
from tests.e2e.host import HostSite
from tests.e2e.hostile import NAMES, TEXTS
from tests.e2e.people import People
from tests.kit.browser import shared
from tests.kit.examples import some
from tests.kit.limits import WAIT
from tests.kit.server import ServerProcess, until

FAULTS = """
(log) => {
  const elements = log.querySelectorAll("img, script, iframe, a, h1, b[onclick], svg[onload]");
  const faults = [...elements].map((each) => each.outerHTML);
  const { left, right } = log.getBoundingClientRect();
  if (log.scrollWidth > log.clientWidth) faults.push(`it scrolls sideways: ${log.scrollWidth} > ${log.clientWidth}`);
  for (const bubble of log.querySelectorAll(".bub")) {
    const place = bubble.getBoundingClientRect();
    if (place.left < left || place.right > right) faults.push(`it sticks out: ${bubble.textContent.slice(0, 40)}`);
  }
  return faults;
}
"""


@shared(scope="module")
async def echo(site: HostSite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """Its bot says what the customer said: that way a bot says it too."""
    echo = ServerProcess(Path(tmp_path_factory.mktemp("echo")), bot="echo", drain_seconds="0", origins=site.origin)
    await echo.start()
    yield echo
    await echo.stop()
    assert not echo.complaints, "\n".join(echo.complaints)


async def shows(person: Customer | Agent, times: int) -> None:
    """Each text exactly so many times, also inside of what the bot said of it."""

    async def does() -> bool:
        return len(await person.shown()) == 2 + times * len(TEXTS)

    await until(does, within=WAIT)
    shown = await person.shown()
    assert {name: sum(text in each for each in shown) for name, text in TEXTS.items()} == dict.fromkeys(TEXTS, times)


async def is_unharmed(page: Page, log: Locator, title: str) -> None:
    assert await log.evaluate(FAULTS) == []
    assert await page.title() == title


async def met(people: People, echo: ServerProcess, customer: str, agent: str, **options: Any) -> tuple[Customer, Agent]:
    maria, ana = await people.customer(echo, customer, **options), await people.agent(echo, agent, **options)
    await maria.arrives()
    await maria.writes("Hello")
    await expect(maria.bubbles).to_have_count(2)
    await ana.enters()
    await ana.follows(await newest(echo))
    await expect(ana.bubbles).to_have_count(2)
    return maria, ana


async def newest(echo: ServerProcess) -> str:
    """The conversation in which something happened last."""
    bearer = f"Bearer {echo.agent_token('Lister')}"
    listed = (await echo.ask("GET", "/v1/conversations", authorization=bearer)).json["items"]
    return str(max(listed, key=lambda each: each["last_at"])["id"])


@pytest.mark.parametrize("width", some([360, 1280]))
async def test_what_people_and_bots_write_is_text_and_nothing_else(
    echo: ServerProcess, people: People, width: int
) -> None:
    maria, ana = await met(people, echo, "Maria", "Ana", viewport={"width": width, "height": 800})
    titles = await maria.page.title(), await ana.page.title()
    for number, text in enumerate(TEXTS.values(), start=2):
        await maria.writes(text)
        await expect(maria.bubbles).to_have_count(2 * number)
    await ana.intervenes()
    for text in TEXTS.values():
        await ana.replies(text)
    for person in (maria, ana):
        await shows(person, 3)
    await is_unharmed(maria.page, maria.log, titles[0])
    await is_unharmed(ana.page, ana.log, await ana.page.title())


@pytest.mark.parametrize("name", some(tuple(NAMES)))
async def test_names_are_text_and_nothing_else(echo: ServerProcess, people: People, name: str) -> None:
    maria, ana = await met(people, echo, NAMES[name], NAMES[name])
    await ana.intervenes()
    await ana.replies("Hello")
    await expect(maria.bubbles).to_have_count(3)
    await expect(maria.chat.get_by_text("Person", exact=True).first).to_be_visible()
    for page, log in ((maria.page, maria.log), (ana.page, ana.log)):
        assert await log.evaluate(FAULTS) == []
        assert "broken" not in await page.title() or NAMES[name] in await page.title()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
