"""Who sees a conversation, who loses sight of it, and what each may do in it (P6)."""

from tests.mutants.mutant import Mutant, mutant

ACCESS = "tests/unit/core/test_access.py"
RIGHTS = "tests/unit/core/test_command_rights.py"
ASSIGNMENT = "tests/unit/core/test_assignment.py"
FEED = "tests/unit/feed/test_feed.py"

OF_SIGHT = [
    mutant(
        "who serves a queue sees what a colleague holds in one that hides it",
        "core/access.py",
        "    return Unseen.HELD if at.holder and policy.queue(at.queue).visibility is Visibility.HOLDER else None\n",
        "    return None\n",
        ACCESS,
    ),
    mutant(
        "the holder is out of sight of what is in a queue of others",
        "core/access.py",
        "    if at.holder == by.agent.id:\n        return None\n",
        "",
        ACCESS,
    ),
    mutant(
        "an agent acts in an organisation below their own",
        "core/access.py",
        "    if by.organisation != at.organisation:\n",
        "    if by.organisation != at.organisation and by.organisation not in policy.ancestors:\n",
        ACCESS,
    ),
    mutant(
        "who loses sight is shown the commit that made it so",
        "feed/feed.py",
        """\
        if before is not None and (after.control is not before.control or after.card is not before.card):
            self._look_again(before.placement, after.placement)
        self._show(after.counters.version - 1, commit.frames)
""",
        """\
        self._show(after.counters.version - 1, commit.frames)
        if before is not None and (after.control is not before.control or after.card is not before.card):
            self._look_again(before.placement, after.placement)
""",
        FEED,
    ),
    mutant(
        "a move in a queue that hides what is held is taken to hide nothing",
        "core/access.py",
        "        or policy.queue(after.queue).visibility is Visibility.HOLDER\n",
        "",
        FEED,
        ACCESS,
    ),
    mutant(
        "a move from a holder who does not serve the queue is taken to hide nothing",
        "core/access.py",
        "        or before.holder not in (NO_HOLDER, after.holder)\n",
        "",
        ACCESS,
    ),
    mutant(
        "who came under other settings is taken to see it by the present ones",
        "feed/feed.py",
        "policy if policy is self.policy or not self.staff else None",
        "policy",
        FEED,
    ),
    mutant(
        "who loses sight in a gap is shown what was missed",
        "feed/feed.py",
        "        self.end_unseen()\n        self._show(before.version, shown)\n",
        "        self._show(before.version, shown)\n",
        FEED,
    ),
    mutant(
        "who lost sight while the page was read is shown it",
        "feed/feed.py",
        "        if self.state is not snapshot.state and watcher.unseen(self.key, self.state):\n",
        "        if False:\n",
        FEED,
    ),
    mutant(
        "a colleague's conversation is anybody's to assign",
        "core/control.py",
        "    (Place.AGENT, Move.ASSIGN): _rule(Place.AGENT, Party.HOLDER, Party.SUPERVISOR),\n",
        "    (Place.AGENT, Move.ASSIGN): _rule(Place.AGENT, Party.AGENT, Party.SUPERVISOR),\n",
        RIGHTS,
    ),
    mutant(
        "who is assigned to need not serve the queue",
        "core/conversation/assignment.py",
        " and can_serve(person, at.organisation, at.queue, policy):\n",
        ":\n",
        ASSIGNMENT,
    ),
    mutant(
        "whoever the directory has found may be assigned to",
        "core/conversation/assignment.py",
        "        if person.agent.id == command.agent and ",
        "        if ",
        ASSIGNMENT,
    ),
    mutant(
        "a person moves a conversation to a queue that is not active",
        "core/conversation/desk.py",
        "    if not queue.is_active:\n",
        "    if False:\n",
        ASSIGNMENT,
    ),
    Mutant(
        "what follows a command that names people overtakes it",
        "edge/socket/socket.py",
        (("                    self._early = []\n", "                    pass\n"),),
        ("tests/integration/edge/test_commands.py",),
    ),
]
