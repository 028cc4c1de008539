"""A websocket of a page, on which a test holds back what the server sends."""

from playwright.async_api import WebSocketRoute


class SlowLine:
    """Between a page and the server: frames for the page can be held back."""

    def __init__(self) -> None:
        self._held: list[tuple[WebSocketRoute, str | bytes]] | None = None

    def connect(self, page: WebSocketRoute) -> None:
        page.connect_to_server().on_message(lambda data: self._take(page, data))

    def _take(self, page: WebSocketRoute, data: str | bytes) -> None:
        if self._held is None:
            page.send(data)
        else:
            self._held.append((page, data))

    def hold(self) -> None:
        self._held = []

    def holds(self, words: str) -> bool:
        return any(words in str(data) for _, data in self._held or ())

    def release(self) -> None:
        held, self._held = self._held or [], None
        for page, data in held:
            page.send(data)

    def lose(self) -> None:
        """What was held back is lost, as with a connection that has ended since."""
        self._held = None
