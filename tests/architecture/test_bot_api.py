"""`intervene.bot` is public: what stands in it stays, and is documented. A bot needs no other module of ours."""

import inspect
import re
import types
import typing
from pathlib import Path

import pytest

from intervene import bot
from intervene.bots import api
from intervene.core import limits

PUBLIC = [
    "Agent", "Answered", "Ask", "BadText", "Bot", "BotCallable", "Briefing", "Cause", "Contact", "Fenced", "Finish",
    "HistoryEntry", "Outcome", "Turn", "Unavailable", "Wait", "Writer",
]  # fmt: skip
TURN = [
    "bot", "organisation", "conversation", "contact", "history", "inputs", "said", "cursor", "cause", "say", "stream",
    "keep", "set_typing", "queue", "status", "tags", "set_queue", "set_status", "set_tags",
    "set_attributes", "briefing",
]  # fmt: skip
FIELDS = {
    "HistoryEntry": ("author", "text", "at", "is_input", "is_interrupted"),
    "Briefing": ("by", "text"),
    "Answered": (),
    "Wait": ("seconds",),
    "Ask": ("reason",),
    "Finish": ("close",),
    "Bot": ("id", "name"),
    "Agent": ("id", "name"),
    "Contact": ("id", "name", "vouched"),
}
ALIASES = {"BotCallable": api.__file__, "Outcome": inspect.getsourcefile(bot.Answered)}
"""What has no docstring of its own at run time, and where it stands in the source."""


def members(kind: type) -> list[str]:
    return [name for name in vars(kind) if not name.startswith("_")]


def test_the_public_names_stay() -> None:
    assert sorted(bot.__all__) == PUBLIC
    assert sorted(members(bot.Turn)) == sorted(TURN)
    assert members(bot.Writer) == ["write"]
    for name, fields in FIELDS.items():
        assert getattr(bot, name).__struct_fields__ == fields, name


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in ALIASES])
def test_a_public_name_has_a_docstring(name: str) -> None:
    thing = getattr(bot, name)
    assert inspect.cleandoc(vars(thing).get("__doc__") or ""), name
    for member in members(thing) if thing in (bot.Turn, bot.Writer) else ():
        value = vars(thing)[member]
        assert (value.fget if isinstance(value, property) else value).__doc__, f"{name}.{member}"


@pytest.mark.parametrize("name", ALIASES)
def test_a_public_alias_is_followed_by_its_meaning(name: str) -> None:
    source = Path(str(ALIASES[name])).read_text("utf-8")
    assert re.search(rf'^{name} = [^\n]+\n"""', source, re.MULTILINE), name


def test_what_a_turn_is_given_is_of_public_types() -> None:
    """Ids are strings; everything else that an annotation names can be imported from `intervene.bot`."""
    builtin = {"str", "int", "float", "bool", "NoneType", "Mapping", "Sequence", "AbstractAsyncContextManager"}
    for kind in (bot.Turn, bot.Writer, bot.HistoryEntry, bot.Briefing):
        for member in [kind, *(vars(kind)[name] for name in members(kind))]:
            function = member.fget if isinstance(member, property) else member
            if not isinstance(function, types.FunctionType | type):
                continue
            for annotation in typing.get_type_hints(function).values():
                assert named(annotation) <= builtin | set(PUBLIC), f"{kind.__name__}: {annotation}"


def named(annotation: typing.Any) -> set[str]:
    inner = typing.get_args(annotation)
    if inner:
        return {typing.get_origin(annotation).__name__} - {"Union", "UnionType"} | {
            name for part in inner for name in named(part)
        }
    return {getattr(annotation, "__supertype__", annotation).__name__}


def test_the_numbers_in_the_docstrings_are_the_limits() -> None:
    text = " ".join(" ".join((thing.__doc__ or "").split()) for thing in documented())
    for number in (
        f"newest {limits.HISTORY_EVENTS} events of at most {limits.HISTORY_BYTES // 1024**2} MiB",
        f"at most {limits.TEXT_BYTES // 1024} KiB of UTF-8",
        f"at most {limits.REPLY_BYTES // 1024} KiB",
        f"at most {limits.CURSOR_BYTES // 1024} kib of utf-8",
        f"about {limits.GATHER_SECONDS * 1000:.0f} ms",
        f"After {limits.BOT_STREAK} messages",
    ):
        assert number in text.lower() or number in text, number
    rate = {10: "Ten"}[limits.BOT_BURST]
    assert f"{rate} at once and then {limits.BOT_PER_SECOND:.0f} a second" in text


def documented() -> list[typing.Any]:
    kinds = (bot.Turn, bot.Writer, bot.HistoryEntry)
    return [*kinds, *(vars(kind)[name] for kind in kinds for name in members(kind))]
