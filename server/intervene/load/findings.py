"""What a run found wrong, counted by promise, with the first of each in words."""

from intervene.core.text import printable

EXAMPLES = 5  # of each kind that are kept in words
EXAMPLE_CHARS = 300

PROMISES = {
    "lost": "events that a session was not shown, or messages that were acknowledged and are not in the log",
    "doubled": "events, pieces or messages that came twice",
    "reordered": "events or messages out of order",
    "different": "events of which two sessions were shown different ones under one number",
    "after_takeover": "events and pieces of a bot, or of a former holder, after control had changed",
    "not_prefix": "replies of which a session was shown more than the log keeps",
    "early_ack": "acknowledgements that came before their event",
    "winners": "takeovers that more than one agent won",
}
"""The kinds of broken promise, and what each counts."""


class Findings:
    def __init__(self) -> None:
        self.counts = dict.fromkeys(PROMISES, 0)
        self.examples: dict[str, list[str]] = {kind: [] for kind in PROMISES}

    def add(self, kind: str, sentence: str, count: int = 1) -> None:
        self.counts[kind] += count
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(printable(sentence)[:EXAMPLE_CHARS])

    def __bool__(self) -> bool:
        return any(self.counts.values())
