"""Envelopes that came before those that they follow: kept for a moment, bounded by number and by bytes.

What is not kept is read from the log, as soon as the hole before it is.
"""

from intervene.core.limits import EARLY_BYTES, EARLY_ENVELOPES
from intervene.ports.hub import Envelope

Held = dict[int, Envelope]
"""Of one conversation, by version."""


class Early:
    """Those of a whole node: `EARLY_ENVELOPES` of one conversation, `EARLY_BYTES` of all."""

    def __init__(self) -> None:
        self._bytes = 0

    def keep(self, held: Held, envelope: Envelope) -> None:
        if (
            envelope.version not in held
            and len(held) < EARLY_ENVELOPES
            and self._bytes + envelope.size <= EARLY_BYTES
        ):  # fmt: skip
            held[envelope.version] = envelope
            self._bytes += envelope.size

    def take(self, held: Held, version: int) -> Envelope | None:
        envelope = held.pop(version, None)
        if envelope is not None:
            self._bytes -= envelope.size
        return envelope

    def drop(self, held: Held, up_to: int | None = None) -> None:
        """All of them, or those of no later version."""
        for version in [version for version in held if up_to is None or version <= up_to]:
            self.take(held, version)
