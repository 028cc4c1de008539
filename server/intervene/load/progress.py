"""How far a run is: one line, again and again in its place on a terminal, and now and then elsewhere."""

import time

from intervene.load.results import Results
from intervene.terminal import say, show_progress, shows_progress

PLAIN_SECONDS = 5.0  # between two lines where a line cannot be replaced, unless sessions came or went


class Progress:
    def __init__(self, name: str, duration: float) -> None:
        self._name = name
        self._duration = duration
        self._is_live = shows_progress()
        self._last = -PLAIN_SECONDS
        self._inside = -1

    def show(self, at: float, inside: int, sessions: int, results: Results) -> None:
        """`at`: seconds since the load began, below 0 before."""
        line = self._line(at, inside, sessions, results)
        if self._is_live:
            show_progress(line)
        elif time.monotonic() - self._last >= PLAIN_SECONDS or (at >= 0 and inside != self._inside):
            self._last = time.monotonic()
            say(line, is_error=True)
        if at >= 0:
            self._inside = inside

    def end(self) -> None:
        if self._is_live:
            show_progress("")

    def _line(self, at: float, inside: int, sessions: int, results: Results) -> str:
        if at < 0:
            return f"{self._name}: {inside} of {sessions or '?'} sessions are in"
        parts = [f"{self._name}: {min(at, self._duration):.0f} of {self._duration:g} s", f"{inside} sessions"]
        acks, took = results.lately(at)
        if "ack" in took:
            parts.append(f"{acks:.0f} acks/s, p50 {took['ack'][0]:.1f} p99 {took['ack'][1]:.1f} ms")
        if results.counts["pieces"]:
            parts.append(f"{results.counts['pieces']} pieces")
        if results.counts["takeovers"]:
            parts.append(f"{results.counts['takeovers']} takeovers")
        if results.errors:
            parts.append(f"{results.errors.total()} errors")
        if results.broken:
            parts.append(f"{results.broken.total()} BROKEN PROMISES")
        return " · ".join(parts)
