// What a session has shown of one conversation. An event is shown when it carries the next number, dropped when its
// number was shown, and anything else is a gap: watch again from the last one. The open reply grows piece by piece in
// the same way, and what has been shown of it is never taken back.

export const VISITOR = "Visitor"; // who gave no name

const party = ({ type, ...rest }) => ({ ...rest, kind: type });

// Both audiences' events in one form: {n, id, at, kind, by, text, message, interrupted, holder, is_open, ...}.
const forContact = ({ pub, id, at, event }) => ({ n: pub, id, at, ...event });
const forStaff = ({ seq, author, body, ...rest }) => {
  const event = { ...rest, n: seq, by: party(author), is_open: true, ...body };
  return body.holder ? { ...event, holder: party(body.holder) } : event;
};

export class Conversation {
  last = { n: 0 }; // the event that was shown last
  stream = null; // the reply that is being written: {message, n, text}
  state = { holder: { kind: "nobody" }, is_open: true };
  isLive = false; // all there is has been shown, and what follows will be

  // `view`: clear(more), show(event, before: state), write(stream), settle().
  constructor(id, isStaff, view) {
    Object.assign(this, { id, isStaff, view });
    this.read = isStaff ? forStaff : forContact;
  }

  get watchFrame() {
    const { n, id } = this.last;
    return { type: "watch", conversation: this.id, ...(id && { after: { n, id } }) };
  }

  // False: something is missing.
  take(frame) {
    if (frame.type === "watched") return this.#watched(frame);
    if (frame.type === "event") return this.#show(this.read(this.isStaff ? frame.event : frame));
    return frame.type !== "piece" || this.#piece(frame);
  }

  #watched({ events, state, reset, stream, more }) {
    const missed = events.map(this.read);
    if (reset || !this.last.id) {
      this.last = { n: missed.length ? missed[0].n - 1 : 0 };
      this.view.clear(more);
    }
    this.isLive = false;
    if (!missed.every((event) => this.#show(event))) return false;
    this.state = { ...this.state, ...state };
    if (this.isStaff) {
      this.state.holder = party(state.holder);
      this.state.contact = { ...state.contact, name: state.contact.name || VISITOR };
    }
    this.stream = stream ?? null;
    if (stream) this.view.write(stream);
    this.isLive = true;
    this.view.settle();
    return true;
  }

  #show(event) {
    if (event.n <= this.last.n) return true;
    if (event.n !== this.last.n + 1) return false;
    const before = this.state;
    this.last = event;
    if (event.kind === "control") {
      const { holder, is_open, epoch, at } = event;
      this.state = { ...before, holder, is_open, epoch, since: at };
    } else if (event.kind === "message_started") {
      this.stream = { message: event.message, n: 0, text: "" };
    } else if (this.stream?.message === event.message) {
      this.stream = null;
    }
    this.view.show(event, before);
    if (this.isLive) this.view.settle();
    return true;
  }

  #piece({ message, n, text }) {
    if (this.stream?.message !== message || n <= this.stream.n) return true;
    if (n !== this.stream.n + 1) return false;
    this.stream = { message, n, text: this.stream.text + text };
    this.view.write(this.stream);
    return true;
  }
}
