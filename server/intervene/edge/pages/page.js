// The page: a customer and an agent side by side, each on a socket of its own, as if they sat far apart.

import { Connection, isPassing } from "/connection.js";
import { Conversation, VISITOR } from "/conversation.js";
import { clock, duration, el, icon, mark, say, Thread, time } from "/thread.js";

const LIST_MS = 3_000; // between two looks at the list of conversations
const PATIENCE_MS = 4_000; // for the answer to a takeover, before the dock says that there is none
const CUSTOMERS = ["Maria", "Tom", "Priya", "Yusuf", "Leïla"];

const query = new URLSearchParams(location.search);
const AGENT = { name: query.get("agent") || "Ada", role: query.get("role") || "agent" };

async function http(path, body, token) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const how = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
  const answer = await fetch(path, { ...how, redirect: "error" });
  const result = await answer.json().catch(() => null); // a proxy answers with pages while the server restarts
  if (answer.ok && result) return result;
  throw Object.assign(new Error(result?.detail ?? "something else answers than the server"), { code: result?.code });
}

// What both screens do: a connection, the conversation on it, its log, and what was refused.
class Screen {
  conversation = null;
  answers = new Map(); // command id -> what to do with its answer

  constructor(id, isStaff) {
    this.isStaff = isStaff;
    this.part = {};
    for (const node of document.getElementById(id).querySelectorAll("[data-part]")) this.part[node.dataset.part] = node;
    const look = (who, isOpen = true) => this.look(who, isOpen);
    this.thread = new Thread(this.part.log, isStaff, look, (event, before) => this.sentence(event, before));
    this.line = new Connection(() => this.token(), {
      joined: (welcome) => this.joined(welcome),
      frame: (frame) => this.frame(frame),
      anew: this.anew && (() => this.anew()),
      lost: (reason, isFinal) => {
        if (this.conversation) this.conversation.isLive = false;
        this.trouble = isFinal ? `The server sent us away: ${reason}.` : "No connection. Trying again.";
        this.render();
      },
    });
  }

  get offline() {
    return this.line.isJoined ? "" : (this.trouble ?? "Connecting");
  }

  watch(id) {
    if (this.conversation?.id !== id) {
      if (this.conversation) {
        this.line.send({ type: "unwatch", conversation: this.conversation.id });
        this.alert();
      }
      this.conversation = new Conversation(id, this.isStaff, {
        clear: (more) => this.thread.clear(more),
        write: (stream) => this.thread.write(stream),
        show: (event, before) => this.show(event, before),
        settle: () => this.render(),
      });
      this.thread.clear();
    }
    if (!this.conversation.isLive) this.line.send(this.conversation.watchFrame);
  }

  show(event, before) {
    this.thread.show(event, before);
    const { id, isLive } = this.conversation;
    if (event.kind !== "control" || !isLive) return;
    requestAnimationFrame(() => this.line.send({ type: "seen", conversation: id, n: event.n })); // it is drawn now
  }

  frame(frame) {
    const { conversation } = this;
    const answer = this.answers.get(frame.id);
    if (answer) {
      this.answers.delete(frame.id);
      answer(frame);
      this.render();
    } else if (frame.type === "error") {
      this.alert(frame.message);
      if (frame.code === "not_found") this.missing();
      if (isPassing(frame)) setTimeout(() => this.joined({ agent: this.me }), 1_000);
    } else if (conversation && frame.conversation === conversation.id && !conversation.take(frame)) {
      this.line.send(conversation.watchFrame);
    }
  }

  command(type, fields, answer = (frame) => this.alert(this.refusal(frame))) {
    const { conversation } = this;
    const id = this.line.command({ type, conversation: conversation.id, ...fields });
    this.answers.set(id, (frame) => conversation === this.conversation && answer(frame));
    return id;
  }

  refusal({ type, message }) {
    return type === "error" ? message : "";
  }

  alert(words = "", button = "") {
    const { alert } = this.part;
    alert.replaceChildren(...(words ? [el("p.grow", {}, words), button] : []));
    alert.hidden = !words;
  }

  // Enter sends. The text stays, locked, until the server has it; what is refused can be changed.
  composer(form, send) {
    const text = form.querySelector("textarea");
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (text.readOnly || !text.value.trim() || !this.conversation) return;
      text.readOnly = true;
      send(text.value, (answer) => {
        text.readOnly = false;
        if (answer.type === "ack") text.value = "";
        this.alert(this.refusal(answer));
      });
    });
  }
}

