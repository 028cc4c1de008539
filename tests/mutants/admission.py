"""What is broken on purpose of the rules by which one person cannot harm others: permission, reads, allowances."""

from tests.mutants.mutant import mutant

ADMISSION = [
    mutant(
        "a page permits what was not asked for, or no longer",
        "core/session.py",
        "        if key in self.watched and key not in self._shown:\n",
        "        if key not in self._shown:\n",
        "tests/unit/core/session/test_watching.py",
    ),
    mutant(
        "what is sent beside the log counts before the page",
        "core/session.py",
        "return KeepRead(key, n) if key in self._shown else _NOTHING",
        "return KeepRead(key, n) if key in self.watched else _NOTHING",
        "tests/unit/core/session/test_watching.py",
        "tests/integration/edge/test_watching.py",
    ),
    mutant(
        "staff reach any organisation that they name",
        "core/access.py",
        "    if not reaches(principal, organisation, tree):\n        raise",
        "    if False:\n        raise",
        "tests/unit/core/session/test_commands.py",
    ),
    mutant(
        "any number may be read",
        "edge/socket/socket.py",
        "        return n <= last\n",
        "        return True\n",
        "tests/integration/edge/test_watching.py",
    ),
    mutant(
        "any session counts as one that has seen a takeover",
        "takeovers.py",
        "            if session in record.unconfirmed:\n                record.unconfirmed.remove(session)\n",
        "            if record.unconfirmed:\n                record.unconfirmed.pop()\n",
        "tests/integration/engine/test_takeovers.py",
    ),
    mutant(
        "a session that left is read for",
        "edge/socket/socket.py",
        "            self._sockets.services.readers.forget(self._owner(counted))\n",
        "            pass\n",
        "tests/integration/edge/test_watching.py",
    ),
    mutant(
        "a watch that was replaced is read all the same",
        "feed/feed.py",
        "            self.around.cancel_page(former)\n",
        "",
        "tests/integration/engine/test_reading.py",
    ),
    mutant(
        "who asks most reads most",
        "core/fair.py",
        "        self._groups.move_to_end(group)\n        persons.move_to_end(person)\n",
        "",
        "tests/unit/core/test_fair.py",
    ),
    mutant(
        "the bound on a person's reads is a socket's",
        "core/fair.py",
        "                if self._running.get(person, 0) < self._per_person:\n",
        "                if True:\n",
        "tests/unit/core/test_fair.py",
    ),
    mutant(
        "coming back fills the allowance",
        "edge/allowances.py",
        "        if not who.is_staff:\n            self.customers -= 1\n",
        "        self._by_contact.messages._full_at.pop(who, None)\n"
        "        if not who.is_staff:\n            self.customers -= 1\n",
        "tests/integration/edge/test_places.py",
    ),
    mutant(
        "a person has as many sessions as there are sockets",
        "edge/allowances.py",
        "        if self._persons(who).get(who.organisation, {}).get(who.id, 0) >= most:\n",
        "        if False:\n",
        "tests/integration/edge/test_allowances.py",
    ),
    mutant(
        "no place is kept for staff",
        "edge/socket/registry.py",
        "        if isinstance(principal, Visitor) and self.allowances.customers >= self._most_customers:\n",
        "        if False:\n",
        "tests/integration/edge/test_places.py",
    ),
    mutant(
        "silent sockets keep their places",
        "edge/socket/registry.py",
        "        if len(self._greeting) >= self._most_greeting:\n",
        "        if False:\n",
        "tests/integration/edge/test_places.py",
    ),
    mutant(
        "typing is shown as often as it is sent",
        "feed/typing_throttle.py",
        "            pause.last, pause.is_ours = typing, is_ours\n",
        "            self._show(typing, is_ours)\n",
        "tests/integration/engine/test_typing.py",
    ),
    mutant(
        "what happens while a page waits is kept twice",
        "feed/joining.py",
        "        if self.is_reading:\n            self.held.append",
        "        if True:\n            self.held.append",
        "tests/integration/engine/test_reading.py",
    ),
]
