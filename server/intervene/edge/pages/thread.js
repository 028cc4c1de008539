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
  el(`span.mark.${kind}.s${size}`, { "aria-hidden": "true" }, kind === "bot" || kind === "wait" ? icon(kind) : initial(name));

const initial = (name) => [...(name || "")].slice(0, 1).join("").toUpperCase();

// say`${name} took over`: names stand alone in their own direction.
export const say = (words, ...names) => words.flatMap((word, n) => (n ? [el("bdi", {}, names[n - 1]), word] : [word]));

const minute = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const time = (at) => el("time", { datetime: new Date(at).toISOString() }, minute(at));

export const clock = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

export function duration(ms = -1) {
  if (ms < 0) return "…"; // not known yet: never a guess
  if (ms < 1000) return `${ms.toFixed(ms < 9.95 ? 1 : 0)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : clock(ms);
}

export class Thread {
  #open = null; // the reply that is being written: {message, article, words}
  #stretch = null; // of staff's control line
  #receipts = new Map(); // epoch -> where the times of that takeover stand

  // `look(party)`: how a speaker looks from here. `sentence(event, before)`: what a change of holder is called.
  constructor(log, isStaff, look, sentence) {
    Object.assign(this, { log, isStaff, look, sentence });
  }

  clear(more) {
    this.#open = this.#stretch = null;
    this.log.replaceChildren(el("div.spring"));
    if (more) this.log.append(el("p.day", {}, "Older messages are not shown on this page."));
  }

  show(event, before) {
    this.#atEnd(() => this[`_${event.kind}`]?.(event, before));
  }

  write({ message, text }) {
    if (this.#open?.message === message) this.#atEnd(() => (this.#open.words.data = text));
  }

  receipt({ epoch, committed_ms, seen = 0, seen_ms, bot_stopped_ms }) {
    const item = (ms, words) => el("li", {}, el("b", {}, duration(ms)), ` ${words}`);
    this.#atEnd(() => this.#receipts.get(epoch)?.replaceChildren(
      item(committed_ms, "fenced"),
      item(seen_ms, `seen by ${seen} ${seen === 1 ? "session" : "sessions"}`),
      item(bot_stopped_ms, "bot stopped"),
    ));
  }

  // A reader at the end stays there; one who scrolled up is left alone.
  #atEnd(change) {
    const { log } = this;
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    change();
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }

  #add(article, { by }) {
    if (!this.isStaff) return this.log.append(article);
    this.#stretch ??= this.log.appendChild(el("section.stretch", { "data-look": "" }));
    this.#stretch.dataset.look ||= by.kind === "contact" ? "" : this.look(by);
    this.#stretch.append(article);
  }

  #article({ by, at }, words, ...meta) {
    const look = this.look(by);
    const isOurs = this.isStaff ? look !== "contact" : look === "me";
    const business = by.kind === "bot" || by.kind === "agent";
    return el(`article.msg.${isOurs ? "out" : "in"}`, { "data-look": look }, business ? mark(look, by.name) : [],
      el("div.bub", { dir: "auto" }, words),
      el("p.meta", {}, meta, business ? el("b", {}, say`${by.name}`) : [], time(at)));
  }

  _message_started(event) {
    const words = document.createTextNode("");
    const article = this.#article(event, [words, el("span.caret")], el("span.dots"), "Writing");
    article.firstChild.classList.add("live");
    article.querySelector(".bub").setAttribute("aria-hidden", "true"); // read aloud once, when it is whole
    this.#open = { message: event.message, article, words };
    this.#add(article, event);
  }

  _message(event) {
    const { text, interrupted, message } = event;
    const article = this.#article(event, interrupted ? [text, el("span.cut")] : text, interrupted
      ? [el("span.flag", {}, icon("cut"), "Interrupted"), this.isStaff ? "Nothing more was sent" : []] : []);
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
    this.#stretch = el("section.stretch", { "data-look": look }, el("ul.receipt", { "aria-label": "Times of this takeover" }));
    this.#receipts.set(event.epoch, this.#stretch.firstChild);
    this.log.append(el("div.turn", {}, el("i", { "data-look": above }), el("i", { "data-look": look }),
      el("p", {}, words), mark(look, event.holder.name, 20)), this.#stretch);
  }
}
