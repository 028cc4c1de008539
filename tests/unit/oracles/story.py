"""A made-up evening of one conversation, as the checker would get it: a log, what three people asked for and were told,
and what each was shown. All of it is sound, until a test spoils something.
"""

from collections.abc import Callable
from copy import deepcopy
from itertools import count
from typing import Any

from tests.kit.oracles import judge
from tests.kit.oracles.findings import Findings, Log, Session, StoredPiece
from tests.kit.oracles.history import Author, Frame, History
from tests.kit.oracles.screen import Screen

C = "c-1"
NOON = 1_780_000_000_000

BOT = {"type": "bot", "id": "robot", "name": "Robot"}
NOBODY = {"type": "nobody"}
MARIA = {"type": "contact", "id": "maria", "name": "Maria"}
ANA = {"type": "agent", "id": "ana", "name": "Ana"}
BEN = {"type": "agent", "id": "ben", "name": "Ben"}

STAFF = ("agent:ana", "agent:ben")
CUSTOMER = "contact:maria"
EVERYBODY = (*STAFF, CUSTOMER)


class Story:
    """Written one event after the other; `findings` is what the checker makes of it."""

    def __init__(self) -> None:
        self.events: list[Frame] = []
        self.pieces: list[StoredPiece] = []
        self.versions: dict[int, int] = {}
        self.shown: dict[Author, list[Frame]] = {who: [] for who in EVERYBODY}
        ticks = count()
        self.history = History(lambda: float(next(ticks)))
        self._ids = count(1)
        self._epoch = 0
        self._commit = 0

    def findings(self, *, here: tuple[Author, ...] = EVERYBODY) -> Findings:
        sessions = []
        for who, frames in self.shown.items():
            screen = Screen(C)
            for frame in frames:
                screen.take(frame)
            sessions.append(Session(who, who in STAFF, screen, who in here))
        log = Log(self.events, self.pieces, self.versions)
        return judge(C, log, sessions, self.history.commands(C))

    # -- what happens --------------------------------------------------------------------------------------------------

    def logs(self, author: Frame, body: Frame, command: str = "", *, told: tuple[Author, ...] = EVERYBODY) -> Frame:
        """An event, in a commit of its own; and who is shown it."""
        self._epoch += body["kind"] == "control"
        is_public = body["kind"] in ("message_started", "message", "control")
        event: Frame = {
            "seq": len(self.events) + 1, "id": f"e{len(self.events) + 1}", "at": NOON + len(self.events),
            "epoch": self._epoch, "author": author, "body": body,
        }  # fmt: skip
        if is_public:
            event["pub"] = 1 + sum("pub" in other for other in self.events)
        if command:
            event["command"] = command
        self._commit += 1
        self.versions[event["seq"]] = self._commit
        self.events.append(event)
        for who in told:
            if who in STAFF:
                self.shown[who].append({"type": "event", "conversation": C, "event": deepcopy(event)})
            elif is_public:
                self.shown[who].append(for_customer(event))
        return event

    def streams(self, message: str, n: int, text: str) -> None:
        """A piece, in a commit of its own, shown to everybody."""
        self._commit += 1
        self.pieces.append(StoredPiece(message, n, self._commit, text))
        for frames in self.shown.values():
            frames.append({"type": "piece", "conversation": C, "message": message, "n": n, "text": text})

    def control(self, by: Frame, move: str, holder: Frame, command: str = "") -> Frame:
        body: Frame = {"kind": "control", "move": move, "holder": holder, "is_open": move != "close"}
        if holder["type"] == "agent":
            body["reply_enabled"] = True
        return self.logs(by, body, command)

    # -- what people do ------------------------------------------------------------------------------------------------

    def gives(self, who: Frame, kind: str, **fields: Any) -> str:
        """Its id."""
        id = f"{who['id']}-{next(self._ids)}"
        self.history.invoke(name(who), "a", {"type": kind, "id": id, "conversation": C, **fields})
        return id

    def repeats(self, who: Frame, id: str, node: str = "b") -> None:
        first = next(record for record in self.history.records if record.id == id)
        self.history.invoke(name(who), node, first.frame)

    def acks(self, who: Frame, id: str, event: Frame | None, **other: Any) -> None:
        fields = ("pub", "at") if who is MARIA else ("seq", "epoch", "at")
        told = {field: event[field] for field in fields} if event else {}
        self.history.answer(name(who), {"type": "ack", "id": id, "conversation": C, **told, **other})

    def refuses(self, who: Frame, id: str, code: str, **facts: Any) -> None:
        self.history.answer(name(who), {"type": "error", "id": id, "conversation": C, "code": code, **facts})

    def says(self, who: Frame, text: str, **fields: Any) -> Frame:
        """Asked for, committed, shown, acknowledged."""
        id = self.gives(who, "say", text=text, **fields)
        event = self.logs(who, message(f"m-{id}", text), id)
        self.acks(who, id, event)
        return event

    def intervenes(self, who: Frame, epoch: int) -> Frame:
        id = self.gives(who, "intervene", epoch=epoch)
        event = self.control(who, "intervene", who, id)
        self.acks(who, id, event)
        return event


