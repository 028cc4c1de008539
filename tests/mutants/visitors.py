"""Mutants of who customers are and what they are shown of staff: visitors who were forgotten, users for whom a host
application vouches, and read positions.
"""

from tests.mutants.mutant import mutant

FEED_READS = "tests/integration/engine/test_reads.py"
HOSTS = "tests/unit/test_host_keys.py"
ORIGINS = "tests/integration/edge/test_origins.py"
POSITIONS = "tests/integration/edge/test_reads.py"
SPENDING = "tests/contract/test_addresses.py"
VISITORS = "tests/integration/edge/test_visitors.py"

ABOUT_VISITORS = [
    # -- forgotten visitors --------------------------------------------------------------------------------------------
    mutant(
        "a visitor who was forgotten is welcomed",
        "edge/visitors.py",
        "if whose.is_spent or self.is_lately_spent(visitor):",
        "if self.is_lately_spent(visitor):",
        f"{VISITORS}::test_a_visitor_who_was_forgotten_is_refused_for_good",
    ),
    mutant(
        "a visitor who is forgotten while the database is asked is welcomed",
        "edge/visitors.py",
        " or self.is_lately_spent(visitor):",
        ":",
        f"{VISITORS}::test_a_hello_that_asked_before_the_forgetting_is_refused_too",
    ),
    mutant(
        "an address that was given up opens a conversation",
        "adapters/sql/identities.py",
        "    if spent:\n",
        "    if spent < 0:\n",
        f"{SPENDING}::test_an_address_given_up_after_the_first_look_opens_nothing",
    ),
    mutant(
        "who never wrote is not forgotten",
        "adapters/sql/addresses.py",
        "            yield Ask(_SPEND, address._asdict())\n",
        '            if (yield Ask(_SPENT_SINCE, {"at": 0, "limit": 1})):\n    '
        "            yield Ask(_SPEND, address._asdict())\n",
        f"{SPENDING}::test_an_address_without_a_conversation_is_given_up_too",
    ),
    mutant(
        "what was committed late is not looked at",
        "edge/visitors.py",
        "min(since, now) - int(LATELY_SECONDS * 1000)\n",
        "min(since, now)\n",
        f"{VISITORS}::test_a_node_that_was_told_nothing_finds_it_in_the_database",
    ),
    # -- channels ------------------------------------------------------------------------------------------------------
    mutant(
        "a page of any origin is welcome",
        "edge/visitors.py",
        "            if origin is not None and not is_page_of(policy, channel, origin):\n",
        "            if False:\n",
        f"{ORIGINS}::test_a_page_that_the_channel_names_may_use_that_channel",
    ),
    mutant(
        "a token names a channel of another organisation",
        "edge/visitors.py",
        "            if channel not in policy.channels:\n",
        "            if False:\n",
        f"{ORIGINS}::test_a_channel_of_another_organisation_lets_nobody_in",
    ),
    # -- keys of host applications -------------------------------------------------------------------------------------
    mutant(
        "a key for contacts makes staff of who says so",
        "edge/auth.py",
        "    if host.purpose is Purpose.STAFF:\n",
        "    if host.purpose is Purpose.STAFF or b'\"agent\"' in payload:\n",
        f"{HOSTS}::test_a_key_makes_what_its_entry_says_whatever_the_token_says",
    ),
    mutant(
        "a user is who the host says",
        "edge/auth.py",
        "Contact(id=contact_of(organisation, claims.sub), name=name, vouched=True)",
        "Contact(id=ContactId(claims.sub), name=name, vouched=True)",
        f"{HOSTS}::test_a_key_for_contacts_makes_a_user_of_its_organisation",
    ),
    mutant(
        "users of all organisations are one",
        "host_keys.py",
        'f"intervene contact\\0{organisation}\\0{sub}"',
        'f"intervene contact\\0{sub}"',
        f"{HOSTS}::test_no_user_is_a_visitor_or_a_user_of_another_organisation",
    ),
    mutant(
        "a key for agents makes supervisors",
        "edge/auth.py",
        "if claims.role is not None and lower(claims.role, host.role) is not claims.role:",
        "if False:",
        f"{HOSTS}::test_a_key_for_staff_makes_agents_and_supervisors_as_far_as_it_may",
    ),
    mutant(
        "users of a host are renewed here",
        "edge/auth.py",
        "    if found.is_of_host:\n",
        "    if False:\n",
        f"{HOSTS}::test_users_and_staff_of_a_host_are_not_renewed",
    ),
    mutant(
        "one key has two purposes",
        "host_keys.py",
        "        if host.key in keys:\n",
        "        if False:\n",
        f"{HOSTS}::test_a_file_that_is_wrong_is_refused_in_a_sentence",
    ),
    # -- read positions ------------------------------------------------------------------------------------------------
    mutant(
        "customers see what an agent reads who only watches",
        "edge/socket/read_positions.py",
        "n if is_holder else -1",
        "n",
        f"{POSITIONS}::test_only_who_holds_control_reads_for_customers_to_see",
    ),
    mutant(
        "customers are told of read notes",
        "adapters/sql/read_positions.py",
        "select(event.c.pub)",
        "select(event.c.seq)",
        "tests/contract/test_read_positions.py::test_where_who_holds_control_has_read_to_is_counted_as_customers_count",
    ),
    mutant(
        "who takes control has read nothing",
        "edge/socket/read_positions.py",
        "held=waiting.n if waiting else 0",
        "held=-1",
        f"{POSITIONS}::test_who_takes_control_has_read_what_they_read_before",
    ),
    mutant(
        "a customer's read position falls",
        "feed/feed.py",
        "        if read.pub > self.read:\n",
        "        if read.pub:\n",
        f"{FEED_READS}::test_customers_are_shown_where_the_holder_has_read_to_once_and_never_less",
    ),
    mutant(
        "an agent sees what colleagues have read",
        "feed/feed.py",
        "if watcher.number != session and is_of(watcher, read.agent):",
        "if watcher.number != session:",
        f"{FEED_READS}::test_a_reader_s_other_sessions_are_shown_it_and_nobody_else",
    ),
    mutant(
        "what is read while somebody joins is lost",
        "feed/feed.py",
        "        snapshot = join.updated(snapshot)\n",
        "        pass\n",
        f"{FEED_READS}::test_what_is_read_while_somebody_joins_is_on_their_page",
    ),
]
