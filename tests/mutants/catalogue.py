"""What is broken on purpose, each against a rule of the design: what one node does, what many do together, and some of
it once more in processes of their own, over servers of their own.
"""

from collections.abc import Mapping

from tests.mutants.admission import ADMISSION
from tests.mutants.between_nodes import BETWEEN_NODES
from tests.mutants.identity import IDENTITY
from tests.mutants.in_bytes import IN_BYTES
from tests.mutants.in_client import CLIENT
from tests.mutants.mutant import Mutant, mutant
from tests.mutants.on_the_hub import ON_THE_HUB
from tests.mutants.over_http import HTTP
from tests.mutants.visitors import ABOUT_VISITORS

RULES = "tests/unit/core/test_rules.py"
ANSWERS = "tests/integration/engine/test_answers.py"
FEED = "tests/integration/engine/test_feed.py"
JOINS = "tests/integration/engine/test_joins.py"
HOSTILE = "tests/integration/engine/test_hostile.py"
ORPHANS = "tests/integration/engine/test_orphans.py"
PRIVACY = "tests/integration/engine/test_privacy.py"
RUNNER = "tests/integration/engine/test_runner.py"
TAKEOVER = "tests/integration/engine/test_takeover.py"
TROUBLE = "tests/integration/engine/test_log_trouble.py"

