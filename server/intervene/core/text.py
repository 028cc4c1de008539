"""The one gate for text that others wrote. Whatever holds a `Text` may store it, encode it and send it.

Every door (frames, tokens, HTTP bodies, bots, settings) calls one of these functions; nothing else makes a `Text`.
What is about to be shown on a terminal or in a log goes through `printable`.

A character is visible if it can leave a mark on a screen: no white space, no control or format character (Cc, Cf), none
that Unicode has renderers ignore (Default_Ignorable_Code_Point), no surrogate, noncharacter or blank symbol. A
combining mark is visible, also alone: renderers draw it, on a dotted circle if they must. So are private and unassigned
characters: a newer font or a newer Unicode than ours knows them.
"""

import re
from collections.abc import Iterable
from typing import NewType

from intervene.core.errors import BadText
from intervene.core.limits import BRIEFING_BYTES, NAME_CHARS, REPLY_BYTES, TAG_CHARS, TAGS, TEXT_BYTES

Text = NewType("Text", str)
"""Without NUL and lone surrogates, and bounded."""

REPLACEMENT = "\ufffd"

# Those of category Cf that renderers are not told to ignore.
_FORMATS = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_BLANK = "\u2800\U0001d159"  # Braille without dots, a note without a head
_CONTROLS = "\0-\x1f\x7f-\x9f"
_SURROGATES = "\ud800-\udfff"
_OVERRIDES = "\u202a-\u202e\u2066-\u2069"  # change the order in which what follows them is read
_MARKS = "\u061c\u200e\u200f"  # of direction; right in a name, out of place on a terminal
_SEPARATORS = "\u2028\u2029"

_INVISIBLE = f"[\\s{_CONTROLS}{_SURROGATES}{_FORMATS}{_IGNORABLE}{_NONCHARACTERS}{_BLANK}]"
_visible = re.compile(_INVISIBLE.replace("[", "[^", 1)).search
_HIDDEN = {
    "", *" \u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U0001d159",
    *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0)),
}  # fmt: skip
"""What `str.isprintable` calls printable and shows nothing."""
_surrogates = re.compile(f"[{_SURROGATES}]")
_breaks = re.compile(f"[\\t-\\r\\x1c-\\x1f\\x85{_SEPARATORS}]+")
_unnamed = re.compile(f"[{_CONTROLS}{_OVERRIDES}{_SEPARATORS}]")
_acting = re.compile(f"[{_CONTROLS}{_SURROGATES}{_OVERRIDES}{_MARKS}{_SEPARATORS}]")
_acting_but_lines = re.compile(f"[\0-\x08\x0b-\x1f\x7f-\x9f{_SURROGATES}{_OVERRIDES}{_MARKS}{_SEPARATORS}]")


def is_visible(text: str) -> bool:
    """Whether there is anything to see."""
    first = text[:1]
    return (first.isprintable() and first not in _HIDDEN) or _visible(text) is not None


def message_text(text: str, most_bytes: int = TEXT_BYTES) -> Text:
    """Of a message or note. Raises `BadText`."""
    checked = piece_text(text, most_bytes)
    if not ("!" <= text[:1] <= "~" or is_visible(text)):
        raise BadText("The text is empty. Send at least one visible character.")
    return checked


def piece_text(text: str, most_bytes: int = REPLY_BYTES) -> Text:
    """Part of a message, or what is only kept: it may be blank or empty. Raises `BadText`."""
    if "\0" in text:
        raise BadText("The text contains NUL (U+0000). Remove it.")
    try:
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise BadText("The text contains half of a surrogate pair. Send whole characters.") from None
    if size > most_bytes:
        raise BadText(f"The text has {size} bytes of UTF-8; at most {most_bytes} are taken. Send it in parts.")
    return text  # type: ignore[return-value]  # Text(...) would be one more call for each message


def briefing_text(text: str) -> str:
    """Why an agent gives a conversation to a bot; empty where nothing in it is visible. Raises `BadText`."""
    checked = piece_text(text, BRIEFING_BYTES).strip()
    return checked if is_visible(checked) else ""


def name_text(text: str, most_chars: int = NAME_CHARS) -> Text:
    """A name or label, made fit for others' screens: it must not keep anyone out, so nothing is refused.

    Half a surrogate pair becomes U+FFFD, a line break becomes a space, controls and overrides of direction are removed,
    what is too long is cut. A name in which nothing is visible is empty.
    """
    if not text.isascii() or not text.isprintable():
        text = _unnamed.sub("", _breaks.sub(" ", _surrogates.sub(REPLACEMENT, text)))
    text = text.strip()[:most_chars].rstrip()
    return Text(text if is_visible(text) else "")


def tag_texts(tags: Iterable[str]) -> tuple[str, ...]:
    """Each once, made fit like names; what is not visible is left out. Raises `BadText` for too many."""
    checked = tuple(dict.fromkeys(filter(None, (name_text(tag, TAG_CHARS) for tag in tags))))
    if len(checked) > TAGS:
        raise BadText(f"A conversation has at most {TAGS} tags. Leave some out.")
    return checked


def beginning(text: str, most_bytes: int) -> str:
    """As much of a message as fits, on one line."""
    text = text[:most_bytes]
    if text.isascii() and text.isprintable():
        return text
    return _unnamed.sub("", _breaks.sub(" ", text)).encode()[:most_bytes].decode(errors="ignore")


def printable(text: str, *, lines: bool = False) -> str:
    """For a terminal or a log: whatever could move the cursor, ring, or turn the line around is escaped. `lines`: tabs
    and line feeds stay."""
    acting = _acting_but_lines if lines else _acting
    return acting.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)
