"""What is broken on purpose of texts, tokens and ids: what others wrote, who they are, and what they sent before."""

from tests.mutants.mutant import Mutant, mutant

IDENTITY = [
    mutant(
        "a text that cannot be seen is a message",
        "core/text.py",
        '    if not ("!" <= text[:1] <= "~" or is_visible(text)):\n',
        "    if not text or text.isspace():\n",
        "tests/unit/core/test_text.py",
    ),
    mutant(
        "a name keeps its halves of characters",
        "edge/auth.py",
        "OrganisationId(intern(claims.org)), name_text(claims.name)",
        "OrganisationId(intern(claims.org)), claims.name",
        "tests/integration/edge/test_auth.py",
    ),
    Mutant(
        "a known id answers for any content",
        "engine/batch.py",
        (
            (
                "    if not is_stranger(pending.command, state, policy) and pending.effect.has_done(pending.command, "
                "event.body):\n",
                "    if not is_stranger(pending.command, state, policy):\n",
            ),
            ("    if pending.effect.has_done(pending.command, first.body):\n", "    if first.body:\n"),
        ),
        ("tests/integration/engine/test_reused_ids.py",),
    ),
    mutant(
        "who lost sight by what they did finds nothing when they repeat it",
        "engine/batch.py",
        "    if not is_stranger(pending.command, state, policy) and ",
        "    check_giver(state, pending.command, policy)\n    if ",
        "tests/unit/engine/test_batch.py",
    ),
    mutant(
        "what waits answers for any content",
        "engine/engine.py",
        "        elif pending.effect.is_repeat(known.command, pending.command):\n",
        "        elif known:\n",
        "tests/integration/engine/test_reused_ids.py",
    ),
    Mutant(
        "a session that failed while it joined is taken back uncounted",
        "edge/socket/socket.py",
        (
            (
                "        self._counted = principal\n        self._wheel.greeted(self)\n",
                "        self._wheel.greeted(self)\n",
            ),
            (
                "        self._do(self._session.joined(principal, expires, now, has_claimed=has_claimed))\n",
                "        self._do(self._session.joined(principal, expires, now, has_claimed=has_claimed))\n"
                "        self._counted = principal\n",
            ),
        ),
        ("tests/integration/edge/test_faults.py",),
    ),
    mutant(
        "an audience that contains ours is ours",
        "edge/auth.py",
        "    if AUDIENCE not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):\n",
        "    if AUDIENCE not in claims.aud:\n",
        "tests/integration/edge/test_auth.py",
    ),
]