class Customer extends Screen {
  constructor() {
    super("customer", false);
    this.composer(this.part.form, (text, answer) => this.command("say", { text }, answer));
    this.part.ask.addEventListener("click", () => this.command("ask_for_person"));
    document.getElementById("fresh").addEventListener("click", () => {
      const next = CUSTOMERS[(CUSTOMERS.indexOf(this.kept.name) + 1) % CUSTOMERS.length];
      localStorage.setItem("visitor", JSON.stringify({ name: next }));
      location.assign(location.pathname + location.search);
    });
  }

  get kept() {
    return { name: CUSTOMERS[0], ...JSON.parse(localStorage.getItem("visitor")) };
  }

  // The same visitor again.
  async token() {
    const { name, token } = this.kept;
    this.offered = token;
    const made = await http(`/v1/webchat/${token ? "visitor" : "webchat/visitors"}`, { name }, token).catch((problem) => {
      throw Object.assign(problem, problem.code === "bad_token" && { closeCode: 4500 });
    });
    localStorage.setItem("visitor", JSON.stringify({ name, token: made.token }));
    return (this.offered = made.token);
  }

  // The server does not know this visitor any more, and another goes on. Nothing is sent in the new one's name that
  // was written in the old one's: it stays in the box.
  anew() {
    const { name, token } = this.kept;
    if (token === this.offered) localStorage.setItem("visitor", JSON.stringify({ name })); // else another tab was first
    for (const id of this.line.forget()) this.answers.get(id)?.({ type: "error", message: "" });
    this.answers.clear();
    this.conversation = null;
    this.thread.clear();
    this.alert("The server does not know you any more, so you go on as a new visitor. What was not sent is kept here.");
    this.render();
  }

  joined() {
    this.line.send({ type: "open" });
  }

  frame(frame) {
    if (frame.type !== "opened") return super.frame(frame);
    this.watch(frame.conversation);
    agent.follow();
  }

  missing() {}

  look({ kind }, isOpen = true) {
    return { bot: "bot", agent: "other", you: "me" }[kind] ?? (isOpen ? "wait" : "shut");
  }

  sentence({ holder, is_open }, { holder: before }) {
    const left = before.kind === "agent" ? say`${before.name} has left. ` : "";
    if (holder.kind === "agent") return say`${holder.name} has joined. You are talking with a person now.`;
    if (holder.kind === "bot") return [left, say`${holder.name}, a bot, answers${left ? " again" : ""}.`];
    if (is_open) return [left, "A person will answer. You can close this window: the answer waits here."];
    return [left, "This conversation is closed. Write to open it again."];
  }

  render() {
    const { part, offline, conversation } = this;
    const { holder, is_open } = conversation?.state ?? { holder: {}, is_open: false };
    const look = conversation ? this.look(holder, is_open) : "shut";
    const [who, kind, how] = {
      bot: [holder.name, "Bot", "Answers at once"],
      other: [holder.name, "Person", "Is with you"],
      wait: ["A person will answer", "Queue", "The answer waits here"],
      shut: conversation ? ["Closed", "", "Write to open it again"] : ["Welcome", "", ""],
    }[look];
    part.mark.replaceChildren(mark(look, holder.name, 40));
    part.who.textContent = who;
    part.kind.textContent = kind;
    part.kind.className = `kind ${look}`;
    part.how.textContent = offline && part.text.readOnly ? "Kept here, sent once you are back" : offline || how;
    part.askbar.hidden = look !== "bot";
  }
}

class Agent extends Screen {
  me = { name: AGENT.name };
  taking = 0; // when the takeover was asked for that is not answered yet
  clicked = {}; // the last one, to say how soon the reply box was open: {id, at}
  begun = 0; // the last event that was shown when the reply was begun
  isSure = false; // that the reply goes out although the customer wrote since
  isNoting = false;
  drafts = new Map(); // conversation -> what was not sent: [reply, note]

  constructor() {
    super("agent", true);
    const { part } = this;
    const on = (name, act) => part[name].addEventListener("click", act);
    on("take", () => this.take());
    on("other", () => this.other());
    on("back", () => this.move("hand_back"));
    on("release", () => this.move("release"));
    on("close", () => this.move("close", { seen: this.conversation.last.n }));
    on("reply", () => this.write(false));
    on("note", () => this.write(true));
    this.composer(part.replyform, (text, answer) => this.say(text, answer));
    this.composer(part.noteform, (text, answer) => this.command("add_note", { text }, answer));
    part.replytext.addEventListener("beforeinput", () => {
      if (!part.replytext.value) this.begun = this.conversation.last.n;
    });
    addEventListener("keydown", (event) => {
      if (!event.altKey || event.code !== "KeyI" || part.take.hidden) return;
      event.preventDefault();
      this.take();
    });
    addEventListener("hashchange", () => this.follow());
    setInterval(() => document.hidden || this.list(), LIST_MS);
    setInterval(() => this.render(), 1_000); // how long somebody has been waiting
  }

