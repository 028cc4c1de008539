"""The fence, what screens show of the log, and answers (P1 to P3)."""

from tests.mutants.mutant import Mutant, mutant

RULES = "tests/unit/core/test_rules.py"
BOT_DESK = "tests/unit/core/test_bot_desk.py"
ANSWERS = "tests/integration/engine/test_answers.py"
FEED = "tests/integration/engine/test_feed.py"
RUNNER = "tests/integration/engine/test_runner.py"
TAKEOVER = "tests/integration/engine/test_takeover.py"
TROUBLE = "tests/integration/engine/test_log_trouble.py"

OF_CONTROL = [
    # -- P1: the fence -------------------------------------------------------------------------------------------------
    mutant(
        "a bot that was cut says something of the contact",
        "core/conversation/bot_desk.py",
        "BotSetAttributes: Rule(bot_set_attributes, BOT, TURN,",
        "BotSetAttributes: Rule(bot_set_attributes, BOT, TURN._replace(admits=lambda *_: True),",
        BOT_DESK,
    ),
    mutant(
        "what a bot says of the contact is logged, and not kept with it",
        "core/conversation/bot_desk.py",
        "BOT, TURN, writes_beside=True)",
        "BOT, TURN)",
        BOT_DESK,
    ),
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
        "    rule.visible_to.check(state, command, context.policy)  # before all else, as `check_giver` says\n",
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
        '    Release: Rule(release, STAFF, EPOCH, moved(Move.RELEASE, same=("reason",))),\n',
        '    Release: Rule(release, STAFF, none(""), moved(Move.RELEASE, same=("reason",))),\n',
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
        "moved(Move.INTERVENE), is_urgent=True, takes_over=True, ends_lease=True\n",
        "moved(Move.INTERVENE), takes_over=True, ends_lease=True\n",
        RULES,
        ANSWERS,
    ),
    mutant(
        "a customer's wish for a person is written each time",
        "core/conversation/state.py",
        "wants_person=change.move is Move.ASK and isinstance(event.author, Contact)",
        "wants_person=False",
        "tests/unit/core/test_moves.py",
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
            ("        control.epoch != command.epoch\n        or not isinstance(turn", "        not isinstance(turn"),
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
            lane.feed.take(batch.commit)
""",
        """\
            for count in range(1, len(lane.batch)):
                part = decide_batch(
                    batch.before, lane.feed.reply, lane.batch[:count], {}, node=self._node,
                    make_context=self._contexts(self._policies.get(lane.key.organisation)),
                )
                if part.commit is not None:
                    self._feeds.changed(batch.before, part.commit.state)
            lane.feed.take(batch.commit)
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
        from intervene.ports.topics import ConversationTopic
        asyncio.get_running_loop().call_soon(node.feeds._hub.unsubscribe, ConversationTopic(state.key))
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
        self._groups.add(lane, batch)
""",
        """\
        if not batch.commit.pieces:
            self._hub.publish(batch.commit)
        self._groups.add(lane, batch)
""",
        TROUBLE,
    ),
    mutant(
        "piece published before commit",
        "engine/engine.py",
        """\
        self._groups.add(lane, batch)
""",
        """\
        if batch.commit.pieces:
            lane.feed._show(0, batch.commit.frames)
        self._groups.add(lane, batch)
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
        "adapters/sqlite/readers.py",
        (
            ('            connection.execute("BEGIN")\n', "            pass\n"),
            ('            connection.execute("ROLLBACK")\n', "            pass\n"),
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
        self._groups.add(lane, batch)
""",
        """\
        self._groups.add(lane, batch)
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
        first = pending.first(known) if known else None
""",
        """\
        first = None
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
        "        commands=tuple(logged),\n",
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
]
