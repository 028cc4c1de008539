/** The place Wall, for supervisors and admins: bots at work, live, and what takeovers come to. */

import type { OpenedView } from "@intervene/client/views";
import { base, deskBase, icon, icons, mark } from "@intervene/ui";
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { pathOf } from "../../core/route.ts";
import { type List, NO_LIST, received, reordered } from "../../core/rows.ts";
import { Menus } from "../../menu.ts";
import type { Session } from "../../session.ts";
import { controls } from "../../styles.ts";
import { emptiness } from "../../views/parts.ts";
import { clock, reasonOf, times } from "../../words.ts";
import { PlaceElement } from "../place.ts";
import { inOrder } from "./look.ts";
import { panel } from "./panel.ts";
import { type Period, Reading } from "./reading.ts";
import { queues, sumsOf, wholeScreen } from "./scope.ts";
import { wallStyles } from "./styles.ts";
import { tile } from "./tiles.ts";
import { said } from "./words.ts";

const SECOND = 1000;
/** No view is told of more rows that are on the screen. */
const MOST_SEEN = 40;

export class Wall extends PlaceElement {
  static override styles = [base, deskBase, controls, wallStyles];

  #session: Session | null = null;
  #bots: OpenedView | null = null;
  #waiting: OpenedView | null = null;
  #reading: Reading | null = null;
  /** Of which queue bots and waiting are shown; "" for all. */
  #queue = "";
  readonly #menus = new Menus(this);
  #ends: (() => void)[] = [];
  #tiles: List = NO_LIST;
  #isHeld = false;
  #agents = 0;
  readonly #seen = new Set<string>();
  #observer: IntersectionObserver | null = null;
  #observed = new Set<Element>();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer = new IntersectionObserver((entries) => this.#scrolled(entries));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave();
    this.#observer?.disconnect();
    this.#observed.clear();
  }

  protected override willUpdate(_changed: PropertyValues): void {
    if (this.parts.session === this.#session) return;
    this.#leave();
    this.#follow(this.parts.session);
  }

  protected override render(): TemplateResult {
    const { session } = this.parts;
    const isLive = session.state.link.kind === "live";
    return html`<header class="bar">
        <h1 class="grow" tabindex="-1">${said("wall")}</h1>
        ${this.#periods()} ${queues({ ...this.parts, queue: this.#queue, menus: this.#menus, choose: (id) => this.#choose(id) })}
        ${wholeScreen(this)}
      </header>
      <div class="wall">
        <section class="work" aria-labelledby="bots">
          ${isLive ? nothing : html`<p class="banner" role="status">${icon(icons.off)}${said("offline")}</p>`}
          ${this.#sums()}
          <div class="above">
            <h2 id="bots">${said("bots")}</h2>
            ${this.#order()}
          </div>
          ${this.#work()}
        </section>
        <aside aria-label=${said("plots")}>${this.#reading === null ? nothing : panel(this.#reading)}</aside>
      </div>`;
  }

  protected override updated(): void {
    const tiles = new Set<Element>(this.renderRoot.querySelectorAll("li[data-id]"));
    for (const each of tiles) if (!this.#observed.has(each)) this.#observer?.observe(each);
    for (const each of this.#observed) {
      if (tiles.has(each)) continue;
      this.#observer?.unobserve(each);
      this.#seen.delete((each as HTMLElement).dataset.id ?? "");
    }
    this.#observed = tiles;
  }

  // -- what is followed -----------------------------------------------------------------------------------------------

  #follow(session: Session): void {
    const { views, api } = session;
    this.#session = session;
    const queue = this.#queue === "" ? {} : { queue: this.#queue };
    this.#bots = views.open({ list: "bot", ...queue });
    this.#waiting = views.open({ list: "waiting", ...queue });
    this.#reading = new Reading(
      api,
      () => session.serverNow(),
      () => this.requestUpdate(),
    );
    const timer = setInterval(() => document.hidden || this.#arrange(), SECOND);
    this.#ends = [
      this.#bots.on("change", () => this.#arrange()),
      this.#waiting.on("change", () => this.requestUpdate()),
      views.on("tails", () => this.#arrange()),
      views.on("counts", () => this.#counted()),
      () => clearInterval(timer),
    ];
    this.#reading.again();
    this.#arrange();
  }

  #leave(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#reading?.stop();
    for (const view of [this.#bots, this.#waiting]) {
      // The list beside conversations may be the same view, and what waits in all queues is always followed.
      const isKept = view === null || this.#session?.list.follows(view) || view === this.#session?.called.waiting;
      if (!isKept) view.close();
    }
    this.#session = this.#bots = this.#waiting = this.#reading = null;
    this.#tiles = NO_LIST;
    this.#seen.clear();
  }

  #choose(queue: string): void {
    const { session } = this.parts;
    this.#leave();
    this.#queue = queue;
    this.#follow(session);
  }

  /** Tiles as they are now, in their order, unless the pointer or the focus is there. */
  #arrange(): void {
    const { session } = this.parts;
    this.requestUpdate();
    if (this.#bots === null || !this.#bots.isLoaded) return;
    const { tails } = session.views;
    const rows = inOrder(this.#bots.shown.rows, tails, session.serverNow());
    this.#tiles = { ...received(this.#tiles, { ...this.#bots.shown, rows }, this.#isHeld), tails };
  }

  #counted(): void {
    const { agent = 0 } = this.#bots?.counts ?? {};
    if (agent !== this.#agents) this.#reading?.soon();
    this.#agents = agent;
    this.requestUpdate();
  }

  #hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld) this.#reorder();
  }

  #reorder(): void {
    this.#tiles = reordered(this.#tiles);
    this.requestUpdate();
  }

  #scrolled(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const id = (target as HTMLElement).dataset.id ?? "";
      if (isIntersecting) this.#seen.add(id);
      else this.#seen.delete(id);
    }
    this.#bots?.lookAt([...this.#seen].slice(0, MOST_SEEN));
  }

  // -- what is drawn --------------------------------------------------------------------------------------------------

  #periods(): TemplateResult {
    const { period = "today" } = this.#reading ?? {};
    const button = (each: Period) =>
      html`<button type="button" aria-pressed=${each === period} @click=${() => this.#reading?.choose(each)}>${said(each)}</button>`;
    return html`<div class="seg" role="group" aria-label=${said("period")}>${button("today")}${button("week")}</div>`;
  }

  #sums(): TemplateResult {
    const counts = this.#bots?.counts ?? null;
    if (counts === null) return html`<p class="sums muted" role="status">${said("noCounts")}</p>`;
    const { truncated = false } = counts;
    const { bot, waiting, agent } = sumsOf(counts, this.#queue);
    const plus = truncated ? "+" : "";
    const first = this.#waiting?.shown.rows[0];
    const waited = first === undefined ? 0 : this.parts.session.serverNow() - (first.waiting_since || first.since);
    return html`<ul class="sums" aria-label=${said("sums")}>
      <li>${mark("bot", { size: 24 })}<b>${bot}${plus}</b> <span>${said("withBot")}</span></li>
      <li>${mark("wait", { size: 24 })}<b>${waiting}${plus}</b> ${
        waiting === 0 || first === undefined
          ? html`<span>${said("waiting")}</span>`
          : html`<span class="num" aria-hidden="true">${said("waitingLongest", { time: clock(waited) })}</span
              ><span class="vh">${said("waitingLongestMeans", { time: times.minutes(waited) })}</span>`
      }</li>
      <li>${mark("other", { size: 24 })}<b>${agent}${plus}</b> <span>${said("withPeople")}</span></li>
    </ul>`;
  }

  #order(): TemplateResult {
    const { changed } = this.#tiles;
    if (changed === 0) return html`<span class="muted">${said("botsOrder")}</span>`;
    return html`<button type="button" class="btn small" title=${said("changedMeans")} @click=${() => this.#reorder()}>
      ${said("changed", { n: changed })}
    </button>`;
  }

  #work(): TemplateResult {
    const view = this.#bots;
    if (view?.problem) return emptiness(said("failed"), reasonOf(view.problem));
    if (!this.#tiles.isLoaded) return html`<p class="muted" role="status">${said("loading")}</p>`;
    const { rows, gone, tails, hasMore, isCut } = this.#tiles;
    if (rows.length === 0) return emptiness(said("none"), said("noneMeans"));
    const { session } = this.parts;
    const now = session.serverNow();
    const intervene = (id: string) => this.#intervene(id);
    const options = { settings: session.settings.get(), tails, gone, now, intervene };
    return html`<ul class="tiles" aria-labelledby="bots" @pointerenter=${() => this.#hold(true)} @pointerleave=${this.#left}
        @focusin=${() => this.#hold(true)} @focusout=${this.#blurred}>
        ${repeat(
          rows,
          ({ id }) => id,
          (row) => html`<li class="tile" data-id=${row.id}>${tile(row, options)}</li>`,
        )}
      </ul>
      ${hasMore ? html`<button type="button" class="btn more" @click=${() => view?.loadMore()}>${said("more")}</button>` : nothing}
      ${isCut ? html`<p class="muted">${said("cut", { n: rows.length })}</p>` : nothing}`;
  }

  readonly #left = (event: PointerEvent): void => {
    if ((event.currentTarget as HTMLElement).querySelector(":focus-visible") === null) this.#hold(false);
  };

  readonly #blurred = (event: FocusEvent): void => {
    const tiles = event.currentTarget as HTMLElement;
    if (!tiles.matches(":hover") && !tiles.contains(event.relatedTarget as Node | null)) this.#hold(false);
  };

  #intervene(id: string): void {
    const { session, go } = this.parts;
    go(pathOf("conversations", id));
    void session.takeFromBot(id);
  }
}

customElements.define("intervene-wall", Wall);
