"""A script is a door for text too: what no session could be shown stops the start, with the block to mend."""

import pytest

from intervene.bots.kinds.scripted import BadScript, parse


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("a\0b", "NUL"), ("\u200b", "visible"), ("\u3164 \u2060", "visible"), ("half \ud83d", "surrogate")],
)
def test_a_block_that_cannot_be_said_is_refused_with_its_number(words: str, sentence: str) -> None:
    with pytest.raises(BadScript, match=f"Block 2: .*{sentence}"):
        parse(f"hello\n\n{words}\n")


def test_a_long_block_is_taken_because_a_reply_is_cut() -> None:
    assert len(parse("word " * 20_000)[0].words) == 20_000
