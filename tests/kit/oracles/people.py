"""The oracle of people: what they asked for and were told, and what every session was shown, against the log.

Linear, because the log says by its numbers in which order things happened: nothing has to be guessed, only compared.
It knows the wire's JSON and nothing of the product's code. Whatever it finds it keeps, with the promise that it breaks.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property

from tests.kit.oracles.database import by_command, changes_of_control, name_of
from tests.kit.oracles.findings import Counts, Findings, Log, Problem, Session
from tests.kit.oracles.history import Author, Command, Frame, What
from tests.kit.oracles.screen import Shown, Wrong, shown

MOVES = ("intervene", "hand_back", "send_bot", "release", "assign", "transfer", "close", "reopen", "ask_for_person")

SPEAKING = ("say", "add_note")


def judge_people(
    conversation: str,
    log: Log,
    sessions: Iterable[Session],
    commands: Sequence[Command],
    told: int | None = None,
    *,
    one_socket_each: bool = True,
) -> Findings:
    """[P1, P2, P3, P5] `commands`: those of this conversation, in the order in which they were first given. `told`: how
    many events everybody who is here must have been shown; all of them, unless the log still grows. `one_socket_each`:
    at a time, and whoever comes back repeats what has no answer before anything else."""
    checker = _PeopleChecker(conversation, log)
    checker.check_commands(commands)
    if one_socket_each:
        checker.check_order(commands)
    for session in sessions:
        checker.check_session(session, len(log.events) if told is None else told)
    return checker.found


class _PeopleChecker:
    def __init__(self, conversation: str, log: Log) -> None:
        self.found = Findings(Counts())
        self._conversation = conversation
        self._events = log.events
        self._control = changes_of_control(log.events)
        self._places = by_command(log.events)

    def _complain(self, promise: str, sentence: str) -> None:
        self.found.problems.append(Problem(promise, self._conversation, sentence))

    # -- what people asked for -----------------------------------------------------------------------------------------

    def check_commands(self, commands: Sequence[Command]) -> None:
        known = {(command.who, command.id) for command in commands}
        people = {command.who for command in commands}
        for (who, id), event in self._places.items():
            if who in people and (who, id) not in known:
                self._complain("P5", f"event {event['seq']} is a command that {who} never gave: {id}")
        for command in commands:
            self._check_command(command)
        self._check_real_time(commands)

    def _check_command(self, command: Command) -> None:
        event = self._places.get((command.who, command.id))
        name = f"{command.kind} {command.id}"
        match command.outcome:
            case What.OK if command.acks:
                first, *others = command.acks
                if any(other != first for other in others):
                    self._complain("P3", f"{name} was acknowledged in two ways: {command.acks}")
                self._check_ack(command, first, event)
            case What.OK if event and all(found.what is What.OK for found in command.tries):
                self._complain("P3", f"{name} changed nothing, as was said, and is in the log at {event['seq']}")
            case What.FAIL if event:
                self._complain("P3", f"{name} was refused and is in the log at {event['seq']}: {command.answers}")
            case _:
                pass
        if event:
            self._check_content(command, event)
        for answer in command.answers:
            self._check_refusal(command, answer)
            self._check_no_change(command, answer)

    def _check_ack(self, command: Command, ack: Frame, event: Frame | None) -> None:
        name = f"{command.kind} {command.id}"
        told = {field: ack[field] for field in ("seq", "pub", "epoch", "at") if field in ack}
        if event is None:
            self.found.counts.acked_lost += 1
            self._complain("P5", f"{name} was acknowledged and is not in the log: {told}")
        elif told != (kept := {field: event.get(field) for field in told}):
            self.found.counts.acked_lost += 1
            self._complain("P5", f"{name} was acknowledged as {told} and is in the log as {kept}")

    def _check_no_change(self, command: Command, answer: Frame) -> None:
        """Who is told that they hold control already does, or did in that epoch."""
        if command.kind != "intervene" or answer["type"] != "ack" or answer.get("seq"):
            return
        if self._holder_in(answer["epoch"]) != command.who:
            name = f"{command.kind} {command.id}"
            self._complain("P3", f"{name} was told that {command.who} holds control, in epoch {answer['epoch']}")

    def _check_content(self, command: Command, event: Frame) -> None:
        """What is in the log is what was asked for, in the epoch in which it was."""
        body, asked, name = event["body"], command.frame, f"{command.kind} {command.id} at {event['seq']}"
        if command.kind in SPEAKING and body.get("text") != asked["text"]:
            self._complain("P5", f"{name} says {body.get('text')!r} and was {asked['text']!r}")
        if command.kind in MOVES and body["kind"] != "control":
            self._complain("P3", f"{name} changed nothing")
        if "epoch" in asked and event["epoch"] != asked["epoch"] + (body["kind"] == "control"):
            self._complain("P1", f"{name} was made for epoch {asked['epoch']} and stands in {event['epoch']}")
        to = command.who if command.kind == "intervene" else f"agent:{asked.get('agent')}"
        if command.kind in ("intervene", "assign") and name_of(body.get("holder", {})) != to:
            self._complain("P3", f"{name} gave control to {body.get('holder')}, not to {to}")

    def _check_refusal(self, command: Command, answer: Frame) -> None:
        """Each loser is told the truth: who won, when, in which epoch."""
        if answer.get("code") not in ("taken", "stale"):
            return
        name, epoch = f"{command.kind} {command.id}", answer["epoch"]
        is_anothers = answer["code"] == "taken" and self._holder_in(epoch) != command.who
        if epoch == command.frame["epoch"] and not is_anothers:
            self._complain("P3", f"{name} was refused for the epoch that it was made in: {answer}")
        holder = answer["by"] if answer["code"] == "taken" else answer["holder"]
        if self._holder_in(epoch) != name_of(holder):
            self._complain(
                "P3", f"{name} was told that {name_of(holder)} holds epoch {epoch}: {self._holder_in(epoch)}"
            )
        elif answer["code"] == "taken" and answer["at"] != self._control[epoch]["at"]:
            self._complain("P3", f"{name} was told another time of epoch {epoch}: {answer['at']}")
        if answer["code"] == "taken" and name_of(holder) == command.who:
            self._complain("P3", f"{name} was told that its own author was quicker")

    def _holder_in(self, epoch: int) -> Author:
        event = self._control.get(epoch)
        return name_of(event["body"]["holder"]) if event else "" if epoch else "nobody:"

    def check_order(self, commands: Sequence[Command]) -> None:
        """[P5] One author's commands take effect in the order in which they were given."""
        last: dict[Author, Frame] = {}
        for command in commands:
            event = self._places.get((command.who, command.id))
            if event is None or command.was_put_off:
                continue
            before = last.get(command.who)
            if before and before["seq"] > event["seq"]:
                self.found.counts.reordered += 1
                self._complain("P5", f"{command.id} is at {event['seq']}, before {before['command']}, given earlier")
            last[command.who] = event

    def _check_real_time(self, commands: Sequence[Command]) -> None:
        """[P3, P5] What was known to be done before a command was given comes before it in the log; and no refusal
        speaks of an epoch that was known to be over."""
        moments: list[tuple[int, Command, Frame | None]] = []
        for command in commands:
            event = self._places.get((command.who, command.id))
            moments.append((command.began, command, event))
            if event and command.outcome is What.OK:
                moments.append((command.ended, command, None))
            for found in command.tries:
                if found.answer.get("code") in ("taken", "stale"):
                    moments.append((found.began, command, found.answer))
        done: Frame = {"seq": 0, "epoch": 0}
        for at, command, what in sorted(moments, key=lambda moment: moment[0]):
            if what is None and at == command.ended:
                event = self._places[command.who, command.id]
                done = max(done, event, key=lambda event: int(event["seq"]))
            elif what is not None and "code" in what:
                if what["epoch"] < done["epoch"]:
                    told = f"epoch {what['epoch']} after {done['epoch']} was known"
                    self._complain("P3", f"{command.kind} {command.id} was told of {told}")
            elif what is not None and what["seq"] <= done["seq"]:
                self.found.counts.reordered += 1
                done_by = f"{done['seq']}, which was done before it was given"
                self._complain("P5", f"{command.kind} {command.id} is at {what['seq']}, not after {done_by}")

    # -- what people were shown ----------------------------------------------------------------------------------------

    def check_session(self, session: Session, told: int) -> None:
        """[P1, P2, P5] The log's events, each once, in order, over all sockets; words only as the log keeps them."""
        screen = session.screen
        mine = self._for_staff if session.is_staff else self._for_customers
        for fault in screen.faults:
            self._count(fault.what)
            self._complain(_PROMISES[fault.what], f"{session.who} was shown wrong: {fault}")
        for event in screen.events:
            kept = mine[event.n - 1] if event.n <= len(mine) else None
            if kept is None or _bare(event) != _bare(kept):
                self._complain("P5", f"{session.who} was shown {_bare(event)}, the log has {kept and _bare(kept)}")
        kept_texts = {event.message: event.text for event in mine if event.kind == "message"}
        for message, text in screen.texts.items():
            if message in kept_texts and not kept_texts[message].startswith(text):
                self._complain("P2", f"{session.who} was shown of {message} what is not in the log: {text!r}")
            elif message not in kept_texts and message != screen.stream:
                self._complain("P2", f"{session.who} was shown {message}, which is not in the log")
        if session.is_here:
            last = told if session.is_staff else sum(event.frame["event"]["seq"] <= told for event in mine)
            if screen.last < last:
                self.found.counts.never_told += 1
                self._complain("P5", f"{session.who} is here and was told up to {screen.last} of {last}")
            elif screen.last == len(mine):
                self._check_state(session)

    def _check_state(self, session: Session) -> None:
        """[P5] Who has seen all events knows the state."""
        believed, epoch = session.screen.holder, max(self._control, default=0)
        if epoch and believed != (holder := self._control[epoch]["body"]["holder"]["type"]):
            self._complain("P5", f"{session.who} believes that {believed} holds control, not {holder}")

    def _count(self, what: Wrong) -> None:
        counts = self.found.counts
        match what:
            case Wrong.BOT_AFTER:
                counts.bot_events_after += 1
            case Wrong.PIECE_AFTER:
                counts.pieces_after += 1
            case Wrong.LOST:
                counts.never_told += 1
            case Wrong.DOUBLED:
                counts.doubled += 1
            case Wrong.REORDERED:
                counts.reordered += 1
            case Wrong.OTHER:
                pass

    @cached_property
    def _for_staff(self) -> list[Shown]:
        return [shown({"type": "event", "conversation": self._conversation, "event": event}) for event in self._events]

    @cached_property
    def _for_customers(self) -> list[Shown]:
        """What a customer may see, by `pub`, and for whom."""
        return [
            event._replace(n=event.frame["event"]["pub"])
            for event in self._for_staff
            if event.frame["event"].get("pub")
        ]


_PROMISES = {
    Wrong.BOT_AFTER: "P1",
    Wrong.PIECE_AFTER: "P1",
    Wrong.LOST: "P5",
    Wrong.DOUBLED: "P5",
    Wrong.REORDERED: "P5",
    Wrong.OTHER: "P2",
}


def _bare(event: Shown) -> tuple[object, ...]:
    return event._replace(frame={})
