/** The place of the settings: their navigation, and the page that is open. */

import { base, deskBase, icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { pathOf } from "../../core/route.ts";
import { spoken } from "../../language.ts";
import { controls } from "../../styles.ts";
import { emptiness } from "../../views/parts.ts";
import { PlaceElement } from "../place.ts";
import { Kept } from "./kit/drafts.ts";
import { frameStyles } from "./kit/styles.ts";
import type { SettingsPage } from "./page.ts";
import { GROUPS, type PageInfo, pagesOf } from "./pages.ts";
import { words } from "./words.ts";

export class Settings extends PlaceElement {
  static override styles = [base, deskBase, controls, frameStyles];

  #page: SettingsPage | null = null;
  #tag = "";
  #problem = "";
  /** What of the address the page that has, or gets, the focus was opened with. */
  #id: string | null = null;
  #isFresh = false;

  protected override render(): TemplateResult {
    const { me, id } = this.parts;
    const pages = pagesOf(me.role);
    this.#isFresh = id === null ? false : this.#isFresh || id !== this.#id;
    this.#id = id;
    // Without one in the address a wide desk shows the first; a narrow one the navigation alone.
    const shown = pages.find(({ page }) => page === id) ?? pages[0];
    return html`<header class="bar">
        <a class="icon back" href=${pathOf("settings")} aria-label=${words("back")}>${icon(icons.back, { mirrors: true })}</a>
        <p class="title grow">${words("settings")}</p>
      </header>
      <div class="set" data-has=${id === null ? "none" : "page"}>
        ${this.#navigation(pages, shown)}
        <div class="content">${shown === undefined ? nothing : this.#shown(shown)}</div>
      </div>`;
  }

  #navigation(pages: readonly PageInfo[], shown: PageInfo | undefined): TemplateResult {
    return html`<nav aria-label=${words("pages")}>
      ${GROUPS.map((group) => {
        const inside = pages.filter((page) => page.group === group);
        return inside.length === 0
          ? nothing
          : html`<h2>${words(group)}</h2>
              <ul>${inside.map((page) => this.#link(page, page === shown))}</ul>`;
      })}
    </nav>`;
  }

  #link({ page, label, icon: path, tag }: PageInfo, isShown: boolean): TemplateResult {
    const isKept = !isShown && Kept.has(this.parts.session, tag);
    return html`<li><a href=${pathOf("settings", page)} aria-current=${isShown ? "page" : nothing}>
      ${icon(path)}<span class="grow">${words(label)}</span>${isKept ? html`<span class="kept">${words("unsaved")}</span>` : nothing}
    </a></li>`;
  }

  #shown(info: PageInfo): TemplateResult {
    if (this.#tag !== info.tag) void this.#open(info);
    if (this.#problem !== "") {
      const again = html`<button type="button" class="btn" @click=${() => this.#open(info)}>${words("tryAgain")}</button>`;
      return emptiness(words("loadFailed"), this.#problem, again);
    }
    if (this.#page === null) return html`<p class="muted" role="status">${words("opening")}</p>`;
    this.#page.parts = this.parts;
    return html`${this.#page}`;
  }

  async #open(info: PageInfo): Promise<void> {
    this.#tag = info.tag;
    this.#page = null;
    this.#problem = "";
    try {
      await info.load();
      await spoken();
      if (this.#tag !== info.tag) return;
      this.#page = document.createElement(info.tag) as SettingsPage;
    } catch {
      if (this.#tag === info.tag) this.#problem = words("noAnswer");
    }
    this.requestUpdate();
  }

  protected override updated(): void {
    const page = this.#page;
    if (!this.#isFresh || page === null) return;
    this.#isFresh = false;
    void page.updateComplete.then(() => page.arrive());
  }

  /** The page takes the focus itself once it is there; without one, its navigation does. */
  override arrive(): void {
    if (this.parts.id === null) this.renderRoot.querySelector<HTMLElement>("nav a")?.focus({ preventScroll: true });
  }
}

customElements.define("intervene-settings", Settings);
