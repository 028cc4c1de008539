"""Mutants of the client, of loopback and of what is printed."""

from tests.mutants.mutant import mutant

ANEW = "tests/integration/client/test_anew.py"
BAD = "tests/integration/client/test_bad_answers.py"
FRONT = "tests/integration/client/test_front.py"
TERMINAL = "tests/integration/test_terminal.py"
TROUBLE = "tests/integration/client/test_trouble.py"

CLIENT = [
    mutant(
        "any refusal with a code and a sentence is final",
        "client/answers.py",
        "return self.code in FINAL_REFUSALS",
        "return True",
        FRONT,
    ),
    mutant(
        "a status is enough for a refusal to be final",
        "client/connection.py",
        "            return _End(Kind.NOT_THE_SERVER, status, sentence, wait)\n",
        "            return _End(Kind.NOT_THE_SERVER, status, sentence, wait, is_final=status < 500)\n",
        FRONT,
    ),
    mutant(
        "redirects are followed",
        "client/connection.py",
        "        return exc\n",
        "        return super().process_redirect(exc)\n",
        FRONT,
    ),
    mutant(
        "a token is sent to what does not speak the protocol",
        "client/connection.py",
        "if socket.subprotocol != SUBPROTOCOL:",
        "if False:",
        FRONT,
    ),
    mutant(
        "a proxy's close code is final",
        "core/codes.py",
        "    return not meaning.is_final if meaning else not 4500 <= code <= 4999\n",
        "    return not meaning.is_final if meaning else 4000 <= code <= 4499\n",
        "tests/integration/client/test_sent_away.py",
    ),
    mutant(
        "what the old visitor had not sent goes out in the name of the new one",
        "client/exchange.py",
        "            _fail(command.answer, news)\n        self._outbox.clear()\n",
        "            pass\n",
        ANEW,
    ),
    mutant(
        "a visitor begins anew for ever",
        "client/connection.py",
        "        self._is_anew = True\n",
        "        self._is_anew = False\n",
        ANEW,
    ),
    mutant(
        "a visitor's newer token is thrown away for an older one",
        "client/tokens.py",
        '        if token in (self._last, ""):\n',
        "        if token:\n",
        ANEW,
    ),
    mutant(
        "each try is logged",
        "client/trouble.py",
        "if kind not in self._logged and not is_usual:",
        "if not is_usual:",
        TROUBLE,
    ),
    mutant(
        "entering has no bound",
        "client/clients.py",
        "            await self.connected(self._pace.enter)\n",
        "            await self.connected()\n",
        f"{TROUBLE}::test_entering_has_a_bound_and_says_what_is_wrong",
    ),
    mutant(
        "a token that seems to have ended is replaced again and again",
        "client/connection.py",
        "            in_vain += 1\n",
        "",
        BAD,
    ),
    mutant(
        "a server's numbers are taken as they are",
        "client/connection.py",
        "min(max(welcome.ping_seconds, least), most)",
        "welcome.ping_seconds",
        BAD,
    ),
    mutant(
        "what is printed acts on the terminal",
        "terminal.py",
        "printable(str(text), lines=lines)",
        "str(text)",
        TERMINAL,
    ),
    mutant(
        "an encoding ends a command",
        "terminal.py",
        '.encode(encoding, "backslashreplace")',
        ".encode(encoding)",
        TERMINAL,
    ),
    mutant(
        "loopback is IPv4",
        "loopback.py",
        'ADDRESSES = ("127.0.0.1", "::1")',
        'ADDRESSES = ("127.0.0.1",)',
        "tests/integration/test_loopback.py::test_the_demo_starts_a_server_on_the_address_that_there_is",
    ),
]
