"""The desk in Arabic, for people who know it in English: in a browser that speaks Arabic, controls are found by their
English names. So scenes and screens are written once.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page

from tests.e2e.agent import Agent
from tests.e2e.people import People
from tests.kit.server import ServerProcess

CLIENTS = Path(__file__).parents[2] / "client_js"
MARKS = "[\u2066-\u2069\u200f]*"
"""What keeps names apart from the sentence around them."""

Name = str | re.Pattern[str]

_contexts: set[BrowserContext] = set()


def speaks_arabic(context: BrowserContext) -> None:
    """From here on, in all of its windows. Its locale is the caller's matter."""
    if not _contexts:
        for kind in (Page, Locator):
            for method in ("get_by_role", "get_by_text", "get_by_label", "get_by_placeholder"):
                setattr(kind, method, _translating(getattr(kind, method), method == "get_by_role"))
    _contexts.add(context)


def _translating(found: Any, is_role: bool) -> Any:
    def find(self: Any, first: Any, *rest: Any, **options: Any) -> Locator:
        page = self if isinstance(self, Page) else self.page
        if page.context in _contexts:
            is_exact = bool(options.pop("exact", False))
            if not is_role:
                first = arabic(first, is_exact)
            elif "name" in options:
                options["name"] = arabic(options["name"], is_exact)
        return found(self, first, *rest, **options)  # type: ignore[no-any-return]  # it is one

    return find


class InArabic(People):
    """The agents' browsers speak Arabic, the customers' English."""

    async def agent(self, server: ServerProcess, name: str = "Ana", *, url: str = "", **options: Any) -> Agent:
        url = url or server.url
        page = await self.windows.opens(url, **{**options, "locale": "ar"})
        speaks_arabic(page.context)
        return Agent(page, url, name)


def arabic(english: Name, is_exact: bool = False) -> Name:
    """What stands in Arabic where the desk says that in English; itself if the desk does not say it."""
    if isinstance(english, re.Pattern):
        opening, text = re.match(r"(\^?)(.*)", english.pattern, re.DOTALL).groups()  # type: ignore[union-attr]  # it does
        return re.compile(f"{opening}{MARKS}(?:{'|'.join(_all(_unescaped(text))) or text})")
    found = "|".join(_all(english) or [re.escape(english)])
    return re.compile(f"^{MARKS}(?:{found}){MARKS}$" if is_exact else found)


def _all(english: str) -> list[str]:
    """Patterns, the best kind that there is."""
    whole = [re.escape(there) for here, there in pairs() if here == english]
    asking = [f"{each}…" for each in _all(english[:-1])] if english.endswith("…") else []
    filled = [pattern for here, there in pairs() if (pattern := _filled(here, there, english))]
    begun = [re.escape(there.split("{")[0]) for here, there in pairs() if here.startswith(english)]
    is_of_desk = " " in english  # a word alone may be a name
    part = [re.escape(max(re.split(r"\{\w+\}", there), key=len)) for here, there in pairs() if english in here]
    return sorted({each for each in whole or asking or begun or filled or is_of_desk * part if each})


def _filled(here: str, there: str, english: str) -> str:
    """A sentence with names in it."""
    parts = re.split(r"\{(\w+)\}", here)
    if len(parts) == 1 or not re.search(r"[a-z]{4}", "".join(parts[::2])):
        return ""  # "{some} of {n}" is in many a name
    pattern = "".join(f"(?P<{part}>.+)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    if not (match := re.fullmatch(pattern, english)):
        return ""
    names = match.groupdict()
    return "".join(
        f"{MARKS}(?:{_name(names.get(part, ''))}){MARKS}" if n % 2 else re.escape(part)
        for n, part in enumerate(re.split(r"\{(\w+)\}", there))
    )


def _name(text: str) -> str:
    """Of somebody, or a word of the desk; or any, in a pattern."""
    return text if text == ".*" else "|".join(_all(text) or [re.escape(text)])


def _unescaped(pattern: str) -> str:
    return re.sub(r"\\(.)", r"\1", pattern)


@cache
def pairs() -> list[tuple[str, str]]:
    """Every sentence of the desk, in English and in Arabic."""
    files = sorted((CLIENTS / "desk" / "src").rglob("en.ts"))
    twins = [(file, file.with_name("ar.ts")) for file in files]
    words = CLIENTS / "ui" / "src" / "words"
    twins += [(words / "en.ts", words / "ar.ts"), (words / "staff.ts", words / "staff-ar.ts")]
    return [pair for here, there in twins for pair in _both(catalogue(here), catalogue(there))]


def _both(here: dict[str, Any], there: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, text in here.items():
        if isinstance(text, str):
            found.append((text, there[key]))
        else:
            found += [(text["other"], form) for form in there[key].values()]
            found += [(text["one"], there[key]["one"])] if "one" in text else []
    return found


def catalogue(file: Path) -> dict[str, Any]:
    """A module of words, as data."""
    text = file.read_text("utf-8")
    body = text[text.index("{\n", text.index("export const")) : text.rindex("}") + 1]
    token = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|\w+(?=\s*:)', re.DOTALL)

    def quoted(match: re.Match[str]) -> str:
        found = match[0]
        return found if found[0] == '"' else "" if found[0] == "/" else f'"{found}"'

    loose = re.sub(r"\.\.\.\w+,", "", token.sub(quoted, body))
    strict = re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*\})', lambda match: match[1] or "", loose)
    return dict(json.loads(strict))
