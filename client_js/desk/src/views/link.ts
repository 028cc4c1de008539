/** What a link that is good once opens: whose it is, the rules beforehand, and a password. */

import { html, nothing, type TemplateResult } from "lit";
import { LEAST_PASSWORD, type LinkState, type OneTimeLink } from "../link.ts";
import type { LinkFound } from "../sign-in.ts";
import { times, words } from "../words.ts";
import { told } from "./entry.ts";
import { secretField } from "./parts.ts";

type Acts = Pick<OneTimeLink, "redeem" | "leave" | "look">;

export function linkPage(link: LinkState, acts: Acts): TemplateResult {
  switch (link.kind) {
    case "looking":
      return html`<p class="muted" role="status">${words("linkLooking")}</p>`;
    case "bad":
      return told(words("linkBad"), link.reason, words("toSignIn"), () => acts.leave());
    case "failed":
      return told(words("linkFailed"), link.reason, words("tryAgain"), () => void acts.look());
    case "found":
      return form(link.found, link.problem, link.isBusy, acts);
  }
}

function form(found: LinkFound, problem: string, isBusy: boolean, acts: Acts): TemplateResult {
  const isReset = found.purpose === "reset";
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const name = String(data.get("name") ?? "").trim();
    if (!isBusy) void acts.redeem(found, String(data.get("new-password")), name);
  };
  return html`<h1>${isReset ? words("linkReset") : words("linkWelcome", { name: found.name })}</h1>
    <p class="lead">${words(isReset ? "linkResetMeans" : "linkWelcomeMeans")} ${words("linkUntil", { time: times.full(found.expires) })}</p>
    <form class="asks" @submit=${submit}>
      <label class="field"><span>${words("email")}</span>
        <input class="input" name="username" type="email" dir="auto" readonly autocomplete="username" .value=${found.email} />
      </label>
      ${isReset ? nothing : nameField(found.name)}
      ${secretField({
        name: "new-password",
        label: words("linkPassword"),
        autocomplete: "new-password",
        hint: words("linkRule", { n: LEAST_PASSWORD }),
        minLength: LEAST_PASSWORD,
        describedBy: problem === "" ? "" : "problem",
      })}
      <p id="problem" class="problem" role="alert" ?hidden=${problem === ""}>${problem}</p>
      <button type="submit" class="btn main" aria-disabled=${isBusy}>${words(isBusy ? "linkEntering" : "linkEnter")}</button>
    </form>`;
}

function nameField(name: string): TemplateResult {
  return html`<div class="field"><label for="name">${words("linkName")}</label>
    <input class="input" id="name" name="name" dir="auto" required maxlength="80" autocomplete="name" .value=${name} aria-describedby="name-rule" />
    <small id="name-rule">${words("linkNameMeans")}</small>
  </div>`;
}
