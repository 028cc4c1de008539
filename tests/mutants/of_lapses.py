"""Absence, and what comes back from those who are absent (P1, P5, P6)."""

from tests.mutants.mutant import mutant

LAPSES = "tests/unit/core/test_lapses.py"
DUE = "tests/unit/housekeeping/test_due_lapses.py"
ROSTER = "tests/unit/directory/test_roster.py"
HERE = "tests/unit/directory/test_here.py"
LAPSING = "tests/integration/engine/test_lapses.py"
ATTENDANCE = "tests/contract/test_attendance.py"
FRAMES = "tests/integration/edge/test_presence.py"
AGENTS = "tests/unit/cluster/test_agents.py"

OF_LAPSES = [
    mutant(
        "a lapse is decided however old it is",
        "core/conversation/lapses.py",
        "    if draft.context.now - command.at <= 1000 * LAPSE_SECONDS:\n",
        "    if True:\n",
        LAPSES,
    ),
    mutant(
        "a lapse takes what the customer wrote since it was found",
        "core/conversation/lapses.py",
        "        and state.asked == command.asked\n",
        "",
        LAPSES,
    ),
    mutant(
        "a lapse takes what was answered",
        "core/conversation/lapses.py",
        "command.why is Why.DISABLED or state.counters.unanswered_since > 0",
        "True",
        LAPSES,
    ),
    mutant(
        "a lapse takes from another holder",
        "core/conversation/lapses.py",
        "        and holds_as(state, command.holder)\n",
        "",
        LAPSES,
    ),
    mutant(
        "absence grows with each look, written or not",
        "directory/roster.py",
        "        before, self.beat = self.beat, beat\n",
        "        before, beat = self.beat, self.beat + 1\n        self.beat = beat\n",
        ROSTER,
    ),
    mutant(
        "one who has left is looked at again only once they are offline",
        "directory/roster.py",
        "(1 if self.left == beat else OFFLINE_BEATS)",
        "OFFLINE_BEATS",
        ROSTER,
    ),
    mutant(
        "a choice is not read again where nobody came, left or gave input",
        "directory/here.py",
        "        changes = self._sessions.changes, self._choices.changes\n",
        "        changes = self._sessions.changes, 0\n",
        HERE,
    ),
    mutant(
        "who goes between two rounds waits for the next one",
        "housekeeping/lapses.py",
        "        return is_between and self._roster.absences == self._absences\n",
        "        return is_between\n",
        LAPSING,
    ),
    mutant(
        "what a holder has who is gone is in order",
        "housekeeping/lapses.py",
        " or not self._roster.is_present(holding.holder)",
        "",
        LAPSING,
    ),
    mutant(
        "what a silent holder has is in order",
        "housekeeping/lapses.py",
        " or queue.silent_seconds",
        "",
        LAPSING,
    ),
    mutant(
        "typing puts nothing off",
        "housekeeping/due_lapses.py",
        "            watched.typed = beat\n",
        "            pass\n",
        DUE,
    ),
    mutant(
        "what is due comes back at once",
        "housekeeping/due_lapses.py",
        "beat - watched.since >= WATCHED_BEATS and not is_typing",
        "not is_typing",
        DUE,
    ),
    mutant(
        "silence takes while typing does not arrive",
        "housekeeping/due_lapses.py",
        "        if why is None or (why is Why.SILENT and not receives_typing):\n",
        "        if why is None:\n",
        DUE,
    ),
    mutant(
        "people grow idle while their rows cannot be written",
        "adapters/sql/attendance.py",
        "node.c.agents_beat - node_agent.c.active_beat",
        "node.c.beats - node_agent.c.active_beat",
        ATTENDANCE,
    ),
    mutant(
        "each input is a write",
        "cluster/agents.py",
        "beat - self._written[member] < ACTIVE_BEATS",
        "False",
        AGENTS,
    ),
    mutant(
        "staff of all organisations are shown who can be reached",
        "edge/socket/attendance.py",
        "        sessions = self._in.get(organisation)\n",
        "        sessions = list(self._whose)\n",
        FRAMES,
    ),
    mutant(
        "a page that connects anew brings its person back",
        "edge/socket/attendance.py",
        "self.beats() - (self._roster.idle(member.agent) or 0)",
        "self.beats()",
        FRAMES,
    ),
]
