/** The way in, where something has to be asked or said. */

import { icon, icons, mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Demo } from "../api.ts";
import type { Me } from "../core/dock.ts";
import type { Phase, SignInState, Store } from "../store.ts";
import { clock, words } from "../words.ts";
import { figure } from "./figure.ts";
import { linkPage } from "./link.ts";
import { logo, secretField } from "./parts.ts";

export interface EntryOptions {
  readonly phase: Phase;
  readonly store: Pick<Store, "signIn" | "enterAs" | "askToSignIn" | "enterAgain" | "link">;
}

export function entry(options: EntryOptions): TemplateResult {
  return html`<main class="signin">
    <div class="way"><p class="brand">${logo()}<b>Intervene</b></p>${inside(options)}</div>
    ${figure()}
  </main>`;
}

function inside(options: EntryOptions): TemplateResult {
  const { phase, store } = options;
  switch (phase.kind) {
    case "signIn":
      return byPassword(phase.asked, phase.demo, phase.development, store);
    case "link":
      return linkPage(phase.link, store.link);
    case "out":
      return told(words("signedOut"), words("signedOutMeans"), words("signIn"), () => void store.enterAgain());
    case "failed":
      return html`${told(phase.title, phase.reason, words("tryAgain"), phase.again)}
        ${phase.orByEmail ? html`<button type="button" class="btn" @click=${() => store.askToSignIn()}>${words("byEmail")}</button>` : nothing}`;
    default:
      return html`<p class="muted" role="status">${words("opening")}</p>`;
  }
}

export function told(title: string, meaning: string, label: string, act: () => void): TemplateResult {
  return html`<h1>${title}</h1><p class="lead">${meaning}</p>
    <button type="button" class="btn main" @click=${act}>${label}</button>`;
}

// -- with e-mail and password -----------------------------------------------------------------------------------------

function byPassword(
  asked: SignInState,
  demo: Demo,
  development: boolean,
  store: EntryOptions["store"],
): TemplateResult {
  const { notice, problem, until, isBusy } = asked;
  const wait = Math.ceil((until - performance.now()) / 1000);
  const isWaiting = wait > 0;
  const label = isBusy
    ? words("signingIn")
    : isWaiting
      ? words("signInAgainIn", { time: clock(wait * 1000) })
      : words("signInNow");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const data = new FormData(form);
    if (isBusy || isWaiting) return;
    const isIn = await store.signIn(String(data.get("username")).trim(), String(data.get("password")));
    if (!isIn) form.querySelector<HTMLInputElement>("[name=password]")?.select();
  };
  return html`<h1>${words("signInHeading")}</h1>
    ${notice === "" ? nothing : html`<p class="notice" role="status">${icon(icons.info)}<span>${notice}</span></p>`}
    ${demo.items.length > 0 ? demoPeople(demo, store) : nothing}
    <form class="asks" @submit=${submit}>
      <label class="field"><span>${words("email")}</span>
        <input class="input" name="username" type="email" dir="auto" required maxlength="254" autocomplete="username" autocapitalize="off"
          spellcheck="false" ?autofocus=${demo.items.length === 0} aria-describedby=${problem === "" ? nothing : "problem"} />
      </label>
      ${secretField({
        name: "password",
        label: words("password"),
        autocomplete: "current-password",
        describedBy: problem === "" ? "" : "problem",
      })}
      <p id="problem" class="problem" role="alert" ?hidden=${problem === ""}>${problem}</p>
      <button type="submit" class="btn main" aria-disabled=${isBusy || isWaiting}>${label}</button>
    </form>
    <p class="muted">${words("forgotten")}</p>
    <details><summary>${words("firstTime")}</summary>
      <p class="muted">${words("firstTimeMeans")}</p><pre><code>intervene init you@example.com</code></pre></details>
    ${development ? byName(store) : nothing}`;
}

// -- in development ---------------------------------------------------------------------------------------------------

function demoPeople({ items, password }: Demo, store: EntryOptions["store"]): TemplateResult {
  const choice = ({ name, role, about, email }: Demo["items"][number]) =>
    html`<li><button type="button" class="person" @click=${() => store.signIn(email, password)}>
      ${mark("other", { name, size: 32 })}
      <span><b><bdi>${name}</bdi></b> <span class="role">${words(role)}</span><small>${about}</small></span>
    </button></li>`;
  return html`<p class="lead">${words("enterDemo")}</p>
    <ul class="people">${items.map(choice)}</ul>
    <p class="fine">${words("enterByEmail")} <code>${password}</code></p>`;
}

function byName(store: EntryOptions["store"]): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const name = String(form.get("name") ?? "").trim();
    if (name !== "") void store.enterAs({ name, role: form.get("role") === "supervisor" ? "supervisor" : "agent" });
  };
  return html`<details><summary>${words("enterOther")}</summary>
    <form @submit=${submit}>
      <p class="muted">${words("enterLead")}</p>
      <label class="field"><span>${words("enterName")}</span>
        <input class="input" name="name" dir="auto" required maxlength="80" autocomplete="off" />
      </label>
      <fieldset>
        <legend>${words("enterRole")}</legend>
        ${role("agent", true)}${role("supervisor", false)}
      </fieldset>
      <button type="submit" class="btn">${words("enter")}</button>
    </form></details>`;
}

function role(role: Me["role"], isFirst: boolean): TemplateResult {
  return html`<label class="choice">
    <input type="radio" name="role" value=${role} ?checked=${isFirst} aria-label=${words(role)} aria-describedby="is-${role}" />
    <span>${words(role)}<small id="is-${role}">${words(`${role}Means`)}</small></span>
  </label>`;
}
