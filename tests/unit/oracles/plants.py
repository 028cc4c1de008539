"""What can go wrong with a sound evening, each to be planted into one of its own."""

from copy import deepcopy

from tests.kit.oracles.findings import StoredPiece
from tests.unit.oracles.story import (
    ANA,
    BEN,
    BOT,
    CUSTOMER,
    MARIA,
    NOBODY,
    STAFF,
    C,
    Plant,
    Story,
    for_customer,
    message,
)


def an_acked_message_is_not_in_the_log(story: Story) -> None:
    story.events.pop()
    for frames in story.shown.values():
        frames.pop()


def an_acked_message_is_at_another_number(story: Story) -> None:
    id = story.gives(MARIA, "say", text="Hello?")
    event = story.logs(MARIA, message("m-hello", "Hello?"), id)
    story.acks(MARIA, id, event, pub=event["pub"] - 1)


def a_command_is_in_the_log_twice(story: Story) -> None:
    story.logs(BEN, message("m-again", "Ben here."), story.events[-1]["command"])


def an_unknown_command_is_in_the_log_twice(story: Story) -> None:
    id = story.gives(MARIA, "say", text="Hello?")
    story.history.lose(CUSTOMER, id)
    for number in range(2):
        story.logs(MARIA, message(f"m-hello-{number}", "Hello?"), id)


def a_refused_command_is_in_the_log(story: Story) -> None:
    id = story.gives(BEN, "say", text="One moment.", epoch=4, seen=5)
    story.refuses(BEN, id, "stale_view", asked=10)
    story.logs(BEN, message("m-moment", "One moment."), id)


def what_was_put_off_is_in_the_log(story: Story) -> None:
    id = story.gives(MARIA, "say", text="Hello?")
    story.refuses(MARIA, id, "too_fast", retry_after=1.0)
    story.logs(MARIA, message("m-hello", "Hello?"), id)


def a_bot_speaks_after_a_takeover(story: Story) -> None:
    story.logs(BOT, message("m-late", "And another thing."), told=())
    event = story.events[-1]
    event["epoch"] = 3
    for frames in story.shown.values():
        frames.append({"type": "event", "conversation": C, "event": event} if frames is not story.shown[CUSTOMER]
                      else for_customer(event))  # fmt: skip


def a_bot_speaks_in_an_epoch_that_is_over(story: Story) -> None:
    """Under another bot's control, so that only the epoch gives it away."""
    id = story.gives(BEN, "hand_back", epoch=4)
    story.acks(BEN, id, story.control(BEN, "hand_back", BOT, id))
    story.logs(BOT, message("m-late", "And another thing."))
    story.events[-1]["epoch"] = 3
    for who in STAFF:
        story.shown[who][-1]["event"]["epoch"] = 3


def a_piece_is_committed_after_a_takeover(story: Story) -> None:
    story.pieces.append(StoredPiece("m-bot", 3, story.versions[7], ""))


def a_piece_is_shown_after_a_takeover(story: Story) -> None:
    story.shown[CUSTOMER].append({"type": "piece", "conversation": C, "message": "m-bot", "n": 3, "text": " So"})


def a_piece_is_shown_under_the_next_bot(story: Story) -> None:
    """The screen forgets nothing: control went to a person and back to a bot, and the piece is of the first run."""
    frames = story.shown[CUSTOMER]
    back = next(at for at, frame in enumerate(frames) if frame.get("pub") == 7)
    frames.insert(back + 1, {"type": "piece", "conversation": C, "message": "m-bot", "n": 3, "text": ""})


def a_bot_s_event_is_shown_after_the_takeover(story: Story) -> None:
    """In the log it stands before; one screen got the two the other way round."""
    frames = story.shown["agent:ana"]
    at = next(at for at, frame in enumerate(frames) if frame.get("event", {}).get("seq") == 11)
    frames[at], frames[at + 1] = frames[at + 1], frames[at]


def the_words_of_a_turn_that_is_over_stand_under_the_next(story: Story) -> None:
    """Marked by a bot that went on after it had lost control."""
    story.events[10] |= {"turn": story.versions[9], "body": message("m-bot-2", f"⟦3.{story.versions[9]}⟧ I ⟦1.2⟧ am.")}


def a_turn_speaks_that_was_claimed_in_an_epoch_before(story: Story) -> None:
    story.events[10]["turn"] = story.versions[9] - 1


def an_epoch_begins_twice(story: Story) -> None:
    story.control(BEN, "release", NOBODY)
    for event in (story.events[-1], *(story.shown[who][-1]["event"] for who in STAFF)):
        event["epoch"] = 4


