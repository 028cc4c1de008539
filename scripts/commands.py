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
(*of*) and its fence: what the command must have in common with the control that is true now. A command that has an id
*leaves* an event under it, by which a repeat of the command is known.

| command | of | fence | made under another control, or why there is no fence | leaves | decided |
|---|---|---|---|---|---|
"""


def render() -> str:
    return HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    for kind, rule in RULES.items():
        fence = rule.fence
        cells = f"`{kind.__name__}`", rule.visible_to.name, fence.name, fence.meaning, _leaves(rule), _decided(rule)
        yield f"| {' | '.join(cells)} |\n"


def _leaves(rule: Rule) -> str:
    if rule.effect is None:
        return ""
    event, same, moves, other = rule.effect
    kinds = " or ".join(f"`{kind.__name__}`" for kind in (event, other) if kind)
    which = f" with its `{same}`" if same else ""
    return f"{kinds}{which}" + (": " + " or ".join(f"`{move}`" for move in moves) if moves else "")


def _decided(rule: Rule) -> str:
    where = "under the row's lock, before what waits" if rule.is_urgent else "in turn"
    where += ", under the row's lock" if rule.writes_beside else ""
    return f"{where}; a takeover" if rule.takes_over else where
