"""What is broken on purpose in what nodes publish to each other: seals, delivery, what is missed and who is there."""

from tests.mutants.mutant import mutant

CODEC = "tests/integration/adapters/redis/test_codec.py"
HUB = "tests/contract/hub/test_hub.py"
MEMBERSHIP = "tests/integration/engine/test_membership.py"
REDIS_FAULTS = "tests/integration/adapters/redis/test_redis_faults.py"
REDIS_CLUSTER = "tests/integration/adapters/redis/test_redis_cluster.py"
REDIS_LEASES = "tests/integration/adapters/redis/test_redis_leases.py"
SIGNALS = "tests/integration/edge/test_server.py"
TIMES = "tests/integration/engine/test_takeovers.py"
TWO_NODES = "tests/cluster/test_two_nodes.py"

ON_THE_HUB = [
    mutant(
        "MAC unchecked",
        "adapters/redis/codec.py",
        "            if hmac.compare_digest(seal, self._seal(which, channel, sender, rest)):\n",
        "            if len(seal) == SEAL_BYTES:\n",
        f"{CODEC}::test_a_message_under_a_key_of_somebody_else_is_forged",
    ),
    mutant(
        "the seal leaves out where it was said",
        "adapters/redis/codec.py",
        '(b"%d:%b%b%b" % (len(channel), channel, sender, rest))',
        '(b"%b%b" % (sender, rest))',
        f"{CODEC}::test_a_message_cannot_be_moved_to_another_conversation",
    ),
    mutant(
        "the seal leaves out who said it",
        "adapters/redis/codec.py",
        '(b"%d:%b%b%b" % (len(channel), channel, sender, rest))',
        '(b"%d:%b%b" % (len(channel), channel, rest))',
        f"{CODEC}::test_no_byte_of_a_message_can_be_changed",
    ),
    mutant(
        "a node hears itself",
        "adapters/redis/hub.py",
        "        if channel != line.home and self._codec.is_own(data):\n            return\n",
        "",
        f"{HUB}::test_everybody_hears_and_nobody_hears_themselves",
    ),
    mutant(
        "nothing is published",
        "adapters/redis/hub.py",
        "            line.publisher.publish(self._pack(channel, message))\n",
        "            self._pack(channel, message)\n",
        f"{HUB}::test_commits_of_one_node_arrive_in_their_order",
    ),
    mutant(
        "what did not leave is not told",
        "adapters/redis/publisher.py",
        "            self._needs_compare = True\n            asyncio.get_running_loop().call_soon(self._lost)\n",
        "            asyncio.get_running_loop().call_soon(self._lost)\n",
        f"{REDIS_FAULTS}::test_publishers_killed_in_a_loop_ask_others_to_compare_versions",
    ),
    mutant(
        "an unexpected error of the client library breaks a lease",
        "adapters/redis/leases.py",
        "        except (Exception, asyncio.CancelledError) as problem:\n",
        "        except OSError as problem:\n",
        f"{REDIS_LEASES}::test_whatever_the_library_raises_there_is_no_lease_and_one_line",
    ),
    mutant(
        "a node that does not hear its own beats goes on",
        "adapters/redis/line.py",
        "            if self._missed_echoes > MISSED_ECHOES:\n",
        "            if False:\n",
        f"{REDIS_FAULTS}::test_a_listener_and_a_publisher_on_different_servers_find_out",
    ),
    mutant(
        "a listener that is answered nothing goes on",
        "adapters/redis/listener.py",
        "                if self._unanswered == UNANSWERED_PINGS:\n",
        "                if False:\n",
        f"{REDIS_FAULTS}::test_a_connection_that_says_nothing_is_found_within_its_bound_and_replaced",
    ),
    mutant(
        "a slot that moved away and back is not subscribed to again",
        "adapters/redis/shards.py",
        "        self._moved_slots.add((line, slot))\n",
        "        pass\n",
        f"{REDIS_CLUSTER}::test_what_is_published_on_any_shard_arrives_and_a_slot_may_move_meanwhile",
    ),
    mutant(
        "what may have been missed before listening is not looked for",
        "node/deliveries.py",
        "        self.membership.gap(keys)\n",
        "",
        "tests/cluster/test_redis_faults.py::test_a_listener_that_redis_drops_for_its_backlog_catches_up",
        "tests/cluster/test_redis_faults.py"
        "::test_listeners_are_killed_again_and_again_while_a_bot_streams_and_is_taken_over",
    ),
    mutant(
        "what other nodes know of a takeover is not counted",
        "takeovers.py",
        "        record.reports[report.node] = report\n",
        "",
        f"{TIMES}::test_what_other_nodes_know_of_a_takeover_is_counted_where_it_was_clicked",
    ),
    mutant(
        "the people of a dead node are shown as there",
        "feed/presence.py",
        "            if gone:\n",
        "            if False:\n",
        f"{MEMBERSHIP}::test_the_people_of_a_dead_node_are_not_there",
    ),
    mutant(
        "nobody is told that a node's people died with it",
        "node/wiring.py",
        "        feeds.drop_nodes(nodes)\n",
        "",
        f"{TWO_NODES}::test_who_was_on_a_node_that_was_killed_is_not_there_any_more",
    ),
    mutant(
        "two signals at once are taken for two",
        "edge/server.py",
        "        elif now - self._told_at >= ONE_SIGNAL_SECONDS:\n",
        "        else:\n",
        f"{SIGNALS}::test_a_second_signal_does_not_wait",
    ),
]
