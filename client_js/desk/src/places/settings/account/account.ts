/** One's own account. */

import { html, nothing, type TemplateResult } from "lit";
import { Answered } from "../../../api.ts";
import type { Me } from "../../../core/dock.ts";
import { type Choice, choice, choose, inLanguage, LANGUAGES } from "../../../language.ts";
import { LEAST_PASSWORD } from "../../../link.ts";
import { times } from "../../../words.ts";
import * as fields from "../kit/fields.ts";
import { NO_PROBLEM } from "../kit/problems.ts";
import { Resource } from "../kit/resource.ts";
import { Saving } from "../kit/saving.ts";
import { table } from "../kit/table.ts";
import { SettingsPage } from "../page.ts";
import { type Device, nameOf } from "./devices.ts";
import { en } from "./en.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

const NAMES = Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }));

/** As `GET /v1/me` answers. */
interface Account extends Me {
  readonly email: string;
}

class AccountPage extends SettingsPage {
  protected override readonly heading = words("heading");
  protected override readonly lead = words("lead");

  readonly #me = new Resource<Account>(this, () => this.#api.get("/v1/me"));
  readonly #devices = new Resource<readonly Device[]>(this, () => this.#readDevices());
  readonly #naming = new Saving(this, { announcer: () => this.parts.announcer, fields: ["name"] });
  readonly #changing = new Saving(this, { announcer: () => this.parts.announcer, fields: ["password", "current"] });
  readonly #speaking = new Saving(this, { announcer: () => this.parts.announcer });
  readonly #ending = new Saving(this, { announcer: () => this.parts.announcer });

