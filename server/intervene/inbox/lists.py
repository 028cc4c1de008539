"""The lists that readers share: one for each view and group of peers, for as long as one of them reads it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from intervene.core.ids import AgentId, OrganisationId
from intervene.core.policy import Policy
from intervene.core.wire.inbox import Listed
from intervene.inbox.board import Change
from intervene.inbox.reader import Reader
from intervene.inbox.views import ClosedList, List, Peers, list_of, peers_of

Key = tuple[str, AgentId | tuple[Peers, ...]]


class Lists:
    """`policy`: of an organisation, once it was loaded."""

    def __init__(self, policy: Callable[[OrganisationId], Policy]) -> None:
        self._policy = policy
        self._shared: dict[Key, List] = {}
        self._readers: Counter[List] = Counter()
        self._all: defaultdict[OrganisationId, set[List | ClosedList]] = defaultdict(set)
        self._mine: defaultdict[AgentId, set[List]] = defaultdict(set)
        """By the agent whose own they are: few are asked about a change."""

    def give(self, reader: Reader) -> None:
        """The reader's boards have been read, and what changed on them was taken."""
        key = self._key(reader)
        made = self._shared.get(key)
        if made is None:
            rows = (row for held in reader.boards for row in held.board)
            made = self._shared[key] = list_of(reader.view, reader.by, self._policy, rows)
            if reader.view.list is Listed.MINE:
                self._mine[reader.by.agent.id].add(made)
            else:
                self._add(reader, made)
        self._readers[made] += 1
        reader.list = made

    def give_closed(self, reader: Reader, made: ClosedList) -> None:
        """Its own. It takes what changes from now on, also while the log is being read."""
        self._add(reader, made)
        reader.list = made

    def take_back(self, reader: Reader) -> None:
        made, reader.list = reader.list, None
        if made is None:
            return
        if isinstance(made, List):
            self._readers[made] -= 1
            if self._readers[made]:
                return
            del self._readers[made]
            self._mine[reader.by.agent.id].discard(made)
            if not self._mine[reader.by.agent.id]:
                del self._mine[reader.by.agent.id]
            self._shared = {key: other for key, other in self._shared.items() if other is not made}
        for organisation in reader.organisations:
            self._all[organisation].discard(made)
            if not self._all[organisation]:
                del self._all[organisation]

    def forget(self, readers: Iterable[Reader]) -> None:
        """What is visible to these has changed: nobody is given their lists any more."""
        changed = {reader.list for reader in readers}
        self._shared = {key: made for key, made in self._shared.items() if made not in changed}

    def take(self, organisation: OrganisationId, changes: Iterable[Change]) -> None:
        for change in changes:
            for made in self._all.get(organisation, ()):
                made.take(change)
            if self._mine:
                for holder in {row.held_by for row in (change.before, change.after) if row is not None}:
                    for mine in self._mine.get(holder, ()):
                        mine.take(change)

    def _add(self, reader: Reader, made: List | ClosedList) -> None:
        for organisation in reader.organisations:
            self._all[organisation].add(made)

    def _key(self, reader: Reader) -> Key:
        by = reader.by
        if reader.view.list is Listed.MINE:
            return reader.name, by.agent.id
        peers = [peers_of(by, organisation, self._policy(organisation)) for organisation in reader.organisations]
        return f"{by.organisation} {reader.organisations[0]} {reader.name}", tuple(peers)
