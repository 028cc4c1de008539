"""What is broken on purpose between nodes: the statement and the locks, who is dead and who is heard, what is told and
what is owed, a database that went back, older nodes beside newer ones.
"""

from tests.mutants.mutant import Mutant, mutant

BUSY = "tests/integration/adapters/test_postgres_busy.py"
FLOCK = "tests/integration/adapters/test_flock.py"
HISTORY = "tests/integration/adapters/test_postgres_history.py"
LIVENESS = "tests/unit/core/test_failure_detector.py"
MEMBERSHIP = "tests/integration/engine/test_membership.py"
ORPHANS = "tests/integration/engine/test_orphans.py"
POSTGRES_LOCKS = "tests/integration/adapters/test_postgres_locks.py"
POSTGRES_START = "tests/integration/adapters/test_postgres_start.py"
READING = "tests/contract/test_reading.py"
RELEASES = "tests/cluster/test_releases.py"
RESTORED = "tests/cluster/test_postgres_faults.py"
RUNNER = "tests/integration/engine/test_runner.py"
TROUBLE = "tests/integration/engine/test_log_trouble.py"
TWO_NODES = "tests/cluster/test_two_nodes.py"
WRITING = "tests/contract/test_writing.py"

BETWEEN_NODES = [
    # -- the log on PostgreSQL -----------------------------------------------------------------------------------------
    mutant(
        "batches unsorted",
        "adapters/postgres/append.py",
        "    order = sorted(range(len(commits)), key=lambda at: commits[at].key)\n",
        "    order = list(range(len(commits)))\n",
        f"{POSTGRES_LOCKS}::test_a_group_locks_its_rows_in_one_order_whatever_its_own",
    ),
    mutant(
        "SKIP LOCKED dropped",
        "adapters/postgres/append.py",
        "            FOR UPDATE SKIP LOCKED\n        ) AS row\n",
        "            FOR UPDATE\n        ) AS row\n",
        f"{POSTGRES_LOCKS}::test_a_row_that_a_stranger_has_locked_holds_up_nobody_else",
    ),
    mutant(
        "what is decided under the lock is decided without it",
        "adapters/sql/queries.py",
        "    for handle, *columns in (yield AskText(_LOCKED_ROW if lock else _ROW, key)):\n",
        "    for handle, *columns in (yield AskText(_ROW, key)):\n",
        f"{WRITING}::test_under_the_lock_every_writer_before_it_is_seen",
    ),
    mutant(
        "an ack before the disk has it",
        "adapters/postgres/connections.py",
        '        "synchronous_commit": "on",\n',
        '        "synchronous_commit": "off",\n',
        f"{POSTGRES_START}::test_a_write_is_durable_on_every_connection",
    ),
    Mutant(
        "equal timeouts",
        "adapters/postgres/connections.py",
        (
            ("milliseconds(timing.postgres_frozen)", "milliseconds(timing.postgres_lock)"),
            ("milliseconds(timing.postgres_statement)", "milliseconds(timing.postgres_lock)"),
        ),
        (f"{POSTGRES_LOCKS}::test_a_node_that_freezes_inside_a_row_s_lock_loses_it",),
    ),
    mutant(
        "statements are prepared under the row's lock",
        "adapters/postgres/log.py",
        "            await self._rehearse(connection)\n",
        "",
        f"{POSTGRES_LOCKS}::test_a_node_that_freezes_where_it_asks_something_for_the_first_time_loses_the_row_s_lock_too",
    ),
    mutant(
        "who was blocked gives up before it looks",
        "adapters/postgres/connections.py",
        "call_later(timing.postgres_answer - timing.postgres_last_look, self._look)\n",
        "call_later(timing.postgres_answer, self._bark)\n",
        f"{BUSY}::test_an_answer_that_came_while_the_node_was_blocked_is_an_answer",
    ),
    Mutant(
        "a newer format is written over",
        "adapters/postgres/append.py",
        (
            (
                "        AND conversation.handle = locked.handle AND locked.old_format <= locked.format\n",
                "        AND conversation.handle = locked.handle\n",
            ),
            (" UNION ALL SELECT i, false FROM locked WHERE old_format > format\n", "\n"),
        ),
        (f"{POSTGRES_START}::test_a_newer_release_s_row_is_neither_written_nor_read",),
    ),
    mutant(
        "resume without the event's id",
        "adapters/sql/queries.py",
        "    return [found_id for (found_id,) in found] == [id]\n",
        "    return bool(found)\n",
        f"{READING}::test_a_position_that_is_not_in_this_log_resets",
    ),
    # -- a database that went back -------------------------------------------------------------------------------------
    mutant(
        "a new connection does not ask whether the database is as it was left",
        "adapters/postgres/database.py",
        "        return await run(connection, self.as_left())\n",
        "        return True\n",
        f"{HISTORY}::test_what_was_decided_before_a_restore_is_not_written_after_it",
    ),
    mutant(
        "a server of another timeline is taken for the same",
        "adapters/postgres/database.py",
        '        if timeline and self._timeline not in ("", timeline):\n',
        "        if False:\n",
        f"{HISTORY}::test_a_server_of_another_timeline_is_another_history",
    ),
    mutant(
        "a group of another history is written all the same",
        "adapters/postgres/log.py",
        "            if self._database.history != history:",
        "            if False:",
        f"{HISTORY}::test_a_group_that_waits_while_the_database_goes_back_loses",
    ),
    mutant(
        "a node whose row is older than its beats goes on",
        "cluster/membership.py",
        "            self._went_back()\n",
        "",
        f"{MEMBERSHIP}::test_a_node_whose_row_is_older_than_its_beats_forgets_what_it_knew",
    ),
    mutant(
        "what a feed knew of another history is kept",
        "feed/feed.py",
        "        self.former, self.state, self.reply = self.state or self.former, None, None\n",
        "",
        f"{MEMBERSHIP}::test_a_node_whose_row_is_older_than_its_beats_forgets_what_it_knew",
    ),
    mutant(
        "what was read of another history is believed",
        "feed/feeds.py",
        "        self._history += 1\n",
        "",
        f"{MEMBERSHIP}::test_a_page_of_another_history_is_not_shown",
    ),
    mutant(
        "a node that hears that the database went back does nothing",
        "node/wiring.py",
        "        feeds.forget()\n",
        "",
        f"{RESTORED}::test_a_node_that_slept_through_a_restore_does_not_take_a_version_for_what_it_was",
    ),
    # -- who is dead, and what is not heard ----------------------------------------------------------------------------
    mutant(
        "beats judged by age",
        "cluster/failure_detector.py",
        "        if self._read_at is not None and 0.0 < now - self._read_at <= STEADY * self._timing.heartbeat:\n",
        "        if self._read_at is not None:\n",
        f"{LIVENESS}::test_a_database_that_was_away_kills_nobody",
    ),
    mutant(
        "a node without a row is dead at once",
        "cluster/failure_detector.py",
        "            self._note(node, _ABSENT)\n            return False\n",
        "            return True\n",
        f"{LIVENESS}::test_a_node_without_a_row_is_dead_only_after_it_was_missed_as_long",
    ),
    mutant(
        "the lock of a living node is ignored",
        "cluster/exit_locks.py",
        "            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)\n",
        "",
        f"{FLOCK}::test_a_process_lives_as_long_as_it_holds_its_lock",
    ),
    mutant(
        "the lock of another machine counts",
        "cluster/exit_locks.py",
        "            return lock.read() == self._machine\n",
        "            return True\n",
        f"{FLOCK}::test_the_lock_of_another_machine_says_nothing",
    ),
    mutant(
        "who is known to have ended is waited for",
        "cluster/membership.py",
        "                self._detector.mark_dead(node)\n",
        "                pass\n",
        f"{MEMBERSHIP}::test_a_node_whose_process_has_ended_for_certain_is_reported_with_the_next_heartbeat",
    ),
    mutant(
        "nobody looks for the locks of those who have ended",
        "node/wiring.py",
        "        has_ended=backends.locks.has_ended,\n",
        "",
        f"{TWO_NODES}::test_a_turn_is_taken_up_at_once_of_a_node_that_was_killed_beside_one_with_the_same_data",
    ),
    mutant(
        "dead nodes are not reported",
        "cluster/membership.py",
        "            self._died(sorted(new))\n",
        "",
        f"{MEMBERSHIP}::test_a_node_without_heartbeats_is_gone_and_reported_once",
    ),
    mutant(
        "what a dead node may not have told is not looked for",
        "cluster/membership.py",
        "            self._died(sorted(new))\n            self.compare()\n",
        "            self._died(sorted(new))\n",
        f"{MEMBERSHIP}::test_versions_are_compared_now_and_then_and_at_once_when_something_may_be_missing",
    ),
    mutant(
        "version check off",
        "cluster/membership.py",
        "                self._feeds.check(key, found.get(key, 0), had=version)\n",
        "                pass\n",
        f"{MEMBERSHIP}::test_a_comparison_brings_what_no_hub_has_brought",
    ),
    mutant(
        "nodes that are not heard are not polled for",
        "cluster/membership.py",
        "        if is_amiss:\n            self.compare()\n",
        "",
        f"{MEMBERSHIP}::test_versions_are_compared_now_and_then_and_at_once_when_something_may_be_missing",
    ),
    mutant(
        "a subscription's gap is not checked",
        "cluster/membership.py",
        "        self._gaps.update(keys)\n",
        "",
        f"{MEMBERSHIP}::test_what_was_said_before_a_subscription_began_is_looked_for_at_once",
    ),
    mutant(
        "others are not asked to compare after a commit that was in doubt",
        "engine/engine.py",
        "            self._hub.publish(Compare(self._node))\n",
        "            pass\n",
        f"{TROUBLE}::test_others_are_asked_to_look_for_a_commit_of_which_nobody_knew",
    ),
    mutant(
        "a node that alone has lost the database keeps its sessions",
        "cluster/membership.py",
        "        return self._unwritten > self._timing.cut_off_after and any(\n",
        "        return False and any(\n",
        f"{MEMBERSHIP}::test_a_node_without_its_database_is_cut_off_only_if_another_has_it",
    ),
    mutant(
        "a database that is away for all sends everybody away",
        "cluster/membership.py",
        "        since = math.inf if not can_write else min(now, before.writing_since if before else math.inf)\n",
        "        since = min(now, before.writing_since if before else math.inf)\n",
        f"{MEMBERSHIP}::test_a_node_without_its_database_is_cut_off_only_if_another_has_it",
    ),
    # -- turns ---------------------------------------------------------------------------------------------------------
    mutant(
        "claim never run",
        "bots/runner.py",
        "            self._start(after, mine, after.holder)\n",
        "            pass\n",
        f"{RUNNER}::test_a_customer_writes_and_the_bot_answers",
    ),
    mutant(
        "a lease is believed",
        "bots/task.py",
        '            log_.info("a takeover is under way", conversation=self.key.conversation)\n',
        "            return None\n",
        f"{RUNNER}::test_a_lease_alone_stops_nobody",
    ),
    mutant(
        "a node that goes keeps its turns",
        "node/node.py",
        "        await self.runner.give_back()\n",
        "",
        "tests/cluster/test_node_faults.py::test_a_node_is_told_to_stop_and_nobody_is_left_behind",
    ),
    mutant(
        "the turn of a dead node is not taken up",
        "housekeeping/turns.py",
        "        return self._is_gone(node) or format > self._knows(node)\n",
        "        return format > self._knows(node)\n",
        f"{ORPHANS}::test_a_turn_of_a_dead_node_is_taken_up_by_another",
    ),
    mutant(
        "a server that is alone waits for its former self to be dead",
        "cluster/alone.py",
        "        return node != self._node\n",
        "        return False\n",
        "tests/integration/system/test_restarts.py"
        "::test_a_reply_cut_by_a_kill_keeps_its_committed_length_and_the_bot_goes_on_with_the_rest",
    ),
    mutant(
        "a claim by a node that cannot read the row is left alone",
        "housekeeping/turns.py",
        "        return self._is_gone(node) or format > self._knows(node)\n",
        "        return self._is_gone(node)\n",
        f"{ORPHANS}::test_a_turn_of_a_node_that_can_no_longer_read_its_row_is_taken_up",
    ),
    mutant(
        "who wants a newer conversation of an older node is not sent on",
        "edge/socket/socket.py",
        "        if isinstance(problem, errors.NewerRelease):\n            self._go_elsewhere()\n            return\n",
        "",
        f"{RELEASES}::test_who_comes_to_an_older_node_with_a_newer_conversation_is_sent_on",
    ),
    mutant(
        "sessions of a row that a newer node has written are not sent on",
        "feed/feeds.py",
        "        except NewerRelease as problem:\n            feed.give_up(problem)\n            return\n",
        "",
        f"{RELEASES}::test_a_node_never_writes_over_a_newer_format_and_sends_its_sessions_to_a_node_that_knows_it",
    ),
    mutant(
        "a node that was frozen believes that it is stranded",
        "cluster/membership.py",
        "            self._tries >= STRANDED_TRIES\n            and self._unwritten",
        "            self._unwritten",
        MEMBERSHIP,
    ),
    # -- time --------------------------------------------------------------------------------------------------------
    mutant(
        "a timer goes by the clock that was set back",
        "core/timers.py",
        "    return max(0, due - max(now, since)) / 1000\n",
        "    return max(0, due - now) / 1000\n",
        "tests/integration/engine/test_clocks.py",
    ),
    mutant(
        "a timer goes by the clock that was set forward",
        "core/timers.py",
        "        return timer is None or timer.due != due or timer.end <= now\n",
        "        return True\n",
        "tests/integration/engine/test_clocks.py",
    ),
]
