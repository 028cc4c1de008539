"""Fuzzing of every decoder that a stranger reaches: `python -m tests.slow.fuzz --help`.

* `web.py`: a connection from its first byte (`heads`), posted bodies, frames before hello and after it.
* `texts.py`: the text of a frame, tokens, settings.

An input may be refused, with an error of ours; it may not be answered with a fault of ours, be logged as one, leave
something behind, or cost more lines of Python than its bytes pay for. `guide.py` searches, `mutate.py` bends.
"""

from collections.abc import Callable, Mapping

from tests.slow.fuzz.target import Target
from tests.slow.fuzz.texts import Decode, Settings, Token
from tests.slow.fuzz.web import Bodies, Frames, Heads, Hello

TARGETS: Mapping[str, Callable[[], Target]] = {
    kind.name: kind for kind in (Heads, Bodies, Hello, Frames, Decode, Token, Settings)
}
