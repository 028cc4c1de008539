"""What the doctor makes of the rows of nodes, and of what was heard of them. Nothing here is asked of anybody."""

from typing import Any

import pytest

from intervene import __version__
from intervene.adapters.redis import names
from intervene.adapters.redis.codec import Codec
from intervene.cluster.node_info import About, fingerprint
from intervene.core.conversation.packing import FORMAT
from intervene.core.ids import NodeId
from intervene.ops.doctor import nodes
from intervene.ops.doctor.findings import State
from intervene.ops.doctor.nodes import Own, Row
from intervene.ops.doctor.redis import Hearing
from intervene.ports.messages import Heartbeat
from intervene.ports.topics import NODES
from tests.integration.ops.findings import KEY, OLD, Told, told, words

NOTHING = About(release=__version__, format=FORMAT, host="h", address="a:1", keys=[fingerprint(KEY)], hub=True)


def row(number: int, beats: int = 5, **about: Any) -> Row:
    said = {name: getattr(NOTHING, name) for name in NOTHING.__struct_fields__}
    return Row(NodeId(f"{number}-x"), beats, About(**{**said, "address": f"a:{number}", **about}))


def heard(*rows: Row, key: str = KEY) -> Hearing:
    hearing = Hearing()
    hearing.is_listening = True
    for said in rows:
        beat = Codec(said.id, [key.encode()]).encode(names.PLAIN.channel(NODES), Heartbeat(said.id, 1))
        hearing.note(beat)
    return hearing


def judged(*rows: Row, before: int = 4, hearing: Hearing | None = None, own: Own = Own([KEY])) -> Told:  # noqa: B008
    counts = {found.id: before for found in rows}
    return told(nodes.judge(counts, rows, heard(*rows) if hearing is None else hearing, own))


def test_nodes_that_are_alike_and_hear_each_other_are_fine() -> None:
    found = judged(row(1), row(2))
    assert {finding.state for finding in found.values()} == {State.OK}
    assert found["nodes"].found.startswith("2 alive: h a:1 (process 1), release ")
    assert found["nodes' keys"].found == "the same on 3"


def test_no_node_is_no_fault() -> None:
    assert words(told(nodes.judge({}, [], Hearing(), Own()))["nodes"]) == "ok: none is known | "


def test_a_node_whose_count_stands_still_is_not_alive() -> None:
    found = judged(row(1), row(2, beats=4))
    assert words(found["nodes"]).startswith("warn: 1 alive: h a:1 (process 1)")
    assert dict(found["nodes"].figures) == {"alive": 1, "dead": 1}
    assert list(judged(row(1, beats=4))) == ["nodes"], "of the dead nothing more is said"


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"release": "9.9"}, "warn"),
        ({"format": FORMAT + 1, "release": "9.9"}, "warn"),
        ({"format": FORMAT + 2, "release": "9.9"}, "fail"),
    ],
)
def test_releases_side_by_side_are_named_and_formats_too_far_apart_fail(others: dict[str, Any], said: str) -> None:
    found = judged(row(1), row(2, **others))["nodes' releases"]
    assert found.state == said
    assert "9.9 (format" in found.found
    assert ("one before it" in found.advice) == (said == "fail")


def test_all_nodes_of_another_release_than_the_doctor_s_is_worth_a_word() -> None:
    assert judged(row(1, release="9.9"))["nodes' releases"].state is State.WARN


def test_a_node_that_says_nothing_of_itself_is_of_another_release() -> None:
    silent = Row(NodeId("3-x"), 5, None)
    found = judged(row(1), silent)
    assert words(found["nodes' releases"]).startswith(
        f"warn: {__version__} (format {FORMAT}), unknown place (process 3)"
    )
    assert judged(silent)["nodes' releases"].state is State.WARN


@pytest.mark.parametrize(
    ("ours", "theirs", "is_fine"),
    [
        ([KEY], [KEY], True),
        ([OLD, KEY], [KEY, OLD], True),  # keys are being replaced
        ([OLD, KEY], [OLD], True),
        ([KEY, OLD], [OLD], False),
        ([KEY], [OLD, KEY], False),
        ([KEY], [OLD], False),
    ],
)
def test_what_each_signs_with_every_other_must_accept(ours: list[str], theirs: list[str], is_fine: bool) -> None:
    rows = [row(1, keys=[fingerprint(key) for key in ours]), row(2, keys=[fingerprint(key) for key in theirs])]
    for pair in (rows, rows[::-1]):
        found = judged(*pair, own=Own([]))["nodes' keys"]
        assert found.state is (State.OK if is_fine else State.FAIL)
        assert is_fine or ("h a:1 (process 1)" in found.found and "h a:2 (process 2)" in found.found)


def test_keys_here_are_held_against_those_of_the_nodes() -> None:
    found = judged(row(1), row(2), own=Own([OLD]))
    assert found["nodes' keys"].found.count("the settings here") == 2
    assert words(found["nodes seen here"]).startswith("fail: h a:1 (process 1), h a:2 (process 2) has a MAC")
    assert OLD not in str(found)


def test_hubs_that_are_down_or_missing_are_named() -> None:
    assert words(judged(row(1), row(2, hub=False))["nodes' hubs"]).startswith("fail: down on h a:2 (process 2)")
    assert words(judged(row(1), row(2, hub=None))["nodes' hubs"]).startswith("fail: h a:2 (process 2) has none")


def test_who_does_not_hear_whom_is_said_but_not_of_the_dead() -> None:
    assert words(judged(row(1, unheard=["2-x"]), row(2))["nodes reach each other"]).startswith(
        "fail: h a:1 (process 1) gets no heartbeats of h a:2 (process 2)"
    )
    assert judged(row(1, unheard=["2-x"]), row(2, beats=4))["nodes reach each other"].state is State.OK


def test_nodes_on_another_redis_and_strangers_on_ours_are_found() -> None:
    one, two, stranger = row(1), row(2), row(3)
    assert words(judged(one, two, hearing=heard(one))["nodes seen here"]).startswith("fail: h a:2 (process 2) is not")
    assert words(judged(one, hearing=heard(one, stranger))["nodes seen here"]).startswith("warn: all; and 1 that")
    assert judged(one, two, hearing=heard(one, two, key=OLD))["nodes seen here"].state is State.FAIL
    assert "nodes seen here" not in judged(one, two, hearing=Hearing()), "if Redis is away nobody can be heard"


def test_where_one_server_is_alone_nobody_has_to_hear_it() -> None:
    found = judged(row(1, hub=None), own=Own([KEY], has_hub=False))
    assert {finding.state for finding in found.values()} == {State.OK}


@pytest.mark.parametrize(("clocks", "said"), [((-400, 500), "ok"), ((-600, 500), "warn"), ((9000, 9000), "warn")])
def test_clocks_are_compared(clocks: tuple[int, int], said: str) -> None:
    found = judged(*(row(number, clock_ms=ms) for number, ms in enumerate(clocks, start=1)))["nodes' clocks"]
    assert found.state == said


def test_nodes_of_one_timing_are_fine_and_of_two_are_not() -> None:
    """[P5] A node that sends heartbeats every 2 s is dead for one that waits 2 s."""
    assert words(judged(row(1), row(2))["nodes' timing"]) == "ok: factor 1 | "
    found = judged(row(1), row(2, timing_factor=0.25))["nodes' timing"]
    assert words(found).startswith("fail: factors differ: h a:1 (process 1) has 1; h a:2 (process 2) has 0.25")
    assert "the same timing_factor" in found.advice