def an_evening() -> Story:
    """Maria asks, the bot answers and is cut off by Ana while Ben clicks too; Ana answers and hands back; Maria's words
    are committed on a node that dies; Ben takes over from the bot."""
    story = Story()
    story.logs(MARIA, {"kind": "opened", "contact": MARIA, "channel": "webchat"})
    story.control({"type": "system"}, "start", BOT)
    story.says(MARIA, "Why is my bill so high?")
    story.logs(BOT, {"kind": "message_started", "message": "m-bot"})
    story.streams("m-bot", 1, "Let me ")
    story.streams("m-bot", 2, "see.")

    late = story.gives(BEN, "intervene", epoch=1)
    click = story.gives(ANA, "intervene", epoch=1)
    story.logs(BOT, message("m-bot", "Let me see.", interrupted=True))
    won = story.control(ANA, "intervene", ANA, click)
    story.refuses(BEN, late, "taken", by=ANA, at=won["at"], epoch=2)
    story.acks(ANA, click, won)

    story.says(ANA, "Not any more. Ana here.", epoch=2, seen=6)
    note = story.gives(BEN, "add_note", text="She called twice.")
    story.acks(BEN, note, story.logs(BEN, {"kind": "note", "message": "n-1", "text": "She called twice."}, note))
    back = story.gives(ANA, "hand_back", epoch=2)
    event = story.control(ANA, "hand_back", BOT, back)
    story.acks(ANA, back, event)
    story.repeats(ANA, back)
    story.acks(ANA, back, event)

    lost = story.gives(MARIA, "say", text="Are you still there?")
    event = story.logs(MARIA, message("m-lost", "Are you still there?"), lost)
    story.history.lose(CUSTOMER, lost)
    story.repeats(MARIA, lost)
    story.acks(MARIA, lost, event)
    story.logs(BOT, message("m-bot-2", "I am."))
    story.intervenes(BEN, epoch=3)
    story.says(BEN, "Ben here.", epoch=4, seen=12)
    return story


def message(id: str, text: str, *, interrupted: bool = False) -> Frame:
    return {"kind": "message", "message": id, "text": text} | ({"interrupted": True} if interrupted else {})


def name(who: Frame) -> Author:
    return f"{who['type']}:{who['id']}"


def for_customer(event: Frame) -> Frame:
    """As a node would show it to Maria."""
    body = {key: value for key, value in event["body"].items() if key not in ("move", "reply_enabled", "holder")}
    if "holder" in event["body"]:
        body["holder"] = party(event["body"]["holder"])
    else:
        body["by"] = party(event["author"])
    fields = {key: event[key] for key in ("pub", "id", "at")}
    return {"type": "event", "conversation": C, **fields, "event": body}


def party(who: Frame) -> Frame:
    kind = {"contact": "you"}.get(who["type"], who["type"])
    return {"kind": kind, "name": who.get("name", "")}


Plant = Callable[[Story], None]