def two_of_them_win(story: Story) -> None:
    """Both asked in epoch 4; the second is acknowledged with an event that another click made."""
    first, second = story.gives(ANA, "intervene", epoch=4), story.gives(BEN, "intervene", epoch=4)
    event = story.control(ANA, "intervene", ANA, first)
    story.acks(ANA, first, event)
    story.acks(BEN, second, event)


def an_intervene_wins_that_was_made_in_an_older_epoch(story: Story) -> None:
    id = story.gives(ANA, "intervene", epoch=3)
    story.acks(ANA, id, story.control(ANA, "intervene", ANA, id))


def a_loser_is_told_of_the_wrong_winner(story: Story) -> None:
    id = story.gives(ANA, "intervene", epoch=3)
    story.refuses(ANA, id, "taken", by={"type": "agent", "id": "carl", "name": "Carl"}, at=0, epoch=4)


def a_loser_is_told_the_wrong_time(story: Story) -> None:
    id = story.gives(ANA, "intervene", epoch=3)
    story.refuses(ANA, id, "taken", by=BEN, at=1, epoch=4)


def a_loser_is_told_of_a_winner_whose_time_is_over(story: Story) -> None:
    """Ben's takeover was acknowledged before the click, and the click is told of Ana's, two epochs ago."""
    id = story.gives(MARIA | BEN, "intervene", epoch=1)
    story.refuses(BEN, id, "taken", by=ANA, at=story.events[5]["at"], epoch=2)


def a_command_is_refused_for_the_epoch_it_was_made_in(story: Story) -> None:
    id = story.gives(ANA, "intervene", epoch=4)
    story.refuses(ANA, id, "stale", holder=BEN, epoch=4)


def who_does_not_hold_control_is_told_that_they_do(story: Story) -> None:
    id = story.gives(ANA, "intervene", epoch=4)
    story.acks(ANA, id, None, epoch=4)


def what_changed_nothing_is_in_the_log(story: Story) -> None:
    id = story.gives(MARIA, "ask_for_person")
    story.control(MARIA, "ask", NOBODY, id)
    story.acks(MARIA, id, None)


def a_repeat_gets_another_receipt(story: Story) -> None:
    event = story.events[-1]
    story.repeats(BEN, event["command"])
    story.acks(BEN, event["command"], event, at=event["at"] + 5)


def an_agent_speaks_without_control(story: Story) -> None:
    story.says(ANA, "I am back.", epoch=4, seen=13)


def what_was_given_later_stands_earlier(story: Story) -> None:
    """Maria's words were acknowledged before Ben clicked, and stand behind his click."""
    id = story.gives(MARIA, "say", text="Hello?")
    event = story.logs(MARIA, message("m-hello", "Hello?"), id, told=())
    event |= {"seq": 15, "pub": event["pub"] + 1, "id": "e15", "at": event["at"] + 1, "epoch": 4}
    story.acks(MARIA, id, event)
    story.events.pop()
    note = story.gives(BEN, "release", epoch=4)
    story.acks(BEN, note, story.control(BEN, "release", NOBODY, note))
    event["epoch"] = 5
    story.events.append(event)
    story.versions[15] = story.versions[14] + 1
    for who in STAFF:
        story.shown[who].append({"type": "event", "conversation": C, "event": event})
    story.shown[CUSTOMER].append(for_customer(event))


def two_in_one_breath_change_their_places(story: Story) -> None:
    first, second = (story.gives(BEN, "say", text=text, epoch=4, seen=13) for text in ("One.", "Two."))
    for id, text in ((second, "Two."), (first, "One.")):
        story.acks(BEN, id, story.logs(BEN, message(f"m-{id}", text), id))


def a_message_is_in_the_log_that_nobody_wrote(story: Story) -> None:
    story.logs(MARIA, message("m-ghost", "Boo."), "maria-99")


def a_message_is_not_what_was_written(story: Story) -> None:
    id = story.gives(MARIA, "say", text="Hello?")
    story.acks(MARIA, id, story.logs(MARIA, message("m-hello", "Hell"), id))


def an_event_is_missing_on_a_screen(story: Story) -> None:
    del story.shown["agent:ben"][3]


def an_event_comes_twice_on_a_screen(story: Story) -> None:
    story.shown["agent:ben"].append(story.shown["agent:ben"][-1])


def a_piece_comes_twice_on_a_screen(story: Story) -> None:
    frames = story.shown[CUSTOMER]
    at = next(at for at, frame in enumerate(frames) if frame["type"] == "piece")
    frames.insert(at + 1, frames[at])


def a_screen_shows_what_the_log_has_not(story: Story) -> None:
    story.shown[CUSTOMER][-1] = deepcopy(story.shown[CUSTOMER][-1])
    story.shown[CUSTOMER][-1]["event"]["text"] = "Ben here, as ever."


