"""[P1] [P2] [P5] What a session is shown is checked as it comes: a transcript in which one thing is wrong is found out,
by the promise that it breaks, and one in which nothing is wrong is not.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from intervene.load.findings import Findings
from intervene.load.frames import CUSTOMER, STAFF, Ack, Decoder, Piece, Shown, Watched
from intervene.load.screen import Log, Screen

Transcript = list[dict[str, Any]]

BOT, ADA, MARIA = ({"type": kind, "id": kind, "name": kind} for kind in ("bot", "agent", "contact"))
PARTIES = {"bot": {"kind": "bot"}, "agent": {"kind": "agent"}, "contact": {"kind": "you"}}


def event(seq: int, author: dict[str, str], epoch: int, kind: str, **body: Any) -> dict[str, Any]:
    body = {"kind": kind, **body}
    return {
        "type": "event", "conversation": "c",
        "event": {"seq": seq, "pub": seq, "id": f"e{seq}", "at": 0, "epoch": epoch, "author": author, "body": body},
    }  # fmt: skip


def piece(n: int, text: str, message: str = "m2") -> dict[str, Any]:
    return {"type": "piece", "conversation": "c", "message": message, "n": n, "text": text}


def takeover() -> Transcript:
    """A bot is cut off in the middle of a reply; then the agent writes."""
    return [
        {"type": "watched", "conversation": "c", "events": [], "more": False, "reset": False,
         "state": {"seq": 0, "epoch": 1, "holder": BOT}},
        event(1, MARIA, 1, "message", message="m1", text="load 1 Hello"),
        event(2, BOT, 1, "message_started", message="m2"),
        piece(1, "Good "),
        piece(2, "day"),
        event(3, BOT, 1, "message", message="m2", text="Good day", interrupted=True),
        event(4, ADA, 2, "control", move="intervene", holder=ADA),
        event(5, ADA, 2, "message", message="m3", text="load 2 I am Ada"),
        {"type": "ack", "id": "load-2", "conversation": "c", "seq": 5, "epoch": 2, "at": 0},
        event(6, ADA, 2, "message", message="m4", text="load 3 Hello"),
    ]  # fmt: skip


def for_customer(frame: dict[str, Any]) -> dict[str, Any]:
    """The same as a customer is shown it."""
    frame = {**frame}
    if frame["type"] == "event":
        whole = frame["event"]
        body = {name: value for name, value in whole["body"].items() if name != "move"}
        if whole["body"]["kind"] == "control":
            body["holder"] = PARTIES[body["holder"]["type"]]
        else:
            body["by"] = PARTIES[whole["author"]["type"]]
        return {"type": "event", "conversation": "c", "pub": whole["pub"], "id": whole["id"], "at": 0, "event": body}
    if frame["type"] == "watched":
        holder = PARTIES[frame["state"]["holder"]["type"]]
        return {
            **frame,
            "events": [for_customer(one) for one in frame["events"]],
            "state": {"pub": 0, "holder": holder},
        }
    if frame["type"] == "ack":
        return {"type": "ack", "id": frame["id"], "conversation": "c", "pub": frame["seq"], "at": 0}
    return frame


def shown(transcript: Transcript, log: Log, side: str = STAFF) -> Screen:
    screen, decoder = Screen(side, log), Decoder(side)
    for frame in transcript:
        match decoder.decode(msgspec.json.encode(frame if side == STAFF else for_customer(frame))):
            case Shown() as one:
                screen.show(one.fact)
            case Piece() as part:
                screen.show_piece(part)
            case Watched() as watched:
                screen.show_watched(watched)
            case Ack() as ack:
                screen.take_ack(ack)
            case _:
                pytest.fail(f"no frame of a transcript: {frame}")
    return screen


def broken(findings: Findings) -> set[str]:
    return {kind for kind, count in findings.counts.items() if count}


def test_a_takeover_that_went_right_breaks_nothing_for_staff_and_customer() -> None:
    log = Log(Findings())
    for number in (1, 2, 3):
        log.acked(number)
    for side in (STAFF, CUSTOMER, STAFF):
        shown(takeover(), log, side)
    log.check()
    assert not log.findings, log.findings.examples


def drop(at: int) -> Callable[[Transcript], Transcript]:
    return lambda frames: frames[:at] + frames[at + 1 :]


def insert(at: int, frame: dict[str, Any]) -> Callable[[Transcript], Transcript]:
    return lambda frames: [*frames[:at], frame, *frames[at:]]


def swap(at: int) -> Callable[[Transcript], Transcript]:
    return lambda frames: [*frames[:at], frames[at + 1], frames[at], *frames[at + 2 :]]


def body(at: int, **changes: Any) -> Callable[[Transcript], Transcript]:
    def change(frames: Transcript) -> Transcript:
        frames[at]["event"]["body"].update(changes)
        return frames

    return change


def both(*changes: Callable[[Transcript], Transcript]) -> Callable[[Transcript], Transcript]:
    def change(frames: Transcript) -> Transcript:
        for one in changes:
            frames = one(frames)
        return frames

    return change


LATE = event(7, BOT, 1, "message", message="m9", text="One more thing")

HOSTILE = {
    "an event is missing": (drop(1), "lost"),
    "an event comes twice": (insert(6, takeover()[5]), "doubled"),
    "another event comes under a number that was shown": (
        insert(6, event(3, MARIA, 1, "message", message="m8", text="x")), "reordered",
    ),
    "two events change places": (swap(5), "lost"),
    "a message is in the log twice": (body(9, text="load 2 I am Ada"), "doubled"),
    "messages of an author change places": (both(body(7, text="load 3 b"), body(9, text="load 2 a")), "reordered"),
    "a bot's event comes after the takeover": (insert(10, LATE), "after_takeover"),
    "a piece comes after the takeover": (insert(7, piece(3, "!")), "after_takeover"),
    "a piece comes twice": (insert(4, piece(1, "Good ")), "doubled"),
    "more was shown than is kept": (body(5, text="Good d"), "not_prefix"),
    "another text was shown than is kept": (body(5, text="Bad day"), "not_prefix"),
    "an ack comes before its event": (swap(7), "early_ack"),
}  # fmt: skip


@pytest.mark.parametrize("side", [STAFF, CUSTOMER])
@pytest.mark.parametrize(("change", "kind"), HOSTILE.values(), ids=HOSTILE)
def test_one_thing_that_is_wrong_is_found_out(change: Callable[[Transcript], Transcript], kind: str, side: str) -> None:
    findings = Findings()
    shown(change(takeover()), Log(findings), side)
    assert kind in broken(findings), findings.examples


def test_an_event_of_a_former_epoch_is_found_out_even_if_the_holder_is_a_bot_again() -> None:
    frames = takeover()
    frames.append(event(7, ADA, 3, "control", move="hand_back", holder=BOT))
    frames.append(event(8, BOT, 1, "message", message="m9", text="From before"))
    findings = Findings()
    shown(frames, Log(findings))
    assert broken(findings) == {"after_takeover"}


@pytest.mark.parametrize("sides", [(STAFF, STAFF), (STAFF, CUSTOMER), (CUSTOMER, STAFF)])
def test_two_sessions_that_were_shown_different_events_are_found_out(sides: tuple[str, str]) -> None:
    """[P5] Each for itself is faultless."""
    findings = Findings()
    log = Log(findings)
    shown(takeover(), log, sides[0])
    shown(body(9, text="load 3 Goodbye")(takeover()), log, sides[1])
    assert broken(findings) == {"different"}


def test_a_message_that_was_acknowledged_and_never_shown_is_lost() -> None:
    findings = Findings()
    log = Log(findings)
    log.acked(2)
    log.acked(77)
    shown(takeover(), log)
    log.check()
    assert (findings.counts["lost"], findings.examples["lost"]) == (
        1, [": message 77 was acknowledged, and no session was shown it."],
    )  # fmt: skip


def test_what_is_sent_again_after_a_refusal_may_come_behind_others() -> None:
    findings = Findings()
    log = Log(findings)
    log.retried(2)
    shown(both(body(7, text="load 3 b"), body(9, text="load 2 a"))(takeover()), log)
    assert not findings


def test_a_session_that_comes_back_goes_on_where_it_was() -> None:
    findings = Findings()
    log = Log(findings)
    frames = takeover()
    state = {"seq": 6, "epoch": 2, "holder": ADA}
    resumed = {**frames[0], "events": [one["event"] for one in (frames[6], frames[7], frames[9])], "state": state}
    shown([*frames[:6], resumed], log)
    assert not findings


@pytest.mark.parametrize("part", [slice(1, None), slice(-1)], ids=["the first", "the last"])
def test_a_session_that_comes_back_and_is_not_shown_all_that_it_missed_is_found_out(part: slice) -> None:
    findings = Findings()
    frames = takeover()
    missed = [one["event"] for one in (frames[6], frames[7], frames[9])]
    state = {"seq": 6, "epoch": 2, "holder": ADA}
    shown([*frames[:6], {**frames[0], "events": missed[part], "state": state}], Log(findings))
    assert broken(findings) == {"lost"}


def test_pieces_may_be_left_out_and_a_reply_may_be_resumed() -> None:
    """R34: what was shown is still a beginning of the text."""
    findings = Findings()
    frames = drop(3)(takeover())
    shown(frames, Log(findings))
    stream = {"message": "m2", "n": 2, "text": "Good day"}
    resumed = {**takeover()[0], "state": {"seq": 2, "epoch": 1, "holder": BOT}, "stream": stream}
    shown([*takeover()[:4], resumed, *takeover()[5:]], Log(findings))
    assert not findings, findings.examples
    resumed["stream"] = {**stream, "text": "Bad day"}
    shown([*takeover()[:4], resumed], Log(findings))
    assert broken(findings) == {"not_prefix"}
