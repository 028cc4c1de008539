"""Pictures of how a screen was meant, beside how it is: `name-look-size.png` of a folder, each with its counterpart."""

from html import escape
from pathlib import Path

from playwright.async_api import Browser

COUNTERPARTS = {
    "desk-bot": "desk bot holds control",
    "desk-canned": "desk you, canned replies",
    "desk-empty": "desk list, nothing",
    "desk-handback": "desk you, hand back",
    "desk-list": "desk list, all",
    "desk-lost": "desk the race was lost",
    "desk-palette": "desk palette",
    "desk-stale": "desk the view was stale",
    "desk-taken": "desk just taken with its receipt",
    "desk-waiting": "desk waiting",
    "home": "site home",
    "settings-people": "desk settings, people",
    "settings-queues": "desk settings, queues",
    "settings-statuses": "desk settings, statuses",
    "signin": "desk sign in",
    "wall": "desk wall, tile",
    "widget-joined": "widget a person has joined",
    "widget-launcher": "widget launcher with something unread",
    "widget-offline": "widget offline",
    "widget-stream": "widget the bot writes",
    "widget-waiting": "widget waiting for a person",
}
"""By the name of the mockup. What is not here has no counterpart yet: what it shows has no server side."""


async def beside(browser: Browser, mockups: Path, out: Path) -> None:
    """Writes `out/beside/name-look-size.png`: on the left as it was meant, on the right as it is."""
    for mockup in sorted(mockups.glob("*-*-*.png")):
        name, look, size = mockup.stem.rsplit("-", 2)
        living = out / look / size / f"{COUNTERPARTS.get(name, '')}.png"
        if living.exists():
            await _pair(browser, mockup, living, out / "beside" / mockup.name)


async def _pair(browser: Browser, left: Path, right: Path, to: Path) -> None:
    figures = "".join(f"<img src='{each.as_uri()}' alt='{escape(each.stem)}'>" for each in (left, right))
    page_file = to.with_suffix(".html")
    page_file.parent.mkdir(parents=True, exist_ok=True)
    page_file.write_text(
        f"<!doctype html><style>body{{margin:0;display:flex;gap:8px;background:#888;inline-size:max-content;"
        f"align-items:start}}</style>{figures}",
        "utf-8",
    )
    page = await browser.new_page()
    await page.goto(page_file.as_uri())
    await page.set_viewport_size({"width": await page.evaluate("document.body.offsetWidth"), "height": 600})
    await page.screenshot(path=to, full_page=True)
    await page.close()
    page_file.unlink()