def more_was_shown_than_is_kept(story: Story) -> None:
    """The last piece was shown, and the takeover cut the message before it."""
    story.pieces.pop()
    story.events[4]["body"]["text"] = "Let me "
    for frames in story.shown.values():
        for frame in frames:
            body = frame.get("event", {}).get("body") or frame.get("event", {})
            if body.get("message") == "m-bot" and "text" in body:
                body["text"] = "Let me "


def a_session_is_never_told_the_end(story: Story) -> None:
    story.shown["agent:ana"].pop()


def a_screen_believes_in_another_holder(story: Story) -> None:
    for frame in story.shown[CUSTOMER]:
        if frame["type"] == "event" and frame["event"].get("holder", {}).get("name") == "Ben":
            frame["event"]["holder"] = {"kind": "nobody"}


def a_number_is_missing_in_the_log(story: Story) -> None:
    story.events.append({**story.logs(BEN, message("m-x", "x"), told=()), "seq": 15, "id": "e15"})
    del story.events[-2]


def a_public_number_is_missing(story: Story) -> None:
    story.says(MARIA, "Hello?")
    story.events[-1]["pub"] += 1


def time_falls(story: Story) -> None:
    story.events[7]["at"] -= 3_600_000


def a_message_is_not_the_join_of_its_pieces(story: Story) -> None:
    story.pieces[1] = story.pieces[1]._replace(text="look.")


def control_changes_inside_a_message(story: Story) -> None:
    del story.events[4]
    for number, event in enumerate(story.events, start=1):
        event["seq"] = number


PLANTS: list[tuple[Plant, str, str]] = [
    # what is planted, the promise that it breaks, and the count that it is in
    (an_acked_message_is_not_in_the_log, "P5", "acked_lost"),
    (an_acked_message_is_at_another_number, "P5", "acked_lost"),
    (a_command_is_in_the_log_twice, "P5", "doubled"),
    (an_unknown_command_is_in_the_log_twice, "P5", "doubled"),
    (a_refused_command_is_in_the_log, "P3", ""),
    (what_was_put_off_is_in_the_log, "P3", ""),
    (a_bot_speaks_after_a_takeover, "P1", "bot_events_after"),
    (a_bot_speaks_in_an_epoch_that_is_over, "P1", "bot_events_after"),
    (a_piece_is_committed_after_a_takeover, "P1", "pieces_after"),
    (a_piece_is_shown_after_a_takeover, "P1", "pieces_after"),
    (a_piece_is_shown_under_the_next_bot, "P1", "pieces_after"),
    (a_bot_s_event_is_shown_after_the_takeover, "P1", "bot_events_after"),
    (the_words_of_a_turn_that_is_over_stand_under_the_next, "P1", "bot_events_after"),
    (a_turn_speaks_that_was_claimed_in_an_epoch_before, "P1", "bot_events_after"),
    (an_epoch_begins_twice, "P3", ""),
    (two_of_them_win, "P5", "acked_lost"),
    (an_intervene_wins_that_was_made_in_an_older_epoch, "P1", ""),
    (a_loser_is_told_of_the_wrong_winner, "P3", ""),
    (a_loser_is_told_the_wrong_time, "P3", ""),
    (a_loser_is_told_of_a_winner_whose_time_is_over, "P3", ""),
    (a_command_is_refused_for_the_epoch_it_was_made_in, "P3", ""),
    (who_does_not_hold_control_is_told_that_they_do, "P3", ""),
    (what_changed_nothing_is_in_the_log, "P3", ""),
    (a_repeat_gets_another_receipt, "P3", ""),
    (an_agent_speaks_without_control, "P1", ""),
    (what_was_given_later_stands_earlier, "P5", "reordered"),
    (two_in_one_breath_change_their_places, "P5", "reordered"),
    (a_message_is_in_the_log_that_nobody_wrote, "P5", ""),
    (a_message_is_not_what_was_written, "P5", ""),
    (an_event_is_missing_on_a_screen, "P5", "never_told"),
    (an_event_comes_twice_on_a_screen, "P5", "doubled"),
    (a_piece_comes_twice_on_a_screen, "P5", "doubled"),
    (a_screen_shows_what_the_log_has_not, "P5", ""),
    (more_was_shown_than_is_kept, "P2", ""),
    (a_session_is_never_told_the_end, "P5", "never_told"),
    (a_screen_believes_in_another_holder, "P5", ""),
    (a_number_is_missing_in_the_log, "P5", ""),
    (a_public_number_is_missing, "P5", ""),
    (time_falls, "P5", ""),
    (a_message_is_not_the_join_of_its_pieces, "P2", ""),
    (control_changes_inside_a_message, "P2", ""),
]
