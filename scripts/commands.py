"""The table of commands as a page of the docs, printed from `RULES`."""

from collections.abc import Iterator
from pathlib import Path

from intervene.core.conversation.decide import RULES
from intervene.core.conversation.rule import Rule

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"

HEAD = """\
# Commands

Every change of a conversation is one of these commands, given to `Engine.submit`. This page is printed from the table
`RULES` in `core/conversation/decide.py` by `make schema`. Before the rule of a command runs, `decide` checks its sender
(*of*) and its fence: what the command must have in common with the control that is true now.

| command | of | fence | made under another control, or why there is no fence | decided |
|---|---|---|---|---|
"""


def render() -> str:
    return HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    for kind, rule in RULES.items():
        fence = rule.fence
        yield f"| `{kind.__name__}` | {rule.visible_to.name} | {fence.name} | {fence.meaning} | {_decided(rule)} |\n"


def _decided(rule: Rule) -> str:
    where = "under the row's lock, before what waits" if rule.is_urgent else "in turn"
    return f"{where}; a takeover" if rule.takes_over else where
