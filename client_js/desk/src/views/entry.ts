/** The way in, where something has to be asked or said. */

import { mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Demo } from "../api.ts";
import type { Me } from "../core/dock.ts";
import type { Phase } from "../store.ts";
import { words } from "../words.ts";
import { logo } from "./parts.ts";

export interface EntryOptions {
  readonly phase: Phase;
  readonly enter: (person: Pick<Me, "name" | "role">) => void;
  readonly again: () => void;
}

export function entry({ phase, enter, again }: EntryOptions): TemplateResult {
  return html`<main class="entry"><div class="card">${logo()}${inside(phase, enter, again)}</div></main>`;
}

function inside(phase: Phase, enter: EntryOptions["enter"], again: () => void): TemplateResult {
  switch (phase.kind) {
    case "name":
      return byName(phase.problem, phase.demo, enter);
    case "unset":
      return unset();
    case "out":
      return told(words("signedOut"), words("signedOutMeans"), words("signIn"), again);
    case "failed":
      return told(phase.title, phase.reason, words("tryAgain"), again);
    default:
      return html`<p class="muted" role="status">${words("opening")}</p>`;
  }
}

function told(title: string, meaning: string, label: string, act: () => void): TemplateResult {
  return html`<h1>${title}</h1><p class="lead">${meaning}</p>
    <button type="button" class="btn main" @click=${act}>${label}</button>`;
}

function byName(problem: string, demo: Demo, enter: EntryOptions["enter"]): TemplateResult {
  const form = nameForm(problem, enter);
  const [first] = demo.items;
  if (first === undefined) {
    return html`<h1>${words("enterHeading")}</h1>
      <p class="lead">${words("enterLead")}</p>
      ${form}`;
  }
  return html`<h1>${words("enterHeading")}</h1>
    <p class="lead">${words("enterDemo")}</p>
    <ul class="people">${demo.items.map((person) => choice(person, enter))}</ul>
    <p class="fine">${words("enterByEmail")} <code>${first.email}</code> <code>${demo.password}</code></p>
    <details ?open=${problem !== ""}><summary>${words("enterOther")}</summary>${form}</details>`;
}

function choice(person: Demo["items"][number], enter: EntryOptions["enter"]): TemplateResult {
  const { name, role, about } = person;
  return html`<li><button type="button" class="person" @click=${() => enter({ name, role })}>
    ${mark("other", { name, size: 32 })}
    <span><b><bdi>${name}</bdi></b> <span class="role">${words(role)}</span><small>${about}</small></span>
  </button></li>`;
}

function nameForm(problem: string, enter: EntryOptions["enter"]): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const name = String(form.get("name") ?? "").trim();
    if (name !== "") enter({ name, role: form.get("role") === "supervisor" ? "supervisor" : "agent" });
  };
  return html`<form @submit=${submit}>
      <label class="field"><span>${words("enterName")}</span>
        <input class="input" name="name" required maxlength="80" autocomplete="name" autofocus aria-describedby=${problem === "" ? nothing : "problem"} />
      </label>
      ${problem === "" ? nothing : html`<p id="problem" class="problem" role="alert">${problem}</p>`}
      <fieldset>
        <legend>${words("enterRole")}</legend>
        ${role("agent", true)}${role("supervisor", false)}
      </fieldset>
      <button type="submit" class="btn main">${words("enter")}</button>
    </form>`;
}

function role(role: Me["role"], isFirst: boolean): TemplateResult {
  return html`<label class="choice">
    <input type="radio" name="role" value=${role} ?checked=${isFirst} aria-label=${words(role)} aria-describedby="is-${role}" />
    <span>${words(role)}<small id="is-${role}">${words(`${role}Means`)}</small></span>
  </label>`;
}

function unset(): TemplateResult {
  return html`<h1>${words("unset")}</h1>
    <p class="lead">${words("unsetMeans")}</p>
    <pre><code>desk_token_url = "https://your-application.example/desk-token"</code></pre>
    <p class="lead">${words("unsetHow")}</p>
    <pre><code>{"token": "eyJhbGciOi..."}</code></pre>`;
}
