/** A channel as its form has it, and the lines that a page takes. No I/O. */

import type { ChannelRow } from "../../../core/settings.ts";

export interface ChannelValues {
  readonly name: string;
  readonly greeting: string;
  readonly bot: string;
  readonly queue: string;
  readonly hours: string;
  readonly origins: readonly string[];
  readonly reopen_hours: number;
}

export const BLANK: ChannelValues = {
  name: "",
  greeting: "",
  bot: "",
  queue: "",
  hours: "",
  origins: [],
  reopen_hours: 24,
};

export const NO_BOT = "none";
/** In the form: the id stands in a field of its own. */
export const OTHER = "*";

export function valuesOf({ name, greeting, bot, queue, hours, origins, reopen_hours }: ChannelRow): ChannelValues {
  return { name, greeting, bot, queue, hours, origins, reopen_hours };
}

export function typed(entries: Readonly<Record<string, string>>, values: ChannelValues): ChannelValues {
  return {
    name: entries.name ?? values.name,
    greeting: entries.greeting ?? values.greeting,
    bot: entries.bot === OTHER ? (entries.bot_id ?? OTHER) || OTHER : (entries.bot ?? values.bot),
    queue: entries.queue ?? values.queue,
    hours: entries.hours ?? values.hours,
    origins: entries.origins === undefined ? values.origins : linesOf(entries.origins),
    reopen_hours: Number(entries.reopen_hours ?? values.reopen_hours),
  };
}

/** Blank ones at the end stay while one types, and are left out of what is sent. */
function linesOf(text: string): readonly string[] {
  return text.split("\n");
}

export function toSend(values: ChannelValues): ChannelValues {
  const origins = values.origins.map((each) => each.trim()).filter((each) => each !== "");
  return { ...values, origins, bot: values.bot.trim() };
}

export interface Accent {
  readonly solid: string;
  readonly on: string;
}

export const ACCENT: Accent = { solid: "#2d4be0", on: "#ffffff" };

/** `accent` null: none of its own. Values of colour inputs are safe in a sheet: "#" and six digits. */
export function snippet(server: string, channel: string, accent: Accent | null): string {
  const script = `<script async src="${server}/widget.js" data-channel="${escaped(channel)}"></script>`;
  if (accent === null) return script;
  return `<style>intervene-chat { --iv-you-solid: ${accent.solid}; --iv-you-on: ${accent.on} }</style>\n${script}`;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
}
