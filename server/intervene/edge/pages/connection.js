// A socket that comes back: hello, welcome, then frames both ways; when it ends, again, unless the server says never.
// Commands wait in the outbox until they are answered and are repeated under the same id, which changes nothing twice.

const FIRST_MS = 250; // each delay is a random part of this, doubled with each failure
const LONGEST_MS = 30_000;
const STABLE_MS = 30_000; // a connection that lasted as long starts over from FIRST_MS
const JOIN_MS = 10_000; // from connecting to welcome
const MOST_MS = 300_000; // no server makes us wait longer; a timer of 2 ** 31 ms would go off at once
const PING_MS = [1_000, 120_000]; // how often a server can make us ask at most and at least
const REFUSED = 4500; // the token is not good there

// Refusals after which a client tries again by itself.
export const isPassing = ({ code }) => ["too_fast", "busy", "unavailable"].includes(code);

// Proxies close with codes of their own: only those of the server itself are final.
const mayComeBack = (code) => code !== 1007 && code !== 1009 && (code < REFUSED || code >= 5000);

const within = (ms, least, most) => Math.min(Math.max(Number(ms) || 0, least), most);

export class Connection {
  isJoined = false;
  #socket = null;
  #outbox = new Map();
  #timer = 0; // for what comes next if nothing does
  #silenceMs = 0; // after which we ask whether anybody is there
  #failures = 0;
  #joinedAt = Infinity;
  #isAnew = false; // another person goes on here, and has not been welcomed yet

  // `token`: async, what to say hello with; a problem whose `closeCode` is final stops. `on.joined(welcome)`,
  // `on.frame(frame)`, `on.lost(reason, isFinal)`, and, where another person may go on once the token is refused,
  // `on.anew()`.
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
      socket.onopen = () => socket === this.#socket && this.send({ type: "hello", token, client: "page" });
      socket.onmessage = ({ data }) => socket === this.#socket && this.#read(data);
      socket.onclose = ({ code, reason }) => this.#end(socket, code, reason);
    } catch (problem) {
      this.#end(socket, problem.closeCode ?? 1006, problem.message);
    }
  }

  // What was not answered is not sent any more: its ids.
  forget() {
    const ids = [...this.#outbox.keys()];
    this.#outbox.clear();
    return ids;
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

  #read(data) {
    let frame = null;
    try {
      frame = JSON.parse(data);
    } catch {} // not the protocol: below
    const isWelcome = frame?.type === "welcome";
    if (!frame?.type || !(this.isJoined || isWelcome || frame.type === "away"))
      this.#end(this.#socket, 1006, "what answers is not the server");
    else if (!this.isJoined || !isWelcome) this.#receive(frame);
  }

  #receive(frame) {
    if (frame.type === "welcome") this.#silenceMs = within(1000 * frame.ping_seconds, ...PING_MS);
    this.#expect(this.#silenceMs, () => {
      this.send({ type: "ping" });
      this.#expect(this.#silenceMs, () => this.#end(this.#socket, 1006, "no answer"));
    });
    if (frame.type === "away") {
      this.#end(this.#socket, 1001, "the server restarts", frame.after_ms);
    } else if (frame.type === "welcome") {
      this.isJoined = true;
      this.#joinedAt = performance.now();
      this.#isAnew = false;
      this.on.joined(frame);
      for (const id of this.#outbox.keys()) this.#repeat(id);
    } else if (frame.type === "error" && this.#outbox.has(frame.id) && isPassing(frame)) {
      const ms = frame.retry_after > 0 ? 1000 * frame.retry_after : 1000;
      setTimeout(() => this.#repeat(frame.id), Math.min(ms, MOST_MS));
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
    const isAnew = code === REFUSED && Boolean(this.on.anew) && !this.#isAnew;
    this.#isAnew ||= isAnew;
    const isFinal = !isAnew && !mayComeBack(code);
    const jitter = Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (isAnew ? 0 : this.#failures));
    const asked = afterMs === null ? 0 : within(afterMs, 0, MOST_MS);
    const delay = afterMs === null || this.#failures > 1 ? Math.max(asked, jitter) : asked;
    if (isFinal) clearTimeout(this.#timer);
    else this.#expect(delay, () => this.connect());
    this.on.lost(reason, isFinal);
    if (isAnew) this.on.anew();
  }
}
