/**
 * Customers on a bad line: each opens a conversation and says some messages, whatever happens to the line meanwhile.
 *
 * Standard input: {url, tokens, messages, seed}. Standard output: for each customer, once all was acknowledged, one
 * line of JSON with the events it shows and the acks it got.
 */

import { text } from "node:stream/consumers";
import { createClient } from "@intervene/client";
import WebSocket from "ws";

const { url, tokens, messages, seed } = JSON.parse(await text(process.stdin));

await Promise.all(tokens.map(talk));

async function talk(token, index) {
  const random = randomOf(seed * 1000 + index);
  const pace = { firstDelay: 50, longestDelay: 1000, join: 2000 };
  // A customer's token may be presented again: it has not expired.
  const client = createClient({ url, WebSocket, getToken: () => token, pace });
  const conversation = await client.open();
  const acks = [];
  for (let n = 0; n < messages; n++) {
    const said = conversation.say(`message ${n} of ${index}`).then((ack) => acks.push([n, ack.pub]));
    if (random() < 0.5) await said;
    else await new Promise((resume) => setTimeout(resume, random() * 200));
  }
  while (acks.length < messages || !conversation.isLive) await new Promise((resume) => setTimeout(resume, 20));
  const events = conversation.view.events.map(({ pub, id, event }) => [pub, id, event.kind, event.text ?? ""]);
  const { number, more, stream } = conversation.view;
  console.log(JSON.stringify({ index, conversation: conversation.id, acks, events, number, more, stream }));
  client.stop();
}

/** A small generator, so that a seed gives the same pauses again. */
function randomOf(state) {
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