ONCE = [
    # -- P1: the fence -------------------------------------------------------------------------------------------------
    mutant(
        "no epoch check",
        "core/conversation/fence.py",
        """\
    if state.epoch == command.epoch:
        return True
    refuse_taken""",
        """\
    if state.epoch == command.epoch or holds(state, command.author):
        return True
    refuse_taken""",
        ANSWERS,
    ),
    mutant(
        "what an agent does under a former epoch counts",
        "core/conversation/fence.py",
        """\
    if state.epoch == command.epoch:
        return True
    refuse_taken""",
        """\
    if state.epoch >= command.epoch:
        return True
    refuse_taken""",
        ANSWERS,
    ),
    mutant(
        "the fence is not asked before the rule",
        "core/conversation/decide.py",
        "    if rule.fence.admits(state, command):\n",
        "    if True:\n",
        RULES,
    ),
    mutant(
        "another customer's conversation is not looked at",
        "core/conversation/decide.py",
        "    check_giver(state, command)\n",
        "",
        RULES,
    ),
    mutant(
        "staff of another organisation give commands",
        "core/conversation/rule.py",
        'STAFF = Visibility("staff", _check_giver)',
        'STAFF = Visibility("staff", _check_nothing)',
        RULES,
    ),
    mutant(
        "a move has no fence in the table",
        "core/conversation/moves.py",
        "    Release: Rule(release, STAFF, EPOCH),\n",
        '    Release: Rule(release, STAFF, none("")),\n',
        RULES,
    ),
    mutant(
        "the end of a turn has no fence in the table",
        "core/conversation/turns.py",
        "    EndTurn: Rule(end_turn, BOT, TURN),\n",
        '    EndTurn: Rule(end_turn, BOT, none("it is the last that a turn does")),\n',
        RULES,
    ),
    mutant(
        "an intervene waits behind what a bot writes",
        "core/conversation/moves.py",
        "EPOCH_OR_HOLDER, is_urgent=True, takes_over=True)",
        "EPOCH_OR_HOLDER, takes_over=True)",
        RULES,
        ANSWERS,
    ),
    mutant(
        "a customer's wish for a person is written each time",
        "core/conversation/state.py",
        "wants_person=change.move is Move.ASK and isinstance(event.author, Contact)",
        "wants_person=False",
        "tests/unit/core/test_decide.py",
    ),
    mutant(
        "no turn check",
        "core/conversation/fence.py",
        "        or turn.number != command.turn\n",
        "",
        TAKEOVER,
    ),
    Mutant(
        "a bot's commands pass while that bot holds control",
        "core/conversation/fence.py",
        (
            ("        state.epoch != command.epoch\n        or not isinstance", "        not isinstance"),
            ("        or turn.number != command.turn\n", ""),
        ),
        (TAKEOVER,),
    ),
    mutant(
        "stream dropped when its turn is claimed again",
        "core/conversation/commit.py",
        """\
        self.end_stream(interrupted=True)
        self.set_run(turn=turn, due=0)""",
        """\
        self.set_run(turn=turn, due=0)""",
        TAKEOVER,
    ),
    mutant(
        "effects started for each command instead of from the final state",
        "engine/engine.py",
        """\
            self._publish(batch.commit)
""",
        """\
            for count in range(1, len(lane.batch)):
                part = decide_batch(
                    batch.before, lane.feed.reply, lane.batch[:count], {}, node=self._node,
                    make_context=self._contexts(),
                )
                if part.commit is not None:
                    self._feeds.changed(batch.before, part.commit.state)
            self._publish(batch.commit)
""",
        RUNNER,
    ),
    mutant(
        "a turn's right to write is not revoked",
        "bots/turn.py",
        "        self._is_over = True\n",
        "        pass\n",
        RUNNER,
    ),
    mutant(
        "the node that runs a turn does not follow its conversation",
        "bots/task.py",
        """\
        self._feed = node.feeds.pin(state.key)
""",
        """\
        self._feed = node.feeds.pin(state.key)
        asyncio.get_running_loop().call_soon(node.feeds._hub.unsubscribe, state.key)
""",
        RUNNER,
    ),
    mutant(
        "typing outlives its epoch",
        "feed/presence.py",
        "        if feed is None or feed.state is None or feed.state.epoch != typing.epoch:\n",
        "        if feed is None or feed.state is None:\n",
        "tests/integration/engine/test_typing.py",
    ),
    # -- P2: screens and the log ---------------------------------------------------------------------------------------
    mutant(
        "publish before commit",
        "engine/engine.py",
        """\
        self._log.append(commits, partial(self._appended, group))
""",
        """\
        for _, batch in group:
            if batch.commit is not None and not batch.commit.pieces:
                self._hub.publish(batch.commit)
        self._log.append(commits, partial(self._appended, group))
""",
        TROUBLE,
    ),
    mutant(
        "piece published before commit",
        "engine/engine.py",
        """\
        self._log.append(commits, partial(self._appended, group))
""",
        """\
        for lane, batch in group:
            if batch.commit is not None and batch.commit.pieces:
                lane.feed._show(0, batch.commit.frames)
        self._log.append(commits, partial(self._appended, group))
""",
        TROUBLE,
    ),
    mutant(
        "row read again without its pieces",
        "adapters/sql/queries.py",
        "        pieces=pieces,\n",
        "        pieces=(),\n",
        TAKEOVER,
    ),
    Mutant(
        "state and log read apart",
        "adapters/sqlite/database.py",
        (
            ('            connection.execute("BEGIN")\n', ""),
            ('            connection.execute("ROLLBACK")\n', ""),
        ),
        (FEED,),
    ),
    # -- P3: answers ---------------------------------------------------------------------------------------------------
    mutant(
        "a change during a read of settings is passed over",
        "policies/cache.py",
        "            reading.is_outdated = True\n",
        "            pass\n",
        "tests/integration/engine/test_policies.py",
    ),
    mutant(
        "settings that a restored database has not are kept",
        "policies/cache.py",
        "            if now != version:\n",
        "            if now > version:\n",
        "tests/integration/engine/test_policies.py",
    ),
    mutant(
        "refusal from the cache",
        "engine/engine.py",
        """\
            self._decide_locked(lane, contexts)  # a refusal never rests on what was remembered
""",
        """\
            self._finish(lane, batch.answers, state.version)
""",
        ANSWERS,
    ),
    mutant(
        "refusal answered before its batch commits",
        "engine/engine.py",
        """\
        self._decided.append((lane, batch))
""",
        """\
        self._decided.append((lane, batch))
        for pending, answer in zip(commands, batch.answers, strict=True):
            if isinstance(answer, Exception):
                self._answer(lane, pending.callers, answer, 0)
                pending.callers.clear()
""",
        ANSWERS,
    ),
    mutant(
        "id looked up only at insert",
        "engine/batch.py",
        """\
        if pending.identity and (first := known.get(pending.identity)):
""",
        """\
        if pending.identity and (first := None):
""",
        ANSWERS,
    ),
    mutant(
        "id not looked up for what is refused beside an acceptance",
        "engine/engine.py",
        """\
        if not is_locked and not all(batch.is_firm):
            self._tasks.spawn(self._look_up(lane, batch))
            return
""",
        "",
        ANSWERS,
    ),
    mutant(
        "a repeat does not join its first while that waits",
        "engine/engine.py",
        "        known = lane.unanswered.get(pending.identity) if pending.identity else None\n",
        "        known = None\n",
        ANSWERS,
    ),
    mutant(
        "dedupe of commands dropped",
        "engine/batch.py",
        "        commands=tuple(command for command in accepted if command in logged),\n",
        "        commands=(),\n",
        ANSWERS,
        TROUBLE,
    ),
    mutant(
        "the last click wins",
        "engine/queue.py",
        "        head = max(urgent, default=0)\n",
        "        head = 0\n",
        ANSWERS,
    ),
    # -- P4: nobody's cooperation --------------------------------------------------------------------------------------
    mutant(
        "a full queue keeps agents out",
        "engine/engine.py",
        "        if lane.is_full and not pending.rule.is_urgent:\n",
        "        if lane.is_full:\n",
        ANSWERS,
    ),
    mutant(
        "a turn that ignores its cancel is waited for",
        "bots/task.py",
        "        if self._cancels == CANCELS:\n            self._abandon()\n            return\n",
        "",
        HOSTILE,
    ),
    # -- P5: acked, told, in order -------------------------------------------------------------------------------------
    mutant(
        "ack before commit",
        "engine/engine.py",
        """\
        self._decided.append((lane, batch))
""",
        """\
        self._decided.append((lane, batch))
        for pending, answer in zip(commands, batch.answers, strict=True):
            if isinstance(answer, Receipt):
                self._answer(lane, pending.callers, answer, 0)
                pending.callers.clear()
""",
        TROUBLE,
    ),
    mutant(
        "ack not waiting for the feed, across a hole",
        "feed/feed.py",
        "        elif version <= self.version:\n",
        "        elif True:\n",
        JOINS,
    ),
    mutant(
        "ack not waiting for the feed, during a join",
        "feed/feed.py",
        "        join = self.joining.get(watcher) if watcher is not None else None\n",
        "        join: Join | None = None\n",
        JOINS,
    ),
    mutant(
        "ack lost when a page is read again",
        "feed/feed.py",
        "        join.drop_frames()\n        self.around.read_page",
        "        join.held.clear()\n        self.around.read_page",
        JOINS,
    ),
    Mutant(
        "publish in the caller's task",
        "engine/engine.py",
        (
            (
                "        self.submit(key, command, settle)\n        return future\n",
                "        settle.future = future\n        self.submit(key, command, settle)\n        return future\n",
            ),
            (
                "            self._publish(batch.commit)\n",
                """\
            replies = [reply for pending in lane.batch for reply, _ in pending.callers]
            if not any(hasattr(reply, "future") and reply.future.cancelled() for reply in replies):
                self._publish(batch.commit)
""",
            ),
        ),
        (TROUBLE,),
    ),
    mutant(
        "a creation is told in the caller's task",
        "engine/engine.py",
        "        return await asyncio.shield(self._tasks.spawn(self._open(visitor)))\n",
        "        return await self._tasks.spawn(self._open(visitor))\n",
        TROUBLE,
    ),
    mutant(
        "commit with nothing to show not published",
        "engine/engine.py",
        "        self._hub.publish(commit)\n",
        "        if commit.frames.staff:\n            self._hub.publish(commit)\n",
        TROUBLE,
    ),
    Mutant(
        "dedupe of commits dropped",
        "feed/feed.py",
        (
            ("        if ahead <= 0:\n            return\n", ""),
            ("        if ahead == 1:\n", "        if ahead <= 1:\n"),
        ),
        (FEED,),
    ),
    mutant(
        "a hole is not noticed",
        "feed/feed.py",
        "        if ahead == 1:\n",
        "        if True:\n",
        FEED,
    ),
    mutant(
        "what the lock's read brought is not shown",
        "engine/engine.py",
        "                    feed.catch_up(snapshot, begun=begun)\n",
        "                    feed.state = snapshot.state\n",
        ANSWERS,
        FEED,
    ),
    mutant(
        "a database that went back is not noticed",
        "feed/feed.py",
        "        elif after.version < begun:\n",
        "        elif False:\n",
        FEED,
    ),
    mutant(
        "an intervene overtakes its author's own words",
        "engine/queue.py",
        "        self.waiting = [*ahead, *mine, pending, *(other",
        "        self.waiting = [*ahead, pending, *mine, *(other",
        ANSWERS,
    ),
    mutant(
        "a failure does not fail what its author said behind it",
        "engine/queue.py",
        "        self.batch += self._take_out(authors)\n",
        "",
        TROUBLE,
    ),
    mutant(
        "a commit of which nobody knows is taken for lost",
        "engine/engine.py",
        "                case Verdict.UNKNOWN:\n                    self._unknown(lane)\n",
        '                case Verdict.UNKNOWN:\n                    self._fail(lane, "lost")\n',
        TROUBLE,
    ),
    mutant(
        "bad data fails its whole batch",
        "engine/engine.py",
        "        if len(lane.batch) > 1:\n",
        "        if False:\n",
        TROUBLE,
    ),
    mutant(
        "a claim that nobody runs is not given back",
        "housekeeping/turns.py",
        " if is_unrun_again else None\n",
        " if False else None\n",
        ORPHANS,
    ),
    mutant(
        "a log of another life of the database is applied",
        "adapters/sqlite/file.py",
        "    if lives and header.life not in lives:\n",
        "    if False:\n",
        "tests/integration/adapters/test_sqlite_file.py::test_a_database_is_refused_when",
    ),
    mutant(
        "what is written to a file that was replaced is acknowledged",
        "adapters/sqlite/file.py",
        "        if self._present() != self._opened:\n",
        "        if False:\n",
        "tests/integration/system/test_sqlite_outage.py",
    ),
    mutant(
        "what waits behind a batch that hangs is not answered",
        "engine/queue.py",
        "        given_up = self._take_out({pending.author for pending in self.waiting if pending.asked < late})\n",
        "        given_up: list[PendingCommand] = []\n",
        "tests/integration/engine/test_late_answers.py",
    ),
    mutant(
        "a server that is gone is dialled without a rest",
        "adapters/postgres/connections.py",
        "            await anyio.sleep(max(0.0, self._not_before - time.monotonic()))\n",
        "",
        "tests/integration/engine/test_late_answers.py",
    ),
    mutant(
        "a restored database finds the log of the former one",
        "ops/restore.py",
        "    _remove_beside(database, *BESIDE)\n    backup",
        "    backup",
        "tests/integration/ops/test_restore.py::test_a_backup_takes_the_place_of_one_that_was_copied_beside_a_foreign_log",
    ),
    mutant(
        "work that failed is tried again at once",
        "housekeeping/attempts.py",
        " or tried.retry_at > now or (tried.failures and self._retries >= RETRIES_AT_ONCE):\n",
        ":\n",
        "tests/integration/engine/test_due_work.py::test_a_sqlite_database_that_another_program_has_locked_is_tried_seldom",
    ),
    mutant(
        "a claim is run again under its number",
        "bots/runner.py",
        " and not _has_claim(before, mine.number):\n",
        " and after.key not in self._active:\n",
        ORPHANS,
    ),
    # -- P6: privacy ---------------------------------------------------------------------------------------------------
    mutant(
        "a customer sees agents type who do not hold control",
        "feed/presence.py",
        " and isinstance(mine, Bot | Agent) and author_key(who) == author_key(mine):\n",
        ":\n",
        PRIVACY,
    ),
    mutant(
        "a note takes a public number",
        "core/events.py",
        "    return isinstance(body, MessageStarted | Message | ControlChanged)\n",
        "    return isinstance(body, MessageStarted | Message | ControlChanged | Note)\n",
        PRIVACY,
    ),
    *ADMISSION,
    *IDENTITY,
    *ABOUT_VISITORS,
    *BETWEEN_NODES,
    *ON_THE_HUB,
    *HTTP,
    *CLIENT,
    *IN_BYTES,
]

