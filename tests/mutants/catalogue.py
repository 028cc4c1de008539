"""What is broken on purpose, each against a rule of the design: what one node does, what many do together, and some of
it once more in processes of their own, over servers of their own.
"""

from collections.abc import Mapping

from tests.mutants.admission import ADMISSION
from tests.mutants.between_nodes import BETWEEN_NODES
from tests.mutants.identity import IDENTITY
from tests.mutants.in_bytes import IN_BYTES
from tests.mutants.in_client import CLIENT
from tests.mutants.of_control import OF_CONTROL
from tests.mutants.of_delivery import OF_DELIVERY
from tests.mutants.of_lapses import OF_LAPSES
from tests.mutants.of_lists import OF_LISTS
from tests.mutants.of_settings import SETTINGS
from tests.mutants.of_sight import OF_SIGHT
from tests.mutants.on_the_hub import ON_THE_HUB
from tests.mutants.over_http import HTTP
from tests.mutants.visitors import ABOUT_VISITORS

ONCE = [
    *OF_CONTROL,
    *OF_DELIVERY,
    *OF_LAPSES,
    *OF_LISTS,
    *SETTINGS,
    *OF_SIGHT,
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
