// A socket that comes back: hello, welcome, then frames both ways; when it ends, again, unless the server says never.
// Commands wait in the outbox until they are answered and are repeated under the same id, which changes nothing twice.

const FIRST_MS = 250; // each delay is a random part of this, doubled with each failure
const LONGEST_MS = 30_000;
const STABLE_MS = 30_000; // a connection that lasted as long starts over from FIRST_MS
const JOIN_MS = 10_000; // from connecting to welcome

// Refusals after which a client tries again by itself.
export const isPassing = ({ code }) => ["too_fast", "busy", "unavailable"].includes(code);

const mayComeBack = (code) => [1001, 1006, 1011, 1012, 1013].includes(code) || (code >= 4000 && code < 4500);

export class Connection {
  isJoined = false;
  #socket = null;
  #outbox = new Map();
  #timer = 0; // for what comes next if nothing does
  #silenceMs = 0; // after which we ask whether anybody is there
  #failures = 0;
  #joinedAt = Infinity;

  // `token`: async, what to say hello with. `on.joined(welcome)`, `on.frame(frame)` and `on.lost(reason, isFinal)`.
  constructor(token, on) {
    Object.assign(this, { token, on });
    addEventListener("online", () => this.connect());
    this.connect();
  }

  async connect() {
    if (this.#socket) return;
    let socket = (this.#socket = { close() {} }); // holds the place while the token is fetched
    this.#expect(JOIN_MS, () => this.#end(this.#socket, 1006, "no answer"));
    try {
      const token = await this.token();
      if (this.#socket !== socket) return;
      socket = this.#socket = new WebSocket(`ws${location.origin.slice(4)}/socket`, "intervene.v1");
      socket.onopen = () => this.send({ type: "hello", token, client: "page" });
      socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(JSON.parse(data));
      socket.onclose = ({ code, reason }) => this.#end(socket, code, reason);
    } catch (problem) {
      this.#end(socket, 1006, problem.message);
    }
  }

  // Sent now or never: for what is worth nothing later.
  send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  // Sent until it is answered. Returns its id.
  command(frame) {
    const id = crypto.randomUUID();
    this.#outbox.set(id, { ...frame, id });
    this.#repeat(id);
    return id;
  }

  #repeat(id) {
    if (this.isJoined && this.#outbox.has(id)) this.send(this.#outbox.get(id));
  }

  #receive(frame) {
    this.#expect(this.#silenceMs, () => {
      this.send({ type: "ping" });
      this.#expect(this.#silenceMs, () => this.#end(this.#socket, 1006, "no answer"));
    });
    if (frame.type === "away") {
      this.#end(this.#socket, 1001, "the server restarts", frame.after_ms);
    } else if (frame.type === "welcome") {
      this.isJoined = true;
      this.#joinedAt = performance.now();
      this.#silenceMs = frame.ping_seconds * 1000;
      this.on.joined(frame);
      for (const id of this.#outbox.keys()) this.#repeat(id);
    } else if (frame.type === "error" && this.#outbox.has(frame.id) && isPassing(frame)) {
      setTimeout(() => this.#repeat(frame.id), 1000 * (frame.retry_after || 1));
    } else {
      if (frame.type === "ack" || frame.type === "error") this.#outbox.delete(frame.id);
      this.on.frame(frame);
    }
  }

  #expect(ms, otherwise) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(otherwise, ms);
  }

  #end(socket, code, reason, afterMs = null) {
    if (socket !== this.#socket) return; // another has taken its place
    this.#failures = performance.now() - this.#joinedAt > STABLE_MS ? 1 : this.#failures + 1;
    this.#joinedAt = Infinity;
    this.#socket = null;
    this.isJoined = false;
    socket.close();
    const jitter = Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    if (mayComeBack(code)) this.#expect(afterMs ?? jitter, () => this.connect());
    else clearTimeout(this.#timer);
    this.on.lost(reason, !mayComeBack(code));
  }
}
