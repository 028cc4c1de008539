"""What is broken on purpose of the bounds in bytes."""

from tests.mutants.mutant import mutant

SLOW = "tests/integration/edge/test_slow.py"
PAGES = "tests/contract/test_page_bytes.py"
ENGINE = "tests/integration/engine/test_in_bytes.py"
HERE = "tests/integration/engine/test_here.py"

IN_BYTES = [
    mutant(
        "a backlog is looked at only once it is too long",
        "edge/socket/connection.py",
        "self._held + size > BACKLOG_BYTES",
        "self._held > BACKLOG_BYTES",
        SLOW,
    ),
    mutant(
        "what the transport holds is nobody's backlog",
        "edge/socket/connection.py",
        "        return self._bytes + self._transport.get_write_buffer_size()\n",
        "        return self._bytes\n",
        SLOW,
    ),
    mutant(
        "SQLite fetches what does not fit",
        "adapters/sqlite/database.py",
        "        if room < 0 and found:\n            break\n",
        "",
        PAGES,
    ),
    mutant(
        "a commit takes all that waits",
        "engine/queue.py",
        "            count = self._fitting()\n",
        "            pass\n",
        ENGINE,
    ),
    mutant(
        "a hole is repaired with however many pieces",
        "feed/feed.py",
        "if snapshot.missed is None or len(pieces) > PAGE_EVENTS:",
        "if snapshot.missed is None:",
        ENGINE,
    ),
    mutant(
        "what waits behind holes is counted and not weighed",
        "feed/early.py",
        "            and self._bytes + commit.size <= EARLY_BYTES\n",
        "",
        ENGINE,
    ),
    mutant(
        "who is here is sent at each change",
        "feed/presence.py",
        "        if here.announcing is Announcing.NO and not here.is_resting:\n",
        "        if here.announcing is Announcing.NO:\n",
        HERE,
    ),
    mutant(
        "what changes while a list rests is in none",
        "feed/presence.py",
        "        if here.announcing is not Announcing.NO:\n            self._send(key)\n",
        "        if here.announcing is not Announcing.NO:\n            here.announcing = Announcing.NO\n",
        HERE,
    ),
    mutant(
        "who is here is named however many they are",
        "feed/presence.py",
        "        listed = list(known.values())[:HERE_AGENTS]\n",
        "        listed = list(known.values())\n",
        HERE,
    ),
    mutant(
        "a resume that does not fit leaves a hole",
        "adapters/sql/queries.py",
        "            return page._replace(is_reset=page.oldest > first)\n",
        "            return page\n",
        PAGES,
    ),
]