  get #api() {
    return this.parts.session.api;
  }

  get #account() {
    return this.parts.session.account;
  }

  protected override content(): TemplateResult {
    return this.#me.template(
      (me) => html`${this.#you(me)} ${this.#language()} ${this.#presence(me)}
        ${this.#account.hasPassword ? html`${this.#password(me)} ${this.#signedIn()}` : this.#elsewhere()}`,
    );
  }

  // -- name and role --------------------------------------------------------------------------------------------------

  #you({ name, email, role }: Account): TemplateResult {
    const of = { label: words("email"), hint: words("emailHint"), value: email, isReadOnly: true };
    return html`<section aria-labelledby="you">
      <h2 id="you">${words("you")}</h2>
      <form @submit=${this.#rename}>
        ${fields.text({
          name: "name",
          label: words("name"),
          hint: words("nameHint"),
          problem: this.#naming.of("name"),
          value: name,
          isRequired: true,
          maxLength: 80,
          autocomplete: "name",
        })}
        ${email === "" ? nothing : fields.text({ name: "email", type: "email", ...of })}
        ${fields.text({ name: "role", label: words("role"), hint: words("roleHint"), value: words(role), isReadOnly: true })}
        ${this.#naming.template()}
      </form>
    </section>`;
  }

  readonly #rename = async (event: SubmitEvent): Promise<void> => {
    const { name = "" } = fields.entriesOf(event);
    await this.#naming.run(
      async () => {
        const me: Account = await this.#api.send("PATCH", "/v1/me", { name });
        this.#me.set(me);
        this.parts.session.rename(me.name);
      },
      words("savedName", { name }),
    );
  };

  // -- language -------------------------------------------------------------------------------------------------------

  #language(): TemplateResult {
    const set = (event: SubmitEvent) => choose((fields.entriesOf(event).language ?? "system") as Choice);
    return html`<section aria-labelledby="languages">
      <h2 id="languages">${words("language")}</h2>
      <form @submit=${set}>
        ${fields.select({
          name: "language",
          label: words("language"),
          hint: words("languageLead"),
          value: choice(),
          choices: [{ value: "system", label: words("system") }, ...NAMES],
        })}
        ${this.#speaking.template()}
      </form>
    </section>`;
  }

  // -- presence -------------------------------------------------------------------------------------------------------

  #presence({ id }: Account): TemplateResult {
    const { session } = this.parts;
    const shown = session.state.present.get(id) ?? "available";
    const choose = (event: Event) => {
      const { value } = event.target as HTMLInputElement;
      session.setPresence(value === "busy" ? "busy" : "available");
    };
    return html`<section aria-labelledby="presence">
      <h2 id="presence">${words("presence")}</h2>
      <p class="lead">${words("presenceLead")}</p>
      <form @change=${choose}>
        ${fields.choices({
          name: "presence-is",
          label: words("presence"),
          value: shown,
          choices: (["available", "busy"] as const).map((value) => ({
            value,
            label: words(value),
            meaning: words(`${value}Means`),
          })),
        })}
        ${shown === "away" ? html`<p class="muted">${words("awayNow")}</p>` : nothing}
      </form>
    </section>`;
  }

  // -- password -------------------------------------------------------------------------------------------------------

  #password({ email }: Account): TemplateResult {
    return html`<section aria-labelledby="change">
      <h2 id="change">${words("password")}</h2>
      <p class="lead">${words("passwordLead")}</p>
      <form @submit=${(event: SubmitEvent) => this.#change(event, email)}>
        <input class="vh" type="email" autocomplete="username" .value=${email} readonly tabindex="-1" aria-hidden="true" />
        ${fields.password({
          name: "current",
          label: words("current"),
          autocomplete: "current-password",
          problem: this.#changing.of("current"),
        })}
        ${fields.password({
          name: "password",
          label: words("next"),
          hint: words("rule", { n: LEAST_PASSWORD }),
          autocomplete: "new-password",
          minLength: LEAST_PASSWORD,
          problem: this.#changing.of("password"),
        })}
        ${this.#changing.template(words("change"))}
      </form>
    </section>`;
  }

  async #change(event: SubmitEvent, email: string): Promise<void> {
    const { current = "", password = "" } = fields.entriesOf(event);
    const form = event.target as HTMLFormElement;
    let isWrong = false;
    const isDone = await this.#changing.run(async () => {
      try {
        await this.#account.changePassword(email, current, password);
      } catch (problem) {
        isWrong = problem instanceof Answered && problem.code === "bad_credentials";
        throw problem;
      }
    }, words("changed"));
    if (isWrong) this.#changing.refuse({ ...NO_PROBLEM, fields: { current: words("wrong") } });
    if (!isDone) return;
    form.reset();
    await this.#devices.load();
  }

  #elsewhere(): TemplateResult {
    return html`<section aria-labelledby="elsewhere">
      <h2 id="elsewhere">${words("elsewhere")}</h2>
      <p class="lead">${words("elsewhereMeans")}</p>
    </section>`;
  }

  // -- devices --------------------------------------------------------------------------------------------------------

  async #readDevices(): Promise<readonly Device[]> {
    if (!this.#account.hasPassword) return [];
    return (await this.#api.get<{ items: readonly Device[] }>("/v1/me/devices")).items;
  }

  #signedIn(): TemplateResult {
    return html`<section aria-labelledby="devices" class="wide">
      <h2 id="devices">${words("devices")}</h2>
      <p class="lead">${words("devicesLead")}</p>
      ${this.#devices.template((devices) =>
        table({
          label: words("devices"),
          columns: [{ label: words("device") }, { label: words("since") }, { label: words("used") }, { label: "" }],
          rows: devices.map((device) => this.#row(device)),
        }),
      )}
      ${this.#ending.problem()}
      <div class="acts"><button type="button" class="btn" @click=${this.#everywhere}>${words("everywhere")}</button></div>
    </section>`;
  }

  #row(device: Device): readonly unknown[] {
    const isHere = device.id === this.#account.device();
    const name = called(device);
    const act = () => (isHere ? this.#account.signOut() : void this.#end(device));
    return [
      html`<span class="row"><b>${name}</b>${isHere ? html`<span class="pill good">${words("here")}</span>` : nothing}</span>`,
      times.full(device.created_at),
      times.full(device.used_at),
      html`<button type="button" class="btn small" aria-label=${words("signOutOf", { device: name })} @click=${act}>${words("signOut")}</button>`,
    ];
  }

  async #end(device: Device): Promise<void> {
    await this.#ending.run(
      async () => {
        await this.#api.send("DELETE", `/v1/me/devices/${encodeURIComponent(device.id)}`);
        this.#devices.set((this.#devices.value ?? []).filter(({ id }) => id !== device.id));
      },
      words("signedOut", { device: called(device) }),
    );
  }

  readonly #everywhere = async (): Promise<void> => {
    const isMeant = await this.confirmation.ask({
      title: words("everywhereAsk"),
      meaning: [words("everywhereMeans"), words("everywhereDrafts")],
      label: words("everywhere"),
    });
    if (!isMeant) return;
    const isDone = await this.#ending.run(() => this.#api.send("POST", "/v1/me/sign-out"), "");
    if (isDone) this.#account.signOut();
  };
}

function called({ label }: Device): string {
  const { browser, system } = nameOf(label);
  if (browser !== "" && system !== "") return words("named", { browser, system });
  return browser || system || words("unknown");
}

customElements.define("intervene-settings-account", AccountPage);