  async token() {
    this.bearer = (await http("/v1/development/agents", AGENT)).token;
    return this.bearer;
  }

  joined({ agent }) {
    this.me = agent;
    this.follow();
  }

  // The conversation that was picked, or the one of the customer beside us.
  follow() {
    const id = location.hash.slice(1) || customer.conversation?.id;
    if (id && this.line.isJoined) this.watch(id);
    this.render();
    this.list();
  }

  watch(id) {
    const mine = this.conversation?.id;
    if (id !== mine) {
      const boxes = [this.part.replytext, this.part.notetext];
      if (mine) this.drafts.set(mine, boxes.map(({ value }) => value));
      boxes.forEach((box, n) => Object.assign(box, { value: this.drafts.get(id)?.[n] ?? "", readOnly: false }));
      this.taking = 0;
    }
    super.watch(id);
  }

  missing() {
    if (location.hash) location.hash = "";
  }

  frame(frame) {
    const isMine = frame.conversation === this.conversation?.id;
    if (frame.type === "here" && isMine) this.here(frame);
    else if (frame.type === "takeover" && isMine) this.thread.receipt(frame);
    else super.frame(frame);
  }

  // -- what the agent does

  move(type, fields) {
    this.command(type, { epoch: this.conversation.state.epoch, ...fields });
  }

  take(epoch = this.conversation.state.epoch, isSecond = false) {
    if (this.taking && !isSecond) return;
    this.taking ||= Date.now();
    const at = performance.now();
    const id = this.command("intervene", { epoch }, (answer) => {
      if (answer.code === "stale" && !isSecond) return this.take(answer.epoch, true); // once more, by itself
      this.taking = 0;
      this.alert(this.refusal(answer));
    });
    this.clicked = { id, at };
    this.alert();
    this.render();
  }

  other() {
    if (this.offline) this.line.connect();
    else if (this.conversation.state.is_open) this.take();
    else this.move("reopen");
  }

  say(text, answered) {
    const { state } = this.conversation;
    const fields = { text, epoch: state.epoch, seen: this.begun, confirmed: this.isSure };
    this.isSure = false;
    this.command("say", fields, (answer) => {
      answered(answer);
      if (answer.code !== "stale_view") return;
      this.begun = this.conversation.last.n; // the question below stands beside what was missed
      const anyway = el("button.btn", { type: "button" }, "Send as it is");
      anyway.addEventListener("click", () => {
        this.isSure = true;
        this.part.replyform.requestSubmit();
      });
      const why = say`Not sent yet: ${state.contact.name} wrote while you were writing. `;
      this.alert([el("b", {}, why), "Your text is kept."], anyway);
    });
  }

  refusal(answer) {
    if (answer.code === "taken") return say`${answer.by.name} took over before you. Nothing was sent in your name.`;
    return super.refusal(answer);
  }

  write(isNoting) {
    this.isNoting = isNoting;
    this.render();
    (isNoting ? this.part.notetext : this.part.replytext).focus();
  }

  // -- what the agent sees

  look({ kind, id }, isOpen = true) {
    if (kind === "agent") return id === this.me.id ? "you" : "other";
    return kind === "nobody" ? (isOpen ? "wait" : "shut") : kind;
  }

  sentence({ move, by, holder, reason, command }, { holder: before }) {
    const name = by.kind === "system" ? "Intervene" : by.name || VISITOR;
    if (move === "intervene") {
      const ms = command === this.clicked.id && performance.now() - this.clicked.at;
      const words = before.kind === "nobody" ? say`${name} picked up` : say`${name} took over from ${before.name}`;
      return [words, ms ? el("span", {}, `, reply enabled in ${duration(ms)}`) : ""];
    }
    const words = {
      start: say`${holder.name} answers`,
      hand_back: say`${name} handed back to ${holder.name}: a new run`,
      ask: say`${name} asked for a person`,
      finish: say`${name} is done`,
      release: say`${name} released it: waiting for a person`,
      close: say`${name} closed it`,
      reopen: say`${name} opened it again`,
    }[move];
    return reason ? [words, say`: ${reason}`] : words;
  }

  show(event, before) {
    super.show(event, before);
    if (event.kind !== "control" || !this.conversation.isLive) return;
    const isMine = this.look(event.holder) === "you";
    const isFree = [document.body, this.part.take, this.part.other].includes(document.activeElement);
    if (isMine) this.isNoting = false;
    this.render();
    if (isMine && isFree) this.part.replytext.focus({ preventScroll: true });
    this.list();
  }

