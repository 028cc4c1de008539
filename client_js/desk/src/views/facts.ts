/** What was asked, and what the bot had set, before a person took over: in the dock, and in the action history. */

import { html, nothing, type TemplateResult } from "lit";
import type { Fact, Summary } from "../core/summary.ts";
import { words } from "../words.ts";

const MOST_SHOWN = 240;

export function facts({ bot, question, set }: Pick<Summary, "bot" | "question" | "set">): TemplateResult {
  const asked = question.length > MOST_SHOWN ? `${question.slice(0, MOST_SHOWN)}…` : question;
  return html`<dl>
    ${question === "" ? nothing : html`<dt>${words("lastQuestion")}</dt><dd dir="auto">${asked}</dd>`}
    <dt>${words.rich("setByBot", { name: bot })}</dt>
    <dd>${set.length === 0 ? words("setNothing") : set.map((fact, n) => html`${n === 0 ? nothing : words("semicolon")}${told(fact)}`)}</dd>
  </dl>`;
}

function told({ kind, name, value }: Fact): TemplateResult {
  const label = kind === "field" ? name : words(`fact_${kind}`);
  return html`<span><bdi>${label}</bdi>: <b><bdi>${value === "" ? words("factNone") : value}</bdi></b></span>`;
}
