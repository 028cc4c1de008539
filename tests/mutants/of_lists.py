"""Mutants of lists of conversations: what boards have, who is shown it, and what is noticed when it is lost."""

from tests.mutants.mutant import mutant

BOARD = "tests/unit/inbox/test_board.py"
BOARDS = "tests/unit/inbox/test_boards.py"
FRESH = f"{BOARD}::test_views_are_what_a_fresh_read_is_after_each_comparison"

OF_LISTS = [
    mutant(
        "an older row replaces a newer one",
        "inbox/board.py",
        "        if version <= (entry.version if entry else self._gone.get(row.id, 0)):\n            return []\n",
        "",
        f"{BOARD}::test_what_was_before_is_what_the_board_had",
    ),
    mutant(
        "what was closed while a board was read is forgotten",
        "inbox/board.py",
        "        self._gone[id] = version\n        self._gone.move_to_end(id)\n",
        "",
        f"{BOARD}::test_late_row_of_a_conversation_that_was_closed_brings_it_not_back",
    ),
    mutant(
        "a comparison finds only what the database has",
        "inbox/board.py",
        "        return {*newer, *older}\n",
        "        return {*newer}\n",
        FRESH,
    ),
    mutant(
        "what is held for its holder alone is in the list of all who serve the queue",
        "inbox/views.py",
        "COLLEAGUE if row.held_by else NO_HOLDER)\n",
        "NO_HOLDER)\n",
        FRESH,
    ),
    mutant(
        "holders do not see what they alone may see",
        "inbox/views.py",
        "        if matches(view, row, me)\n",
        "        if not matches(view, row, me)\n",
        FRESH,
    ),
    mutant(
        "rows that leave a list stay on screens",
        "inbox/views.py",
        "    return Difference(changed, list(had), entered)\n",
        "    return Difference(changed, [], entered)\n",
        FRESH,
    ),
    mutant(
        "a number left out by another node is no gap",
        "inbox/boards.py",
        "        if message.n > last + 1:\n",
        "        if message.n > last + 100:\n",
        f"{BOARDS}::test_number_that_is_left_out_is_a_gap",
    ),
    mutant(
        "a last message that is lost is not noticed",
        "inbox/boards.py",
        "            self._hub.publish(Rows(node, organisation, self._sent[organisation]))\n",
        "            pass\n",
        f"{BOARDS}::test_last_number_is_published_once_more",
    ),
]
