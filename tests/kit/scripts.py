"""What bots say in tests, as `Config.script` has it: a line a piece."""

WORDS = "the instalment of this month and the fee of the returned debit are open and nothing else is due before May"
FAST = f"@pace 200\n{' '.join([WORDS] * 20)}\n"
"""A bot that streams 420 words for two seconds, each time anew."""

STORY = " ".join([WORDS] * 200)
LONG = f"@pace 100\n{STORY}\n"
"""One that is not done before a test is."""
