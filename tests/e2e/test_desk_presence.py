"""That an agent uses the desk is shown by what they do there."""

from tests.e2e.desks import Desk
from tests.e2e.windows import Windows
from tests.kit.limits import eventually
from tests.kit.server import ServerProcess


async def test_the_desk_says_that_its_agent_uses_it_and_seldom(windows: Windows, house: ServerProcess) -> None:
    """[R172] With the first key or movement, and then not again for half a minute."""
    page = await windows.opens(house.url)
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(str(data))))
    desk = Desk(page, house)
    await desk.enters_as("Ana")
    for key in ("Shift", "Shift", "Shift"):
        await desk.presses(key)
        await page.mouse.move(200, 200)
    await eventually(lambda: '{"type":"active"}' in sent)
    await desk.presses("Shift")
    assert sent.count('{"type":"active"}') == 1
