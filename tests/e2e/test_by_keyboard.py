"""A whole conversation without a pointer, on both sides; and what a screen reader speaks of it."""

from playwright.async_api import Page, expect

from tests.e2e.people import People
from tests.e2e.reader import Reader
from tests.kit.server import ServerProcess

BEGINS = "There are two instalments open"

FOCUSED = """
() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element?.getAttribute("aria-label") ?? element?.textContent?.trim() ?? "";
}
"""


async def tabs_to(page: Page, name: str, *, key: str = "Tab", most: int = 30) -> None:
    """Presses the key until what has the focus has that name."""
    for _ in range(most):
        if name in await page.evaluate(FOCUSED):
            return
        await page.keyboard.press(key)
    raise AssertionError(
        f"{most} times {key} did not lead to {name!r}; the focus is on {await page.evaluate(FOCUSED)!r}"
    )


async def test_a_whole_conversation_goes_by_keyboard_alone(house: ServerProcess, people: People) -> None:
    maria, ana = await people.customer(house), await people.agent(house)
    await maria.page.goto(maria.url)
    await maria.launcher.wait_for()
    await tabs_to(maria.page, "Open the chat")
    await maria.page.keyboard.press("Enter")
    await expect(maria.box).to_be_focused()
    await maria.page.keyboard.type("Hello")
    await maria.page.keyboard.press("Enter")
    await expect(maria.log).to_contain_text("two instalments are open.")

    await ana.page.goto(ana.url)
    await expect(ana.page.get_by_role("textbox", name="E-mail")).to_be_focused()
    await tabs_to(ana.page, "Enter with a name only")
    await ana.page.keyboard.press("Enter")
    await ana.page.keyboard.press("Tab")
    await expect(ana.page.get_by_role("textbox", name="Your name")).to_be_focused()
    await ana.page.keyboard.type("Ana")
    await ana.page.keyboard.press("Enter")
    await ana.list.get_by_role("link", name=maria.name).wait_for()
    await tabs_to(ana.page, await ana.list.locator("a.name").first.inner_text())
    await tabs_to(ana.page, maria.name, key="ArrowDown")
    await ana.page.keyboard.press("Enter")
    await ana.log.wait_for()
    await maria.page.keyboard.type("I cannot pay it all at once.")
    await maria.page.keyboard.press("Enter")
    await expect(ana.log).to_contain_text("I would like to explain")

    await ana.page.keyboard.press("Alt+i")
    await expect(ana.reply_box).to_be_focused()
    await ana.page.keyboard.type("Hello, Ana here.")
    await ana.page.keyboard.press("Enter")
    await expect(maria.log).to_contain_text("Hello, Ana here.")
    await expect(maria.box).to_be_focused()
    await maria.page.keyboard.type("First line")
    await maria.page.keyboard.press("Shift+Enter")
    await maria.page.keyboard.type("second line")
    await maria.page.keyboard.press("Enter")
    await expect(ana.log).to_contain_text("second line")

    await ana.page.keyboard.press("Alt+n")
    await expect(ana.note_box).to_be_focused()
    await ana.page.keyboard.type("Friendly.")
    await ana.page.keyboard.press("Enter")
    await expect(ana.log).to_contain_text("Friendly.")
    await ana.page.keyboard.press("Alt+b")
    await expect(ana.page.get_by_role("dialog")).to_be_visible()
    await ana.page.keyboard.press("Enter")  # there is nothing that the bot is to know
    await expect(maria.log).to_contain_text("Ana has left")
    await expect(maria.log).not_to_contain_text("Friendly.")

    await tabs_to(maria.page, "Rather talk to a person?", key="Shift+Tab")
    await maria.page.keyboard.press("Enter")
    await expect(maria.chat.get_by_role("button", name="A person has been asked.")).to_be_visible()
    await maria.page.keyboard.press("Escape")
    await expect(maria.launcher).to_be_focused()


async def test_a_screen_reader_speaks_a_reply_once_and_whole_the_takeover_once_and_history_never(
    house: ServerProcess, people: People
) -> None:
    maria = await people.customer(house, bypass_csp=True)
    ana = await people.agent(house, bypass_csp=True)
    await maria.arrives()
    await maria.writes("Of old")
    await expect(maria.log).to_contain_text("two instalments are open.")
    await ana.enters()
    await maria.page.reload()
    await maria.opens_the_chat()
    async with Reader(maria.page, "intervene-chat", "[role=dialog]") as at_marias:
        await maria.writes("Hello")
        await ana.opens_conversation_of(maria.name)
        await expect(ana.log).to_contain_text("I would like to explain")
        async with Reader(ana.page, "intervene-desk", ".shell") as at_anas:
            await ana.intervenes()
            await ana.replies("Hello, Ana here.")
            await at_marias.comes_to_speak("Hello, Ana here.")
            await maria.writes("Thank you.")
            await expect(ana.log).to_contain_text("Thank you.")
            await at_anas.comes_to_speak("Thank you.")
            spoken, spoken_to_ana = await at_marias.spoken(), await at_anas.spoken()
    cut = (await maria.shown())[-3]
    assert cut.startswith(BEGINS)
    assert [phrase for phrase in spoken if BEGINS in phrase] == [phrase for phrase in spoken if cut in phrase]
    for words in (cut, "Ana has joined", "Hello, Ana here."):
        assert sum(words in phrase for phrase in spoken) == 1, (words, spoken)
    for words in (cut, "You are replying", "Thank you."):
        assert sum(words in phrase for phrase in spoken_to_ana) == 1, (words, spoken_to_ana)
    for words in ("Of old", "I have found your account", "You: Hello", "Thank you."):
        assert not any(words in phrase for phrase in spoken), (words, spoken)
    for words in ("Of old", "I have found your account", "Ana: Hello, Ana here."):
        assert not any(words in phrase for phrase in spoken_to_ana), (words, spoken_to_ana)