ON_THE_CLUSTER: Mapping[str, tuple[str, ...]] = {
    "a bot's commands pass while that bot holds control": (
        "tests/cluster/test_bench.py::test_what_a_hostile_bot_goes_on_to_say_is_not_heard_in_its_next_run_either[loop]",
    ),
    "no turn check": (
        "tests/cluster/test_hostile_bots.py"
        "::test_a_word_on_the_tongue_of_a_bot_whose_node_froze_is_not_said_in_the_turn_of_another",
    ),
    "what an agent does under a former epoch counts": (
        "tests/cluster/test_two_nodes.py::test_of_agents_on_two_nodes_who_click_at_once_one_wins_and_each_other_learns_who",
    ),
    "the node that runs a turn does not follow its conversation": (
        "tests/cluster/test_two_nodes.py::test_a_turn_of_a_node_without_any_session_is_heard_of_however_long_it_goes_on",
    ),
    "nothing is published": (
        "tests/cluster/test_two_nodes.py::test_notes_cross_nodes_among_agents_and_never_reach_the_customer",
    ),
    "MAC unchecked": (
        "tests/cluster/test_forged_messages.py::test_what_a_stranger_publishes_is_on_no_screen_and_is_counted",
    ),
    "nodes that are not heard are not polled for": (
        "tests/cluster/test_redis_faults.py::test_nodes_start_and_serve_without_redis_and_find_it_when_it_appears",
        "tests/cluster/test_redis_faults.py::test_a_node_cut_off_from_redis_goes_by_the_log_until_it_is_back",
    ),
    "the turn of a dead node is not taken up": (
        "tests/cluster/test_left_alone.py::test_a_message_of_somebody_who_does_not_come_back_is_answered_all_the_same",
    ),
    "a node that alone has lost the database keeps its sessions": (
        "tests/cluster/test_postgres_faults.py"
        "::test_a_node_that_alone_has_lost_the_database_sends_its_sessions_to_one_that_has_it[half-open]",
    ),
}
"""Which of them are tried there too, and by what tests."""

MUTANTS = [
    *ONCE,
    *(
        mutant._replace(name=f"{mutant.name}, on the cluster", killers=ON_THE_CLUSTER[mutant.name])
        for mutant in ONCE
        if mutant.name in ON_THE_CLUSTER
    ),
]