  // `count` is there when not all are named; one of them is who looks at this.
  here({ agents, contact, count = agents.length }) {
    const others = agents.filter(({ id }) => id !== this.me.id);
    const rest = Math.max(0, count - 1 - others.length);
    const more = rest ? [el("span", { "aria-hidden": "true" }, `+${rest}`)] : [];
    const named = [...others.map(({ name }) => name), ...(rest ? [`${rest} more`] : [])];
    this.part.here.textContent = contact ? "On the page now" : "Not on the page";
    this.part.watchers.hidden = !others.length;
    this.part.watchers.replaceChildren(icon("eye"), ...others.map(({ name }) => mark("other", name, 20)), ...more,
      el("span.vh", {}, say`${named.join(", ")} watching`));
  }

  // [look, title, reason, main action, quiet action]; without a title the reply box is open.
  get dock() {
    const { offline, conversation, taking } = this;
    const { holder, is_open, since, contact } = conversation?.state ?? {};
    if (!contact) return ["shut", offline || "Nothing here yet", "Write something as the customer."];
    const look = this.look(holder, is_open);
    if (offline) return [look, offline, "Your draft is kept. This page goes on where it was.", "", "Try now"];
    if (taking && Date.now() - taking > PATIENCE_MS)
      return [look, "No answer from the server yet.", "The bot may still be speaking. Trying again.", "Taking over"];
    const waited = since ? ` ${clock(Math.max(0, Date.now() - since))}` : "";
    return {
      bot: [look, `${holder.name} is answering, so replies are closed`,
        "Watch, or write a note. Intervening ends this bot run for good; you can hand back to a new one later.",
        taking ? "Taking over" : "Intervene"],
      wait: [look, `${contact.name} has been waiting${waited && ` for${waited}`}`,
        "Nobody answers at the moment. Pick up, and the reply box opens.", taking ? "Taking over" : "Pick up"],
      other: [look, `${holder.name} is replying`, "You can watch, or write a note.", "",
        AGENT.role === "supervisor" ? `Take over from ${holder.name}` : ""],
      shut: [look, "This conversation is closed", `It opens again when ${contact.name} writes.`, "", "Reopen"],
      you: [look],
    }[look];
  }

  render() {
    const { part, isNoting } = this;
    const { contact, holder = {} } = this.conversation?.state ?? {};
    const [look, title = "", reason = "", main = "", other = ""] = this.dock;
    const drawn = JSON.stringify([contact, holder, look, title, reason, main, other, isNoting]);
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    const pill = { you: "You answer", wait: "Waiting", shut: "Closed" }[look] ?? `${holder.name} answers`;
    document.title = contact ? `${contact.name}: ${pill}` : "Intervene";
    part.who.textContent = contact?.name ?? AGENT.name;
    part.pill.className = `holder ${look}`;
    part.pill.replaceChildren(mark(look, holder.name, 20), pill);
    part.pill.hidden = part.row.hidden = !contact;
    part.frame.dataset.look = look;
    part.reply.setAttribute("aria-pressed", !isNoting);
    part.note.setAttribute("aria-pressed", isNoting);
    part.noteform.hidden = !contact || !isNoting;
    part.replyform.hidden = title || isNoting;
    part.replytext.placeholder = `Reply to ${contact?.name}`;
    part.held.hidden = title;
    part.closed.hidden = !title;
    part.mark.replaceChildren(mark(look, holder.name, 32));
    part.title.textContent = title;
    part.reason.textContent = reason;
    part.takeword.textContent = main;
    part.take.hidden = !main;
    part.take.setAttribute("aria-disabled", main === "Taking over");
    part.other.textContent = other;
    part.other.hidden = !other;
    const status = look === "wait" ? "Waiting for a person." : title || "You are replying. The reply box is open.";
    if (part.status.textContent !== status) part.status.textContent = status; // else it would be said each second
  }

  async list() {
    if (!this.line.isJoined) return;
    const { conversations } = await http("/v1/conversations", null, this.bearer).catch(() => ({}));
    if (!conversations || this.part.list.matches(":focus-within")) return;
    this.part.list.replaceChildren(...conversations.map(({ id, contact, holder, is_open, last_at }) => {
      const look = this.look({ ...holder, kind: holder.type }, is_open);
      const who = { you: "You", wait: "Waiting", shut: "Closed" }[look] ?? holder.name;
      const name = el("b.clip", { dir: "auto" }, contact.name || VISITOR);
      const link = el(`a.${look}`, { href: `#${id}` }, mark(look, holder.name, 28),
        el("span.grow", {}, name, el("span.clip.who", {}, who)), time(last_at));
      if (id === this.conversation?.id) link.ariaCurrent = "true";
      return el("li", {}, link);
    }));
  }
}

document.getElementById("second").href = `/?agent=${AGENT.name === "Ben" ? "Ada" : "Ben"}`;
const customer = new Customer();
const agent = new Agent();
