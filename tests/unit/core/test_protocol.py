"""`docs/protocol.md` against the code: what it lists is what there is, and every rule that a test cites is there."""

import ast
import re
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import fields

from intervene.client.exchange import PASSING
from intervene.core import limits
from intervene.core.codes import (
    CLOSES,
    ERRORS,
    FINAL_REFUSALS,
    HTTP,
    CloseCode,
    ErrorCode,
    Fault,
    Meaning,
    Refusal,
    may_come_back,
)  # fmt: skip
from intervene.core.control import TABLE, Party
from intervene.core.events import Body
from intervene.core.limits import CONTACT_BURST
from intervene.core.settings import KINDS, Kind
from intervene.core.wire import common, staff
from intervene.core.wire.contact import ContactBody, ContactIn, ContactOut
from intervene.edge.http.answers import ACCOUNT_STATUS, CODES, SETTING_STATUS, STATUS
from intervene.edge.http.api import OPERATIONS
from intervene.edge.http.commands import FURTHER
from intervene.edge.http.commands import REFUSALS as COMMANDS
from intervene.edge.http.operations import ANYWHERE
from intervene.edge.http.settings import PATHS

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "protocol.md").read_text("utf-8")
RULES = re.findall(r"^\* \*\*R(\d+)\*\* ", TEXT, re.MULTILINE)
IN = {"staff": common.Hello | staff.StaffIn, "customers": common.Hello | ContactIn}
OUT = {"staff": staff.StaffOut, "customers": ContactOut}


def table(header: str) -> list[list[str]]:
    """The rows under the first table after `header`."""
    part = TEXT[TEXT.index(header) :]
    rows = re.search(r"^\|[-|]+\|\n((?:\|.*\|\n?)+)", part, re.MULTILINE)
    assert rows, f"there is no table after {header!r}"
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1].splitlines()]


def tags(union: Any) -> set[str]:
    return {struct.__struct_config__.tag for struct in typing.get_args(union)}


def test_rules_are_numbered_once_and_upwards() -> None:
    numbers = [int(number) for number in RULES]
    assert numbers == sorted(set(numbers))


def test_every_rule_that_is_cited_exists() -> None:
    cited = set(re.findall(r"\bR(\d+)\b", TEXT.replace("**", "")))
    for file in (ROOT / "tests").rglob("*.py"):
        cited |= set(re.findall(r"\[R(\d+)\]", file.read_text("utf-8")))
    assert cited <= set(RULES)


@pytest.mark.parametrize(("header", "unions"), [("Sent by clients:", IN), ("Sent by the server:", OUT)])
def test_all_frames_are_listed_with_those_who_have_them(header: str, unions: dict[str, Any]) -> None:
    rows = table(header)
    for column, audience in enumerate(("staff", "customers"), start=1):
        listed = {row[0].strip("`") for row in rows if row[column] == "yes"}
        assert listed == tags(unions[audience]), f"docs/protocol.md, the table of frames under {header!r}"


def test_the_kinds_of_events_for_customers_are_listed() -> None:
    """[R33] [P6]"""
    rule = re.search(r"Customers are shown (.*?);", TEXT, re.DOTALL)
    assert rule, "R33 lists them"
    public = {body.__struct_config__.tag for body in typing.get_args(Body) if body.is_public}
    assert set(re.findall(r"`(\w+)`", rule[1])) == public == tags(ContactBody)


def meaning(again: str, fault: str) -> Meaning:
    assert again in ("yes", "no")
    return Meaning(is_final=again == "no", fault=Fault(fault))


def test_all_error_codes_are_listed_with_what_follows_from_them() -> None:
    rows = table("## Errors")
    assert [row[0].strip("`") for row in rows] == [code.value for code in ErrorCode]
    assert {ErrorCode(row[0].strip("`")): meaning(*row[2:]) for row in rows} == ERRORS


def test_all_close_codes_are_listed_with_what_follows_from_them() -> None:
    rows = table("## Closing")
    assert [int(row[0]) for row in rows] == [int(code) for code in CloseCode]
    assert {CloseCode(int(row[0])): meaning(*row[2:]) for row in rows} == CLOSES
    assert [row[2] == "yes" for row in rows] == [may_come_back(code) for code in CloseCode]


