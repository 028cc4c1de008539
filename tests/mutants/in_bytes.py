"""What is broken on purpose of the bounds in bytes."""

from tests.mutants.mutant import mutant

SLOW = "tests/edge/test_slow.py"
PAGES = "tests/contract/test_page_bytes.py"

IN_BYTES = [
    mutant(
        "a backlog is looked at only once it is too long",
        "edge/connection.py",
        "self._held + size > BACKLOG_BYTES",
        "self._held > BACKLOG_BYTES",
        SLOW,
    ),
    mutant(
        "what the transport holds is nobody's backlog",
        "edge/connection.py",
        "        return self._bytes + self._transport.get_write_buffer_size()\n",
        "        return self._bytes\n",
        SLOW,
    ),
    mutant(
        "SQLite fetches what does not fit",
        "adapters/sql/rows.py",
        "        if room < 0 and found:\n            break\n",
        "",
        PAGES,
    ),
    mutant(
        "a resume that does not fit leaves a hole",
        "adapters/sql/queries.py",
        "            return page._replace(is_reset=page.oldest > first)\n",
        "            return page\n",
        PAGES,
    ),
]
