"""Customers who write and wait for their ack, for Locust (https://locust.io): docs/load.md says how to run it.

Times are from the send to the ack, unlike those of `intervene load`, and no promise is checked.
"""

import json
import time
from itertools import count
from typing import Any

from locust import HttpUser, between, events, task
from websocket import WebSocket, WebSocketException, create_connection

CHANNEL = "webchat"
TEXT = "I have read the letter, and I would like to know whether I could pay the rest in three parts, please."
PATIENCE = 10.0  # seconds for an answer


class Customer(HttpUser):
    """A visitor with a conversation of their own. One person may send 2 messages a second."""

    wait_time = between(1, 3)
    socket: WebSocket
    conversation: str

    def on_start(self) -> None:
        token = self.client.post(f"/v1/webchat/{CHANNEL}/visitors", json={}).json()["token"]
        self.numbers = count(1)
        self.socket = create_connection(
            f"{self.host.replace('http', 'ws', 1)}/socket", subprotocols=["intervene.v1"], timeout=PATIENCE
        )
        begun = time.perf_counter()
        self.say(type="hello", token=token)
        self.until("welcome")
        self.say(type="open")
        self.conversation = self.until("opened")["conversation"]
        self.say(type="watch", conversation=self.conversation)
        self.until("watched")
        self.measured("join", begun)

    def on_stop(self) -> None:
        self.socket.close()

    @task
    def write(self) -> None:
        id, begun = f"m{next(self.numbers)}", time.perf_counter()
        try:
            self.say(type="say", id=id, conversation=self.conversation, text=TEXT)
            answer = self.until("ack", "error", id=id)
        except (OSError, WebSocketException) as problem:
            self.measured("say to ack", begun, problem)
            raise
        failed = answer["type"] == "error" and RuntimeError(f"{answer['code']}: {answer['message']}")
        self.measured("say to ack", begun, failed or None)

    def say(self, **frame: Any) -> None:
        self.socket.send(json.dumps(frame))

    def until(self, *types: str, **members: Any) -> dict[str, Any]:
        """The next frame of such a type with these members. What else comes is passed over."""
        while True:
            frame = json.loads(self.socket.recv())
            if frame["type"] in types and members.items() <= frame.items():
                return frame

    def measured(self, name: str, begun: float, problem: Exception | None = None) -> None:
        took = 1000 * (time.perf_counter() - begun)
        events.request.fire(
            request_type="websocket", name=name, response_time=took, response_length=0, exception=problem
        )