def test_all_refusals_over_http_are_listed_with_what_follows_from_them() -> None:
    """[R3]"""
    rows = table("| refusal over HTTP")
    assert {row[0].strip("`"): Refusal(row[2].capitalize()[0] + row[2][1:], *meaning(*row[4:])) for row in rows} == HTTP
    assert {row[0].strip("`") for row in rows if row[3].startswith("yes")} == FINAL_REFUSALS


def test_all_operations_are_listed_with_their_callers_and_refusals() -> None:
    """[R100]"""
    listed = {
        tuple(row[0].strip("`").split(" ")): (row[1], row[2], frozenset(re.findall(r"`(\w+)`", row[3])))
        for row in table("| operation")
    }
    made = {
        (each.method, each.path): (
            each.who + (", in development" if each.is_development else ""), each.summary, each.own_refusals
        )
        for each in OPERATIONS
    }  # fmt: skip
    missing = [
        f"| `{method} {path}` | {caller} | {summary} | {', '.join(f'`{code}`' for code in sorted(codes))} |"
        for (method, path), (caller, summary, codes) in made.items()
        if listed.get((method, path)) != (caller, summary, codes)
    ]
    assert not missing, "docs/protocol.md, the table of operations, lacks:\n" + "\n".join(missing)
    assert listed.keys() == made.keys(), "docs/protocol.md, the table of operations, has more than there are"
    assert all(each.own_refusals | ANYWHERE <= HTTP.keys() for each in OPERATIONS)


def test_the_members_of_all_settings_are_listed() -> None:
    """[R108]"""
    listed = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in table("| settings")}
    assert listed == {PATHS[kind]: {*rules.values.__struct_fields__} for kind, rules in KINDS.items()}


def test_only_what_the_protocol_says_has_to_be_given_of_a_setting() -> None:
    needed = {kind: {field.name for field in fields(rules.values) if field.required} for kind, rules in KINDS.items()}
    assert needed == {kind: {"name", "text"} if kind is Kind.CANNED_REPLY else {"name"} for kind in Kind}


def test_a_close_code_of_a_newer_server_says_by_its_range_what_to_do() -> None:
    """[R80]"""
    assert [may_come_back(code) for code in (1006, 3000, 4007, 4499, 4502, 4999)] == [True] * 4 + [False] * 2
    for code in CloseCode:
        if code >= 4000:
            assert CLOSES[code].is_final == (code >= 4500), code


def test_every_refusal_of_the_edge_is_in_the_table() -> None:
    """Whatever is refused over HTTP is counted by a code that docs explain."""
    made = {
        argument.value
        for file in (ROOT / "server" / "intervene" / "edge").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Denial", "Problem", "problem", "_bad")
        for argument in node.args
        if isinstance(argument, ast.Constant) and re.fullmatch(r"[a-z_]+", str(argument.value))
    }
    made |= {code for code, _ in CODES.values()} | {code.value for code in STATUS}
    made |= COMMANDS.union(*FURTHER.values())
    made |= {error.problem for error in SETTING_STATUS} | {error.problem for error in ACCOUNT_STATUS}
    assert made == HTTP.keys()


def test_whether_a_command_is_repeated_follows_from_its_refusal() -> None:
    """[R60] By clients: what is not final is said again."""
    assert set(PASSING) == {code for code in ErrorCode if not ERRORS[code].is_final}


def test_all_moves_are_listed() -> None:
    """[P1] The table in the docs is the table in the code."""
    short = {Party.BOT: "the bot that holds control", Party.HOLDER: "the agent who holds control"}
    expected = {
        (
            f"`{move}`", str(at), ", ".join(sorted(rule.to)),
            ", ".join(short.get(party, party.value) for party in Party if party in rule.by),
        )
        for (at, move), rule in TABLE.items()
    }  # fmt: skip
    listed = {(move, at, to, ", ".join(sorted(by.split(", "), key=_order))) for move, at, to, by in table("## Control")}
    assert listed == expected


def _order(party: str) -> int:
    return [member.value for member in Party].index(party)


def of_an_address(times: int = 1) -> tuple[int, int]:
    many = limits.SESSIONS_PER_ADDRESS * times
    return round(limits.ADDRESS_BURST * many), round(limits.ADDRESS_PER_SECOND * many)


