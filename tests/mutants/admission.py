"""What is broken on purpose of the rules by which one person cannot harm others: permission, reads, allowances."""

from tests.mutants.mutant import mutant

ADMISSION = [
    mutant(
        "a page permits what was not asked for, or no longer",
        "core/session.py",
        "        if key in self.watched and key not in self._shown:\n",
        "        if key not in self._shown:\n",
        "tests/core/test_session.py",
    ),
    mutant(
        "what is sent beside the log counts before the page",
        "core/session.py",
        "return KeepRead(key, n) if key in self._shown else _NOTHING",
        "return KeepRead(key, n) if key in self.watched else _NOTHING",
        "tests/core/test_session.py",
        "tests/edge/test_socket.py",
    ),
    mutant(
        "any number may be read",
        "edge/socket.py",
        "        return n <= last\n",
        "        return True\n",
        "tests/edge/test_socket.py",
    ),
    mutant(
        "any session counts as one that has seen a takeover",
        "takeovers.py",
        "            if session in record.unconfirmed:\n                record.unconfirmed.remove(session)\n",
        "            if record.unconfirmed:\n                record.unconfirmed.pop()\n",
        "tests/engine/test_takeovers.py",
    ),
]
