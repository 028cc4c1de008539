/** The people of the organisation, for its admins. */

import type { wire } from "@intervene/client";
import { icon, icons, mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { Answered } from "../../../api.ts";
import { inUse } from "../../../core/settings.ts";
import { inLanguage } from "../../../language.ts";
import type { MenuItem } from "../../../menu.ts";
import { emptiness } from "../../../views/parts.ts";
import { series } from "../../../words.ts";
import * as fields from "../kit/fields.ts";
import { Resource } from "../kit/resource.ts";
import { Saving } from "../kit/saving.ts";
import { table } from "../kit/table.ts";
import { SettingsPage } from "../page.ts";
import { words as common } from "../words.ts";
import { en } from "./en.ts";
import { linkCard } from "./link-card.ts";
import { type Act, found, type Invitation, MOST_SHOWN, offered, type Person, queuesOf, ROLES } from "./rows.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

const MOST_QUEUES = 40; // whose members are asked for, each with a request
const FINDS_FROM = 9; // people, from which on there is a field to find them

interface Listed {
  readonly items: readonly Person[];
  readonly next?: string;
}

type Team = Parameters<typeof queuesOf>[1][number];

class PeoplePage extends SettingsPage {
  protected override readonly heading = words("heading");
  protected override readonly lead = words("lead");

  readonly #people = new Resource<readonly Person[]>(this, () => this.#read());
  readonly #teams = new Resource<readonly Team[]>(this, () => this.#readTeams());
  readonly #inviting = new Saving(this, { announcer: () => this.parts.announcer, fields: ["email", "name", "role"] });
  readonly #acting = new Saving(this, {
    announcer: () => this.parts.announcer,
    stale: () => void this.#people.load(),
  });
  /** The form is open; the key makes one person of it, however often it is sent. */
  #form: { readonly key: string } | null = null;
  #made: Invitation | null = null;
  #sought = "";

  protected override action(): TemplateResult {
    return html`<button type="button" class="btn main" @click=${this.#open}>${icon(icons.plus)}${words("invite")}</button>`;
  }

  protected override content(): TemplateResult {
    return html`${this.#form === null ? nothing : this.#invitation(this.#form.key)}
      ${this.#made === null ? nothing : this.#link(this.#made)} ${this.#acting.problem()}
      ${this.#people.template((people) => this.#list(people))}`;
  }

  // -- the list -------------------------------------------------------------------------------------------------------

  #list(people: readonly Person[]): TemplateResult {
    const sought = found(people, this.#sought);
    const shown = sought.slice(0, MOST_SHOWN);
    const find = (event: InputEvent) => {
      this.#sought = (event.target as HTMLInputElement).value;
      this.requestUpdate();
    };
    return html`${
      people.length < FINDS_FROM
        ? nothing
        : html`<div class="find" @input=${find}>${fields.text({ name: "find", label: words("find"), type: "search" })}</div>`
    }
    ${table({
      label: words("people"),
      columns: [words("person"), words("role"), words("queues"), words("now"), ""].map((label) => ({ label })),
      rows: shown.map((person) => this.#row(person)),
      none: emptiness(words("nobody"), words("nobodyMeans")),
    })}
    ${sought.length > shown.length ? html`<p class="muted">${words("more", { n: sought.length - shown.length })}</p>` : nothing}`;
  }

  #row(person: Person): readonly unknown[] {
    const { me } = this.parts;
    const { name, email, role } = person;
    const isMe = person.id === me.id;
    return [
      html`<span class="row">${mark(isMe ? "you" : "other", { name, size: 28 })}
        <span><b><bdi>${name}</bdi></b>${isMe ? html` <span class="pill">${words("you")}</span>` : nothing}
          <small>${email === "" ? words("byApplication") : html`<bdi>${email}</bdi>`}</small></span></span>`,
      words(role),
      role === "agent" ? html`<bdi>${series(queuesOf(person, this.#teams.value ?? []))}</bdi>` : words("allQueues"),
      this.#now(person),
      this.#menu(person),
    ];
  }

  #now({ id, disabled }: Person): TemplateResult {
    if (disabled > 0) return html`<span class="pill bad">${words("disabled")}</span>`;
    const presence = this.parts.session.state.present.get(id) ?? "offline";
    return html`<span class="pill ${presence === "available" ? "good" : ""}">${words(presence)}</span>`;
  }

  #menu(person: Person): TemplateResult | typeof nothing {
    const { roles, acts } = offered(person, this.parts.me.id);
    const items = [
      ...roles.map((role) => this.#roleItem(person, role)),
      ...acts.map((act, n) => this.#item(person, act, n === 0)),
    ];
    if (items.length === 0) return nothing;
    const label = common("more", { name: person.name });
    return this.menus.template({ name: `of-${person.id}`, label, face: icon(icons.dots), look: "icon", items });
  }

  #roleItem(person: Person, role: wire.Role): MenuItem {
    const label = words(({ agent: "makeAgent", supervisor: "makeSupervisor", admin: "makeAdmin" } as const)[role]);
    return {
      label,
      meaning: words(`${role}Means`),
      icon: icon(icons.people),
      act: () => void this.#setRole(person, role),
    };
  }

  #item(person: Person, act: Act, isFirst: boolean): MenuItem {
    const { name } = person;
    const acts: Readonly<Record<Act, Omit<MenuItem, "label">>> = {
      resetLink: { meaning: words("resetLinkMeans"), icon: icon(icons.lock), act: () => void this.#reset(person) },
      signOut: {
        meaning: words("signOutMeans", { name }),
        icon: icon(icons.leave, { mirrors: true }),
        act: () => void this.#signOut(person),
      },
      disable: { meaning: words("disableMeans"), icon: icon(icons.x), act: () => void this.#disable(person) },
      enable: { meaning: words("enableMeans"), icon: icon(icons.check), act: () => void this.#enable(person) },
    };
    return { label: words(act), isApart: isFirst && act !== "enable", ...acts[act] };
  }

  // -- inviting -------------------------------------------------------------------------------------------------------

  readonly #open = async (): Promise<void> => {
    this.#form ??= { key: crypto.randomUUID() };
    this.#made = null;
    this.#inviting.clear();
    this.requestUpdate();
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("#email")?.focus();
  };

  #close(): void {
    this.#form = null;
    this.#made = null;
    this.requestUpdate();
  }

  #invitation(key: string): TemplateResult {
    const choices = ROLES.map((value) => ({ value, label: words(value), meaning: words(`${value}Means`) }));
    const problem = (name: string) => this.#inviting.of(name);
    const cancel = html`<button type="button" class="btn" @click=${() => this.#close()}>${common("cancel")}</button>`;
    return html`<section aria-labelledby="invite">
      <h2 id="invite">${words("inviteHeading")}</h2>
      <p class="lead">${words("inviteMeans")}</p>
      <form @submit=${(event: SubmitEvent) => this.#invite(event, key)}>
        ${fields.text({ name: "email", label: words("email"), hint: words("emailHint"), problem: problem("email"), type: "email", isRequired: true, maxLength: 254 })}
        ${fields.text({ name: "name", label: words("name"), hint: words("nameHint"), problem: problem("name"), isRequired: true, maxLength: 80 })}
        ${fields.choices({ name: "role", label: words("role"), value: "agent", choices })}
        ${this.#inviting.template(words("makeLink"), cancel)}
      </form>
    </section>`;
  }

  async #invite(event: SubmitEvent, key: string): Promise<void> {
    const { email = "", name = "", role = "agent" } = fields.entriesOf(event);
    const isDone = await this.#inviting.run(
      async () => {
        this.#made = await this.parts.session.api.send("POST", "/v1/people", { email, name, role }, { key });
      },
      words("invited", { name }),
    );
    if (!isDone || this.#made === null) return;
    this.#form = null;
    this.#people.set([
      ...(this.#people.value ?? []).filter(({ id }) => id !== this.#made?.person.id),
      this.#made.person,
    ]);
    await this.#toLink();
  }

  #link(made: Invitation): TemplateResult {
    const { announcer } = this.parts;
    return linkCard({ made, words, copied: () => announcer.status(words("linkCopied")), done: () => this.#close() });
  }

  async #toLink(): Promise<void> {
    this.requestUpdate();
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("#link")?.focus();
  }

  // -- what is done to somebody ---------------------------------------------------------------------------------------

  async #setRole(person: Person, role: wire.Role): Promise<void> {
    const facts = { name: person.name, role: words(`roleWord_${role}`) };
    const title = words("roleAsk", facts);
    const meaning = [`${words(`${role}Means`)}.`, words("roleAskMeans", facts)];
    if (!(await this.confirmation.ask({ title, meaning, label: title.replace("?", "") }))) return;
    await this.#change(person, { role }, words("roleDone", facts));
  }

  async #disable(person: Person): Promise<void> {
    const { name } = person;
    const meaning = [words("disableEnds", { name }), words("disableLapses", { name }), words("disableKeeps", { name })];
    const isMeant = await this.confirmation.ask({
      title: words("disableAsk", { name }),
      meaning,
      label: words("disable"),
    });
    if (isMeant) await this.#change(person, { disabled: true }, words("disableDone", { name }));
  }

  async #enable(person: Person): Promise<void> {
    await this.#change(person, { disabled: false }, words("enableDone", { name: person.name }));
  }

  async #signOut(person: Person): Promise<void> {
    const { id, name } = person;
    const meaning = [words("signOutMeans", { name })];
    const isMeant = await this.confirmation.ask({
      title: words("signOutAsk", { name }),
      meaning,
      label: words("signOut"),
    });
    if (!isMeant) return;
    const act = () => this.parts.session.api.send("POST", `/v1/people/${encodeURIComponent(id)}/sign-out`);
    if (await this.#acting.run(act, words("signOutDone", { name }))) await this.#people.load();
  }

  async #reset({ id, name }: Person): Promise<void> {
    const isDone = await this.#acting.run(
      async () => {
        this.#made = await this.parts.session.api.send("POST", `/v1/people/${encodeURIComponent(id)}/reset-link`);
      },
      words("resetDone", { name }),
    );
    this.#form = null;
    if (isDone) await this.#toLink();
  }

  async #change(person: Person, body: { role: wire.Role } | { disabled: boolean }, said: string): Promise<void> {
    await this.#acting.run(async () => {
      const changed = await this.#changed(person, body).catch((problem) => this.#changedAnew(problem, person, body));
      this.#people.set((this.#people.value ?? []).map((each) => (each.id === changed.id ? changed : each)));
    }, said);
  }

  #changed({ id, version }: Person, body: { role: wire.Role } | { disabled: boolean }): Promise<Person> {
    return this.parts.session.api.send("PATCH", `/v1/people/${encodeURIComponent(id)}`, body, { version });
  }

  /** A sign-in or another password raises the version too: where what was looked at is as it was, that is no conflict. */
  async #changedAnew(
    problem: unknown,
    person: Person,
    body: { role: wire.Role } | { disabled: boolean },
  ): Promise<Person> {
    if (!(problem instanceof Answered && problem.code === "version_changed")) throw problem;
    const now = (await this.#read()).find(({ id }) => id === person.id);
    if (now?.role !== person.role || now.disabled !== person.disabled) throw problem;
    return this.#changed(now, body);
  }

  // -- what is read ---------------------------------------------------------------------------------------------------

  async #read(): Promise<readonly Person[]> {
    const people: Person[] = [];
    let cursor = "";
    do {
      const query: string = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      const { items, next = "" } = await this.parts.session.api.get<Listed>(`/v1/people${query}`);
      people.push(...items);
      cursor = next;
    } while (cursor !== "");
    return people;
  }

  async #readTeams(): Promise<readonly Team[]> {
    const { api, settings } = this.parts.session;
    if (!settings.get().isLoaded) await settings.refresh();
    const queues = inUse(settings.get().queues).slice(0, MOST_QUEUES);
    return Promise.all(
      queues.map(async ({ id, name }) => {
        const { members } = await api.get<{ members: readonly string[] }>(
          `/v1/queues/${encodeURIComponent(id)}/members`,
        );
        return { name, members, isDefault: id === "default" };
      }),
    );
  }
}

customElements.define("intervene-settings-people", PeoplePage);
