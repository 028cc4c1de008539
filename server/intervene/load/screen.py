"""What one session was shown of one conversation, checked as it comes: the next number, once, in order, the same as all
other sessions of the conversation were shown, and nothing of a former holder. No I/O.

Pieces may be left out (docs/protocol.md, R34); then what was shown of the reply is still a beginning of its text.
"""

from intervene.load.bounded import keep
from intervene.load.findings import Findings
from intervene.load.frames import CUSTOMER, STAFF, Ack, Fact, Piece, Watched

KEPT = 4096  # events of a conversation that can be compared; of older ones only numbers are checked


class Log:
    """What all sessions of a conversation were shown together."""

    def __init__(self, findings: Findings) -> None:
        self.conversation = ""
        self.findings = findings
        self._acked: set[int] = set()
        """Messages of ours that were acknowledged and not shown so far."""
        self._shown: dict[int, None] = {}
        self._retried: set[int] = set()
        self._latest: dict[str, int] = {}
        self._known: dict[str, dict[int, int]] = {STAFF: {}, CUSTOMER: {}}

    def likeness(self, side: str, n: int) -> int | None:
        return self._known[side].get(n)

    def take(self, side: str, fact: Fact) -> None:
        """The next event of a session."""
        known, likeness = self._known[side], fact.likeness
        before = known.get(fact.n)
        if before is None and side is STAFF and fact.pub:
            before = self._known[CUSTOMER].get(fact.pub)
        if before is not None and before != likeness:
            self._add("different", f"event {fact.n} of {side} is not the one that another session was shown")
        if fact.pub:
            keep(self._known[CUSTOMER], fact.pub, likeness, KEPT)
        is_new = before is None
        keep(known, fact.n, likeness, KEPT)
        if is_new and fact.number:
            self._take_message(fact)

    def acked(self, number: int) -> None:
        if number not in self._shown:
            self._acked.add(number)

    def retried(self, number: int) -> None:
        """It was refused for now and is sent again: others may come before it."""
        self._retried.add(number)

    def check(self) -> None:
        """At the end, when all that was acknowledged should have been shown."""
        for number in sorted(self._acked):
            self._add("lost", f"message {number} was acknowledged, and no session was shown it")

    def _take_message(self, fact: Fact) -> None:
        self._acked.discard(fact.number)
        if fact.number in self._shown:
            self._add("doubled", f"message {fact.number} is in the log twice, also as event {fact.n}")
        keep(self._shown, fact.number, None, KEPT)
        if fact.number in self._retried:
            return
        latest = self._latest.get(fact.by, 0)
        if fact.number < latest:
            self._add("reordered", f"message {fact.number} is behind {latest} of the same author")
        self._latest[fact.by] = max(fact.number, latest)

    def _add(self, kind: str, sentence: str) -> None:
        self.findings.add(kind, f"{self.conversation}: {sentence}.")


class Screen:
    """`holder` is "" and `epoch` -1 while nothing is known of them; customers are not shown epochs."""

    __slots__ = ("_open_n", "_shown", "epoch", "holder", "is_fresh", "last", "last_id", "log", "open", "side")

    def __init__(self, side: str, log: Log) -> None:
        self.side = side
        self.log = log
        self.last = 0
        self.last_id = ""
        self.epoch = -1
        self.holder = ""
        self.open = ""
        """The reply that is being written, "" for none."""
        self.is_fresh = True
        """Nothing was shown so far."""
        self._open_n = 0
        self._shown = ""

    def show_watched(self, watched: Watched) -> None:
        if self.is_fresh or watched.reset:
            self.last = watched.facts[0].n - 1 if watched.facts else watched.n
            self.epoch, self.holder = -1, ""
            self._close()
            self.is_fresh = False
        for fact in watched.facts:
            self.show(fact)
        if self.last != watched.n:
            self._add("lost", f"what was watched ends with {self.last} and not {watched.n}", abs(watched.n - self.last))
            self.last = watched.n
        self.epoch, self.holder = watched.epoch, watched.holder
        stream = watched.stream
        if stream is None:
            self._close()
            return
        if stream.message == self.open and not stream.text.startswith(self._shown):
            self._add("not_prefix", f"more of {stream.message} was shown than is being written")
        self.open, self._open_n, self._shown = stream.message, stream.n, stream.text

    def show(self, fact: Fact) -> None:
        n = fact.n
        if n != self.last + 1:
            if n <= self.last:
                is_same = self.log.likeness(self.side, n) == fact.likeness
                self._add("doubled" if is_same else "reordered", f"event {n} came behind {self.last}")
                return
            self._add("lost", f"event {n} came behind {self.last}", n - self.last - 1)
        self.last, self.last_id = n, fact.id
        self.log.take(self.side, fact)
        if fact.kind == "control":
            self._change_holder(fact)
        elif fact.by == "bot" or fact.by == "agent":
            self._check_author(fact)
            self._follow(fact)

    def show_piece(self, piece: Piece) -> None:
        if piece.message != self.open:
            why = "after control had changed" if self.holder != "bot" else "that is not being written"
            self._add("after_takeover", f"piece {piece.n} of {piece.message} came {why}")
        elif piece.n <= self._open_n:
            self._add("doubled", f"piece {piece.n} of {piece.message} came behind {self._open_n}")
        elif piece.n == self._open_n + 1:
            self._open_n += 1
            self._shown += piece.text

    def take_ack(self, ack: Ack) -> None:
        if ack.n > self.last:
            self._add("early_ack", f"{ack.id} is event {ack.n}, and the last one shown was {self.last}")

    def _change_holder(self, fact: Fact) -> None:
        if fact.epoch >= 0 and fact.epoch < self.epoch:
            self._add("after_takeover", f"event {fact.n} changes control in epoch {fact.epoch}, in {self.epoch}")
        self.holder = fact.holder
        self.epoch = max(self.epoch, fact.epoch)
        self._close()

    def _check_author(self, fact: Fact) -> None:
        is_late = fact.by == "bot" and self.holder not in ("bot", "")
        is_stale = -1 < fact.epoch < self.epoch and fact.kind != "note"
        if is_late or is_stale:
            of = f"of epoch {fact.epoch} in {self.epoch}" if is_stale else "after control had changed"
            self._add("after_takeover", f"event {fact.n}, {fact.kind} by {fact.by}, came {of}")

    def _follow(self, fact: Fact) -> None:
        if fact.kind == "message_started":
            self.open, self._open_n, self._shown = fact.message, 0, ""
        elif fact.kind == "message" and fact.message == self.open:
            if not fact.text.startswith(self._shown):
                self._add("not_prefix", f"more of {fact.message} was shown than event {fact.n} keeps")
            self._close()

    def _close(self) -> None:
        self.open, self._open_n, self._shown = "", 0, ""

    def _add(self, kind: str, sentence: str, count: int = 1) -> None:
        self.log.findings.add(kind, f"{self.log.conversation}, {self.side}: {sentence}.", count)
