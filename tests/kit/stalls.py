"""When the machine stood still: a thread that does nothing but sleep woke much too late. Then the servers that tests
have started got no processor either.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from tests.kit.limits import STALLED, STOOD_STILL

EVERY = 0.1  # seconds between two looks
REMEMBERED = 1000


class Stalls:
    """`watch` may be called again. Times are seconds since 1970, as logs have them."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._found: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        self._thread: threading.Thread | None = None

    def watch(self) -> None:
        """From now on, as long as this process lives."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="stalls", daemon=True)
            self._thread.start()

    def look(self, sleep: Callable[[float], None] = time.sleep) -> None:
        began = self._clock()
        sleep(EVERY)
        woke = self._clock()
        if woke - began >= EVERY + STALLED:
            self._found.append((began, woke))

    def explain(self, at: float, seconds: float) -> bool:
        """Whether stalls explain that something was not done in the `seconds` before then."""
        parts = (min(woke, at) - max(began, at - seconds) for began, woke in list(self._found))
        return sum(part for part in parts if part > 0) >= STOOD_STILL

    def _run(self) -> None:
        while True:
            self.look()


STALLS = Stalls()
"""Of this machine, since the first server of this process was started."""
