"""What only the one who acts on a conversation can know, kept while commands are done and commits end.

Which turns are over, which one runs, and which of the customer's messages nobody has dealt with. The rules by which
commands come are in `test_machine`.
"""

from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from intervene.core.actors import Bot
from intervene.core.conversation.packing import unpack
from intervene.core.conversation.state import OpenReply, Running, open_reply, streamed
from intervene.core.errors import PeerError
from intervene.core.events import Piece
from intervene.core.ids import NodeId
from tests.unit.core.cast import ECHO, N1, N2
from tests.unit.core.play import Act, Commit, Facts, Play
from tests.unit.core.test_packing import row

STREAK = 4  # thirty messages in a row, the true bound, are rare here

nodes = st.sampled_from([N1, N1, N2, None])


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.patch = patch("intervene.core.conversation.commit.BOT_STREAK", STREAK)
        self.patch.start()

    def teardown(self) -> None:
        self.patch.stop()

    @initialize(inbound=st.sampled_from([ECHO, ECHO, None]), node=nodes)
    def opens(self, inbound: Bot | None, node: NodeId | None) -> None:
        self.play = Play(inbound=inbound, node=node)
        self.customer = self.play.customer
        self.staff = {name: self.play.agent(name) for name in ("Anna", "Ben")}
        self.staff["Sara"] = self.play.supervisor("Sara")
        self.waiting: list[int] = []
        """Numbers of the customer's messages that nobody has dealt with."""
        self.timers = [(0, 0)]
        self.over: set[tuple[int, int]] = set()
        """Turns that were replaced or ended."""
        self.current: tuple[int, int] | None = None
        self.looked = 0
        self.known: OpenReply | None = None
        """The open reply, as a node has it that gets commits alone."""
        self.changed = False
        """Whether the last command changed anything."""
        self.left = 0
        """How many commands are still to come in the commit under way."""
        self.commit_ends()

    def act(self, act: Act) -> Facts | PeerError:
        """Do it in the commit under way, or in one of its own. A refusal changes nothing."""
        before, written = self.play.latest, len(self.play.facts)
        result: Facts | PeerError
        try:
            facts = act(self.play)
            result = facts if isinstance(facts, tuple) else ()
        except PeerError as refusal:
            assert self.play.latest is before, "a refusal changed the state"
            assert len(self.play.facts) == written, "a refusal wrote something"
            result = refusal
        self.changed = self.play.latest is not before
        if self.play.is_under_way:
            self.left -= 1
            if self.left <= 0:
                self.play.commits_it()
        if not self.play.is_under_way:
            self.commit_ends()
        return result

    def commit_ends(self) -> None:
        """What follows from a commit is read from its final state: from here on its turn runs."""
        state = self.play.state
        turn = state.turn
        now = (state.epoch, turn.number) if isinstance(turn, Running) else None
        if now != self.current:
            if self.current:
                self.over.add(self.current)
            assert now not in self.over, "[P1] a turn that was over is back"
            assert now is None or now[1] == state.version, "a turn's number is the version of its claim"
            self.current = now
        if state.run and state.run.due:
            self.timers.append((state.epoch, state.run.due))
        for commit in self.play.commits[self.looked :]:
            self.travels(commit, known=self.known)
            self.known = commit.reply
        self.looked = len(self.play.commits)

    def travels(self, commit: Commit, known: OpenReply | None) -> None:
        assert unpack(row(commit.after)) == commit.after
        before, pieces = commit.before, [fact for fact in commit.facts if isinstance(fact, Piece)]
        assert open_reply(commit.after, pieces, known) == commit.reply
        if before and pieces and len(pieces) == len(commit.facts) and before.format == commit.after.format:
            assert streamed(before, pieces) == commit.after, "a commit without an event is nothing but its pieces"
