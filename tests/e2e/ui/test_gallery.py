"""Every shared part in every state, under a policy that allows no string of HTML."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from tests.e2e.axe import barriers

LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "light": ("theme=light", {}),
    "dark": ("theme=dark", {}),
    "arabic": ("locale=ar&theme=light", {}),
    "arabic-dark": ("locale=ar&theme=dark", {}),
    "forced": ("", {"forced_colors": "active"}),
}
NARROW = 320


async def opened(window: BrowserContext, gallery: str, query: str, media: dict[str, Any] | None = None) -> Page:
    page = await window.new_page()
    await page.emulate_media(**{"reduced_motion": "reduce", **(media or {})})
    await page.goto(f"{gallery}/?{query}")
    await page.locator("iv-gallery .log").first.wait_for()
    return page


async def taken(page: Page, name: str) -> None:
    """A picture, if the variable SCREENSHOTS names a directory."""
    if directory := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(directory) / f"ui-{name}.png", full_page=True)


@pytest.mark.parametrize("look", LOOKS)
async def test_parts_keep_nobody_out(window: BrowserContext, gallery: str, look: str) -> None:
    query, media = LOOKS[look]
    page = await opened(window, gallery, query, media)
    await taken(page, look)
    rules = ["color-contrast"] if "dark" in look else []  # all others find in light what they would find
    assert await barriers(page, None, *rules) == []


async def test_parts_fit_into_320_pixels(window: BrowserContext, gallery: str) -> None:
    page = await opened(window, gallery, "part=widget")
    await page.set_viewport_size({"width": NARROW + 48, "height": 640})  # 24 at each side are the gallery's own
    await taken(page, "narrow")
    wide = await page.evaluate(
        """() => [...document.querySelector("iv-gallery").shadowRoot.querySelectorAll(".w, .w .log")]
          .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.className)"""
    )
    assert wide == []
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert await page.locator(".w").first.evaluate("(box) => box.clientWidth") == NARROW


async def test_hostile_text_stays_text(window: BrowserContext, gallery: str) -> None:
    """[P6] As a message of a customer, an agent or a bot, and as a name."""
    page = await opened(window, gallery, "part=all")
    assert await page.title() == "Parts and states"
    assert await page.locator(".log :is(img, script, style, a, iframe)").count() == 0
    inside = await page.evaluate(
        """() => {
          const parts = document.querySelector("iv-gallery").shadowRoot.querySelectorAll(".bub, .meta b, .mark");
          return [...parts].filter((box) => {
          const range = new Range();
          range.selectNodeContents(box);
          const [text, edge] = [range.getBoundingClientRect(), box.closest(".item")?.getBoundingClientRect()];
          return edge && text.width > 0 && (text.left < edge.left - 1 || text.right > edge.right + 1);
          }).map((box) => box.textContent.slice(0, 40));
        }"""
    )
    assert inside == []
