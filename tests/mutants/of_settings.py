"""What is broken on purpose of the settings of organisations: who changes them, and what meets."""

from tests.mutants.mutant import mutant

SETTINGS = [
    mutant(
        "any staff change settings",
        "edge/http/operations.py",
        "if lower(by.role, operation.least) is not operation.least:",
        "if False:",
        "tests/integration/system/test_settings.py",
    ),
    mutant(
        "a change is made for any version",
        "adapters/sql/settings.py",
        "    if row.version != expected:\n",
        "    if False:\n",
        "tests/contract/test_settings.py",
    ),
    mutant(
        "a row is found in any organisation",
        "adapters/sql/setting_rows.py",
        'table.c.organisation == word("organisation"), table.c.id == word("id")',
        'table.c.id == word("id")',
        "tests/contract/test_settings.py",
    ),
    mutant(
        "another request with a known key gets the first one's row",
        "adapters/sql/settings.py",
        "        if columns[-1] != request:\n",
        "        if False:\n",
        "tests/contract/test_settings.py",
    ),
    mutant(
        "a query that a deadlock ended goes on from its middle",
        "adapters/postgres/database.py",
        "    if getgeneratorstate(query) != GEN_CREATED:\n",
        "    if False:\n",
        "tests/integration/adapters/test_postgres_trouble.py",
    ),
    mutant(
        "nobody serves a queue that they were not put into",
        "core/policy.py",
        "or (served.id == self.default_queue and agent not in self.assigned)",
        "or False",
        "tests/unit/core/test_policy.py",
    ),
]
