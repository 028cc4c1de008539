// The frames of Intervene by hand on `ws`: a token is verified, a conversation watched, a message checked, numbered, sent
// to all who watch and acked. Nothing is kept but the count; there are no rights, bots, limits, or customers' own frames.
import { createHmac, timingSafeEqual } from "node:crypto";
import { WebSocketServer } from "ws";

const key = process.env.KEY;
const conversations = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 1024 });

const decoded = (part) => JSON.parse(Buffer.from(part, "base64url"));

function verified(token) {
  const [head, claims, signature] = token.split(".");
  const right = createHmac("sha256", key).update(`${head}.${claims}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (decoded(head).alg !== "HS256") throw new Error("algorithm");
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw new Error("signature");
  const { typ, sub, name, aud, exp } = decoded(claims);
  if (aud !== "intervene" || exp < Date.now() / 1000) throw new Error("claims");
  return { type: typ === "visitor" ? "contact" : typ, id: sub, name };
}

function watch(socket, id) {
  const conversation = conversations.get(id) ?? { seq: 0, watchers: new Set() };
  conversations.set(id, conversation);
  conversation.watchers.add(socket);
  socket.watched.add(conversation);
  return { type: "watched", conversation: id, events: [], state: { seq: conversation.seq }, more: false };
}

function say(socket, frame) {
  const { id, conversation: name, text } = frame;
  const conversation = conversations.get(name);
  if (!socket.watched.has(conversation)) throw new Error("not watched");
  if (typeof text !== "string" || text.length > 16384) throw new Error("text");
  const at = Date.now();
  const seq = ++conversation.seq;
  const body = { kind: "message", message: `${name.slice(12)}${String(seq).padStart(12, "0")}`, text };
  const made = `${name.slice(0, 8)}${String(seq).padStart(9, "0")}`;
  const event = { seq, pub: seq, id: made, at, epoch: 1, author: socket.author, body, command: id };
  const data = JSON.stringify({ type: "event", conversation: name, event });
  for (const watcher of conversation.watchers) watcher.send(data);
  return { type: "ack", id, conversation: name, seq, epoch: 1, at };
}

function answer(socket, frame) {
  if (frame.type === "say") return say(socket, frame);
  if (frame.type === "watch") return watch(socket, frame.conversation);
  if (frame.type !== "hello") throw new Error("type");
  socket.author = verified(frame.token);
  return { type: "welcome", name: socket.author.name, ping_seconds: 20 };
}

server.on("connection", (socket) => {
  socket.watched = new Set();
  socket.on("message", (data) => {
    try {
      socket.send(JSON.stringify(answer(socket, JSON.parse(data))));
    } catch (error) {
      socket.send(JSON.stringify({ type: "error", code: "bad_frame", message: error.message }));
    }
  });
  socket.on("close", () => {
    for (const conversation of socket.watched) conversation.watchers.delete(socket);
  });
});

server.on("listening", () => console.log(`http://127.0.0.1:${server.address().port}`));
