"""The desk in Arabic, from right to left: the browser's language at first, then the one that a person chooses."""

from playwright.async_api import Locator, Page, expect

from tests.e2e.arabic import CLIENTS, catalogue
from tests.e2e.axe import barriers
from tests.e2e.desks import a_customer, in_mid_sentence
from tests.e2e.windows import Windows
from tests.kit.limits import WAIT
from tests.kit.server import ServerProcess

expect.set_options(timeout=WAIT * 1000)

DESK = {
    **catalogue(CLIENTS / "desk/src/ar.ts"),
    **catalogue(CLIENTS / "desk/src/entry/ar.ts"),
    **catalogue(CLIENTS / "desk/src/lists/ar.ts"),
}
ACCOUNT = catalogue(CLIENTS / "desk/src/places/settings/account/ar.ts")
SETTINGS = catalogue(CLIENTS / "desk/src/places/settings/ar.ts")
REFUSALS = catalogue(CLIENTS / "desk/src/refusals/ar.ts")
SHARED = catalogue(CLIENTS / "ui/src/words/ar.ts")


async def test_an_agent_signs_in_takes_over_replies_and_changes_the_language_in_arabic(
    windows: Windows, house: ServerProcess
) -> None:
    """[P1] [P2] All stands from right to left, but for what people have written from left to right."""
    customer = await a_customer(house)
    await in_mid_sentence(customer)
    page = await windows.opens(house.url, locale="ar")
    await page.goto(f"{house.url}/desk/c/{customer.c}")
    await stands(page, "rtl", "ar")
    await expect(page.get_by_role("heading", name=DESK["signInHeading"])).to_be_visible()
    assert await barriers(page) == []

    windows.may_complain("401 (Unauthorized)")
    await page.get_by_role("textbox", name=DESK["email"]).fill("mona@example.com")
    await page.get_by_label(DESK["password"], exact=True).fill("not the one of Mona")
    await page.get_by_role("button", name=DESK["signInNow"], exact=True).click()
    await expect(page.get_by_text(REFUSALS["bad_credentials"])).to_be_visible()

    await page.get_by_text(DESK["enterOther"]).click()
    await page.get_by_role("textbox", name=DESK["enterName"]).fill("منى")
    await page.get_by_role("radio", name=DESK["agent"]).check()
    await page.get_by_role("button", name=DESK["enter"], exact=True).click()

    await page.get_by_role("button", name=DESK["intervene"], exact=True).click()
    reply = page.get_by_role("textbox", name=DESK["replyLabel"])
    await expect(reply).to_be_focused()
    await expect(reply).to_have_css("direction", "rtl")
    navigation = page.get_by_role("navigation", name=DESK["main"])
    column, thread = page.get_by_role("region", name=DESK["conversations"]), page.get_by_role("log")
    assert await left_of(navigation) > await left_of(column) > await left_of(thread)
    await expect(thread).to_have_accessible_name(SHARED["messages"])
    await reply.fill("Hello, Mona here.")
    await expect(reply).to_have_css("direction", "ltr")
    await reply.press("Enter")
    await reply.fill("مرحبًا، نقلت القسط إلى يوم 25.")
    await reply.press("Enter")
    answer = await customer.sees(customer.c, lambda event: "القسط" in event.text)
    assert answer.frame["event"]["by"] == {"kind": "agent", "name": "منى"}
    await expect(thread.get_by_text("Hello, Mona here.")).to_have_css("direction", "ltr")
    await expect(thread.get_by_text("نقلت القسط").last).to_have_css("direction", "rtl")
    tabs = page.get_by_role("tablist", name=DESK["tabs"])
    await tabs.get_by_role("tab", name=DESK["reply"]).press("ArrowLeft")
    await expect(page.get_by_role("textbox", name=DESK["noteLabel"])).to_be_visible()
    assert await barriers(page) == []

    await page.goto(f"{house.url}/desk/settings/account")
    await expect(page.get_by_role("heading", name=ACCOUNT["heading"], level=1)).to_be_visible()
    language = page.get_by_label(ACCOUNT["language"], exact=True).and_(page.get_by_role("combobox"))
    await expect(language).to_have_value("system")
    assert await barriers(page) == []
    await language.select_option("en")
    await page.locator("form").filter(has=language).get_by_role("button", name=SETTINGS["save"]).click()
    await expect(page.get_by_role("heading", name="Account", level=1)).to_be_visible()
    await stands(page, "ltr", "en")
    assert await left_of(page.get_by_role("navigation", name="Main")) == 0
    await expect(page.get_by_role("combobox", name="Language")).to_have_value("en")
    await customer.leaves()


async def stands(page: Page, direction: str, language: str) -> None:
    root = page.locator("html")
    await expect(root).to_have_attribute("dir", direction)
    await expect(root).to_have_attribute("lang", language)


async def left_of(shown: Locator) -> float:
    box = await shown.bounding_box()
    assert box is not None
    return box["x"]
