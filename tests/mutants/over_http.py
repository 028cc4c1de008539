"""Mutants of the way in: requests, handshakes, origins, and what strangers may cost."""

from tests.mutants.mutant import mutant

CONNECTIONS = "tests/integration/edge/test_http.py"
DECIDE = "tests/unit/core/test_speech.py"
HANDSHAKE = "tests/integration/edge/test_handshake.py"
HEADS = "tests/integration/edge/test_head.py"
LOGS = "tests/unit/test_logs.py"
ORIGINS = "tests/unit/core/test_origins.py"
PROXIES = "tests/integration/edge/test_proxies.py"
SLOW = "tests/integration/edge/test_slow.py"
TABLE = f"{CONNECTIONS}::test_every_case_of_the_table_has_its_answer_and_leaves_nothing"

HTTP = [
    mutant(
        "a folded line is unfolded",
        "edge/head.py",
        "lambda _, head: _LINES.search(head) is None",
        "lambda _, head: True",
        TABLE,
    ),
    mutant(
        "a body has two lengths",
        "edge/head.py",
        'not (_has(request, b"transfer-encoding") and _has(request, b"content-length"))',
        "True",
        TABLE,
    ),
    mutant(
        "the second Connection header is not read",
        "edge/head.py",
        "in members(values)]",
        "in members(values[:1])]",
        TABLE,
    ),
    mutant(
        "bytes behind the upgrade are lost",
        "edge/http/protocol.py",
        "        if early:\n",
        "        if not early:\n",
        f"{HANDSHAKE}::test_frames_behind_the_request_are_the_session_s",
    ),
    mutant(
        "requests of a connection are parsed while one is under way",
        "edge/http/protocol.py",
        "        if self._cycle is not None:\n            self.flow.pause_reading()\n",
        "        if self._cycle is not None and not self._received:\n            self.flow.pause_reading()\n",
        f"{CONNECTIONS}::test_one_request_of_a_connection_is_under_way_and_the_rest_is_not_parsed",
    ),
    mutant(
        "an answer may be left unread for ever",
        "edge/http/protocol.py",
        "        self._expect(limits.WRITE_SECONDS)\n",
        "        self._expect(0)\n",
        f"{CONNECTIONS}::test_an_answer_that_is_not_read_ends_the_connection",
    ),
    mutant(
        "an address opens as many connections as it likes",
        "edge/http/front.py",
        "if not is_proxy and self._opened.take(key, asyncio.get_running_loop().time()):",
        "if False:",
        f"{CONNECTIONS}::test_an_address_opens_so_many_connections_in_a_second",
    ),
    mutant(
        "large frames are not counted",
        "edge/socket/connection.py",
        "elif size > LARGE_BYTES and self.is_too_much(size, now):",
        "elif False:",
        "tests/integration/edge/test_connection.py::test_a_flood_of_large_frames_is_closed_although_each_of_them_is_right",
    ),
    mutant(
        "connections of one address have no bound",
        "edge/http/front.py",
        "self._by_address[key] > limits.HTTP_PER_ADDRESS",
        "self._by_address[key] < 0",
        f"{CONNECTIONS}::test_an_address_has_few_connections",
    ),
    mutant(
        "development answers what a proxy passed on",
        "edge/socket/handshake.py",
        "    if is_forwarded(head) or (",
        "    if (",
        f"{HANDSHAKE}::test_in_development_nothing_that_a_proxy_passed_on_is_answered",
    ),
    mutant(
        "development answers under any name",
        "edge/socket/handshake.py",
        "    return None if _LOOPBACK.fullmatch(head.host) else FOREIGN_HOST\n",
        "    return None\n",
        f"{HANDSHAKE}::test_in_development_nothing_is_answered_under_the_name_of_another_host",
    ),
    mutant("a page's scheme does not count", "core/origins.py", "page.scheme in schemes and ", "", ORIGINS),
    mutant(
        "an address has two notations",
        "core/addresses.py",
        "    return str(parsed.ipv4_mapped or parsed) if",
        "    return str(parsed) if",
        PROXIES,
    ),
    mutant(
        "anybody is believed like a proxy",
        "edge/proxies.py",
        "        if peer not in self:\n",
        "        if not peer:\n",
        PROXIES,
    ),
    mutant("lines of one kind have no bound", "logs.py", "count <= LINES or ", "count or ", LOGS),
    mutant(
        "goodbye is said to a peer that has said it",
        "edge/socket/connection.py",
        "            if self._parser.state is State.OPEN:  # the library may",
        "            if self._is_open:  # the library may",
        "tests/integration/edge/test_bad_frames.py",
    ),
    mutant(
        "half a surrogate pair in a claim is a fault of ours",
        "edge/auth.py",
        "(msgspec.ValidationError, UnicodeEncodeError)",
        "msgspec.ValidationError",
        "tests/integration/edge/test_auth.py",
    ),
    mutant(
        "fields are parsed before they are counted",
        "edge/head.py",
        "            if self._has_many_fields(data):\n",
        "            if False:\n",
        f"{HEADS}::test_lines_are_counted_before_they_are_parsed",
    ),
    mutant(
        "a chunked body has any number of lines",
        "edge/head.py",
        "        return self._lines > BODY_LINES\n",
        "        return False\n",
        f"{HEADS}::test_lines_are_counted_before_they_are_parsed",
    ),
    mutant(
        "pongs keep what a socket does not read",
        "edge/socket/connection.py",
        "        if 0 < before == self._untaken:\n",
        "        if False:\n",
        f"{SLOW}::test_who_speaks_and_never_reads_is_sent_away",
    ),
    mutant(
        "an agent may have seen what is still to come",
        "core/conversation/fence.py",
        "    if seen > state.seq:  # nobody has seen what there is not: such a number would pass every later look\n",
        "    if False:\n",
        f"{DECIDE}::test_what_nobody_can_have_seen_is_no_view",
    ),
]
