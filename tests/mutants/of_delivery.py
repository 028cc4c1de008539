"""Nobody's cooperation, delivery and privacy (P4 to P6)."""

from tests.mutants.mutant import Mutant, mutant

ANSWERS = "tests/integration/engine/test_answers.py"
FEED = "tests/integration/engine/test_feed.py"
JOINS = "tests/integration/engine/test_joins.py"
HOSTILE = "tests/integration/engine/test_hostile.py"
ORPHANS = "tests/integration/engine/test_orphans.py"
PRIVACY = "tests/integration/engine/test_privacy.py"
TROUBLE = "tests/integration/engine/test_log_trouble.py"

OF_DELIVERY = [
    # -- P4: nobody's cooperation --------------------------------------------------------------------------------------
    mutant(
        "a full queue keeps agents out",
        "engine/engine.py",
        "        if known is not None or (lane.is_full and not pending.rule.is_urgent):\n",
        "        if known is not None or lane.is_full:\n",
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
        self._groups.add(lane, batch)
""",
        """\
        self._groups.add(lane, batch)
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
                "        self.submit(key, command, partial(settle, future))\n",
                "        (told := partial(settle, future)).future = future\n        self.submit(key, command, told)\n",
            ),
            (
                """\
            lane.feed.take(batch.commit)
            self._tell_others(batch.commit)
""",
                """\
            replies = [caller.reply for pending in lane.batch for caller in pending.callers]
            if not any(hasattr(reply, "future") and reply.future.cancelled() for reply in replies):
                lane.feed.take(batch.commit)
                self._tell_others(batch.commit)
""",
            ),
        ),
        (TROUBLE,),
    ),
    mutant(
        "a creation is told in the caller's task",
        "engine/opening.py",
        "return await asyncio.shield(self._tasks.spawn(work))\n",
        "return await self._tasks.spawn(work)\n",
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
            (
                "        if (ahead := commit.version - self.version) <= 0:\n            return\n",
                "        ahead = commit.version - self.version\n",
            ),
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
        "                    self._try(lane, self._unknown, lane)\n",
        '                    self._try(lane, self._fail, lane, "lost")\n',
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
        '    """Private among agents. ',
        '    is_public: ClassVar[bool] = True\n    """Private among agents. ',
        PRIVACY,
    ),
    mutant(
        "an event is public unless it says otherwise",
        "core/events.py",
        "    is_public: ClassVar[bool] = False\n",
        "    is_public: ClassVar[bool] = True\n",
        "tests/unit/core/test_frames.py",
    ),
]
