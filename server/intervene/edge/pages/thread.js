// A log on the screen. Staff see the control line: a stretch for each holder, whose pattern names the kind, and where
// control changes hands one node and one sentence. Every word of a person becomes a text node, never markup.

export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.flat(2));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
export function icon(id) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "use"));
  svg.firstChild.setAttribute("href", `#${id}`);
  return svg;
}

// One shape for each kind: bot, you, other, wait, shut.
export const mark = (kind, name, size = 24) =>
  el(`span.mark.${kind}.s${size}`, { "aria-hidden": "true" }, FACES.includes(kind) ? icon(kind) : initial(name));

const FACES = ["bot", "wait", "shut"];
const initial = (name = "") => [...name].slice(0, 1).join("").toUpperCase();

// say`${name} took over`: names stand alone in their own direction.
export const say = (words, ...names) => words.flatMap((word, n) => (n ? [el("bdi", {}, names[n - 1]), word] : [word]));

export function time(at) {
  const date = new Date(at);
  const words = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return el("time", { datetime: date.toISOString() }, words);
}

export const clock = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

export function duration(ms = -1) {
  if (ms < 0) return "…"; // not known yet: never a guess
  if (ms < 1000) return `${ms.toFixed(ms < 9.95 ? 1 : 0)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : clock(ms);
}

const author = ({ by }) => (by.kind === "bot" || by.kind === "agent" ? el("b", {}, say`${by.name}`) : []);

export class Thread {
  #open = null; // the reply that is being written: {message, article, words}
  #stretch = null; // of staff's control line
  #receipts = new Map(); // epoch -> where the times of that takeover stand
  #isAtEnd = true; // a reader at the end stays there; one who scrolled up is left alone

  // `look(party)`: how a speaker looks from here. `sentence(event, before)`: what a change of holder is called.
  constructor(log, isStaff, look, sentence) {
    Object.assign(this, { log, isStaff, look, sentence });
    log.addEventListener("scroll", () => (this.#isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40));
    new ResizeObserver(() => this.#follow()).observe(log);
  }

  clear(more) {
    this.#open = this.#stretch = null;
    this.#receipts.clear();
    this.log.replaceChildren(el("div.spring"));
    if (more) this.log.append(el("p.day", {}, "Older messages are not shown on this page."));
  }

  show(event, before) {
    this[`_${event.kind}`]?.(event, before);
    this.#follow();
  }

  write({ message, text }) {
    if (this.#open?.message === message) this.#open.words.data = text;
    this.#follow();
  }

  receipt({ epoch, committed_ms, seen = 0, seen_ms, bot_stopped_ms }) {
    const item = (ms, words) => el("li", {}, el("b", {}, duration(ms)), ` ${words}`);
    const sessions = seen === 1 ? "session" : "sessions";
    const list = this.#receipts.get(epoch);
    list?.replaceChildren(item(committed_ms, "fenced"), item(seen_ms, `seen by ${seen} ${sessions}`));
    if (list?.dataset.from === "bot") list.append(item(bot_stopped_ms, "bot stopped"));
    this.#follow();
  }

  #follow() {
    if (this.#isAtEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  #add(article, { by }) {
    if (!this.isStaff) return this.log.append(article);
    this.#stretch ??= this.log.appendChild(el("section.stretch", { "data-look": "" }));
    this.#stretch.dataset.look ||= by.kind === "contact" ? "" : this.look(by);
    this.#stretch.append(article);
  }

  #article({ by }, words, ...meta) {
    const look = this.look(by);
    const isOurs = this.isStaff ? look !== "contact" : look === "me";
    const business = by.kind === "bot" || by.kind === "agent";
    return el(`article.msg.${isOurs ? "out" : "in"}`, { "data-look": look }, business ? mark(look, by.name) : [],
      el("div.bub", { dir: "auto" }, words),
      el("p.meta", {}, meta));
  }

  _message_started(event) {
    const words = document.createTextNode("");
    const article = this.#article(event, [words, el("span.caret")], author(event), "is writing", el("span.dots"));
    article.firstChild.classList.add("live");
    article.querySelector(".bub").setAttribute("aria-hidden", "true"); // read aloud once, when it is whole
    this.#open = { message: event.message, article, words };
    this.#add(article, event);
  }

  _message(event) {
    const { text, interrupted, message } = event;
    const flag = interrupted ? el("span.flag", {}, icon("cut"), "Interrupted") : [];
    const comment = interrupted && this.isStaff ? "Nothing more was sent" : [];
    const words = interrupted ? [text, el("span.cut")] : text;
    const article = this.#article(event, words, flag, comment, author(event), time(event.at));
    article.classList.toggle("interrupted", Boolean(interrupted));
    if (this.#open?.message !== message) return this.#add(article, event);
    this.#open.article.replaceWith(article);
    this.#open = null;
  }

  _note(event) {
    const who = el("p.who", {}, icon("note"), el("span", {}, say`${event.by.name}, for colleagues`), time(event.at));
    this.#add(el("article.note", {}, who, el("p", { dir: "auto" }, event.text)), { by: { kind: "contact" } });
  }

  _control(event, before) {
    const words = this.sentence(event, before);
    if (!this.isStaff) return this.log.append(el("p.day", {}, words));
    const look = this.look(event.holder, event.is_open);
    const above = this.#stretch?.dataset.look ?? "";
    const receipt = el("ul.receipt", { "aria-label": "Times of this takeover", "data-from": before.holder.kind });
    this.#receipts.set(event.epoch, receipt);
    this.#stretch = el("section.stretch", { "data-look": look }, receipt);
    this.log.append(el("div.turn", {}, el("i", { "data-look": above }), el("i", { "data-look": look }),
      el("p", {}, words), mark(look, event.holder.name, 20)), this.#stretch);
  }
}
