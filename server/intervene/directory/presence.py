"""Who of the staff can be reached, kept up: with each heartbeat the roster is read anew, and what changed is shown."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from intervene.core.errors import Unavailable
from intervene.core.ids import OrganisationId
from intervene.core.timing import Timing
from intervene.directory.roster import Roster, Shown
from intervene.ports.attendance import Sighting

Show = Callable[[OrganisationId, Sequence[Shown]], None]


class Presence:
    """`sightings`: of living nodes, None: those of before; `beats`: how many heartbeats of this node were written;
    `show`: to the sessions of one organisation that this node has."""

    def __init__(
        self,
        roster: Roster,
        sightings: Callable[[], Awaitable[Iterable[Sighting] | None]],
        beats: Callable[[], int],
        show: Show,
        timing: Timing,
    ) -> None:
        self._roster = roster
        self._sightings = sightings
        self._beats = beats
        self._show = show
        self._timing = timing

    async def keep(self) -> None:
        """For ever."""
        while True:
            try:
                await self.look()
            except Unavailable:
                pass  # others log that; what changed meanwhile is found by the next look
            await asyncio.sleep(self._timing.heartbeat)

    async def look(self) -> None:
        """Raises `Unavailable`."""
        beat = self._beats()  # what is read is not older
        changed: dict[OrganisationId, list[Shown]] = {}
        for shown in self._roster.read(await self._sightings(), beat):
            changed.setdefault(shown.member.organisation, []).append(shown)
        for organisation, people in changed.items():
            self._show(organisation, people)
