"""axe-core on a window: what it finds that keeps people out. It looks into open shadow roots by itself."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "client_js" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")

RUN = """
async ([within, rules]) => {
  const only = rules ? { runOnly: rules } : {};
  const { violations } = await axe.run(within ?? document, { resultTypes: ["violations"], ...only });
  return violations;
}
"""


@cache
def _source() -> str:
    return AXE.read_text("utf-8")


async def barriers(page: Page, within: str | None = None, *rules: str) -> list[str]:
    """One line for each, serious or critical; `within` is a CSS selector of the outermost document; `rules`: no
    others."""
    if not await page.evaluate("'axe' in globalThis"):
        await page.evaluate(_source())  # not by a script element: the pages' policies allow none but their own
    found: list[dict[str, Any]] = await page.evaluate(RUN, [within, rules or None])
    return [
        _line(violation, node) for violation in found if violation["impact"] in SERIOUS for node in violation["nodes"]
    ]


async def in_both_schemes(page: Page) -> list[str]:
    """What is found in light, and in dark by the one rule that looks at colours. Nothing moves meanwhile."""
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = await barriers(page)
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return [*found, *(f"dark: {line}" for line in await barriers(page, None, "color-contrast"))]


async def has_no_barriers(page: Page) -> None:
    assert not (found := await in_both_schemes(page)), "\n".join(found)


def _line(violation: dict[str, Any], node: dict[str, Any]) -> str:
    return f"{violation['id']}: {node['html'][:160]}: {node['failureSummary'].splitlines()[-1].strip()}"
