/**
 * A customer with two windows, of whom a reply is streamed to both, whatever happens to the lines meanwhile.
 *
 * Standard input: {customers: [{url, token}]}. Standard output: for each customer one line of JSON with what both
 * windows show in the end, and where one of them showed what it later took back.
 */

import { text } from "node:stream/consumers";
import { createClient } from "@intervene/client";
import WebSocket from "ws";

const { customers } = JSON.parse(await text(process.stdin));

await Promise.all(customers.map(watch));

async function watch({ url, token }, index) {
  const pace = { firstDelay: 20, longestDelay: 100, join: 2000 };
  const clients = [1, 2].map(() => createClient({ url, WebSocket, getToken: () => token, pace }));
  const windows = await Promise.all(clients.map(async (client) => look(await client.open())));
  await windows[0].conversation.say("Why is my bill so high?");
  while (!windows.every(({ conversation }) => isDone(conversation))) await new Promise((go) => setTimeout(go, 20));
  const shown = windows.map(({ conversation, takenBack }) => ({
    events: conversation.view.events.map(({ pub, id, event }) => [pub, id, event.kind, event.text ?? ""]),
    takenBack,
  }));
  console.log(JSON.stringify({ index, conversation: windows[0].conversation.id, shown }));
  for (const client of clients) client.stop();
}

function isDone({ view, isLive }) {
  return isLive && view.events.some(({ event }) => event.kind === "message" && event.by.kind === "bot");
}

/** Each reply as it was shown last. What is shown next has to begin with it. */
function look(conversation) {
  const replies = new Map();
  const takenBack = [];
  const show = (message, text) => {
    const before = replies.get(message) ?? "";
    if (!text.startsWith(before)) takenBack.push([before, text]);
    replies.set(message, text);
  };
  conversation.on("change", () => {
    const { events, stream } = conversation.view;
    for (const { event } of events) if (event.kind === "message") show(event.message, event.text);
    if (stream) show(stream.message, stream.text);
    const bubbles = events.filter(({ event }) => event.kind === "message" && event.by.kind === "bot").length;
    if (bubbles + (stream ? 1 : 0) > 1) takenBack.push(["one bubble", `${bubbles}`]);
  });
  return { conversation, takenBack };
}
