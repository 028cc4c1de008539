// Customers who write and wait for their ack, for k6 (https://k6.io): docs/load.md says how to run it.
// Times are from the send to the ack, unlike those of `intervene load`, and no promise is checked.

import { check } from "k6";
import http from "k6/http";
import { Counter, Trend } from "k6/metrics";
import { WebSocket } from "k6/websockets";

const BASE = __ENV.URL || "http://127.0.0.1:8000";
const CHANNEL = __ENV.CHANNEL || "webchat";
const SECONDS = Number(__ENV.SECONDS || 20); // that a session lasts; then its user comes as a new visitor
const PAUSE = 2000; // milliseconds between two messages, on average: one person may send 2 a second
const TEXT = "I have read the letter, and I would like to know whether I could pay the rest in three parts, please.";

const join = new Trend("join", true);
const ack = new Trend("ack", true);
const errors = new Counter("errors");

export const options = {
  vus: 10,
  duration: "30s",
  thresholds: { ack: ["p(99)<250"], errors: ["count==0"] },
};

export default function () {
  const asked = http.post(`${BASE}/v1/webchat/${CHANNEL}/visitors`, "{}", {
    headers: { "Content-Type": "application/json" },
  });
  if (!check(asked, { "a visitor gets a token": (answer) => answer.status >= 200 && answer.status < 300 })) return;

  const socket = new WebSocket(`${BASE.replace(/^http/, "ws")}/socket`, ["intervene.v1"]);
  const send = (frame) => socket.send(JSON.stringify(frame));
  const sent = new Map(); // when, by the message's id
  const begun = Date.now();
  let conversation = "";
  let number = 0;

  const write = () => {
    if (socket.readyState !== 1) return;
    const id = `m${++number}`;
    sent.set(id, Date.now());
    send({ type: "say", id, conversation, text: TEXT });
    setTimeout(write, PAUSE * (0.5 + Math.random()));
  };

  const received = {
    welcome: () => send({ type: "open" }),
    opened: (frame) => {
      conversation = frame.conversation;
      send({ type: "watch", conversation });
    },
    watched: () => {
      join.add(Date.now() - begun);
      write();
    },
    ack: (frame) => ack.add(Date.now() - sent.get(frame.id)),
    error: (frame) => errors.add(1, { code: frame.code }),
  };

  socket.onopen = () => send({ type: "hello", token: asked.json("token") });
  socket.onmessage = (message) => {
    const frame = JSON.parse(message.data);
    if (frame.type in received) received[frame.type](frame);
  };
  socket.onerror = () => errors.add(1, { code: "socket" });
  setTimeout(() => socket.close(), SECONDS * 1000);
}