@pytest.mark.parametrize(
    ("what", "numbers"),
    [
        ("one frame from a client", (limits.FRAME_BYTES, limits.FRAME_FRAGMENTS)),
        ("text of a message or note", (limits.TEXT_BYTES,)),
        ("commands of one customer", (CONTACT_BURST, int(limits.CONTACT_PER_SECOND))),
        ("reads of one customer", (limits.CONTACT_READ_BURST, int(limits.CONTACT_READS_PER_SECOND))),
        ("commands of one agent", (limits.AGENT_BURST, int(limits.AGENT_PER_SECOND))),
        ("reads of one agent", (limits.AGENT_READ_BURST, int(limits.AGENT_READS_PER_SECOND))),
        ("sessions of one person at one server", (limits.SOCKETS_OF_CONTACT, limits.SOCKETS_OF_AGENT)),
        ("sessions of the customers of one address", (limits.SESSIONS_PER_ADDRESS,)),
        ("commands of the customers of one address", (*of_an_address(), limits.SESSIONS_PER_ADDRESS)),
        ("reads of the customers of one address", (*of_an_address(limits.ADDRESS_READS), limits.SESSIONS_PER_ADDRESS)),
        ("new connections of one address", (*of_an_address(), limits.SESSIONS_PER_ADDRESS)),
        ("requests of one address over HTTP", (limits.REQUESTS_BURST, int(limits.REQUESTS_PER_SECOND))),
        ("conversations that one request gives a command in", (limits.BULK,)),
        ("visitors' tokens of one address", (limits.VISITOR_BURST, round(1 / limits.VISITORS_PER_SECOND))),
        ("frames of any kind", (limits.FRAMES_BURST, int(limits.FRAMES_PER_SECOND))),
        ("conversations watched", (limits.WATCHED_BY_CONTACT, limits.WATCHED_BY_AGENT)),
        ("what waits for one slow connection", (limits.BACKLOG_FRAMES, limits.BACKLOG_BYTES)),
        ("events in a resume or page", (limits.PAGE_EVENTS,)),
        ("size of the events of one answer", (limits.ANSWER_BYTES,)),
        ("agents named in `here`", (limits.HERE_AGENTS,)),
        ("one frame from the server", (limits.MOST_FRAME_BYTES,)),
    ],
)
def test_the_limits_are_those_of_the_code(what: str, numbers: tuple[int, ...]) -> None:
    """[P7]"""
    row = next(row for row in table("## Limits") if row[0] == what)
    assert tuple(int(number) for number in re.findall(r"\d+", row[1].replace("UTF-8", ""))) == numbers


@pytest.mark.parametrize(
    "sentence",
    [
        f"within {limits.HELLO_SECONDS:.0f} s (else 4002)",
        f"the newest {limits.FRESH_EVENTS} events",
        f"more than {limits.PAGE_EVENTS} events happened",
        f"at most {limits.PAGE_EVENTS}) events",
        f"At most {limits.HERE_AGENTS} agents are named",
        f"shown to others for {limits.EPHEMERAL_SECONDS:.0f} s",
        f"More than {limits.OFFENCES} frames refused",
        f"may have {limits.IN_FLIGHT} commands",
        f"ping every {limits.PING_SECONDS:.0f} s",
        f"have 1 to {limits.ID_CHARS} printable",
    ],
)
def test_the_numbers_in_sentences_are_those_of_the_code(sentence: str) -> None:
    assert sentence in re.sub(r"\s+", " ", TEXT)


def test_the_worked_example_is_made_of_real_frames() -> None:
    blocks = re.findall(r"```\n(.*?)```", TEXT[TEXT.index("## A takeover") :], re.DOTALL)
    assert len(blocks) == 5
    for at, block in enumerate(blocks):
        audience = "customers" if at == 4 else "staff"
        for line in block.splitlines():
            way, frame = line[0], line[2:].replace("[...]", "[]").replace('"contact":{...}', _CONTACT)
            decoded = msgspec.json.decode(frame, type=IN[audience] if way == ">" else OUT[audience])
            assert way == ">" or msgspec.json.encode(decoded).decode() == frame


_CONTACT = '"contact":{"type":"contact","id":"v1","name":"Maria"}'
