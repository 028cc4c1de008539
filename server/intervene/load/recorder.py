"""What a generator process counts and times, until it is taken as a slice."""

from collections import Counter

from intervene.load.exchange import Counted
from intervene.load.findings import Findings
from intervene.load.frames import CUSTOMER, STAFF, Decoder
from intervene.load.histogram import Histogram

TIMES = {
    "ack": "a message, from when it was due to its acknowledgement",
    "delivery": "the same, to each session of the conversation",
    "delivery.slow": "the same, to sessions that read slowly",
    "typing": "a change of \"is typing\", from when it was due to each session that is shown it",
    "takeover.ack": "a click on Intervene, from when it was due to its acknowledgement",
    "takeover.shown": "the same, to each session that is shown the new holder",
    "takeover.committed": "the same at the server, by its own clock: to the commit",
    "takeover.written": "to the sessions being written to",
    "takeover.seen": "to the last session's confirmation",
    "takeover.bot_stopped": "to the end of the bot's turn",
    "bot.first": "a customer's message, from when it was due to the first sign of the bot's reply",
    "join": "a session, from when it was due until it is in, and a customer's until it follows its conversation",
    "resume": "a session that was cut off, from then until it follows all its conversations again",
    "lag": "of the load itself: from when a thing was due until it was begun",
}  # fmt: skip
"""What is timed. Each is a name for thresholds."""

COUNTS = {
    "due": "messages that were due",
    "acked": "messages that were acknowledged",
    "delivered": "messages that were shown, once for each session",
    "events": "events that sessions were shown",
    "pieces": "pieces of replies that sessions were shown",
    "unanswered": "messages without an answer at the end",
    "not_sent": "messages that were due and not sent, as a thousand waited already",
    "takeovers": "takeovers",
    "races": "clicks that were answered with \"taken\"",
    "missed": "takeovers that were due while no bot held a conversation",
    "silent": "messages to a bot without a reply for 15 s",
    "reconnects": "sessions that had to come back",
    "storms": "storms of reconnects",
    "resets": "times that a session had to forget what it had been shown",
    "sent_away": "times that a session was sent away, as its server stops",
}  # fmt: skip
"""What is counted."""


class Recorder:
    """`problem` is the last thing that went wrong on the way in."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.problem = ""
        self.times: dict[str, Histogram] = {}
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.closes: Counter[str] = Counter()
        self._decoders = {STAFF: Decoder(STAFF), CUSTOMER: Decoder(CUSTOMER)}
        self._reported: dict[str, int] = {}

    def decoder(self, side: str) -> Decoder:
        """One for all sessions of a side: what they are sent one after another is decoded once."""
        return self._decoders[side]

    def time(self, name: str, seconds: float) -> None:
        found = self.times.get(name)
        if found is None:
            found = self.times[name] = Histogram()
        found.add(seconds)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] += by

    def error(self, code: str) -> None:
        self.errors[code] += 1

    def close(self, code: str) -> None:
        self.closes[code] += 1

    def take_times(self) -> dict[str, Counted]:
        """Since the last time; what was taken is forgotten."""
        taken = {
            name: Counted(counts=found.counts, total=found.total, largest=found.largest)
            for name, found in self.times.items()
        }
        self.times = {}
        return taken

    def take_counts(self) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
        """Counts, errors and closes, likewise."""
        taken = dict(self.counts), dict(self.errors), dict(self.closes)
        self.counts, self.errors, self.closes = Counter(), Counter(), Counter()
        return taken

    def take_broken(self) -> dict[str, int]:
        """Promises that were broken, likewise."""
        found = {kind: count - self._reported.get(kind, 0) for kind, count in self.findings.counts.items()}
        self._reported = dict(self.findings.counts)
        return {kind: count for kind, count in found.items() if count}
