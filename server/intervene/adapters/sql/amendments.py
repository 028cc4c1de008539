"""The latest amendment of a message, read beside each event of it: `core.amendments` makes of both what is shown."""

import msgspec

from intervene.core.amendments import AMENDING, amended
from intervene.core.events import Event

_kinds = ", ".join(f"'{body.__struct_config__.tag}'" for body in AMENDING)
IS_AMENDMENT = f"kind IN ({_kinds})"
"""As the index `event_amendment` says it."""

_LATEST = f"""(
    SELECT data FROM event AS later
    WHERE later.conversation = event.conversation AND later.message = event.message AND later.{IS_AMENDMENT}
    ORDER BY later.seq DESC LIMIT 1
)"""
_NONE = "CAST(NULL AS bytea)"

_decode = msgspec.json.Decoder(Event).decode


def latest(is_amended: bool) -> str:
    """The column's text, for a query of `event`. `is_amended`: whether the conversation has any; if not, as nearly all
    have none, nothing is looked for."""
    return _LATEST if is_amended else _NONE


def decode(data: bytes, later: bytes | None) -> Event:
    event = _decode(data)
    return amended(event, _decode(later).body) if later else event
