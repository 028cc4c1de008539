"""Typing, slowed down: of one person in one conversation at most one change a second is shown and told, whatever they
send, over however many sockets, at this node or another. The last state wins.

Bounded, and dropped first: what is not shown expires at the client.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from intervene.core.actors import Bot
from intervene.core.events import author_key
from intervene.core.ids import Key, OrganisationId
from intervene.core.limits import TYPING_AT_ONCE, TYPING_OF_PERSON, TYPING_SECONDS
from intervene.ports.messages import Typing


class Typist(NamedTuple):
    key: Key
    author: str

    @property
    def person(self) -> tuple[OrganisationId, str]:
        return self.key.organisation, self.author


class _Pause:
    """`shown` was shown a moment ago, `last` came last."""

    __slots__ = ("due", "is_ours", "last", "shown")

    def __init__(self, typing: Typing, *, is_ours: bool, due: float) -> None:
        self.shown = self.last = typing
        self.is_ours = is_ours
        self.due = due


class TypingThrottle:
    """`show` is called with what is to be shown; `is_ours`: whether it was sent at this node, and so is to be published
    to the others."""

    def __init__(self, show: Callable[[Typing, bool], None]) -> None:
        self._show = show
        self._pauses: OrderedDict[Typist, _Pause] = OrderedDict()  # the first one is due first
        self._of_person: Counter[tuple[OrganisationId, str]] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._pauses)

    def take(self, typing: Typing, *, is_ours: bool) -> None:
        typist = Typist(typing.key, author_key(typing.author))
        pause = self._pauses.get(typist)
        if pause is not None:
            pause.last, pause.is_ours = typing, is_ours
            return
        is_bot = isinstance(typing.author, Bot)  # one bot writes in many conversations
        if len(self._pauses) >= TYPING_AT_ONCE or (
            not is_bot and self._of_person[typist.person] >= TYPING_OF_PERSON
        ):  # fmt: skip
            return
        self._begin(typist, typing, is_ours=is_ours)
        self._wake()

    def _begin(self, typist: Typist, typing: Typing, *, is_ours: bool) -> None:
        due = asyncio.get_running_loop().time() + TYPING_SECONDS
        self._pauses[typist] = _Pause(typing, is_ours=is_ours, due=due)
        self._of_person[typist.person] += 1
        self._show(typing, is_ours)

    def _end(self, typist: Typist) -> _Pause:
        self._of_person[typist.person] -= 1
        if not self._of_person[typist.person]:
            del self._of_person[typist.person]
        return self._pauses.pop(typist)

    def _wake(self) -> None:
        if self._timer is None and self._pauses:
            due = next(iter(self._pauses.values())).due
            self._timer = asyncio.get_running_loop().call_at(due, self._go_on)

    def _go_on(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._pauses:
            typist, pause = next(iter(self._pauses.items()))
            if pause.due > now:
                break
            self._end(typist)
            if pause.last is not pause.shown:
                self._begin(typist, pause.last, is_ours=pause.is_ours)
        self._wake()
