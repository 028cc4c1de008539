"""Which conversations are to come back from the agents that hold them, without I/O.

Everything is counted in heartbeats of this node that were written. A conversation that is due is watched for a few more
of them: an agent that types in it keeps it.
"""

from collections.abc import Callable, Collection

from intervene.core.actors import Agent
from intervene.core.conversation.lapses import Why
from intervene.core.conversation.state import Conversation
from intervene.core.ids import AgentId, Key
from intervene.core.limits import EPHEMERAL_SECONDS, LAPSES_WATCHED, SILENCES
from intervene.core.policy import Queue
from intervene.core.presence import beats
from intervene.ports.attendance import Held

WATCHED_BEATS = 3  # between being due and coming back
TYPING_BEATS = beats(EPHEMERAL_SECONDS) + 1  # after which typing is over, unless it was renewed


class _Unanswered:
    """Since when this node sees that one holder leaves one message without an answer."""

    __slots__ = ("beat", "epoch", "since")

    def __init__(self, state: Conversation, beat: int) -> None:
        self.epoch, self.since, self.beat = state.epoch, state.counters.unanswered_since, beat

    def is_of(self, state: Conversation) -> bool:
        return (self.epoch, self.since) == (state.epoch, state.counters.unanswered_since)


class _Watched:
    """A conversation that is due `since` a heartbeat. `typed`: the heartbeat at which its holder typed last."""

    __slots__ = ("holder", "since", "typed")

    def __init__(self, holder: AgentId, since: int) -> None:
        self.holder, self.since = holder, since
        self.typed: int | None = None


class DueLapses:
    """`absent_beats`: of a person, as this node counts; `pace`: how long its heartbeats take, as a part of those of
    production. All that agents hold is looked through again and again: `look` at each, or `pass_over` it,
    then `end_round`."""

    def __init__(self, absent_beats: Callable[[AgentId], int], pace: float = 1.0) -> None:
        self._absent_beats = absent_beats
        self._pace = pace
        self._unanswered: dict[Key, _Unanswered] = {}
        self._watched: dict[Key, _Watched] = {}
        self._seen: set[Key] = set()
        """In this round."""

    @property
    def watched(self) -> Collection[Key]:
        """Where it matters whether the holder types."""
        return self._watched.keys()

    def look(self, held: Held, queue: Queue, *, beat: int, now: int, receives_typing: bool = True) -> Why | None:
        """Why the conversation is to come back now, if it is. `now`: milliseconds since 1970, as of the log;
        `receives_typing`: whether what agents type at other nodes arrives."""
        state = held.state
        holder, key = state.holder, state.key
        if not isinstance(holder, Agent):
            return None
        self._seen.add(key)
        if held.is_disabled:
            return Why.DISABLED
        why = self._why(state, holder.id, queue, beat, now)
        if why is None or (why is Why.SILENT and not receives_typing):
            self._watched.pop(key, None)
            return None
        return why if self._has_been_watched(key, holder.id, beat) else None

    def _why(self, state: Conversation, holder: AgentId, queue: Queue, beat: int, now: int) -> Why | None:
        absent, since = self._absent_beats(holder), state.counters.unanswered_since  # absence counts from now, if ever
        if not since:
            self._unanswered.pop(state.key, None)
            return None
        waits = now - since >= 1000 * queue.absent_seconds * self._pace
        if queue.absent_seconds and waits and absent >= beats(queue.absent_seconds):
            return Why.ABSENT
        if queue.silent_seconds and self._silent_beats(state, beat) >= beats(queue.silent_seconds):
            return Why.SILENT
        return None

    def _silent_beats(self, state: Conversation, beat: int) -> int:
        """For how long the holder leaves an answer out, as far as this node has seen."""
        known = self._unanswered.get(state.key)
        if known is None or not known.is_of(state):
            if known is None and len(self._unanswered) >= SILENCES:
                return 0
            known = self._unanswered[state.key] = _Unanswered(state, beat)
        return beat - known.beat

    def _has_been_watched(self, key: Key, holder: AgentId, beat: int) -> bool:
        """For long enough, and without the holder typing."""
        watched = self._watched.get(key)
        if watched is None or watched.holder != holder:
            if watched is not None or len(self._watched) < LAPSES_WATCHED:
                self._watched[key] = _Watched(holder, beat)
            return False
        is_typing = watched.typed is not None and beat - watched.typed <= TYPING_BEATS
        return beat - watched.since >= WATCHED_BEATS and not is_typing

    def pass_over(self, key: Key) -> None:
        """Nothing of the conversation can be due: its holder is there, and its queue lets them be silent."""
        self._unanswered.pop(key, None)
        self._watched.pop(key, None)

    def typed(self, key: Key, agent: AgentId, beat: int) -> None:
        watched = self._watched.get(key)
        if watched is not None and watched.holder == agent:
            watched.typed = beat

    def end_round(self) -> None:
        """What was not seen in it is held by no agent any more."""
        for key in self._unanswered.keys() - self._seen:
            del self._unanswered[key]
        for key in self._watched.keys() - self._seen:
            del self._watched[key]
        self._seen.clear()

    def forget(self) -> None:
        """Another node sees to it."""
        self._unanswered.clear()
        self._watched.clear()
        self._seen.clear()
