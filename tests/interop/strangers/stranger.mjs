// Somebody who has read docs/protocol.md and knows the `ws` package, nothing else of ours.
// node stranger.mjs http://127.0.0.1:8000
// Prints what happened, one JSON object a line.

import WebSocket from "ws";

const url = process.argv[2];
const print = (step, facts) => console.log(JSON.stringify({ step, ...facts }));

async function getToken() {
  const answer = await fetch(`${url}/v1/webchat/webchat/visitors`, { method: "POST", body: JSON.stringify({ name: "Stranger" }) });
  return (await answer.json()).token;
}

// A socket that is welcome. `next(isWanted)` is the first frame that fits, of those that came and were not passed by.
async function join(token) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket`, "intervene.v1");
  const frames = [];
  let wake = () => {};
  socket.on("message", (data) => (frames.push(JSON.parse(data)), wake()));
  socket.on("close", (code) => (frames.push({ type: "closed", code }), wake()));
  await new Promise((opened, failed) => socket.on("open", opened).on("error", failed));
  const next = async (isWanted) => {
    for (;;) {
      while (frames.length) {
        const frame = frames.shift();
        if (isWanted(frame)) return frame;
        if (frame.type === "closed" || frame.type === "error") throw new Error(JSON.stringify(frame));
      }
      await new Promise((resolve) => (wake = resolve));
    }
  };
  const is = (type) => (frame) => frame.type === type;
  const say = (frame) => socket.send(JSON.stringify(frame));
  say({ type: "hello", token });
  const welcome = await next(is("welcome"));
  return { socket, next, is, say, welcome };
}

const token = await getToken();
const first = await join(token);
print("welcome", first.welcome);

first.say({ type: "open" });
const { conversation } = await first.next(first.is("opened"));
first.say({ type: "watch", conversation });
const watched = await first.next(first.is("watched"));
print("watched", { conversation, pub: watched.state.pub, events: watched.events });

first.say({ type: "say", id: "hello-1", conversation, text: "Is anybody there?" });
const mine = await first.next((frame) => frame.event?.by?.kind === "you");
const ack = await first.next((frame) => frame.type === "ack" && frame.id === "hello-1");
print("said", { event: mine, ack });

first.socket.terminate(); // no goodbye, as when a train enters a tunnel
const elsewhere = await join(token);
elsewhere.say({ type: "say", id: "hello-2", conversation, text: "I am on my phone now." });
print("said elsewhere", { ack: await elsewhere.next(elsewhere.is("ack")) });
elsewhere.socket.close();

const again = await join(token);
again.say({ type: "watch", conversation, after: { n: mine.pub, id: mine.id } });
print("resumed", await again.next(again.is("watched")));

again.say({ type: "say", id: "hello-1", conversation, text: "Is anybody there?" });
print("repeated", { ack: await again.next(again.is("ack")) });
again.socket.close(1000);
print("closed", await again.next(again.is("closed")));
